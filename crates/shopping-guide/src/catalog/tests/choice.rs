//! Which columns become attributes and roles, and what the caller can say of them.

use super::*;

fn read_with(text: &str, columns: &CatalogColumns) -> (Catalog, crate::ReadReport) {
    Catalog::read_from(text.as_bytes(), columns).unwrap()
}

fn roles(report: &crate::ReadReport) -> Vec<String> {
    let told = report.columns.iter();
    told.map(|used| format!("{}: {}", used.heading, used.role))
        .collect()
}

fn why_unused(report: &crate::ReadReport, heading: &str) -> String {
    let found = report
        .unused
        .iter()
        .find(|unused| unused.heading == heading);
    found.map_or(String::new(), |unused| unused.why.clone())
}

/// Forty products in four colours, with columns that tell nothing of them.
fn table() -> String {
    let mut text =
        "sku,title,status,currency,tax_class,colour,created,link,serial,stock\n".to_owned();
    for i in 0..40 {
        let colour = ["red", "blue", "green", "grey"][i % 4];
        text.push_str(&format!(
            "S{i},Piece {i},active,EUR,standard,{colour},2024-{:02}-01,https://x.example/{i},{},{}\n",
            i % 9 + 1,
            7_000_000 + i,
            i % 5
        ));
    }
    text
}

#[test]
fn columns_that_tell_nothing_are_told_with_their_reason() {
    let (catalog, report) = read(&table());
    assert_eq!(
        catalog.products()[0].attributes,
        [("colour".to_owned(), "red".to_owned())]
    );
    assert_eq!(
        why_unused(&report, "currency"),
        "every product has the same value, `EUR`"
    );
    assert!(
        why_unused(&report, "tax_class").contains("setting")
            || why_unused(&report, "tax_class").contains("same value")
    );
    assert_eq!(why_unused(&report, "link"), "it holds links or file names");
    assert_eq!(
        why_unused(&report, "serial"),
        "it holds 40 different numbers"
    );
    let expected = [
        "sku: id",
        "title: title",
        "status: status",
        "colour: attribute",
        "created: time",
        "stock: stock",
    ];
    assert_eq!(roles(&report), expected);
    assert_eq!(catalog.products()[0].time, Some(1_704_067_200));
    let words = report.to_string();
    assert!(
        words.contains("column `link` is not used: it holds links or file names"),
        "{words}"
    );
    assert!(
        words.contains("8 of 40 products are out of stock or not on sale"),
        "{words}"
    );
    assert!(words.contains("no product has a price"), "{words}");
}

#[test]
fn the_caller_can_force_and_ignore_columns() {
    let columns = CatalogColumns::default()
        .attribute("currency")
        .attribute("serial")
        .ignore("colour")
        .ignore("#10");
    let (catalog, report) = read_with(&table(), &columns);
    let expected =
        [("currency", "EUR"), ("serial", "7000000")].map(|(a, b)| (a.to_owned(), b.to_owned()));
    assert_eq!(catalog.products()[0].attributes, expected);
    assert_eq!(
        catalog.products()[0].available,
        Some(true),
        "the status alone"
    );
    assert_eq!(
        why_unused(&report, "colour"),
        "the caller said to ignore it"
    );
    assert_eq!(why_unused(&report, "stock"), "the caller said to ignore it");
    let forced = CatalogColumns::default().attribute("status");
    let (catalog, _) = read_with(&table(), &forced);
    assert_eq!(catalog.products()[0].value("status"), Some("active"));
    let error = refused(&table(), &CatalogColumns::default().ignore("weight"));
    assert!(
        error.contains("no column `weight`; there are: sku"),
        "{error}"
    );
    assert!(refused(&table(), &CatalogColumns::default().id("#11")).contains("no column `#11`"));
    let numbered = CatalogColumns::default().id("#9").title("#1");
    let (catalog, _) = read_with(&table(), &numbered);
    assert_eq!(catalog.get("7000003").unwrap().title, "S3");
}

#[test]
fn brands_with_too_many_values_are_told_and_can_be_forced() {
    let mut text = "sku,name,brand\n".to_owned();
    (0..90).for_each(|i| text.push_str(&format!("S{i},Item {i},Brand{}\n", i % 60)));
    let (catalog, report) = read(&text);
    assert!(catalog.products()[3].attributes.is_empty());
    assert!(why_unused(&report, "brand").starts_with("it has 60 different values for 90 products"));
    let (catalog, _) = read_with(&text, &CatalogColumns::default().attribute("brand"));
    assert_eq!(catalog.products()[3].value("brand"), Some("Brand3"));
}

