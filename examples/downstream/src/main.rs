use shopping_guide::{Catalog, Event, EventKind, Events, Guide, Persist, Product, Query, Result};

fn main() -> Result<()> {
    let catalog = Catalog::new([
        Product::new("lamp", "Reading lamp")
            .attribute("room", "study")
            .price(39.0),
        Product::new("desk", "Oak desk")
            .attribute("room", "study")
            .price(249.0),
        Product::new("chair", "Desk chair")
            .attribute("room", "study")
            .price(129.0),
        Product::new("mug", "Blue mug")
            .attribute("room", "kitchen")
            .price(8.0),
        Product::new("bowl", "Blue bowl")
            .attribute("room", "kitchen")
            .price(12.0),
    ])?;
    let mut events = Events::default();
    for (shopper, product) in [
        ("ann", "lamp"),
        ("ann", "desk"),
        ("bob", "lamp"),
        ("bob", "desk"),
        ("bob", "chair"),
        ("cid", "mug"),
    ] {
        events.push(&Event::new(shopper, product, EventKind::Purchase))?;
    }
    let guide = Guide::builder().catalog(catalog).events(events).build()?;

    let question = Query::shopper("ann").price_to(200.0).n(2);
    let answer = guide.recommend(&question)?;
    for hit in &answer.hits {
        println!("{}: {}", hit.title, hit.reasons[0]);
    }

    let file = std::env::temp_dir().join("downstream.guide");
    guide.save(&file)?;
    assert_eq!(Guide::load(&file)?.recommend(&question)?, answer);
    Ok(())
}
