//! Event logs as shops and public data sets write them. Each case is a kind of file that was once read wrongly.
#![allow(clippy::unwrap_used)] // helpers of tests are not tests to clippy

use encoding_rs::{GBK, WINDOWS_1252};
use shopping_guide::{EventColumns, EventKind, Events, ReadReport, TableFormat};

/// The events as `shopper:product:kind[value][@day]`, with the first letter of the kind.
fn summary(events: &Events) -> String {
    let one = |event: shopping_guide::Event<'_>| {
        let kind = &event.kind.name()[..1];
        let value = event.value.map_or(String::new(), |value| value.to_string());
        let day = event.time.map_or(String::new(), |time| {
            format!("@{}", time.div_euclid(86_400))
        });
        format!("{}:{}:{kind}{value}{day}", event.shopper, event.product)
    };
    events.iter().map(one).collect::<Vec<_>>().join(" ")
}

fn read(bytes: &[u8]) -> (String, ReadReport) {
    read_with(bytes, &EventColumns::default())
}

fn read_with(bytes: &[u8], columns: &EventColumns) -> (String, ReadReport) {
    let (events, report) =
        Events::read_from(bytes, columns).unwrap_or_else(|error| panic!("{error}"));
    (summary(&events), report)
}

fn refused(bytes: &[u8]) -> String {
    Events::read_from(bytes, &EventColumns::default())
        .unwrap_err()
        .to_string()
}

/// The first of May 2024 in days since 1970.
const MAY_1: i64 = 19_844;

#[test]
fn logs_of_known_programs_are_understood() {
    let may = format!("@{MAY_1}");
    for (name, text, expected) in [
        (
            "Shopify orders",
            "Name,Email,Financial Status,Paid at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Created at\n#1,a@x.org,paid,2024-05-01 10:00:00 +0200,2,Mug,4.50,MUG,2024-05-01 10:00:00 +0200\n#2,b@x.org,refunded,,1,Hat,9,HAT,2024-05-01 11:00:00 +0200\n",
            format!("a@x.org:MUG:p2{may}"),
        ),
        (
            "WooCommerce orders",
            "order_id,customer_id,product_id,sku,quantity,order_date,status\n1,c1,502,TEE,1,2024-05-01T09:00:00,completed\n2,c1,504,MUG,1,2024-05-01T09:00:00,cancelled\n",
            format!("c1:502:p1{may}"),
        ),
        (
            "Magento orders",
            "customer_id,sku,qty_ordered,created_at\n1,MB-01,1.0000,2024-05-01 10:00:00\n",
            format!("1:MB-01:p1{may}"),
        ),
        (
            "GA4",
            "event_date,event_timestamp,event_name,user_pseudo_id,item_id\n20240501,1714557600123456,view_item,u1,K1\n20240501,1714557600123456,add_to_cart,u1,K1\n20240501,1714557600123456,purchase,u1,K1\n20240501,1714557600123456,view_item_list,u1,K1\n",
            format!("u1:K1:v{may} u1:K1:c{may} u1:K1:p{may}"),
        ),
        (
            "H&M",
            "t_dat,customer_id,article_id,price,sales_channel_id\n2024-05-01,aa01,0108775015,0.0508,2\n",
            format!("aa01:0108775015:p{may}"),
        ),
        (
            "RetailRocket",
            "timestamp,visitorid,event,itemid,transactionid\n1714557600000,7,view,355,\n1714557600000,7,addtocart,355,\n1714557600000,7,transaction,355,4\n",
            format!("7:355:v{may} 7:355:c{may} 7:355:p{may}"),
        ),
        (
            "REES46",
            "event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session\n2024-05-01 10:00:00 UTC,view,1,2,a.b,x,3.5,9,s\n2024-05-01 10:00:00 UTC,remove_from_cart,1,2,a.b,x,3.5,9,s\n",
            format!("9:1:v{may}"),
        ),
        (
            "MovieLens",
            "userId,movieId,rating,timestamp\n1,31,2.5,1714557600\n",
            format!("1:31:r2.5{may}"),
        ),
        (
            "Book-Crossing",
            "\"User-ID\";\"ISBN\";\"Book-Rating\"\r\n\"276725\";\"034545104X\";\"8\"\r\n",
            "276725:034545104X:r8".to_owned(),
        ),
        (
            "Amazon",
            "{\"reviewerID\": \"R1\", \"asin\": \"A1\", \"overall\": 5.0, \"reviewText\": \"good, very\", \"unixReviewTime\": 1714557600}\n",
            format!("R1:A1:r5{may}"),
        ),
        (
            "Taobao",
            "1,2268318,2520377,pv,1714557600\n1,2333346,2520771,buy,1714557600\n100,246421,149192,cart,1714557600\n",
            format!("1:2268318:v{may} 1:2333346:p{may} 100:246421:c{may}"),
        ),
        (
            "u.data",
            "196\t242\t3\t1714557600\n186\t302\t5\t1714557600\n",
            format!("196:242:r3{may} 186:302:r5{may}"),
        ),
        (
            "Steam",
            "151603712,\"The Elder Scrolls V Skyrim\",purchase,1.0,0\n151603712,\"The Elder Scrolls V Skyrim\",play,273.0,0\n",
            "151603712:The Elder Scrolls V Skyrim:p 151603712:The Elder Scrolls V Skyrim:v"
                .to_owned(),
        ),
        (
            "Last.fm",
            "user_000001\t2024-05-01T10:00:00Z\tf1b1\tDeep Dish\t\tFuck Me Im Famous\n",
            format!("user_000001:Deep Dish:v{may}"),
        ),
        (
            "German shop",
            "Kunde;Artikelnummer;Anzahl;Datum\nk1;0012;1;01.05.2024 10:00\nk1;12;1,5;01.05.2024 10:00\n",
            format!("k1:0012:p1{may} k1:12:p1.5{may}"),
        ),
        (
            "Chinese shop",
            "用户ID,商品编号,行为,时间\n甲,7,加购,2024年5月1日\n",
            format!("甲:7:c{may}"),
        ),
        (
            "order items in JSON",
            "{\"order_id\": 5, \"customer\": {\"id\": 7}, \"created_at\": \"2024-05-01T10:00:00Z\", \"line_items\": [{\"sku\": \"A\", \"quantity\": 2}, {\"sku\": \"B\", \"quantity\": 1}]}\n",
            format!("7:A:p2{may} 7:B:p1{may}"),
        ),
    ] {
        let columns = match name {
            "order items in JSON" => EventColumns::default()
                .shopper("customer.id")
                .product("line_items.sku")
                .value("line_items.quantity"),
            _ => EventColumns::default(),
        };
        let (found, report) = read_with(text.as_bytes(), &columns);
        assert_eq!(found, expected, "{name}\n{report}");
    }
}

