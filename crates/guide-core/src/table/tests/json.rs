//! Tables of JSON lines.

use super::*;

#[test]
fn json_lines_are_tables() {
    let text = concat!(
        r#"{"user": {"id": 12345678901234567890}, "item": "a", "n": 1.50, "ok": true, "none": null, "price": null}"#,
        "\n\n",
        r#"{"item": "b \"x\"", "tags": ["red", "blue"], "user": {"id": "u"}, "none": 1}"#,
        "\n[1]\n",
        r#"{"user": {"id": 3}, "items": [{"id": 7, "qty": 2}, {"id": 8}]}"#,
        "\n",
    );
    let (headings, rows) = read(text.as_bytes()).unwrap();
    assert_eq!(
        headings,
        [
            "user.id",
            "item",
            "n",
            "ok",
            "tags",
            "none",
            "items.id",
            "items.qty"
        ]
    );
    assert_eq!(
        rows[0],
        (
            1,
            ["12345678901234567890", "a", "1.50", "true", "", "", "", ""]
                .map(str::to_owned)
                .to_vec()
        )
    );
    assert_eq!(
        rows[1].1[1..6],
        ["b \"x\"", "", "", "[\"red\", \"blue\"]", "1"].map(str::to_owned)
    );
    assert_eq!(
        (rows[2].0, rows[2].1.len()),
        (4, 0),
        "no object, told as a flaw"
    );
    assert_eq!(
        (&rows[3].1[6..], &rows[4].1[6..]),
        (
            &["7".to_owned(), "2".to_owned()][..],
            &["8".to_owned(), String::new()][..]
        )
    );
    assert!(matches!(
        &flaws(text.as_bytes())[..],
        [(4, Flaw::NotJson(_))]
    ));
    assert_eq!(writing(text.as_bytes()).separator, None);
    let twice = flaws(b"{\"a\": 1, \"a\": 2}\n");
    assert_eq!(twice, [(1, Flaw::RepeatedKey("a".to_owned()))]);
    assert!(refused(b"[\n{\"a\": 1}]").contains("JSON array"));
    assert!(refused(b"{\n\"a\": 1\n}\n").contains("one object a line"));
    let deep = format!("{}1{}\n", "{\"a\":".repeat(100_000), "}".repeat(100_000));
    let _ = read(deep.as_bytes());
}
