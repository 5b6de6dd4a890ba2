//! Tables as other programs write them, and the errors of those that cannot be read.

mod json;

use std::io::Write;

use encoding_rs::{BIG5, GBK, SHIFT_JIS, WINDOWS_1252};
use flate2::{Compression, write::GzEncoder};
use proptest::prelude::*;

use super::*;

/// The rows of a table with their lines, and its headings.
type Rows = (Vec<String>, Vec<(u64, Vec<String>)>);

fn source(bytes: &[u8]) -> TableSource {
    TableSource::read(bytes, "FILE").unwrap()
}

fn read_with(bytes: &[u8], format: &TableFormat) -> Result<Rows> {
    let source = source(bytes);
    let mut table = Table::open(&source, format)?;
    let (mut row, mut rows) = (Row::default(), Vec::new());
    while table.next_row(&mut row)? {
        rows.push((row.line, row.iter().map(str::to_owned).collect()));
    }
    Ok((table.headings().to_vec(), rows))
}

fn read(bytes: &[u8]) -> Result<Rows> {
    read_with(bytes, &TableFormat::default())
}

fn refused(bytes: &[u8]) -> String {
    read(bytes).unwrap_err().to_string()
}

fn writing(bytes: &[u8]) -> Writing {
    let source = source(bytes);
    Table::open(&source, &TableFormat::default())
        .unwrap()
        .writing()
        .clone()
}