#[test]
fn a_log_without_kinds_says_what_it_is_taken_for() {
    for (text, kind, because) in [
        (
            "user,item\na,x\n",
            "views",
            "no quantity, order number or price",
        ),
        ("user,item,session_id\na,x,4\n", "views", "no quantity"),
        (
            "user,item,order_no\na,x,4\n",
            "purchases",
            "column `order_no` holds order numbers",
        ),
        (
            "user,item,line_total\na,x,4\n",
            "purchases",
            "column `line_total` holds prices paid",
        ),
        (
            "user,item,qty\na,x,4\n",
            "purchases",
            "column `qty` holds quantities",
        ),
        (
            "user,item,stars\na,x,4\n",
            "ratings",
            "column `stars` holds ratings",
        ),
    ] {
        let (_, report) = read(text.as_bytes());
        let told = format!(
            "no column says what an event is: all 1 are taken for {kind}, because {because}"
        );
        assert!(
            report
                .notes
                .iter()
                .any(|note| note.starts_with(&told) && note.contains("--all-are")),
            "{report}"
        );
    }
    let said = EventColumns::default().all_are(EventKind::Purchase);
    assert_eq!(read_with(b"user,item\na,x\n", &said).0, "a:x:p");
}

#[test]
fn columns_and_what_is_not_used_are_told_with_reasons() {
    let (_, report) =
        read(b"user_id,item_id,event,time,second_user,colour\na,x,view,2024-05-01,b,red\n");
    let uses: Vec<(&str, &str, &str)> = report
        .columns
        .iter()
        .map(|c| (c.heading.as_str(), c.role.as_str(), c.why.as_str()))
        .collect();
    let by_heading = "its heading";
    assert_eq!(
        uses,
        [
            ("user_id", "shopper", by_heading),
            ("item_id", "product", by_heading),
            ("event", "kind", by_heading),
            ("time", "time", by_heading)
        ]
    );
    assert!(
        report.unused[0]
            .why
            .contains("`user_id` is taken for the shopper"),
        "{report}"
    );
    assert_eq!(report.unused[1].heading, "colour");
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["columns"][0]["why"], by_heading);
    assert!(
        json["unused"][1]["why"].is_string()
            && json["notes"].is_array()
            && json["encoding"] == "UTF-8"
    );
}

