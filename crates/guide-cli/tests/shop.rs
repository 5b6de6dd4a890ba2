//! `guide demo` and `guide shop`: from files to answers.

mod common;

use std::fs;

use common::{fails, file, guide, json, words};
use serde_json::Value;

fn has_texts(reasons: &Value) -> bool {
    let reasons = reasons.as_array().map_or(&[][..], Vec::as_slice);
    let has_text = |reason: &Value| reason["text"].is_string() && reason["kind"].is_string();
    !reasons.is_empty() && reasons.iter().all(has_text)
}

#[test]
fn the_demo_builds_a_shop_that_answers() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    let demo = json(&[
        "demo",
        "--out",
        out,
        "--products",
        "300",
        "--shoppers",
        "200",
        "--json",
    ])
    .remove(0);
    assert_eq!(
        (demo["products"].as_u64(), demo["shoppers"].as_u64()),
        (Some(300), Some(200))
    );
    assert!(
        fs::read_to_string(folder.path().join("report.html"))
            .unwrap()
            .contains("<svg")
    );

    let shop = folder.path().join("demo.shop");
    let shop = shop.to_str().unwrap();
    let hits = json(&[
        "shop",
        "recommend",
        "--shop",
        shop,
        "--shopper",
        "no one",
        "--hits",
        "3",
        "--json",
    ]);
    assert_eq!((hits.len(), hits[0]["rung"].as_str()), (3, Some("popular")));
    let product = hits[0]["product"].as_str().unwrap();
    let similar = json(&[
        "shop",
        "similar",
        "--shop",
        shop,
        "--product",
        product,
        "--n",
        "4",
        "--json",
    ]);
    assert!(
        similar.len() == 4
            && similar
                .iter()
                .all(|hit| !hit["reasons"].as_array().unwrap().is_empty())
    );
    let about = json(&["model", "inspect", shop, "--json"]).remove(0);
    assert_eq!(
        (about["kind"].as_str(), about["version"].as_u64()),
        (Some("guide"), Some(5))
    );
    fails(
        &["shop", "similar", "--shop", shop, "--product", "nothing"],
        1,
        "demo.shop: unknown product `nothing`",
    );
    let prices = format!("shop recommend --shop {shop} --price-from 9 --price-to 5");
    fails(
        &words(&prices),
        2,
        "--price-from must be at most price_to = 5, but is 9",
    );
    let endless = format!("shop recommend --shop {shop} --price-to inf");
    fails(&words(&endless), 2, "--price-to must be finite");

    let (catalog, events) = (
        folder.path().join("catalog.csv"),
        folder.path().join("events.csv"),
    );
    let again = folder.path().join("again.shop");
    let [catalog, events, again] = [&catalog, &events, &again].map(|path| path.to_str().unwrap());
    let built = json(&[
        "shop",
        "build",
        "--catalog",
        catalog,
        "--events",
        events,
        "--out",
        again,
        "--json",
    ])
    .remove(0);
    assert_eq!(built["catalog"]["kept"].as_u64(), Some(300));
    assert!(
        built["evaluation"]["rows"]
            .as_array()
            .is_some_and(|rows| rows.len() >= 4)
    );
    assert!(built["build"]["seconds"]["neighbours"].is_f64());
    assert!(built["fusion"]["popular"].is_f64() && built["not_measured"].is_null());

    // Reasons have one form everywhere.
    assert!(similar.iter().all(|hit| has_texts(&hit["reasons"])));
    assert!(has_texts(
        &demo["answers"][0]["answer"]["hits"][0]["reasons"]
    ));
    let shopper = "S00001";
    let explain =
        format!("shop explain --shop {shop} --shopper {shopper} --product {product} --json");
    assert!(has_texts(&json(&words(&explain))[0]["reasons"]));

    let sources = json(&words(&explain))[0]["sources"].clone();
    for source in sources.as_array().unwrap() {
        let parts = source["parts"].as_array().unwrap().iter();
        let sum: f64 = parts.map(|part| part["amount"].as_f64().unwrap()).sum();
        let score = source["score"].as_f64().unwrap_or(0.0);
        assert!((sum - score).abs() <= 1e-5 * score.abs(), "{source}");
    }
    // The language changes the texts alone.
    let ask = format!("shop similar --shop {shop} --product {product} --n 4 --json --language");
    let mut chinese = json(&words(&format!("{ask} zh-CN")));
    let texts: Vec<Value> = chinese
        .iter_mut()
        .flat_map(|hit| hit["reasons"].as_array_mut().unwrap())
        .map(|reason| reason["text"].take())
        .collect();
    let is_chinese = |text: &Value| text.as_str().unwrap().contains(['：', '“']);
    assert!(texts.iter().all(is_chinese), "{texts:?}");
    for (hit, other) in chinese.iter().zip(&similar) {
        let kinds = |hit: &Value| -> Vec<Value> {
            let reasons = hit["reasons"].as_array().unwrap().iter();
            reasons.map(|reason| reason["kind"].clone()).collect()
        };
        assert_eq!(
            (&hit["product"], kinds(hit)),
            (&other["product"], kinds(other))
        );
    }
    fails(
        &words(&format!("{ask} xx")),
        2,
        "unknown language (known: en, zh) `xx`",
    );

    let newcomer =
        format!("shop explain --shop {shop} --history {product},jug --product {product}");
    let output = guide(&words(&newcomer));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("this shopper has it already"), "{text}");
    let note = String::from_utf8(output.stderr).unwrap();
    assert!(note.contains("passed over: jug"), "{note}");

    // An answer without a hit is an answer.
    let none = format!("shop recommend --shop {shop} --shopper {shopper} --price-to 0.001");
    let rows = json(&words(&format!("{none} --json")));
    assert_eq!((rows.len(), rows[0]["hits"].as_u64()), (1, Some(0)));
    let text = String::from_utf8(guide(&words(&none)).stdout).unwrap();
    assert!(text.contains("no product passes the filters"), "{text}");
    let stranger = guide(&words(&format!(
        "shop recommend --shop {shop} --shopper nobody"
    )));
    let note = String::from_utf8(stranger.stderr).unwrap();
    assert!(note.contains("does not know this shopper"), "{note}");
    let known = guide(&words(&format!(
        "shop recommend --shop {shop} --shopper {shopper}"
    )));
    assert!(known.status.success() && known.stderr.is_empty());
}