#[test]
fn stock_and_status_say_what_can_be_bought() {
    let available = |text: &str| {
        let (catalog, _) = read(text);
        let products = catalog.products().iter();
        products
            .map(|product| product.available)
            .collect::<Vec<_>>()
    };
    let words =
        "id,title,availability\n1,a,in_stock\n2,b,out of stock\n3,c,preorder\n4,d,\n5,e,InStock\n";
    assert_eq!(
        available(words),
        [Some(true), Some(false), Some(true), None, Some(true)]
    );
    let pieces = "id,title,quantity\n1,a,3\n2,b,0\n3,c,-1\n4,d,10+\n";
    assert_eq!(
        available(pieces),
        [Some(true), Some(false), Some(false), Some(true)]
    );
    let chinese = "商品编号,标题,库存状态\n1,碗,有货\n2,杯,缺货\n";
    assert_eq!(available(chinese), [Some(true), Some(false)]);
    let status = "id,title,status\n1,a,active\n2,b,draft\n3,c,archived\n4,d,\n";
    assert_eq!(
        available(status),
        [Some(true), Some(false), Some(false), None]
    );
    let published = "id,title,published,stock\n1,a,TRUE,0\n2,b,FALSE,5\n3,c,TRUE,5\n";
    assert_eq!(available(published), [Some(false), Some(false), Some(true)]);
    // Words of another kind are no status, and a quantity in an order log is no stock.
    let other = "id,title,status\n1,a,new\n2,b,used\n3,c,new\n";
    assert_eq!(available(other), [None, None, None]);
    let orders = "order_id,sku,title,quantity,status\n1,a,A,0,completed\n2,b,B,1,cancelled\n";
    assert_eq!(available(orders), [None, None]);
    let columns = CatalogColumns::default().stock("left").status("phase");
    let text = "id,title,left,phase\n1,a,0,live\n2,b,1,live\n3,c,1,trash\n4,d,lots,live\n";
    let (catalog, report) = read_with(text, &columns);
    let said: Vec<_> = catalog
        .products()
        .iter()
        .map(|product| product.available)
        .collect();
    assert_eq!(said, [Some(false), Some(true), Some(false), Some(true)]);
    assert_eq!(
        report.count("has a stock that is not known, taken as not said"),
        1
    );
}

#[test]
fn a_time_is_the_product_s_unless_the_table_is_an_event_log() {
    let time = |text: &str| read(text).0.products()[0].time;
    assert_eq!(
        time("id,title,published_at\n1,a,1970-01-02\n2,b,1970-01-03\n"),
        Some(86_400)
    );
    assert_eq!(
        time("id,headline,date\n1,a,1970-01-02\n2,b,1970-01-03\n"),
        Some(86_400)
    );
    assert_eq!(
        time("id,title,release_date\n1,a,02 Jan 1970\n2,b,1970-01-03\n"),
        Some(86_400)
    );
    assert_eq!(
        time("order_id,customer_id,sku,title,date\n1,7,a,A,1970-01-02\n"),
        None
    );
    assert_eq!(time("id,title,published\n1,a,TRUE\n2,b,FALSE\n"), None);
    let (catalog, report) = read("id,title,published_at\n1,a,2024-01-02\n2,b,2024-05-03\n3,c,\n");
    assert_eq!(catalog.get("3").unwrap().time, None);
    let words = report.to_string();
    assert!(
        words.contains("span 2024-01-02 to 2024-05-03; 1 of 3 products have none"),
        "{words}"
    );
}

#[test]
fn the_regular_price_stands_in_for_a_missing_sale_price() {
    let text = "sku,title,Sale price,Regular price\nA,Desk,,100\nB,Chair,n/a,45\nC,Lamp,19,25\nD,Rug,,60\nE,Mat,,\n";
    let (catalog, report) = read(text);
    let prices: Vec<Option<f32>> = catalog
        .products()
        .iter()
        .map(|product| product.price)
        .collect();
    assert_eq!(
        prices,
        [Some(100.0), Some(45.0), Some(19.0), Some(60.0), None]
    );
    let words = report.to_string();
    assert!(words.contains("1 of 5 products have no price"), "{words}");
    assert!(
        words.contains("3 rows have no sale price: their regular price is taken"),
        "{words}"
    );
    let columns = CatalogColumns::default().price("was").sale_price("now");
    let (catalog, _) = read_with("id,title,was,now\n1,a,10,\n2,b,10,8\n", &columns);
    assert_eq!(
        (catalog.products()[0].price, catalog.products()[1].price),
        (Some(10.0), Some(8.0))
    );
}

#[test]
fn lists_and_paths_become_values_of_their_own() {
    let text = "id,title,color,tags,category\n\
        1,Cup,Red,\"summer, cotton\",Home > Kitchen > Cups\n2,Dish,red,\"cotton,summer\",Home > Kitchen > Cups\n\
        3,Fan,\"red, blue\",,Home > Light\n4,Lamp,blue,summer,Garden\n5,Rope,green,\"[\"\"winter\"\",\"\"cotton\"\"]\",Garden\n";
    let (catalog, report) = read(text);
    assert_eq!(
        catalog.get("1").unwrap().values("tags"),
        ["summer", "cotton"]
    );
    assert_eq!(catalog.get("3").unwrap().values("color"), ["red", "blue"]);
    assert_eq!(
        catalog.get("5").unwrap().values("tags"),
        ["winter", "cotton"]
    );
    assert_eq!(
        catalog.get("1").unwrap().values("category"),
        ["Home > Kitchen > Cups"]
    );
    let words = report.to_string();
    assert!(words.contains("`,` stands between values"), "{words}");
    assert!(
        words.contains("its values are category paths with `>`"),
        "{words}"
    );
}
