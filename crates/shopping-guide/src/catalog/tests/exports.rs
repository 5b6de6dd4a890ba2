//! Exports of shops' software and published catalogues, as they come.

use super::*;

fn ids(catalog: &Catalog) -> Vec<&str> {
    catalog
        .products()
        .iter()
        .map(|product| product.id.as_str())
        .collect()
}

fn note(report: &crate::ReadReport, words: &str) -> bool {
    report.notes.iter().any(|note| note.contains(words))
}

const SHOPIFY: &str = "Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Option2 Name,Option2 Value,\
    Variant SKU,Variant Grams,Variant Inventory Qty,Variant Inventory Policy,Variant Price,Variant Compare At Price,Image Src,Image Position,Status\n\
    kite-shirt,Kite Shirt,<p>Soft <b>linen</b>.</p>,Aya,Shirts,\"linen, summer\",TRUE,Size,S,Color,Sand,KS-S,180,4,deny,30.00,40.00,https://i.example/1.jpg,1,active\n\
    kite-shirt,,,,,,,,M,,Sand,KS-M,180,0,deny,30.00,40.00,https://i.example/2.jpg,2,\n\
    kite-shirt,,,,,,,,L,,Blue,KS-L,180,0,continue,32.00,,,,\n\
    kite-shirt,,,,,,,,,,,,,,,,,https://i.example/3.jpg,3,\n\
    sun-cap,Sun Cap,,Aya,Caps,\"linen, sale\",TRUE,Title,Default Title,,,SC-1,90,7,deny,12.50,,https://i.example/4.jpg,1,active\n\
    old-mat,Old Mat,,Bree,Mats,,FALSE,Size,S,,,OM-S,90,7,deny,9.00,,,,draft\n\
    old-mat,,,,,,,,L,,,OM-L,90,7,deny,9.00,,,,\n";

#[test]
fn shopify_variants_inherit_what_the_first_row_says() {
    let (catalog, report) = read(SHOPIFY);
    assert_eq!(
        ids(&catalog),
        ["KS-S", "KS-M", "KS-L", "SC-1", "OM-S", "OM-L"]
    );
    let large = catalog.get("KS-L").unwrap();
    assert_eq!(
        (large.title.as_str(), large.text.as_str()),
        ("Kite Shirt", "Soft linen .")
    );
    assert_eq!(
        (large.price, large.group.as_deref()),
        (Some(32.0), Some("kite-shirt"))
    );
    assert_eq!(
        (
            large.value("Vendor"),
            large.value("Size"),
            large.value("Color")
        ),
        (Some("Aya"), Some("L"), Some("Blue"))
    );
    assert_eq!(large.values("Tags"), ["linen", "summer"]);
    assert_eq!(large.value("Image Position"), None);
    let available = |id: &str| catalog.get(id).unwrap().available;
    assert_eq!(
        (available("KS-S"), available("KS-M")),
        (Some(true), Some(false))
    );
    assert_eq!(available("KS-L"), Some(true), "back orders are taken");
    assert_eq!(
        (available("OM-S"), available("OM-L")),
        (Some(false), Some(false)),
        "a draft with its variants"
    );
    assert!(catalog.get("SC-1").unwrap().value("Title").is_none());
    assert_eq!(
        report.count("has no product id and no title: a further picture of a variant group"),
        1
    );
    assert!(
        note(&report, "5 products are variants, groups of variants: 2"),
        "{report}"
    );
}

#[test]
fn shopify_without_skus_has_its_handles_for_ids() {
    let text = SHOPIFY
        .replace("KS-S", "")
        .replace("KS-M", "")
        .replace("KS-L", "")
        .replace("SC-1", "");
    let text = text.replace("OM-S", "").replace("OM-L", "");
    let (catalog, _) = read(&text);
    assert_eq!(ids(&catalog), ["kite-shirt", "sun-cap", "old-mat"]);
    assert_eq!(
        catalog.get("kite-shirt").unwrap().available,
        Some(true),
        "one variant is in stock"
    );
}

