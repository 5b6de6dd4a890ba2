//! `guide shop forget`, and what a cart and a session find.

mod common;

use common::{fails, json};

#[test]
fn a_shopper_is_forgotten_and_a_cart_is_answered() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    json(&[
        "demo",
        "--out",
        out,
        "--products",
        "200",
        "--shoppers",
        "120",
        "--set",
        "tune=false",
        "--json",
    ]);
    let shop = folder.path().join("demo.shop");
    let shop = shop.to_str().unwrap();
    let hits = json(&["shop", "recommend", "--shop", shop, "--hits", "1", "--json"]);
    let product = hits[0]["product"].as_str().unwrap();
    let cart = json(&[
        "shop",
        "recommend",
        "--shop",
        shop,
        "--cart",
        product,
        "--session",
        product,
        "--json",
    ]);
    assert!(!cart.is_empty() && cart.iter().all(|hit| hit["product"] != *product));
    let without = folder.path().join("without.shop");
    let without = without.to_str().unwrap();
    let forget = |out: &[&str], shopper: &str| {
        let first = [
            "shop",
            "forget",
            "--shop",
            shop,
            "--shopper",
            shopper,
            "--json",
        ];
        [&first, out]
            .concat()
            .iter()
            .map(|&word| word.to_owned())
            .collect::<Vec<String>>()
    };
    let shopper = "S00001";
    let asked = forget(&["--out", without], shopper);
    let asked: Vec<&str> = asked.iter().map(String::as_str).collect();
    let forgotten = json(&asked).remove(0);
    assert!(forgotten["events"].as_u64().unwrap() > 0, "{forgotten}");
    let owed = forgotten["sources"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one[1] == "owed-until-refit")
        .count();
    assert_eq!(owed, 1);
    let again = forget(&["--out", shop], shopper);
    let again: Vec<&str> = again.iter().map(String::as_str).collect();
    fails(&again, 2, "would overwrite");
    let unknown = [
        "shop",
        "forget",
        "--shop",
        without,
        "--shopper",
        shopper,
        "--in-place",
    ];
    fails(&unknown, 1, "no shopper");
}
