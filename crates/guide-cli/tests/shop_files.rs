//! `guide shop build` on files as shops have them: what is found out, what is said, and what is refused.
#![allow(clippy::unwrap_used)] // helpers of tests are not tests to clippy

mod common;

use common::{fails, file, guide, json};
use serde_json::Value;

const PRODUCTS: &str = "sku;name;brand;category;regular price;sale price;stock;created at\n\
    A;Red mug;Bodum;Home > Kitchen;12,50;;3;2024-01-05\n\
    B;Blue mug;Bodum;Home > Kitchen;9,00;7,50;0;2024-04-20\n\
    C;Lamp;Ikea;Home > Light;45,00;;1;2023-01-01\n\
    D;Chair;Ikea;Home > Seats;80,00;;2;2024-04-28\n";
const ORDERS: &str = "customer|article|qty|ordered_at\n\
    1|A|1|2024-05-01\n1|C|1|2024-05-02\n2|A|2|2024-05-01\n2|D|1|2024-05-03\n3|C|1|2024-05-04\n";

/// Builds a shop and returns its report with the path of the shop.
fn build(folder: &std::path::Path, catalog: &str, events: &str, more: &[&str]) -> (Value, String) {
    let shop = folder.join("a.shop").to_str().unwrap().to_owned();
    let mut args = vec![
        "--json",
        "shop",
        "build",
        "--catalog",
        catalog,
        "--events",
        events,
        "--out",
        &shop,
    ];
    args.extend(["--event-column", "product=article", "--test-fraction", "0"]);
    args.extend(more);
    (json(&args).pop().unwrap(), shop)
}

fn products(args: &[&str]) -> Vec<String> {
    let lines = json(&[&["--json"], args].concat());
    let hits = lines.iter().filter_map(|line| line["product"].as_str());
    hits.map(str::to_owned).collect()
}

#[test]
fn the_report_says_what_each_file_is_taken_for() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = file(folder.path(), "p.csv", PRODUCTS);
    let events = file(folder.path(), "e.csv", ORDERS);
    let (report, shop) = build(folder.path(), &catalog, &events, &[]);
    let roles = |file: &str| -> Vec<String> {
        let columns = report[file]["columns"].as_array().unwrap().iter();
        columns
            .map(|column| {
                format!(
                    "{}={}",
                    column["role"].as_str().unwrap(),
                    column["heading"].as_str().unwrap()
                )
            })
            .collect()
    };
    let catalogue = roles("catalog");
    for role in [
        "id=sku",
        "title=name",
        "attribute=brand",
        "sale price=sale price",
        "stock=stock",
    ] {
        let alike = role.replace("sale price=", "sale-price=");
        assert!(
            catalogue
                .iter()
                .any(|found| *found == role || *found == alike),
            "{role} of {catalogue:?}"
        );
    }
    assert_eq!(
        roles("events"),
        [
            "shopper=customer",
            "product=article",
            "value=qty",
            "time=ordered_at"
        ]
    );
    assert_eq!(
        (
            &report["catalog"]["separator"],
            &report["events"]["separator"]
        ),
        (&";".into(), &"|".into())
    );
    let notes = report["events"]["notes"].to_string();
    assert!(
        notes.contains("all 5 are taken for purchases")
            && notes.contains("from 2024-05-01 to 2024-05-04"),
        "{notes}"
    );
    // What shopper 1 bought is not offered, nor is what is out of stock.
    assert_eq!(
        products(&["shop", "recommend", "--shop", &shop, "--shopper", "1"]),
        ["D"]
    );
    let all = products(&["shop", "recommend", "--shop", &shop, "--keep-unavailable"]);
    assert_eq!(all.len(), 4);
    let kitchen = [
        "shop",
        "recommend",
        "--shop",
        &shop,
        "--attribute",
        "category=Home > Kitchen",
    ];
    assert_eq!(products(&kitchen), ["A"]);
    assert_eq!(
        products(&[
            "shop",
            "recommend",
            "--shop",
            &shop,
            "--attribute",
            "category=home"
        ])
        .len(),
        3
    );
    assert_eq!(
        products(&[
            "shop",
            "recommend",
            "--shop",
            &shop,
            "--new-within-days",
            "10"
        ]),
        ["D"]
    );
    assert_eq!(
        products(&[
            "shop",
            "recommend",
            "--shop",
            &shop,
            "--price-to",
            "8",
            "--keep-unavailable"
        ]),
        ["B"]
    );
}