#[test]
fn columns_that_look_like_a_role_are_not_ignored_quietly() {
    for heading in [
        "clicked_at",
        "event_ts",
        "published_at",
        "watchedOn",
        "visit-date",
    ] {
        let (found, _) = read(format!("user,item,{heading}\na,x,2024-05-01\n").as_bytes());
        assert_eq!(found, format!("a:x:v@{MAY_1}"), "{heading}");
    }
    let (found, report) = read(b"user,item,updated_at\na,x,soon\n");
    assert_eq!(found, "a:x:v");
    assert!(
        report
            .notes
            .iter()
            .any(|note| note.contains("`updated_at` looks like the time")),
        "{report}"
    );
    let (found, report) = read(b"user,item,type\na,x,shoes\n");
    assert_eq!(found, "a:x:v");
    assert!(
        report
            .notes
            .iter()
            .any(|note| note.contains("--map") && note.contains("shoes")),
        "{report}"
    );
    let read_as_view = EventColumns::default()
        .map("Gelesen", EventKind::View)
        .map("gekauft", EventKind::Purchase);
    assert_eq!(
        read_with(
            "user,item,aktion\na,x,gelesen\na,y,Gekauft\n".as_bytes(),
            &read_as_view
        )
        .0,
        "a:x:v a:y:p"
    );
    let ignored = EventColumns::default().ignore("price");
    assert_eq!(
        read_with(b"user,item,price\na,x,1\n", &ignored).1.unused[0].why,
        "said to be ignored"
    );
}

#[test]
fn every_writing_of_a_time_is_the_same_moment() {
    let texts = [
        "2024-05-01 10:00:00",
        "1714557600",
        "1714557600000",
        "20240501100000",
        "202405011000",
        "45413.4166666667",
        "May 1, 2024 10:00 AM",
        "2024-05-01T12:00:00+02:00",
        "2024/5/1 10:00",
    ];
    for text in texts {
        let (found, report) =
            read(format!("user;item;event;time\na;x;view;{text}\nb;x;view;{text}\n").as_bytes());
        assert_eq!(
            found,
            format!("a:x:v@{MAY_1} b:x:v@{MAY_1}"),
            "{text}\n{report}"
        );
        assert!(
            report
                .notes
                .iter()
                .any(|note| note.contains("from 2024-05-01 to 2024-05-01")),
            "{report}"
        );
    }
    let (_, report) = read(b"user,item,time\na,x,1985-01-01\nb,x,2024-05-01\nc,x,\n");
    assert!(
        report.notes.iter().any(|note| note
            .contains("from 1985-01-01 to 2024-05-01; 1 before 1990; 1 events have none")),
        "{report}"
    );
}

#[test]
fn what_only_the_values_tell_is_told() {
    let notes = |text: &str| read(text.as_bytes()).1.notes.join("; ");
    assert!(
        notes("user,item,read\na,x,2024-05-01\nb,y,2024-05-02\n")
            .contains("column `read` holds times")
    );
    assert!(
        notes("user,item,view,cart\na,x,1,0\n")
            .contains("column `cart` has the name of a kind of event")
    );
    // A column of order numbers without a number is no sign of sales, and orders that did not take place are none.
    assert!(notes("user,item,order_id\na,x,\nb,y,NULL\n").contains("all 2 are taken for views"));
    let text = "user,item,qty,status\na,x,1,wc-completed\na,y,1,wc-cancelled\nb,x,1,payment_error\nb,y,1,partially_refunded\n";
    assert_eq!(read(text.as_bytes()).0, "a:x:p1 b:y:p1");
    let text = "user,item,qty,cancelled_at\na,x,1,\na,y,1,2024-05-01\n";
    assert_eq!(read(text.as_bytes()).0, "a:x:p1");
    // Two columns have the heading of a kind; one has its words.
    let text = "user,item,event,action\na,x,web,purchase\n";
    assert_eq!(read(text.as_bytes()).0, "a:x:p");
    // Times of which most are missing are read all the same.
    let rows = "a,x,0\n".repeat(8);
    let (found, _) = read(format!("user,item,time\n{rows}b,y,1714557600\n").as_bytes());
    assert!(found.ends_with(&format!("b:y:v@{MAY_1}")), "{found}");
    let text = "{\"user\": {\"id\": 7}, \"items\": [{\"product_id\": \"A\", \"quantity\": 2}]}\n";
    assert_eq!(read(text.as_bytes()).0, "7:A:p2");
}