#[test]
fn woocommerce_variations_inherit_from_their_parent() {
    let text = "ID,Type,SKU,Name,Published,\"Visibility in catalog\",\"Short description\",Description,\"In stock?\",Stock,\"Sale price\",\
        \"Regular price\",Categories,Tags,Images,Parent,\"Attribute 1 name\",\"Attribute 1 value(s)\"\n\
        601,variable,CAP,Wool Cap,1,visible,,\"Warm.<br>\\nSoft\",1,,,,\"Wear, Wear > Caps\",\"wool, gift\",https://x.example/c.jpg,,Size,\"S, M\"\n\
        602,variation,CAP-S,Wool Cap - S,1,visible,,,1,4,,19.00,,,,CAP,Size,S\n\
        603,variation,CAP-M,Wool Cap - M,1,visible,,,0,0,15.00,19.00,,,,CAP,Size,M\n\
        604,simple,POT,Clay Pot,1,visible,Short,,1,10,,8.50,\"Home > Kitchen\",gift,,,,\n\
        605,simple,,Voucher,1,hidden,,,1,,,25.00,Gifts,,,,,\n\
        606,simple,LAMP,Clay Lamp,-1,visible,,,0,0,,45.00,\"Home > Light\",,,,,\n\
        607,variable,,Belt,1,visible,,,1,,,,Wear,,,,Size,\"S, M\"\n\
        608,variation,,Belt - S,1,visible,,,1,,,9.00,,,,id:607,Size,S\n";
    let (catalog, report) = read(text);
    assert_eq!(
        ids(&catalog),
        ["601", "602", "603", "604", "605", "606", "607", "608"],
        "the SKU is empty in some rows"
    );
    let price = |id: &str| catalog.get(id).unwrap().price;
    assert_eq!(
        [price("602"), price("603"), price("604"), price("606")],
        [Some(19.0), Some(15.0), Some(8.5), Some(45.0)]
    );
    let group = |id: &str| catalog.get(id).unwrap().group.as_deref();
    assert_eq!(
        [group("601"), group("602"), group("604")],
        [Some("CAP"), Some("CAP"), None]
    );
    assert_eq!([group("607"), group("608")], [Some("607"), Some("607")]);
    let small = catalog.get("602").unwrap();
    assert_eq!(small.values("Categories"), ["Wear", "Wear > Caps"]);
    assert_eq!(
        (
            small.text.as_str(),
            small.value("Size"),
            small.value("Type")
        ),
        ("Warm. Soft", Some("S"), None)
    );
    assert_eq!(catalog.get("604").unwrap().text, "Short");
    assert_eq!(small.value("SKU"), None, "a second id is no attribute");
    let available = |id: &str| catalog.get(id).unwrap().available;
    assert_eq!(
        [
            available("602"),
            available("603"),
            available("605"),
            available("606")
        ],
        [Some(true), Some(false), Some(false), Some(false)]
    );
    assert!(note(&report, "2 of 8 products have no price"), "{report}");
}