fn flaws(bytes: &[u8]) -> Vec<(u64, Flaw)> {
    let source = source(bytes);
    let mut table = Table::open(&source, &TableFormat::default()).unwrap();
    let (mut row, mut flaws) = (Row::default(), Vec::new());
    while table.next_row(&mut row).unwrap() {
        flaws.extend(row.flaws.iter().map(|flaw| (row.line, flaw.clone())));
    }
    flaws
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn utf_16(text: &str, big_endian: bool) -> Vec<u8> {
    let units = text.encode_utf16();
    units
        .flat_map(|unit| {
            if big_endian {
                unit.to_be_bytes()
            } else {
                unit.to_le_bytes()
            }
        })
        .collect()
}

#[test]
fn line_ends_marks_blank_lines_and_gzip_make_no_difference() {
    let text = "id,title\n1,coat\n2,\"a hat, red\"\n";
    let expected = read(text.as_bytes()).unwrap();
    assert_eq!(expected.0, ["id", "title"]);
    assert_eq!(
        expected.1[1],
        (3, vec!["2".to_owned(), "a hat, red".to_owned()])
    );
    let parts = [gzip(&text.as_bytes()[..12]), gzip(&text.as_bytes()[12..])].concat();
    for bytes in [
        text.replace('\n', "\r\n").into_bytes(),
        text.replace('\n', "\r").into_bytes(),
        format!("\u{feff}{text}").into_bytes(),
        gzip(text.as_bytes()),
        parts,
        text.trim_end().as_bytes().to_vec(),
        text.replace(',', ";").replace("hat;", "hat,").into_bytes(),
        text.replace(',', "\t")
            .replace("hat\t", "hat,")
            .into_bytes(),
        text.replace(',', "|").replace("hat|", "hat,").into_bytes(),
    ] {
        assert_eq!(
            read(&bytes).unwrap(),
            expected,
            "{}",
            String::from_utf8_lossy(&bytes)
        );
    }
    for blank in [
        "\n\nid,title\n\n1,coat\n \n2,\"a\nb\"\n\n3,x\n",
        "\r\n\r\nid,title\r\n\r\n1,coat\r\n \r\n2,\"a\r\nb\"\r\n\r\n3,x\r\n",
    ] {
        let lines: Vec<u64> = read(blank.as_bytes())
            .unwrap()
            .1
            .iter()
            .map(|row| row.0)
            .collect();
        assert_eq!(lines, [5, 7, 10], "{blank:?}");
    }
}

#[test]
fn the_separator_is_the_one_that_rows_agree_on() {
    for (text, separator, columns) in [
        ("\"id, or number\";title\n1;coat\n", ';', 2),
        ("id;title;price\n1;coat, red;4,50\n2;hat;3,20\n", ';', 3),
        ("sep=;\nid;title\n1;coat\n", ';', 2),
        ("SEP=\t\r\nid\ttitle\r\n1\ta,b,c\r\n", '\t', 2),
        ("id,title\n1,coat; warm; red\n", ',', 2),
        ("id|tags\n1|a,b\n2|c\n", '|', 2),
        ("id\n1\n2\n", ',', 1),
    ] {
        let about = writing(text.as_bytes());
        assert_eq!(about.separator, Some(separator), "{text}");
        assert_eq!(read(text.as_bytes()).unwrap().0.len(), columns, "{text}");
    }
    let said = TableFormat::default().separator('~');
    assert_eq!(
        read_with(b"id~title\n1~a,b\n", &said).unwrap().1[0].1,
        ["1", "a,b"]
    );
    for wrong in ['é', '"', '\n'] {
        let error = read_with(b"a,b\n", &TableFormat::default().separator(wrong)).unwrap_err();
        assert!(matches!(error, Error::Param { name, .. } if name == "separator"));
    }
}

#[test]
fn a_quote_that_is_never_closed_is_an_error_at_its_line() {
    let rows = "2,cap,3\n".repeat(40);
    let never = "the quote that opens here is never closed";
    for (text, line) in [
        (format!("id,title,n\n1,\"coat,2\n{rows}"), 2),
        (format!("id,title,n\n{rows}1,coat,\"2"), 42),
        (format!("id,\"title,n\n{rows}"), 1),
        // The next quote opens a field of a later row: at once, with lines between, in front of an empty field.
        (format!("id,title,n\n1,\"coat,2\n3,\"hat\",4\n{rows}"), 2),
        (format!("id,title,n\n1,\"coat,2\n{rows}3,\"hat\",4\n"), 2),
        (
            format!("id,title,n\n1,\"coat,2\n{rows}3,\"\",4\n3,x,\"y\"\n"),
            2,
        ),
        (format!("id,title,n\n1,\"coat,2\n{rows}3,\",4\n5,6,7\n"), 2),
        (
            format!("id,title,n\r\n1,\"coat,2\r\n{}", rows.replace('\n', "\r\n")),
            2,
        ),
        (
            format!("id\ttitle\tn\n1\t\"coat\t2\n{}", rows.replace(',', "\t")),
            2,
        ),
    ] {
        let error = refused(text.as_bytes());
        assert!(
            error.starts_with(&format!("FILE:{line}: {never}")),
            "{error} for {text}"
        );
        assert_eq!(refused(&gzip(text.as_bytes())), error);
    }
    // Two rows are swallowed, and the row left has as many fields as it should.
    let text = "id,title,n\n1,\"Mug,3\n2,Cup,4\n3,Pan\",5\n";
    assert!(refused(text.as_bytes()).starts_with(&format!("FILE:2: {never}")));
    // One row may be swallowed, or the text may have two lines: that is told.
    let told = flaws(b"id,title,n\n1,\"Mug,3\n2,Cup\",5\n3,Pan,4\n");
    assert_eq!(told, [(2, Flaw::Quotes(QuoteFlaw::ManyLines(2)))]);
    let plain = TableFormat::default().no_quotes();
    let text = "id,title\n1,\"coat\n2,hat\n";
    assert_eq!(
        read_with(text.as_bytes(), &plain).unwrap().1[0].1,
        ["1", "\"coat"]
    );
}

#[test]
fn fields_of_several_lines_are_read_and_long_ones_are_told() {
    let text = "id,text,n\n1,\"a, b, c\nd, e\n\",2\n2,\"one\ntwo\nthree\nfour\",3\n3,x,4\n";
    let (_, rows) = read(text.as_bytes()).unwrap();
    assert_eq!(rows.iter().map(|row| row.0).collect::<Vec<_>>(), [2, 5, 9]);
    assert_eq!(rows[0].1[1], "a, b, c\nd, e\n");
    assert_eq!(
        flaws(text.as_bytes()),
        [(5, Flaw::Quotes(QuoteFlaw::ManyLines(4)))]
    );
}

#[test]
fn quotes_within_a_field_stay() {
    let text = "id,title\n1,\"Weird Al\" Yankovic\n2,5\" screen\n3,\"5\" screen, black\"\n4,\"say \"\"hi\"\"\"\n";
    let (_, rows) = read(text.as_bytes()).unwrap();
    let second: Vec<&str> = rows.iter().map(|row| row.1[1].as_str()).collect();
    assert_eq!(
        second,
        [
            "\"Weird Al\" Yankovic",
            "5\" screen",
            "\"5\" screen",
            "say \"hi\""
        ]
    );
    let behind = Flaw::Quotes(QuoteFlaw::TextBehind);
    assert_eq!(flaws(text.as_bytes()), [(2, behind.clone()), (4, behind)]);
}

#[test]
fn quotes_may_be_escaped_by_a_backslash() {
    let text = "\"id\";\"title\"\n\"1\";\"The \\\"Blue\\\" album; live\"\n\"2\";\"C:\\\\dir \\\"x\"\n\"3\";\"\\\"\"\n\"4\";\"plain\"\n";
    let (_, rows) = read(text.as_bytes()).unwrap();
    let titles: Vec<&str> = rows.iter().map(|row| row.1[1].as_str()).collect();
    assert_eq!(
        titles,
        ["The \"Blue\" album; live", "C:\\dir \"x", "\"", "plain"]
    );
    assert!(writing(text.as_bytes()).backslash_quotes);
    // Outside quotes a backslash is a character like any other.
    let text = "id,title\n1,\"a \\\"b\\\" c\"\n2,Cup \\\"big\\\"\n";
    let (_, rows) = read(text.as_bytes()).unwrap();
    let titles: Vec<&str> = rows.iter().map(|row| row.1[1].as_str()).collect();
    assert_eq!(titles, ["a \"b\" c", "Cup \\\"big\\\""]);
    // A backslash that ends a field escapes nothing.
    let text = "\"id\",\"path\"\n\"1\",\"C:\\\"\n\"2\",\"D:\\\"\n";
    assert_eq!(read(text.as_bytes()).unwrap().1[1].1, ["2", "D:\\"]);
    assert!(!writing(text.as_bytes()).backslash_quotes);
}

#[test]
fn encodings_are_found_and_read() {
    let chinese = "编号,名称,描述\n1,羊毛大衣,保暖舒适的冬季大衣\n2,运动鞋,轻便透气的跑步鞋\n";
    let japanese = "番号,名前\n1,ウールのコートです\n2,ランニングシューズ\n";
    let traditional = "編號,名稱,說明\n1,羊毛大衣,保暖舒適的冬季外套\n2,運動鞋,輕便透氣的跑步鞋\n";
    let western = "id,title,price\n1,Café crème,12 €\n2,Jürgens Mütze,7 €\n";
    for (text, encoding) in [
        (chinese, GBK),
        (japanese, SHIFT_JIS),
        (traditional, BIG5),
        (western, WINDOWS_1252),
    ] {
        let (bytes, _, unmappable) = encoding.encode(text);
        assert!(!unmappable);
        assert_eq!(read(&bytes).unwrap(), read(text.as_bytes()).unwrap());
        let about = writing(&bytes);
        assert_eq!(about.encoding, encoding.name());
        assert!(
            matches!(about.encoding_by, KnownBy::Guess(1 | 2)),
            "{about:?}"
        );
        let said = TableFormat::default().encoding(encoding.name().to_lowercase());
        assert_eq!(
            read_with(&bytes, &said).unwrap(),
            read(text.as_bytes()).unwrap()
        );
    }
    // Signs alone tell no language.
    assert_eq!(
        read(b"id,price\n1,\xa312\n2,\xa37\n").unwrap().1[0].1,
        ["1", "£12"]
    );
    // Mostly Chinese, without a mark: few of the characters are ASCII.
    let wide = "编号,名称,描述\n一,羊毛大衣非常保暖舒适的冬季外套男女同款,这是一件很好的大衣欢迎选购谢谢\n二,轻便透气的跑步鞋,适合所有的人\n";
    for big_endian in [false, true] {
        assert_eq!(
            read(&utf_16(wide, big_endian)).unwrap(),
            read(wide.as_bytes()).unwrap()
        );
    }
    for text in [chinese, western, "id,title\n1,coat\n"] {
        for big_endian in [false, true] {
            for mark in ["", "\u{feff}"] {
                let bytes = utf_16(&format!("{mark}{text}"), big_endian);
                assert_eq!(read(&bytes).unwrap(), read(text.as_bytes()).unwrap());
                assert_eq!(
                    writing(&bytes).encoding,
                    if big_endian { "UTF-16BE" } else { "UTF-16LE" }
                );
            }
        }
    }
    assert_eq!(writing(chinese.as_bytes()).encoding_by, KnownBy::Valid);
}

#[test]
fn single_rows_of_another_encoding_are_read_and_told() {
    let mut bytes = "id,title\n1,Café\n2,Mütze\n".as_bytes().to_vec();
    bytes.extend(b"3,cr\xe8me\n");
    assert_eq!(read(&bytes).unwrap().1[2].1, ["3", "crème"]);
    assert_eq!(writing(&bytes).encoding_by, KnownBy::Majority);
    assert_eq!(flaws(&bytes), [(4, Flaw::NotUtf8)]);
    assert_eq!(flaws(&utf_16("id,title\n1,a\u{fffd}\n", false)).len(), 1);
}

#[test]
fn an_encoding_that_does_not_fit_is_refused() {
    let (bytes, _, _) = GBK.encode("编号,名称\n1,大衣\n");
    let error = read_with(&bytes, &TableFormat::default().encoding("utf-16le"))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("UTF-16LE") && error.contains("--encoding"),
        "{error}"
    );
    let error = read_with(&bytes, &TableFormat::default().encoding("shift_jis"));
    assert!(error.is_err() || error.unwrap().0[0] != "编号");
    let unknown = read_with(b"a,b\n", &TableFormat::default().encoding("klingon")).unwrap_err();
    assert!(matches!(unknown, Error::Param { name, .. } if name == "encoding"));
    let marked = read_with(
        "\u{feff}a,b\n".as_bytes(),
        &TableFormat::default().encoding("gbk"),
    )
    .unwrap_err();
    assert!(matches!(marked, Error::Param { name, .. } if name == "encoding"));
}

