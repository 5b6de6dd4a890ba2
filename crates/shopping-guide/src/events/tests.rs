use proptest::strategy::Strategy as _;

use super::*;
use crate::Id;

fn read(text: &str) -> (Events, crate::ReadReport) {
    Events::read_from(text.as_bytes(), &EventColumns::default()).unwrap()
}

#[test]
fn a_log_of_sales_is_understood_and_its_dirt_told() {
    let (events, report) = read(
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n\
         1,A,MUG,6,2010-12-01 08:26:00,2.55,17850.0,UK\n\
         C2,A,MUG,-1,2010-12-02 08:26:00,2.55,17850.0,UK\n\
         3,B,BOWL,2,2010-12-03 08:26:00,1.00,,UK\n\
         3,B,BOWL,x,2010-12-03 08:26:00,1.00,9,UK\n\
         4,B,BOWL,1,yesterday,1.00,9,UK\n\
         5,,BOWL,1,2010-12-03 08:26:00,1.00,9,UK\n\
         6,B,BOWL, blue,1,2010-12-04,1.00,9,UK\n",
    );
    let all: Vec<Event<'_>> = events.iter().collect();
    let first = Event::new("17850.0", "A", EventKind::Purchase)
        .value(6.0)
        .time(1_291_191_960)
        .basket("1");
    assert_eq!(all[0], first);
    assert_eq!(
        (all.len(), &*all[1].product, all[1].basket.as_deref()),
        (2, "B", Some("6"))
    );
    assert_eq!(
        (report.rows, report.kept, report.mended, report.left_out),
        (7, 2, 1, 5)
    );
    for reason in [
        "is a return",
        "has no shopper",
        "has a value that is no number",
        "has a time that cannot be read",
        "has no product",
        "has unquoted separators, joined in one text",
    ] {
        assert_eq!(report.count(reason), 1, "{reason}");
    }
}

#[test]
fn kinds_are_read_in_both_languages() {
    let (events, report) = read(
        "用户,商品,行为,时间\n甲,杯子,浏览,2024-01-01\n甲,杯子,加购,2024-01-02\n乙,碗,购买,1704240000\n乙,碗,评分,2024-01-04\n乙,碗,dance,2024-01-04\n",
    );
    let kinds: Vec<EventKind> = events.iter().map(|event| event.kind).collect();
    assert_eq!(
        kinds,
        [EventKind::View, EventKind::Cart, EventKind::Purchase]
    );
    assert_eq!(report.count("is a rating without a value"), 1);
    assert_eq!(report.count("has an unknown kind of event"), 1);
}

#[test]
fn the_kind_of_all_events_is_guessed_or_said() {
    let kind = |text: &str, columns: &EventColumns| {
        let (events, _) = Events::read_from(text.as_bytes(), columns).unwrap();
        events
            .iter()
            .next()
            .map(|event| (event.kind, event.value))
            .unwrap()
    };
    let guess = EventColumns::default();
    assert_eq!(
        kind("user,item,rating\na,x,4\n", &guess),
        (EventKind::Rating, Some(4.0))
    );
    assert_eq!(
        kind("user,item,quantity\na,x,2\n", &guess),
        (EventKind::Purchase, Some(2.0))
    );
    assert_eq!(kind("user,item\na,x\n", &guess), (EventKind::View, None));
    let said = EventColumns::default()
        .all_are(EventKind::Purchase)
        .shopper("item")
        .product("user");
    assert_eq!(
        kind("user,item,type\na,x,gift\n", &said),
        (EventKind::Purchase, None)
    );
    let said = EventColumns::default()
        .value("stars out of ten")
        .all_are(EventKind::Rating);
    assert_eq!(
        kind("user,item,Stars out of ten\na,x,9\n", &said),
        (EventKind::Rating, Some(9.0))
    );
}