#[test]
fn magento_store_views_are_not_products() {
    let text = "sku,store_view_code,attribute_set_code,product_type,categories,name,description,price,special_price,product_online,\
        visibility,additional_attributes,qty,is_in_stock,configurable_variations\n\
        B-1,de,Bag,simple,,Tasche,,,,,,,,,\n\
        B-1,,Bag,simple,\"Default Category/Gear,Default Category/Gear/Bags\",Bag,<p>Big</p>,34.0,,1,\"Catalog, Search\",\"color=Black,features=Pocket|Zip\",9,1,\n\
        B-1,fr,Bag,simple,,Sac,,,,,,,,,\n\
        B-2,,Bag,simple,Default Category/Gear,Pack,,45.0,36.0,2,\"Catalog, Search\",\"color=Black\",9,1,\n\
        T-1,,Top,configurable,Default Category/Women/Tops,Top,,20.0,,1,\"Catalog, Search\",,0,1,\"sku=T-1-S,size=S|sku=T-1-M,size=M\"\n\
        T-1-S,,Top,simple,Default Category/Women/Tops,Top-S,,20.0,,1,Not Visible Individually,\"color=Red,size=S\",5,1,\n\
        T-1-M,,Top,simple,Default Category/Women/Tops,Top-M,,20.0,,1,Not Visible Individually,\"color=Red,size=M\",0,0,\n";
    let (catalog, report) = read(text);
    assert_eq!(ids(&catalog), ["B-1", "B-2", "T-1", "T-1-S", "T-1-M"]);
    let bag = catalog.get("B-1").unwrap();
    assert_eq!(
        (bag.title.as_str(), bag.text.as_str(), bag.price),
        ("Bag", "Big", Some(34.0))
    );
    assert_eq!(
        (bag.value("color"), bag.values("features")),
        (Some("Black"), vec!["Pocket", "Zip"])
    );
    assert_eq!(
        bag.values("categories"),
        ["Default Category > Gear", "Default Category > Gear > Bags"]
    );
    assert_eq!(catalog.get("B-2").unwrap().price, Some(36.0));
    let available = |id: &str| catalog.get(id).unwrap().available;
    assert_eq!(
        [
            available("B-1"),
            available("B-2"),
            available("T-1"),
            available("T-1-S")
        ],
        [Some(true), Some(false), Some(true), Some(false)]
    );
    let group = |id: &str| catalog.get(id).unwrap().group.as_deref();
    assert_eq!(
        [group("T-1"), group("T-1-S"), group("T-1-M"), group("B-1")],
        [Some("T-1"), Some("T-1"), Some("T-1"), None]
    );
    assert_eq!(
        report.count("is of another store view or language of its product"),
        2,
        "{report}"
    );
}

#[test]
fn rows_in_several_languages_are_one_product() {
    let text = "id,language,title,colour\n1,en,Cup,red\n1,de,Tasse,rot\n2,en,Bowl,blue\n2,de,Schale,blau\n3,de,Krug,rot\n3,en,Jug,red\n4,en,Pan,red\n";
    let (catalog, _) = read(text);
    let titles: Vec<&str> = catalog
        .products()
        .iter()
        .map(|product| product.title.as_str())
        .collect();
    assert_eq!(titles, ["Cup", "Bowl", "Jug", "Pan"]);
    assert_eq!(catalog.get("3").unwrap().values("colour"), ["red"]);
    // Where each product has one row, the language is an attribute.
    let (catalog, _) = read("id,language,title\n1,en,Cup\n2,de,Schale\n3,en,Jug\n");
    assert_eq!(catalog.get("2").unwrap().value("language"), Some("de"));
}

#[test]
fn a_google_feed_is_read() {
    let text = "id\ttitle\tdescription\tlink\timage_link\tavailability\tprice\tsale_price\tgoogle_product_category\tbrand\tgtin\titem_group_id\n\
        K1\tKettle\tBoils <b>fast</b>.\thttps://x.example/1\thttps://x.example/1.jpg\tin_stock\t39.00 USD\t29.00 USD\tHome & Garden > Kitchen & Dining > Kettles\tBrewco\t00012345600012\tG1\n\
        K2\tKettle, glass\tClear.\thttps://x.example/2\thttps://x.example/2.jpg\tout_of_stock\t49.00 USD\t\tHome & Garden > Kitchen & Dining > Kettles\tBrewco\t00012345600029\tG1\n\
        C1\tCup\tWhite.\thttps://x.example/3\thttps://x.example/3.jpg\tpreorder\t8.00 USD\t\tHome & Garden > Kitchen & Dining > Cups\tPorca\t00012345600036\t\n";
    let (catalog, _) = read(text);
    let kettle = catalog.get("K1").unwrap();
    assert_eq!(
        (kettle.price, kettle.group.as_deref(), kettle.available),
        (Some(29.0), Some("G1"), Some(true))
    );
    assert_eq!(
        (
            kettle.value("brand"),
            kettle.value("gtin"),
            kettle.value("link")
        ),
        (Some("Brewco"), None, None)
    );
    assert_eq!(catalog.get("K2").unwrap().price, Some(49.0));
    assert_eq!(catalog.get("C1").unwrap().available, Some(true));
    assert_eq!(kettle.picture.as_deref(), Some("https://x.example/1.jpg"));
}