#[test]
fn the_demo_ends_with_a_question_that_has_an_answer() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    let output = guide(&words(&format!(
        "demo --out {out} --products 200 --shoppers 120"
    )));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("measured on the last 10 % of the baskets"),
        "{text}"
    );
    let (_, question) = text.trim().rsplit_once("Ask the shop: guide ").unwrap();
    let answer = guide(&words(question));
    assert!(
        answer.status.success() && answer.stderr.is_empty(),
        "{question}"
    );
    assert!(
        String::from_utf8(answer.stdout)
            .unwrap()
            .starts_with("rung: known")
    );
}

#[test]
fn a_demo_too_small_to_be_measured_is_built() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().display();
    for (shoppers, says) in [(1, "two non-empty parts"), (30, "is empty")] {
        let line = format!("demo --out {out} --products 1 --shoppers {shoppers} --json");
        let demo = json(&words(&line)).remove(0);
        assert!(demo["evaluation"].is_null());
        let reason = demo["not_measured"].as_str().unwrap();
        assert!(reason.contains(says), "{reason}");
    }
    assert!(folder.path().join("report.html").exists());
}

#[test]
fn a_shop_that_cannot_be_measured_is_built() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = file(
        folder.path(),
        "catalog.csv",
        "id,title\na,Pen\nb,Ink\nc,Postage\n",
    );
    let events = file(
        folder.path(),
        "events.csv",
        "shopper,product\n1,a\n1,b\n2,a\n2,c\n3,b\n",
    );
    let out = folder.path().join("small.shop");
    let line = format!(
        "shop build --catalog {catalog} --events {events} --all-are purchase --out {}",
        out.display()
    );
    let built = json(&words(&format!("{line} --json --leave-out-products c"))).remove(0);
    assert!(built["evaluation"].is_null());
    assert!(built["not_measured"].as_str().unwrap().contains("time"));
    let recommend = format!("shop recommend --shop {} --json", out.display());
    let hits = json(&words(&recommend));
    assert!(hits.iter().all(|hit| hit["product"] != "c") && hits.len() == 2);
    let text = String::from_utf8(guide(&words(&line)).stdout).unwrap();
    assert!(text.contains("not measured: "), "{text}");
    assert!(
        text.contains("fusion: k 60, depth 200, neighbours 1"),
        "{text}"
    );
    assert!(text.contains("half lives in days: history 90"), "{text}");
    fails(
        &words(&format!("{line} --leave-out-products x --json")),
        1,
        "unknown product `x`",
    );
    let asked = words(&format!("{line} --test-fraction 0.5 --json")).join(" ");
    fails(&words(&asked), 1, "needs events with a time");
}