#[test]
fn what_is_hidden_by_the_stock_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = file(folder.path(), "p.csv", PRODUCTS);
    let events = file(folder.path(), "e.csv", ORDERS);
    let (_, shop) = build(folder.path(), &catalog, &events, &[]);
    let output = guide(&["shop", "recommend", "--shop", &shop, "--price-to", "8"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("no product passes the filters") && text.contains("--keep-unavailable"),
        "{text}"
    );
}

#[test]
fn flags_say_how_the_tables_are_written_and_what_columns_are() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = file(
        folder.path(),
        "p.txt",
        "A~Red mug~Bodum\nB~Blue mug~Bodum\nC~Lamp~Ikea\n",
    );
    let events = file(folder.path(), "e.txt", "1~A~read\n1~B~bought\n2~C~read\n");
    let columns = "--sep ~ --no-heading --catalog-column id=#1 --catalog-column title=2 --catalog-column attribute=#3 \
        --event-column shopper=1 --event-column product=2 --event-column kind=3 --map read=view --test-fraction 0";
    let shop = folder.path().join("b.shop").to_str().unwrap().to_owned();
    let mut args = vec![
        "--json",
        "shop",
        "build",
        "--catalog",
        &catalog,
        "--events",
        &events,
        "--out",
        &shop,
    ];
    args.extend(columns.split_whitespace());
    let report = json(&args).pop().unwrap();
    assert_eq!(
        (&report["events"]["kept"], &report["catalog"]["kept"]),
        (&3.into(), &3.into()),
        "{report}"
    );
    assert!(
        report["events"]["notes"]
            .to_string()
            .contains("2 views, 1 purchases"),
        "{report}"
    );
    fails(
        &[&args[..], &["--catalog-sep", "ab"]].concat(),
        2,
        "--catalog-sep must be one ASCII character",
    );
    fails(
        &[&args[..], &["--map", "x=dance"]].concat(),
        2,
        "no kind `dance`",
    );
    fails(
        &[&args[..], &["--encoding", "klingon"]].concat(),
        1,
        "klingon",
    );
    fails(
        &[&args[..], &["--catalog-column", "colour=3"]].concat(),
        2,
        "no role `colour`",
    );
}

#[test]
fn a_quote_that_is_never_closed_ends_the_build_at_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = file(
        folder.path(),
        "p.csv",
        &PRODUCTS.replace("Blue mug", "\"Blue mug"),
    );
    let events = file(folder.path(), "e.csv", ORDERS);
    let shop = folder.path().join("a.shop").to_str().unwrap().to_owned();
    let args = [
        "shop",
        "build",
        "--catalog",
        &catalog,
        "--events",
        &events,
        "--out",
        &shop,
    ];
    fails(
        &args,
        1,
        "p.csv:3: the quote that opens here is never closed",
    );
    assert!(!std::path::Path::new(&shop).exists());
    let ratings = file(folder.path(), "r.csv", "a,x,3\nb,\"y,4\nc,z,5\n");
    fails(
        &["ratings", "--data", &ratings, "--algo", "baseline"],
        1,
        "r.csv:2: the quote that opens here is never closed",
    );
}

#[test]
fn ratings_of_the_algorithms_that_finished_are_printed() {
    let folder = tempfile::tempdir().unwrap();
    let text: String = (0..60)
        .map(|n| format!("u{},i{},{}\n", n % 10, (n * 7) % 13, n % 5 - 2))
        .collect();
    let data = file(folder.path(), "r.csv", &text);
    let output = guide(&[
        "ratings",
        "--data",
        &data,
        "--algo",
        "baseline,nmf",
        "--folds",
        "2",
    ]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        !output.status.success() && text.contains("baseline"),
        "{text}"
    );
}

#[test]
fn a_shop_is_saved_though_nobody_reads_the_report() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = file(folder.path(), "p.csv", PRODUCTS);
    let events = file(folder.path(), "e.csv", ORDERS);
    let shop = folder.path().join("a.shop");
    let args = [
        "shop",
        "build",
        "--event-column",
        "product=article",
        "--catalog",
        &catalog,
        "--events",
        &events,
        "--out",
    ];
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_guide"));
    let mut child = command
        .args(args)
        .arg(&shop)
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert!(child.wait().unwrap().success());
    assert!(shop.exists());
}
