mod choice;
mod csv_file;
mod exports;
mod size;

use std::io::Write;

use super::*;
use crate::read_report::Remedy;

fn read(text: &str) -> (Catalog, crate::ReadReport) {
    Catalog::read_from(text.as_bytes(), &CatalogColumns::default()).unwrap()
}

fn refused(text: &str, columns: &CatalogColumns) -> String {
    Catalog::read_from(text.as_bytes(), columns)
        .unwrap_err()
        .to_string()
}

#[test]
fn headings_are_guessed_in_english() {
    let (catalog, report) = read(
        "sku,Product Name,Description,Unit Price,Image URL,Colour,Notes,CustomerID\n\
         a,Mug,A red mug.,£4.50,a.jpg,red,,7\n\
         b,Bowl,A bowl.,\"1,299.00\",,blue|green,,8\n",
    );
    let mug = catalog.get("a").unwrap();
    assert_eq!(
        (mug.title.as_str(), mug.text.as_str(), mug.price),
        ("Mug", "A red mug.", Some(4.5))
    );
    assert_eq!(
        (mug.picture.as_deref(), mug.value("Colour")),
        (Some("a.jpg"), Some("red"))
    );
    let bowl = catalog.get("b").unwrap();
    assert_eq!((bowl.price, bowl.picture.as_deref()), (Some(1299.0), None));
    assert_eq!(bowl.values("Colour"), ["blue", "green"]);
    let columns: Vec<(&str, &str)> = report
        .columns
        .iter()
        .map(|used| (used.heading.as_str(), used.role.as_str()))
        .collect();
    let expected = [
        ("sku", "id"),
        ("Product Name", "title"),
        ("Description", "text"),
        ("Unit Price", "price"),
        ("Image URL", "picture"),
        ("Colour", "attribute"),
    ];
    assert_eq!(
        columns, expected,
        "an empty column and the customer are no attributes"
    );
    assert_eq!(
        (report.rows, report.kept, report.mended, report.left_out),
        (2, 2, 0, 0)
    );
}

#[test]
fn prices_are_read_as_their_column_writes_them() {
    let prices = |text: &str| {
        let (catalog, report) = read(text);
        let prices = catalog.products().iter().map(|product| product.price);
        (prices.collect::<Vec<_>>(), report.findings.len())
    };
    let german = "id;name;price\n1;Tasse;4,50\n2;Tisch;1.299,50\n3;Bett;1.299\n";
    assert_eq!(
        prices(german),
        (vec![Some(4.5), Some(1299.5), Some(1299.0)], 0)
    );
    let english = "id;name;price\n1;Cup;4.50\n2;Table;1,299.50\n3;Bed;1,299\n";
    assert_eq!(
        prices(english),
        (vec![Some(4.5), Some(1299.5), Some(1299.0)], 0)
    );
    let (catalog, report) = read("id;name;price\n1;Bed;1,299\n2;Cup;7\n3;Debt;-1,299\n");
    let price = |id| catalog.get(id).and_then(|product| product.price);
    assert_eq!(
        (price("1"), price("2"), price("3")),
        (Some(1299.0), Some(7.0), None)
    );
    assert_eq!(report.count(crate::value::GUESSED_DECIMAL), 2);
    assert!(
        report
            .to_string()
            .contains("2 guessed: has a number whose separator")
    );
}

#[test]
fn surplus_fields_are_joined_with_their_own_separator() {
    let (catalog, report) = read("id;name;colour\n1;Tie; Cufflink;red\n");
    assert_eq!(catalog.get("1").unwrap().title, "Tie; Cufflink");
    assert_eq!(report.findings[0].examples[0].1, "Tie; Cufflink");
}

#[test]
fn headings_are_guessed_in_chinese_behind_a_byte_order_mark() {
    let (catalog, _) = read("\u{feff}商品编号;商品名称;价格;颜色\n1;红色 马克杯;￥20元;红\n");
    let cup = catalog.get("1").unwrap();
    assert_eq!(
        (cup.title.as_str(), cup.price, cup.value("颜色")),
        ("红色 马克杯", Some(20.0), Some("红"))
    );
}

