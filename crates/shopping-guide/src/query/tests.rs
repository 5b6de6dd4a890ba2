use super::*;

fn read(text: &str) -> serde_json::Result<Query> {
    serde_json::from_str(text)
}

#[test]
fn a_query_of_a_few_fields_reads_from_json() {
    assert_eq!(read("{}").unwrap(), Query::nobody());
    let text = r#"{"who": {"shopper": "ann"}, "n": 3, "filters": {"price_to": 20}}"#;
    let expected = Query::shopper("ann").n(3).price_to(20.0);
    assert_eq!(read(text).unwrap(), expected);
    let slip = read(r#"{"filters": {"price_upto": 20}}"#).unwrap_err();
    assert!(slip.to_string().starts_with("unknown field `price_upto`"));
    let slip = read(r#"{"basket": ["a"]}"#).unwrap_err();
    assert!(slip.to_string().starts_with("unknown field `basket`"));
}

#[test]
fn alternatives_of_an_attribute_are_one_condition_whatever_its_case() {
    let query = Query::nobody()
        .attribute("colour", "red")
        .attribute("Colour", "blue");
    let values = vec!["red".to_owned(), "blue".to_owned()];
    assert_eq!(query.filters.attributes, [("colour".to_owned(), values)]);
    let query = Query::nobody()
        .not_attribute("colour", "red")
        .not_attribute("Colour", "blue");
    let values = vec!["red".to_owned(), "blue".to_owned()];
    assert_eq!(
        query.filters.not_attributes,
        [("colour".to_owned(), values)]
    );
    assert!(query.filters.attributes.is_empty());
}

#[test]
fn short_forms_are_read() {
    let brand = Query::nobody().attribute("brand", "A");
    let brands = brand.clone().attribute("brand", "B");
    let not = Query::nobody().not_attribute("size", "42");
    let two_conditions = {
        let mut query = brand.clone();
        let second = ("brand".to_owned(), vec!["B".to_owned()]);
        query.filters.attributes.push(second);
        query
    };
    for (text, expected) in [
        (r#"{"shopper": "ann"}"#, Query::shopper("ann")),
        (r#"{"shopper": 17850}"#, Query::shopper("17850")),
        (r#"{"shopper": null}"#, Query::nobody()),
        (r#"{"who": {"shopper": -3}}"#, Query::shopper("-3")),
        (r#"{"history": ["a", "b"]}"#, Query::history(["a", "b"])),
        (
            r#"{"history": [["a", 2.0], "b", 17, [18, 3]]}"#,
            Query::weighted_history([("a", 2.0), ("b", 1.0), ("17", 1.0), ("18", 3.0)]),
        ),
        (
            r#"{"who": {"history": [17, ["b", 0.5]]}}"#,
            Query::weighted_history([("17", 1.0), ("b", 0.5)]),
        ),
        (r#"{"context": "a"}"#, Query::nobody().context("a")),
        (r#"{"context": null}"#, Query::nobody()),
        (
            r#"{"context": ["a", 7]}"#,
            Query::nobody().context("a").context("7"),
        ),
        (
            r#"{"contexts": ["a", "b"]}"#,
            Query::nobody().context("a").context("b"),
        ),
        (
            r#"{"bought": [1], "viewed": ["b"], "cart": "c", "session": ["d", 5]}"#,
            Query::nobody()
                .bought(["1"])
                .viewed(["b"])
                .cart(["c"])
                .session(["d", "5"]),
        ),
        (r#"{"attributes": {"brand": "A"}}"#, brand.clone()),
        (r#"{"attributes": [["brand", "A"]]}"#, brand.clone()),
        (r#"{"attributes": {"brand": ["A", "B"]}}"#, brands.clone()),
        (
            r#"{"filters": {"attributes": {"brand": ["A", "B"]}}}"#,
            brands.clone(),
        ),
        (
            r#"{"filters": {"attributes": [["brand", ["A", "B"]]]}}"#,
            brands,
        ),
        (
            r#"{"attributes": {"brand": "B"}, "filters": {"attributes": {"brand": "A"}}}"#,
            two_conditions,
        ),
        (r#"{"not_attributes": {"size": 42}}"#, not.clone()),
        (r#"{"filters": {"not_attributes": {"size": "42"}}}"#, not),
        (
            r#"{"filters": {"only": [1, "b"], "without": 3, "in_stock": true}}"#,
            Query::nobody().only(["1", "b"]).without(["3"]).in_stock(),
        ),
        (
            r#"{"likes": {"colour": ["red", "blue"]}}"#,
            Query::nobody()
                .likes("colour", "red")
                .likes("colour", "blue"),
        ),
        (
            r#"{"at_most": {"brand": 2}, "at_least_new": 1, "diversity": 0.5, "page": "1-10x1-0"}"#,
            Query::nobody()
                .at_most(2, "brand")
                .at_least_new(1)
                .diversity(0.5)
                .page("1-10x1-0"),
        ),
        (
            r#"{"text": "red shoes"}"#,
            Query::nobody().text("red shoes"),
        ),
        (
            r#"{"boosts": [{"attribute": "margin", "value": "high", "factor": 1.5}]}"#,
            Query::nobody().boost("margin", "high", 1.5),
        ),
    ] {
        assert_eq!(read(text).unwrap(), expected, "{text}");
    }
}

#[test]
fn a_slip_is_an_error_that_says_what_is_wrong() {
    for (text, expected) in [
        (
            r#"{"shopper": "ann", "history": ["a"]}"#,
            "only one of `who`, `shopper` and `history`",
        ),
        (
            r#"{"who": "nobody", "shopper": "ann"}"#,
            "only one of `who`, `shopper` and `history`",
        ),
        (r#"{"shopper": 1.5}"#, "text or a whole number"),
        (r#"{"cart": [["a", 2]]}"#, "text or a whole number"),
        (r#"{"history": [["a"]]}"#, "an id with a weight"),
        (r#"{"history": [["a", 1, 2]]}"#, "trailing characters"),
        (r#"{"diversity": 1e39}"#, "1e39 is beyond"),
        (
            r#"{"boosts": [{"attribute": "a", "value": "b", "factor": 1e39}]}"#,
            "1e39 is beyond",
        ),
        (
            r#"{"boosts": [{"attribute": "a", "value": "b", "by": 2}]}"#,
            "unknown field `by`",
        ),
        (r#"{"at_most": {"brand": -1}}"#, "integer `-1`"),
    ] {
        let error = read(text).unwrap_err().to_string();
        assert!(error.contains(expected), "{text}: {error}");
    }
}

#[test]
fn what_is_written_reads_back() {
    let all = Query::weighted_history([("a", 2.0), ("b", 1.0)])
        .context("c")
        .context("d")
        .bought(["e"])
        .viewed(["f"])
        .cart(["g"])
        .session(["h", "h"])
        .likes("colour", "red")
        .text("red 鞋")
        .n(7)
        .keep_seen()
        .keep_viewed()
        .in_stock()
        .new_within_days(30.0)
        .price_to(9.5)
        .attribute("size", "M")
        .attribute("size", "L")
        .not_attribute("brand", "X")
        .only(["a"])
        .without(["b"])
        .at_most(2, "brand")
        .at_least_new(1)
        .diversity(0.25)
        .boost("margin", "high", 1.2)
        .page("1-10x1-0");
    for query in [Query::nobody(), Query::shopper("ann"), all] {
        let text = serde_json::to_string(&query).unwrap();
        let again = read(&text).unwrap();
        assert_eq!(again, query, "{text}");
        assert_eq!(serde_json::to_string(&again).unwrap(), text);
    }
    // A query that says little is written short.
    let text = serde_json::to_string(&Query::nobody()).unwrap();
    assert!(!text.contains("boosts") && !text.contains("in_stock"));
}