#[test]
fn missing_is_missing() {
    for word in ["NULL", "nan", "None", "\\N", "-", "n/a", ""] {
        let text = format!(
            "user;item;qty;order_no;time\n{word};x;1;7;2024-05-01\na;{word};1;7;2024-05-01\nb;y;{word};{word};{word}\n"
        );
        let (found, report) = read(text.as_bytes());
        assert_eq!(found, "b:y:p", "{word}");
        assert_eq!(
            (
                report.count("has no shopper"),
                report.count("has no product")
            ),
            (1, 1),
            "{word}"
        );
    }
}

#[test]
fn no_row_is_swallowed_by_a_quote() {
    let rows = "b,y,view\n".repeat(20);
    for text in [
        format!("user,item,event\na,\"x,view\n{rows}"),
        format!("user,item,event\na,\"x,view\n{rows}c,\"z\",view\n"),
        format!("user,item,event\n{rows}a,x,\"view"),
    ] {
        let error = refused(text.as_bytes());
        let line = 1 + text.lines().position(|line| line.contains('"')).unwrap();
        assert!(
            error.starts_with(&format!(
                "<events>:{line}: the quote that opens here is never closed"
            )),
            "{error}"
        );
    }
}

#[test]
fn encodings_and_separators_are_found_or_said() {
    let text = "用户,商品,行为\n张三,羊毛大衣,购买\n李四,运动鞋,浏览\n";
    let (bytes, _, _) = GBK.encode(text);
    let (found, report) = read(&bytes);
    assert_eq!(found, "张三:羊毛大衣:p 李四:运动鞋:v");
    assert!(
        report.encoding == "GBK"
            && report.notes[0].contains("by a guess")
            && report.notes[0].contains("--encoding"),
        "{report}"
    );
    let (bytes, _, _) = WINDOWS_1252.encode("user;item\nJürgen;Café\n");
    assert_eq!(read(&bytes).0, "Jürgen:Café:v");
    let utf_16: Vec<u8> = "user;item\na;x\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_eq!(read(&utf_16).0, "a:x:v");
    for separator in [",", ";", "\t", "|"] {
        let text = ["user", "item", "event\na", "\"x, y; z|w\"", "buy\n"].join(separator);
        assert_eq!(read(text.as_bytes()).0, "a:x, y; z|w:p", "{separator:?}");
    }
    assert_eq!(read(b"sep=;\r\nuser;item\r\na;x\r\n").0, "a:x:v");
    let said = EventColumns::default().format(TableFormat::default().separator('~'));
    assert_eq!(read_with(b"user~item\na~x\n", &said).0, "a:x:v");
}

#[test]
fn files_without_a_heading_are_recognised() {
    let error = refused(b"7,1001,3\n8,1002,4\n");
    assert!(
        error.contains("no heading") && error.contains("--event-column shopper="),
        "{error}"
    );
    let said = EventColumns::default().shopper("#1").product("2");
    let (found, report) = read_with(b"7,1001\n8,1002\n", &said);
    assert_eq!(found, "7:1001:v 8:1002:v");
    assert!(
        report.notes.iter().any(|note| note.contains("no heading")),
        "{report}"
    );
    let forced = said.format(TableFormat::default().no_heading());
    assert_eq!(
        read_with(b"user,item\na,x\n", &forced).0,
        "user:item:v a:x:v"
    );
}

#[test]
fn what_is_no_table_is_named() {
    for (bytes, name) in [
        (&b"PK\x03\x04\x14\0\0\0\x08\0"[..], "zip"),
        (
            b"<!DOCTYPE html>\n<html><body>Not found</body></html>",
            "HTML",
        ),
        (b"%PDF-1.7\n", "PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0", "Excel"),
        (b"[{\"user\": 1}]", "JSON array"),
    ] {
        let error = refused(bytes);
        assert!(error.contains(name), "{error}");
    }
    assert_eq!(refused(b""), "<events> is empty");
}