#[test]
fn said_columns_come_before_guessed_ones() {
    let text = "id,code,name,label,size\n1,x,Mug,Cup,S\n";
    let columns = CatalogColumns::default()
        .id("code")
        .title("Label")
        .attributes(["id"]);
    let (catalog, _) = Catalog::read_from(text.as_bytes(), &columns).unwrap();
    let product = catalog.get("x").unwrap();
    assert_eq!(
        (
            product.title.as_str(),
            product.attributes.len(),
            product.value("id")
        ),
        ("Cup", 1, Some("1"))
    );
    let error = refused(text, &CatalogColumns::default().price("cost"));
    assert_eq!(
        error,
        "<catalog>:1: no column `cost`; there are: id, code, name, label, size"
    );
    let error = refused("colour,size\nred,S\n", &CatalogColumns::default());
    assert_eq!(
        error,
        "<catalog>:1: no column looks like the id; say which with --catalog-column id=COLUMN, one of: colour, size"
    );
}

#[test]
fn unquoted_commas_in_the_title_lose_no_row() {
    let (catalog, report) = read("id,colour,name\n1,red,Tie, Cufflink and Square\n2,blue,Mug\n");
    assert_eq!(catalog.get("1").unwrap().title, "Tie, Cufflink and Square");
    assert_eq!((report.kept, report.mended, report.left_out), (2, 1, 0));
    let (catalog, _) = read("id,name,colour\n1,Tie, Cufflink, Square,red\n");
    let tie = catalog.get("1").unwrap();
    assert_eq!(
        (tie.title.as_str(), tie.value("colour")),
        ("Tie, Cufflink, Square", Some("red"))
    );
}

#[test]
fn every_mended_and_left_out_row_is_told() {
    let mut text = b"id,name,price\n1,Mug,abc\n,Nothing,3\n3\n4,Caf\xe9,0\n5,Pot,2\n".to_vec();
    text.extend_from_slice(b"6,,1\n");
    let (catalog, report) =
        Catalog::read_from(text.as_slice(), &CatalogColumns::default()).unwrap();
    assert_eq!(
        (report.rows, report.kept, report.mended, report.left_out),
        (6, 5, 3, 1)
    );
    assert_eq!(catalog.get("4").unwrap().title, "Café");
    assert_eq!(
        catalog.get("6").unwrap().title,
        "6",
        "the id where there is no title"
    );
    let of = |reason: &str, remedy| {
        let found = report
            .findings
            .iter()
            .find(|f| f.reason == reason && f.remedy == remedy);
        found
            .map(|finding| (finding.rows, finding.examples[0].0))
            .unwrap()
    };
    assert_eq!(
        of(
            "has a price that is no number, taken as unknown",
            Remedy::Mended
        ),
        (1, 2)
    );
    assert_eq!(of("has no product id", Remedy::LeftOut), (1, 3));
    assert_eq!(
        of(
            "has fewer fields than columns, the last ones taken as empty",
            Remedy::Mended
        ),
        (1, 4)
    );
    assert_eq!(report.encoding, "windows-1252");
    assert!(
        report.notes[0].contains("not UTF-8 from line 5 on"),
        "{report}"
    );
    assert_eq!(
        of(
            "has a price that is not above 0, taken as unknown",
            Remedy::Mended
        ),
        (1, 5)
    );
    assert_eq!(
        report.count("is a product that no row gives a title, its id taken"),
        2
    );
    let words = report.to_string();
    assert!(
        words.starts_with("<catalog>: 6 rows, 5 kept (3 of them mended), 1 left out\n"),
        "{words}"
    );
    assert!(
        words.contains("1 left out: has no product id; line 3: Nothing"),
        "{words}"
    );
}

#[test]
fn several_rows_of_one_product_become_one() {
    let (catalog, report) = read(
        "StockCode,Description,UnitPrice,Country,Material\n\
         1,MUG,2.0,UK,clay\n1,damaged,3.0,FR,clay\n1,MUG,9.0,UK,\n1,,0,DE,clay\n2,BOWL,1.0,UK,tin\n2,BOWL,2.0,FR,tin\n",
    );
    assert_eq!(catalog.len(), 2);
    let mug = catalog.get("1").unwrap();
    assert_eq!(
        (mug.title.as_str(), mug.price),
        ("MUG", Some(3.0)),
        "most frequent title, median price"
    );
    assert_eq!(catalog.get("2").unwrap().price, Some(1.5));
    assert_eq!(
        mug.attributes,
        [("Material".to_owned(), "clay".to_owned())],
        "the country is the buyer's"
    );
    let titles = "is a product whose rows have different titles, the most frequent one taken";
    assert_eq!(report.count(titles), 1);
    let found = report.findings.iter().find(|found| found.reason == titles);
    assert_eq!(
        found.unwrap().examples,
        [(2, "1: MUG / damaged".to_owned())]
    );
}