#[test]
fn tables_without_heading_have_numbered_columns() {
    let (headings, rows) =
        read_with(b"7,coat\n8,hat\n", &TableFormat::default().no_heading()).unwrap();
    assert_eq!(
        (headings, rows.len(), rows[0].0),
        (vec!["1".to_owned(), "2".to_owned()], 2, 1)
    );
}

#[test]
fn other_files_are_named_and_huge_ones_stop() {
    let folder = tempfile::tempdir().unwrap();
    assert!(
        TableSource::file(folder.path())
            .unwrap_err()
            .to_string()
            .contains("folder")
    );
    assert!(matches!(
        TableSource::file(folder.path().join("none")),
        Err(Error::Io { .. })
    ));
    for (bytes, name) in [
        (&b"PK\x03\x04rest"[..], "zip"),
        (
            b"PAR1\x15\x04\x15\x10\x15\x14\x4c\x15\x02\x15\x00PAR1",
            "Parquet",
        ),
        (b"<!DOCTYPE html><html>", "HTML"),
    ] {
        let error = refused(bytes);
        assert!(
            error.to_lowercase().contains(&name.to_lowercase()),
            "{error}"
        );
        assert!(
            refused(&gzip(bytes))
                .to_lowercase()
                .contains(&name.to_lowercase())
        );
    }
    assert!(matches!(read(b""), Err(Error::Empty { .. })));
    assert!(matches!(read(b"\n\r\n"), Err(Error::Empty { .. })));
    let mut cut = gzip("id,title\n1,coat\n".repeat(1000).as_bytes());
    cut.truncate(cut.len() / 2);
    assert!(matches!(read(&cut), Err(Error::Io { .. })));
    let long = gzip(&[b"id,t\n1,\"".to_vec(), vec![b'a'; LONGEST + (1 << 18)]].concat());
    assert!(long.len() < 1 << 17);
    let expected =
        format!("FILE:2: the quote that opens here is not closed within {LONGEST} bytes");
    assert_eq!(refused(&long), expected);
    let long = gzip(&[b"id,t\n1,".to_vec(), vec![b'a'; LONGEST + (1 << 18)]].concat());
    assert_eq!(
        refused(&long),
        format!("FILE:2: the line is longer than {LONGEST} bytes")
    );
    let wide = ",".repeat(20_000);
    assert!(refused(format!("id,t\n1{wide}\n").as_bytes()).contains("at most 16384"));
}