#[test]
fn what_is_no_log_is_refused_with_its_reason() {
    let refused = |text: &str| {
        let read = Events::read_from(text.as_bytes(), &EventColumns::default());
        read.unwrap_err().to_string()
    };
    assert_eq!(
        refused("item,price\nx,1\n"),
        "<events>:1: no column looks like the shopper; say which with --event-column shopper=COLUMN, one of: item, price"
    );
    assert_eq!(
        refused("user,price\nx,1\n"),
        "<events>:1: no column looks like the product; say which with --event-column product=COLUMN, one of: user, price"
    );
    assert_eq!(
        refused("user,item\n,x\n"),
        "<events>:2: no event in 1 rows: 1 has no shopper (`x`)"
    );
    let text = "user,item,time,value\na,x,soon,1\nb,y,later,1\n,z,2024-01-01,1\nc,z,2024-01-01,x\n";
    assert_eq!(
        refused(text),
        "<events>:2: no event in 4 rows: 2 has a time that cannot be read (`soon`), 1 has no shopper (`z`), \
         1 has a value that is no number (`x`)"
    );
    assert_eq!(refused("user,item\n"), "the event log <events> is empty");
    let mut events = Events::default();
    let error = events
        .push(&Event::new("", "x", EventKind::View))
        .unwrap_err();
    assert_eq!(error.to_string(), "the shopper of event 0 is empty");
    let error = events
        .push(&Event::new("a", "x", EventKind::Rating))
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "event log needs a value in every rating; event 0 has none"
    );
    let error = events
        .push(&Event::new("a", "x", EventKind::View).value(f32::NAN))
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "value of event 0 is NaN, which is not finite"
    );
    assert!(events.is_empty(), "nothing half-written");
}