#[test]
fn free_texts_and_numbers_of_many_values_are_no_attributes() {
    let mut text = "id,name,colour,weight,story\n".to_owned();
    for i in 0..120 {
        let (colour, weight) = (["red", "blue"][i % 2], 100 + i);
        text.push_str(&format!(
            "{i},Mug {i},{colour},{weight},a long story about mug {}\n",
            "x".repeat(40 + i % 2)
        ));
    }
    let (catalog, _) = read(&text);
    let names: Vec<&str> = catalog.products()[0]
        .attributes
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(names, ["colour"]);
}

#[test]
fn files_are_read_plain_and_packed_and_written_back() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = Catalog::new([
        Product::new("a", "Mug, \"red\"")
            .price(4.5)
            .text("line\nline")
            .picture("a.png")
            .attribute("colour", "red"),
        Product::new("b", "碗")
            .attribute("colour", "blue")
            .attribute("colour", "green")
            .attribute("size", "L"),
    ])
    .unwrap();
    let plain = folder.path().join("catalog.csv");
    catalog.save_csv(&plain).unwrap();
    assert_eq!(
        Catalog::read(&plain, &CatalogColumns::default()).unwrap().0,
        catalog
    );
    let packed = folder.path().join("catalog.csv.gz");
    let file = std::fs::File::create(&packed).unwrap();
    let mut encoder = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
    encoder.write_all(&std::fs::read(&plain).unwrap()).unwrap();
    encoder.finish().unwrap();
    assert_eq!(
        Catalog::read(&packed, &CatalogColumns::default())
            .unwrap()
            .0,
        catalog
    );
}

#[test]
fn attributes_called_like_something_else_survive_when_the_columns_are_said() {
    let product = Product::new("a", "Calendar")
        .attribute("date", "2024")
        .attribute("value", "high")
        .attribute("sku", "s1");
    let catalog = Catalog::new([product.attribute("order", "first")]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("catalog.csv");
    catalog.save_csv(&path).unwrap();
    assert_eq!(Catalog::read(&path, &catalog.columns()).unwrap().0, catalog);
    let number = catalog.number("a");
    assert_eq!((number, catalog.number("b")), (Some(ItemId(0)), None));
}

#[test]
fn a_product_of_a_few_fields_reads_from_json() {
    let catalog: Catalog =
        serde_json::from_str(r#"[{"id": "a", "title": "Mug", "price": 4.5}]"#).unwrap();
    assert_eq!(*catalog.products()[0], Product::new("a", "Mug").price(4.5));
}

#[test]
fn what_is_no_catalogue_is_refused_with_its_reason() {
    let error = Catalog::read("/nowhere/catalog.csv", &CatalogColumns::default()).unwrap_err();
    assert!(
        error.to_string().starts_with("/nowhere/catalog.csv: "),
        "{error}"
    );
    assert_eq!(
        refused("", &CatalogColumns::default()),
        "<catalog> is empty"
    );
    assert_eq!(
        refused("id,name\n", &CatalogColumns::default()),
        "the catalogue <catalog> is empty"
    );
    assert_eq!(
        refused("id,name\n,Mug\n,Bowl\n", &CatalogColumns::default()),
        "<catalog>:2: no product in 2 rows: 2 has no product id (`Mug`)"
    );
    let twice = Catalog::new([Product::new("a", "A"), Product::new("a", "B")]).unwrap_err();
    assert_eq!(twice.to_string(), "duplicate product: a");
    let nameless = Catalog::new([Product::new("", "A")]).unwrap_err();
    assert_eq!(nameless.to_string(), "the id of product 0 is empty");
    let endless = Catalog::new([Product::new("a", "A").price(f32::INFINITY)]).unwrap_err();
    assert_eq!(
        endless.to_string(),
        "price of product `a`, number 0 is inf, which is not finite"
    );
}

#[test]
fn products_can_be_taken_out() {
    let catalog =
        Catalog::new([Product::new("POST", "Postage"), Product::new("a", "Mug")]).unwrap();
    let catalog = catalog.retain(|product| product.id != "POST");
    assert_eq!((catalog.len(), catalog.require("a").unwrap().0), (1, 0));
    assert_eq!(
        catalog.require("POST").unwrap_err().to_string(),
        "unknown product `POST`"
    );
}