#[test]
fn a_shop_that_cannot_be_saved_or_known_is_not_built() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = file(folder.path(), "catalog.csv", "id,title\na,Pen\nb,Ink\n");
    let line = |events: &str, out: &str| {
        format!("shop build --catalog {catalog} --events {events} --out {out} --json")
    };
    // Nothing is read for a file that cannot be written.
    let nowhere = line("no/such.csv", "/no/such/folder/x.shop");
    fails(&words(&nowhere), 1, "/no/such/folder/x.shop: ");
    let text = "id,shopper,product\n1,ann,x1\n2,bob,x2\n";
    let events = file(folder.path(), "events.csv", text);
    let out = folder.path().join("x.shop");
    let unknown = line(&events, out.to_str().unwrap());
    fails(
        &words(&unknown),
        1,
        "knows none of 2: an event has `x1`, the catalogue `a`",
    );
    assert!(!out.exists());
}

/// A shop of daily goods: u1 has bought all four products, u2 two of them.
fn daily_goods(folder: &std::path::Path) -> String {
    let catalog = file(
        folder,
        "goods.csv",
        "id,title,colour,price\n1,Milk,white,1.5\n2,Bread,brown,3\n3,Eggs,white,2.5\n4,Tea,green,4\n",
    );
    let mut events = "shopper,product,event\n".to_owned();
    for (shopper, product) in [
        ("u1", 1),
        ("u1", 2),
        ("u1", 3),
        ("u1", 4),
        ("u2", 1),
        ("u2", 2),
    ] {
        events.push_str(&format!("{shopper},{product},purchase\n"));
    }
    let events = file(folder, "goods-events.csv", &events);
    let out = folder.join("goods.shop").display().to_string();
    let line = format!("shop build --catalog {catalog} --events {events} --out {out} --json");
    json(&words(&line));
    out
}

#[test]
fn an_empty_answer_says_why_and_names_no_filter_that_nobody_gave() {
    let folder = tempfile::tempdir().unwrap();
    let shop = daily_goods(folder.path());
    let ask = |more: &str| {
        let line = format!("shop recommend --shop {shop} {more}");
        let output = guide(&words(&line));
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    };
    let everything = ask("--shopper u1");
    assert!(
        everything.contains("this shopper has everything that passes"),
        "{everything}"
    );
    assert!(!everything.contains("filter"), "{everything}");
    let filtered = ask("--shopper u2 --attribute colour=brown");
    assert!(
        filtered.contains("this shopper has everything that passes"),
        "{filtered}"
    );
    let dear = ask("--shopper u2 --price-from 10");
    assert!(dear.contains("no product passes the filters"), "{dear}");
    let given = ask("--history 1,2,3,4");
    assert!(
        given.contains("the history has everything that passes"),
        "{given}"
    );
    let row = json(&words(&format!(
        "shop recommend --shop {shop} --shopper u1 --json"
    )))
    .remove(0);
    assert_eq!(row["hits"], 0);
    assert_eq!(row["no_hits"], "has-everything");
    assert_eq!(row["why"], "this shopper has everything that passes");
    // What is bought again each week may be asked for.
    let kept = ask("--shopper u1 --keep-seen");
    assert!(
        kept.contains("Milk") && kept.contains("this shopper has it already"),
        "{kept}"
    );
}