fn timed(times: &[(i64, Option<&'static str>)]) -> Events {
    let mut events = Events::default();
    for (number, &(time, basket)) in times.iter().enumerate() {
        let product = number.to_string();
        let event = Event::new("a", &product, EventKind::View).time(time);
        let basket = basket.map(Id::from);
        events.push(&Event { basket, ..event }).unwrap();
    }
    events
}

fn products(events: &Events) -> Vec<String> {
    let products = events.iter().map(|event| event.product.into_string());
    products.collect()
}

#[test]
fn the_last_baskets_are_cut_off_whole() {
    let events = timed(&[
        (5, Some("x")),
        (1, Some("y")),
        (9, Some("x")),
        (7, Some("z")),
        (2, None),
    ]);
    let (early, late) = events.split_last(0.25).unwrap();
    assert_eq!(
        (products(&early), products(&late)),
        (
            vec!["0".into(), "1".into(), "2".into(), "4".into()],
            vec!["3".into()]
        )
    );
    let (early, late) = events.split_last(0.5).unwrap();
    assert_eq!(
        (products(&early), products(&late)),
        (
            vec!["1".into(), "4".into()],
            vec!["0".into(), "2".into(), "3".into()]
        )
    );
    assert_eq!(events.latest(), Some(9));
}

#[test]
fn a_cut_that_leaves_nothing_is_refused() {
    let events = timed(&[(1, None), (2, None)]);
    let error = events.split_last(0.1).unwrap_err().to_string();
    let expected = "parameter `test_fraction` must be a fraction that splits 2 baskets in two non-empty parts, but is 0.1";
    assert_eq!(error, expected);
    assert!(events.split_last(f32::NAN).is_err());
    let mut events = Events::default();
    events.push(&Event::new("a", "x", EventKind::View)).unwrap();
    let error = events.split_last(0.5).unwrap_err().to_string();
    assert_eq!(
        error,
        "split by time needs events with a time; none has one"
    );
}

#[test]
fn an_event_without_a_time_is_in_neither_part() {
    let mut events = timed(&[(1, None), (3, None), (2, None)]);
    events.push(&Event::new("a", "x", EventKind::View)).unwrap();
    let (early, late) = events.split_last(0.4).unwrap();
    assert_eq!(
        (products(&early), products(&late)),
        (vec!["0".into(), "2".into()], vec!["1".into()])
    );
}

#[test]
fn times_that_are_no_seconds_are_refused() {
    let mut events = Events::default();
    let milliseconds = Event::new("a", "x", EventKind::View).time(1_700_000_000_000);
    assert_eq!(
        events.push(&milliseconds).unwrap_err().to_string(),
        "parameter `time of event 0` must be in seconds since 1970, of the years 0 to 9999, but is 1700000000000"
    );
    assert!(events.is_empty());
}

#[test]
fn the_number_of_a_row_is_no_product_where_a_column_names_one() {
    let product = |heading: &str| {
        let (events, _) = read(&format!("{heading}\n1,ann,mug,2024-05-01\n"));
        events
            .iter()
            .next()
            .map(|event| event.product.into_string())
            .unwrap()
    };
    assert_eq!(product("id,shopper,product,time"), "mug");
    assert_eq!(product("编号,用户,商品,时间"), "mug");
    assert_eq!(product("code,user,item,date"), "mug");
    assert_eq!(product("id,shopper,note,time"), "1");
}

#[test]
fn a_log_survives_writing_and_reading() {
    let mut events = Events::default();
    let basket = Event::new("ann", "a,b", EventKind::Purchase)
        .value(2.0)
        .time(1_291_191_960)
        .basket("7");
    for event in [
        basket,
        Event::new("bob", "杯", EventKind::View).time(0),
        Event::new("bob", "c", EventKind::Rating).value(4.5).time(5),
        Event::new("bob", "c", EventKind::Cart),
    ] {
        events.push(&event).unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.csv");
    events.save_csv(&path).unwrap();
    let (back, report) = Events::read(&path, &EventColumns::default()).unwrap();
    assert_eq!(back, events);
    assert_eq!((report.kept, report.mended), (4, 0));
    // A log without a time is a log.
    let mut events = Events::default();
    let event = Event::new("bob", "c", EventKind::Purchase);
    events.push(&event).unwrap();
    events.save_csv(&path).unwrap();
    let (back, _) = Events::read(&path, &EventColumns::default()).unwrap();
    assert_eq!(back, events);
}

#[test]
fn a_column_of_dates_decides_which_comes_first() {
    let days = |dates: &[&str]| {
        let rows = dates.iter().map(|date| format!("a,x,{date} 8:26\n"));
        let (events, report) = read(&format!("user,item,date\n{}", rows.collect::<String>()));
        let times = events.iter().map(|event| event.time.unwrap());
        let days: Vec<String> = times.map(crate::time::date).collect();
        (days.join(" "), report.count(crate::time::GUESSED_ORDER))
    };
    // The first two dates tell, the third could be either.
    let us = days(&["12/13/2010", "12/31/2010", "12/1/2010"]);
    assert_eq!(us, ("2010-12-13 2010-12-31 2010-12-01".to_owned(), 0));
    let europe = days(&["13/12/2010", "31/12/2010", "12/1/2010"]);
    assert_eq!(europe, ("2010-12-13 2010-12-31 2010-01-12".to_owned(), 0));
    let unclear = days(&["12/1/2010", "5/5/2010", "2/3/2010"]);
    assert_eq!(unclear, ("2010-12-01 2010-05-05 2010-02-03".to_owned(), 2));
}

#[test]
fn values_with_a_decimal_comma_are_read() {
    let values = |text: &str| {
        let (events, report) = read(text);
        let values: Vec<f32> = events.iter().filter_map(|event| event.value).collect();
        (values, report.left_out)
    };
    let stars = "user;item;rating\na;x;4,5\na;y;3\na;z;2.000\nb;x;-1,5\n";
    assert_eq!(values(stars), (vec![4.5, 3.0, 2000.0, -1.5], 0));
    let pieces = "user;item;quantity\na;x;1.200\na;y;-1.200\na;z;0,5\n";
    assert_eq!(values(pieces), (vec![1200.0, 0.5], 1));
}

/// Any text that an id may be.
fn any_id() -> impl proptest::strategy::Strategy<Value = String> {
    proptest::prop_oneof![
        "[a-z0-9]{1,4}",
        proptest::sample::select(vec![
            "NULL",
            "-",
            "n/a",
            " a ",
            "\"q",
            "a\nb",
            "a,b;c\td",
            "#1",
            "=1",
            "None",
            "\\N",
            "é",
            "杯",
            "\u{feff}x",
            "1,5"
        ])
        .prop_map(str::to_owned),
        "\\PC{1,6}",
    ]
}

proptest::proptest! {
    #[test]
    fn any_log_is_equal_when_it_is_read_back(
        rows in proptest::collection::vec((any_id(), any_id(), 0_usize..4, proptest::option::of(-1e30_f32..1e30), proptest::option::of(-62_167_219_200_i64..=253_402_300_799), proptest::option::of(any_id())), 1..12),
    ) {
        let mut events = Events::default();
        for (shopper, product, kind, value, time, basket) in &rows {
            let kind = [EventKind::View, EventKind::Cart, EventKind::Purchase, EventKind::Rating][*kind];
            let mut event = Event::new(shopper, product, kind);
            event.value = match kind {
                EventKind::Rating => Some(value.unwrap_or(3.0)),
                _ => value.map(f32::abs),
            };
            event.time = *time;
            event.basket = basket.as_ref().map(Id::from);
            events.push(&event).unwrap();
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.csv");
        events.save_csv(&path).unwrap();
        let (back, report) = Events::read(&path, &EventColumns::default()).unwrap();
        proptest::prop_assert_eq!(&back, &events, "{}", report);
    }
}

#[test]
fn times_may_be_timestamps() {
    let time: crate::Timestamp = "2024-05-01T10:00:00.9Z".parse().unwrap();
    let event = Event::new("ann", "mug", EventKind::View);
    assert_eq!(event.clone().at(time), event.time(1_714_557_600));
    let product = crate::Product::new("mug", "Mug");
    assert_eq!(product.clone().at(time), product.time(1_714_557_600));
}

#[test]
fn an_event_in_json_needs_three_fields_and_its_ids_may_be_numbers() {
    let read = |text: &str| serde_json::from_str::<Event<'_>>(text);
    let short = r#"{"shopper": 7, "product": "杯", "kind": "rating", "value": 4.5, "basket": 12}"#;
    let expected = Event::rating(7, "杯", 4.5).basket(12);
    assert_eq!(read(short).unwrap(), expected);
    let written = serde_json::to_string(&expected.clone().time(-1)).unwrap();
    assert_eq!(read(&written).unwrap(), expected.time(-1));
    let refused = |fields: &str| {
        let text = format!(r#"{{"shopper": "a", "product": "x", "kind": "view", {fields}}}"#);
        read(&text).unwrap_err().to_string()
    };
    assert!(refused(r#""time": "yesterday""#).contains("yesterday"));
    assert!(refused(r#""time": 1.5"#).contains("whole seconds since 1970"));
    assert!(refused(r#""value": 1e39"#).contains("beyond the largest number"));
    assert!(refused(r#""when": 1"#).contains("unknown field `when`"));
}

#[test]
fn collecting_stops_at_the_first_event_that_is_refused() {
    let all = |value| [Event::view("a", "x"), Event::view("b", "y").value(value)];
    let events: Result<Events> = all(1.0).into_iter().collect();
    assert_eq!(events.unwrap(), Events::new(all(1.0)).unwrap());
    let events: Result<Events> = all(f32::INFINITY).into_iter().collect();
    let message = events.unwrap_err().to_string();
    assert_eq!(message, "value of event 1 is inf, which is not finite");
}
