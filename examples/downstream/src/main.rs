use shopping_guide::{Catalog, CatalogColumns, EventColumns, Events, Guide, Query, Result};

const CATALOG: &str = "id,title,room,price
lamp,Reading lamp,study,39
desk,Oak desk,study,249
chair,Desk chair,study,129
mug,Blue mug,kitchen,8";

const EVENTS: &str = "shopper,product,event
ann,lamp,purchase
ann,desk,view
bob,desk,purchase
bob,chair,purchase
cid,mug,purchase";

fn main() -> Result<()> {
    let (catalog, _) = Catalog::read_from(CATALOG.as_bytes(), &CatalogColumns::default())?;
    let (events, _) = Events::read_from(EVENTS.as_bytes(), &EventColumns::default())?;
    let guide = Guide::builder().catalog(catalog).events(events).build()?;

    let question = Query::shopper("ann").price_to(200.0).n(2);
    let answer = guide.recommend(&question)?;
    for hit in &answer.hits {
        println!("{}: {}", hit.title, hit.reasons[0]);
    }
    assert_eq!(answer.hits[0].title, "Desk chair"); // she has the lamp, and the desk is too dear

    guide.save("my.shop")?;
    assert_eq!(Guide::load("my.shop")?.recommend(&question)?, answer);
    Ok(())
}