#[test]
fn blanks_around_the_entries_of_a_list_do_not_count() {
    let folder = tempfile::tempdir().unwrap();
    let shop = daily_goods(folder.path());
    let ask = |flag: &str, list: &str| {
        let line = ["shop", "recommend", "--shop", &shop, flag, list, "--json"];
        let output = guide(&line);
        assert!(
            output.stderr.is_empty(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(ask("--history", "1, 2"), ask("--history", "1,2"));
    assert_eq!(ask("--without", " 1 ,3"), ask("--without", "1,3"));
    let line = ["shop", "recommend", "--shop", &shop, "--history", "1,,2"];
    fails(&line, 2, "nothing between two commas");
    let line = ["shop", "recommend", "--shop", &shop, "--price-to", "61e39"];
    fails(&line, 2, "61e39 is beyond the largest number");
}

/// 60 readers who read four of eight articles each, in the order of time.
fn clicks(folder: &std::path::Path) -> (String, String) {
    let catalog: String = (0..8)
        .map(|number| format!("a{number},Article {number}\n"))
        .collect();
    let catalog = file(folder, "articles.csv", &format!("id,title\n{catalog}"));
    let mut events = "shopper,product,event,time\n".to_owned();
    for reader in 0..60 {
        for place in 0..4 {
            let article = (reader * 3 + place * (1 + reader % 2)) % 8;
            let time = 1_700_000_000 + place * 100_000 + reader * 60;
            events.push_str(&format!("r{reader},a{article},click,{time}\n"));
        }
    }
    (catalog, file(folder, "clicks.csv", &events))
}

#[test]
fn a_log_of_clicks_is_consumption_unless_a_flag_says_otherwise() {
    let folder = tempfile::tempdir().unwrap();
    let (catalog, events) = clicks(folder.path());
    let out = folder.path().join("clicks.shop").display().to_string();
    let line = format!("shop build --catalog {catalog} --events {events} --out {out}");
    let text = String::from_utf8(guide(&words(&line)).stdout).unwrap();
    let rule = "products that the shopper has viewed are left out of answers: all events are of the kind `view`";
    assert!(text.contains(rule), "{text}");
    let hits = |more: &str| {
        let line = format!("shop recommend --shop {out} --shopper r0 --hits 8 --json {more}");
        json(&words(&line)).len()
    };
    assert_eq!(hits(""), 4);
    assert_eq!(hits("--keep-viewed"), 8);
    assert_eq!(hits("--leave-out-viewed"), 4);
    let kept = json(&words(&format!("{line} --keep-viewed --json"))).remove(0);
    assert_eq!(kept["build"]["viewed"]["left_out"], false);
    assert_eq!(kept["build"]["viewed"]["asked_for"], true);
    assert_eq!((hits(""), hits("--leave-out-viewed")), (8, 4));
    fails(
        &words(&format!("{line} --keep-viewed --leave-out-viewed")),
        2,
        "cannot be used with",
    );
}

#[test]
fn the_report_tells_what_was_measured_and_what_is_saved() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().display();
    let line = format!("demo --out {out} --products 200 --shoppers 300 --json");
    let demo = json(&words(&line)).remove(0);
    let measured = &demo["evaluation"];
    assert!(measured["rows"][0]["recall_interval"][1].is_f64());
    let line = format!(
        "shop build --catalog {out}/catalog.csv --events {out}/events.csv --out {out}/again.shop --test-shoppers 50"
    );
    let built = json(&words(&format!("{line} --json"))).remove(0);
    let measured = &built["evaluation"];
    assert_eq!(measured["shoppers"], 50);
    assert!(measured["all_shoppers"].as_u64().unwrap() > 50);
    assert_eq!(measured["fusion"], built["fusion"]);
    assert_eq!(measured["build"]["tuning"], built["build"]["tuning"]);
    assert_eq!(
        (&built["refitted_on_all"], &built["reproducible"]),
        (&true.into(), &true.into())
    );
    assert!(measured["better_sources"].is_array());
    assert!(measured["rows"][0]["diversity"].is_f64() && measured["rows"][0]["novelty"].is_f64());
    assert!(measured["without"][0]["adds_recall"]["interval"][1].is_f64());
    assert!(measured["by_group"][0]["rows"][0]["ndcg"].is_f64());
    assert!(measured["unknown_shoppers"].is_u64());
    let trials = built["build"]["tuning"]["trials"].as_array().unwrap();
    assert_eq!(
        trials
            .iter()
            .filter(|trial| trial["picked"] == true)
            .count(),
        1
    );
    let text = String::from_utf8(guide(&words(&line)).stdout).unwrap();
    assert!(text.contains("a sample of 50 of the "), "{text}");
    let says = "measured: a guide with the parameters below, fitted without the last 10 %; saved: the same, refitted on all";
    assert!(text.contains(says), "{text}");
    assert!(text.contains("settings tried with work"), "{text}");
    for (first, rows) in [("source ", 6), ("without ", 5), ("part ", 2)] {
        let lines = text.lines().skip_while(|line| !line.starts_with(first));
        let lines = lines.take_while(|line| !line.is_empty());
        assert!(lines.clone().all(|line| line.len() <= 120), "{text}");
        assert!(lines.count() >= 2 + rows, "{text}");
    }
    let limited = json(&words(&format!("{line} --json --set tune_seconds=600"))).remove(0);
    assert_eq!(limited["reproducible"], false);
}
