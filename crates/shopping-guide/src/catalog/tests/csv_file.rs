//! A catalogue that was written is equal when it is read back.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::*;

/// Reads what was written of a catalogue.
fn read_back(catalog: &Catalog) -> Catalog {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("catalog.csv");
    catalog.save_csv(&path).unwrap();
    let (read, report) = Catalog::read(&path, &CatalogColumns::default()).unwrap();
    assert_eq!(
        (report.kept, report.left_out),
        (catalog.len(), 0),
        "{report}"
    );
    read
}

/// Texts that readers of tables change: quotes, separators, blanks, line ends, words for a missing value, other headings.
fn text() -> impl Strategy<Value = String> {
    let odd = [
        "",
        " ",
        " a ",
        "a,b",
        "a;b",
        "a|b",
        "a\tb",
        "\"",
        "\"a\"",
        "a\"b",
        "a\nb",
        "\r",
        "a\r\nb",
        "NULL",
        "nan",
        "None",
        "\\N",
        "-",
        "n/a",
        "#3",
        "=1+1",
        "'a",
        "id",
        "title",
        "text",
        "price",
        "group",
        "time",
        "available",
        "picture",
        "more attributes",
        "date",
        "sku",
        "sep=;",
        "Home > Kitchen",
        "Home>Kitchen",
        "a/b",
        "[\"a\",\"b\"]",
        "{}",
        "a=b",
        "cotton, summer",
        "1,299",
        "01",
        "1e3",
        "碗",
        "é",
        "\u{feff}x",
        "\u{fffd}",
        "\u{0}",
        "\\",
        "\\\"",
        "\u{a0}",
        "😀",
    ];
    prop_oneof![
        proptest::sample::select(odd.to_vec()).prop_map(str::to_owned),
        "[ -~]{0,12}",
        "\\PC{0,8}",
        any::<String>().prop_map(|text| text.chars().take(20).collect()),
    ]
}

fn product() -> impl Strategy<Value = Product> {
    let name = prop_oneof![
        text(),
        proptest::sample::select(vec!["colour", "size", "Colour"]).prop_map(str::to_owned)
    ];
    let price = prop_oneof![
        Just(0.0_f32),
        Just(-3.5),
        0.01_f32..1e6,
        any::<f32>().prop_filter("finite", |price| price.is_finite()),
    ];
    let year = *crate::time::YEARS.start()..=*crate::time::YEARS.end();
    (
        (text(), text(), vec((name, text()), 0..6)),
        (
            option::of(price),
            option::of(text()),
            option::of(text()),
            option::of(year),
            option::of(any::<bool>()),
        ),
    )
        .prop_map(
            |((title, text, attributes), (price, picture, group, time, available))| Product {
                title,
                text,
                attributes,
                price,
                picture,
                group,
                time,
                available,
                ..Product::default()
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_catalogue_is_equal_when_it_is_read_back(products in vec((text(), product()), 1..8)) {
        let mut catalog = Catalog::default();
        for (id, product) in products {
            // An empty or a repeated id is no product.
            let _ = catalog.push(Product { id, ..product });
        }
        prop_assume!(!catalog.is_empty());
        prop_assert_eq!(read_back(&catalog), catalog);
    }
}

#[test]
fn attributes_keep_their_order_and_their_names() {
    let product = Product::new("a", "Mug")
        .attribute("colour", "blue")
        .attribute("size", "L")
        .attribute("colour", "green")
        .attribute("title", "Sir")
        .attribute("id", "7")
        .attribute("a\tb;c|d", "x|y")
        .attribute(" ", "");
    let plain = Product::new("b", "Bowl")
        .attribute("size", "S")
        .attribute("colour", "red");
    let catalog = Catalog::new([product, plain]).unwrap();
    assert_eq!(read_back(&catalog), catalog);
}

#[test]
fn a_written_file_is_plain_where_it_can_be() {
    let catalog = Catalog::new([
        Product::new("a", "Mug")
            .price(4.5)
            .attribute("colour", "red")
            .attribute("colour", "blue"),
        Product::new("b", "Bowl")
            .group("g")
            .time(0)
            .available(false)
            .attribute("size", "L"),
    ])
    .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("catalog.csv");
    catalog.save_csv(&path).unwrap();
    let expected = "id,title,text,price,picture,group,time,available,colour,size,more attributes\n\
                    a,Mug,,4.5,,,,,red|blue,,\nb,Bowl,,,,g,1970-01-01 00:00:00,false,,L,\n";
    assert_eq!(std::fs::read_to_string(&path).unwrap(), expected);
}

#[test]
fn many_names_of_attributes_do_not_make_a_wide_file() {
    let product = |number: usize| {
        Product::new(number.to_string(), "x").attribute(format!("name {number}"), "y")
    };
    let catalog = Catalog::new((0..3_000).map(product)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("catalog.csv");
    catalog.save_csv(&path).unwrap();
    let bytes = std::fs::metadata(&path).unwrap().len();
    assert!(bytes < 1_000_000, "{bytes}");
    assert_eq!(
        Catalog::read(&path, &CatalogColumns::default()).unwrap().0,
        catalog
    );
}

#[test]
fn a_written_file_that_was_changed_by_hand_is_checked() {
    let heading = "id,title,text,price,picture,available,colour,more attributes\n";
    let rows = "a,Mug,,4.5,,true,red,\na,Mug,,4.5,,true,red,\nb,Bowl,,four,,,,\nc,Jug,,,,maybe,,\nd,Pot,,,,,,[1]\n\
                ,Pan,,,,,,\ne,\"\"\"open\",,,,,,\n";
    let (catalog, report) = read(&format!("{heading}{rows}"));
    assert_eq!(
        (catalog.len(), report.kept, report.left_out),
        (1, 1, 6),
        "{report}"
    );
    assert_eq!(catalog.products()[0].available, Some(true));
    // Another set of columns is read like any table.
    let (catalog, report) =
        read("id,title,text,price,picture,colour\na,Mug,,4.5,,red\nb,Bowl,,4.5,,red\n");
    assert!(catalog.products()[0].attributes.is_empty(), "{report}");
}
