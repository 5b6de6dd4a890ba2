//! `guide text parse` and `guide shop ask`.

mod common;

use common::{fails, file, json};

const CATALOG: &str = "id,title,type,colour,brand,price
a,Runner,Shoes,Red,Nike,120
b,Sprint,Shoes,Red,Puma,100
c,Dash,Shoes,Blue,Puma,60
d,Warm,Coats,Black,Veldt,200
";

#[test]
fn a_conversation_is_kept_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = file(folder.path(), "catalog.csv", CATALOG);
    let shop = folder.path().join("a.shop");
    let (shop, session) = (shop.to_str().unwrap(), folder.path().join("session.json"));
    let session = session.to_str().unwrap();
    json(&[
        "shop",
        "build",
        "--catalog",
        &catalog,
        "--out",
        shop,
        "--json",
    ]);
    let ask = |sentence: &str| {
        let lines = json(&[
            "shop",
            "ask",
            "--shop",
            shop,
            sentence,
            "--session",
            session,
            "--json",
        ]);
        let hits = lines.iter().filter_map(|line| line["product"].as_str());
        let mut hits: Vec<String> = hits.map(str::to_owned).collect();
        hits.sort_unstable();
        (hits, lines)
    };
    assert_eq!(ask("red shoes, not Nike").0, ["b"]);
    assert_eq!(ask("in blue").0, ["c"]);
    let (hits, lines) = ask("where is my order?");
    assert!(
        hits.is_empty() && lines[0]["intent"] == "service",
        "{lines:?}"
    );
    let (hits, lines) = ask("a blue coat");
    assert_eq!(hits, ["d"]);
    let left_out = lines
        .iter()
        .find(|line| !line["left_out"].is_null())
        .unwrap();
    assert_eq!(
        left_out["left_out"]["says"]["attribute"]["any_of"][0][1],
        "Blue"
    );
    let broken = file(folder.path(), "broken.json", "{\"slots\": 3}");
    fails(
        &["shop", "ask", "--shop", shop, "shoes", "--session", &broken],
        1,
        "broken.json is no conversation",
    );
}

#[test]
fn what_was_understood_is_printed_with_its_places() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = file(folder.path(), "catalog.csv", CATALOG);
    let lines = json(&[
        "text",
        "parse",
        "红色鞋子，不要Nike, waterproof",
        "--catalog",
        &catalog,
        "--json",
    ]);
    let told: Vec<String> = lines
        .iter()
        .map(|line| line["words"].as_str().unwrap_or("-").to_owned())
        .collect();
    assert_eq!(told, ["-", "红色", "鞋子", "Nike", "-"]);
    assert_eq!(lines[3]["polarity"], "not-wanted");
    assert_eq!(lines[3]["span"]["start"], 21);
    assert_eq!(lines[4]["rest"], "waterproof");
    fails(&["text", "parse", "red"], 2, "--catalog");
}