proptest! {
    #[test]
    fn what_csv_writes_is_read_back(rows in proptest::collection::vec(proptest::collection::vec("[a-z\"\\\\ ,;\n|]{0,6}", 3), 1..6), semicolon: bool) {
        let separator = if semicolon { b';' } else { b',' };
        let mut writer = csv::WriterBuilder::new().delimiter(separator).quote_style(csv::QuoteStyle::Always).from_writer(Vec::new());
        writer.write_record(["one", "two", "three"]).unwrap();
        for row in &rows {
            writer.write_record(row).unwrap();
        }
        let bytes = writer.into_inner().unwrap();
        // A text in which a backslash stands before a quote, or whose lines look like rows, can be read in two ways.
        let unclear = rows.iter().flatten().any(|field| field.contains("\\\"") || field.lines().count() > 3);
        if !unclear {
            let said = TableFormat::default().separator(char::from(separator));
            let read: Vec<Vec<String>> = read_with(&bytes, &said).unwrap().1.into_iter().map(|row| row.1).collect();
            prop_assert_eq!(read, rows);
        }
    }

    #[test]
    fn any_bytes_are_rows_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&bytes);
    }

    #[test]
    fn any_text_is_rows_or_an_error(text in "[a\"\\\\,;\n\r\t{}\\[\\]:1 ]{0,60}") {
        let _ = read(text.as_bytes());
    }

    #[test]
    fn lines_are_those_of_the_text(ends in proptest::collection::vec(0_usize..4, 1..20)) {
        let mut text = "id,n".to_owned();
        let mut expected = Vec::new();
        let mut line = 1;
        for (at, end) in ends.iter().enumerate() {
            text.push_str(["\n", "\r\n", "\n\n", "\r\n\r\n"][*end]);
            line += [1, 1, 2, 2][*end];
            text.push_str(&format!("\"{at}\",x"));
            expected.push(line);
        }
        let lines: Vec<u64> = read(text.as_bytes()).unwrap().1.iter().map(|row| row.0).collect();
        prop_assert_eq!(lines, expected);
    }
}