#[test]
fn headings_of_published_catalogues_are_known() {
    let first = |text: &str| {
        let (catalog, _) = read(text);
        let product = &catalog.products()[0];
        format!(
            "{} {} {}",
            product.id,
            product.title,
            product.group.clone().unwrap_or_default()
        )
    };
    let hm = "article_id,product_code,prod_name,product_type_name,detail_desc\n0108775015,0108775,Strap top,Vest,Jersey.\n0108775044,0108775,Strap top,Vest,Jersey.\n";
    assert_eq!(first(hm), "0108775015 Strap top 0108775");
    let movies = "movieId,title,genres\n1,Toy (1995),Animation|Comedy\n2,Heat (1995),Action\n";
    assert_eq!(first(movies), "1 Toy (1995) ");
    let books = "ISBN;Book-Title;Book-Author;Year-Of-Publication;Publisher;Image-URL-S\n0195153448;Mythology;Mark;2002;Oxford;http://x.example/a.jpg\n";
    assert_eq!(first(books), "0195153448 Mythology ");
    assert_eq!(
        first("AppID,Name,Release date,Price\n20200,Galactic,\"Oct 21, 2008\",19.99\n"),
        "20200 Galactic "
    );
    assert_eq!(
        first("Artikelnummer;Bezeichnung;Preis\n7;Tasse;4,5\n"),
        "7 Tasse "
    );
    assert_eq!(
        first("product_id,product_name,aisle_id,department_id\n1,Cookies,61,19\n"),
        "1 Cookies "
    );
}

#[test]
fn a_group_of_most_products_is_no_group() {
    let mut text = "id,title,parent\n".to_owned();
    (0..20).for_each(|i| text.push_str(&format!("{i},Piece {i},root\n")));
    let (catalog, report) = read(&text);
    assert!(
        catalog
            .products()
            .iter()
            .all(|product| product.group.is_none())
    );
    assert!(
        report
            .unused
            .iter()
            .any(|unused| unused.heading == "parent"),
        "{report}"
    );
    let said = CatalogColumns::default().group("parent");
    let (catalog, _) = Catalog::read_from(text.as_bytes(), &said).unwrap();
    assert!(
        catalog
            .products()
            .iter()
            .all(|product| product.group.as_deref() == Some("root"))
    );
}

#[test]
fn columns_whose_true_takes_a_product_off_sale_are_known() {
    let (catalog, report) =
        read("id,title,sold_out,deleted\n1,Mug,true,0\n2,Bowl,false,0\n3,Plate,false,1\n");
    let available: Vec<Option<bool>> = catalog
        .products()
        .iter()
        .map(|product| product.available)
        .collect();
    assert_eq!(
        available,
        [Some(false), Some(true), Some(false)],
        "{report}"
    );
}

#[test]
fn rows_of_another_language_are_counted_whichever_comes_first() {
    for text in [
        "id,title,language\n1,Becher,de\n1,Mug,en\n2,Bowl,en\n3,Plate,en\n2,Schale,de\n",
        "id,title,language\n1,Mug,en\n1,Becher,de\n2,Bowl,en\n3,Plate,en\n2,Schale,de\n",
    ] {
        let (catalog, report) = read(text);
        assert_eq!(catalog.len(), 3);
        assert_eq!(
            (report.rows, report.kept, report.left_out),
            (5, 3, 2),
            "{report}"
        );
    }
}
