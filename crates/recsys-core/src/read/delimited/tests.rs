//! Every form of file that reads, and every one that does not with its message.

use std::io::Write;
use std::path::PathBuf;

use flate2::{Compression, write::GzEncoder};

use guide_core::table::LONGEST;

use super::*;
use crate::read;
use crate::{ItemId, UserId};

/// A folder with one file of `bytes` in it.
fn file(bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data");
    std::fs::write(&path, bytes).unwrap();
    (folder, path)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The message without the path in front.
fn message<T: std::fmt::Debug>(path: &Path, result: Result<T>) -> String {
    let message = result.unwrap_err().to_string();
    message.replace(&path.display().to_string(), "FILE")
}

#[test]
fn plain_and_packed_files_with_marks_and_blank_lines_read_the_same() {
    let text = "1\t10\t4\t100\n2\t10\t5\t200\n1\t11\t1\t300\n";
    let dirty = "\u{feff}1\t10\t4\t100\r\n\r\n  \n2\t 10\t5\t200\r\n\n1\t11\t1\t300.7\textra";
    let (_folder, path) = file(text.as_bytes());
    let expected = Delimited::ml_100k().read(&path).unwrap();
    assert_eq!(expected.times(), Some(&[100, 200, 300][..]));
    assert_eq!(expected.scale().map(|s| (s.min, s.max)), Some((1.0, 5.0)));
    let two_members = [gzip(&text.as_bytes()[..15]), gzip(&text.as_bytes()[15..])].concat();
    for bytes in [
        text.replace('\n', "\r").into_bytes(),
        dirty.as_bytes().to_vec(),
        gzip(text.as_bytes()),
        gzip(dirty.as_bytes()),
        two_members,
    ] {
        let (_folder, path) = file(&bytes);
        assert_eq!(Delimited::ml_100k().read(&path).unwrap(), expected);
        assert_eq!(
            Delimited::ml_100k().quotes(true).read(&path).unwrap(),
            expected
        );
    }
    let (_folder, path) = file(text.replace('\t', "::").as_bytes());
    assert_eq!(Delimited::ml_1m().read(&path).unwrap(), expected);
}

#[test]
fn columns_come_in_any_order_and_some_are_left_out() {
    let (_folder, path) = file(b"# header\n2.5;x;junk;ann;7\n0.5;y;;bob;8\n");
    let format = Delimited::new("weight item _ user", ";")
        .unwrap()
        .skip_lines(1);
    let records = format.read(&path).unwrap();
    assert_eq!(records.weights(), Some(&[2.5, 0.5][..]));
    assert_eq!(
        (records.ratings(), records.times(), records.scale()),
        (None, None, None)
    );
    assert_eq!(records.ids().user_name(UserId(1)), "bob");
}

#[test]
fn a_test_file_keeps_the_numbers_of_training() {
    let (_train, train) = file(b"a,x,1\nb,y,2\n");
    let (_test, test) = file(b"c,y,3\nb,z,4\n");
    let format = Delimited::csv("user item rating").unwrap().scale(1.0, 9.0);
    let train = format.read(&train).unwrap();
    let test = format.read_with(&test, train.ids()).unwrap();
    assert_eq!(test.users(), [UserId(2), UserId(1)]);
    assert_eq!(test.items(), [ItemId(1), ItemId(2)]);
    assert_eq!(test.scale(), train.scale());
}

#[test]
fn what_does_not_read_is_refused_with_file_line_and_reason() {
    let cases: [(&[u8], &str); 14] = [
        (
            b"1\t2\t3\t4\n\n1\t2\tx\t4\n",
            "FILE:3: rating `x` is not a number",
        ),
        (
            b"1\t2\t3\t4\n1\t2\n",
            "FILE:2: the line has 2 fields, but `user item rating timestamp` needs 4",
        ),
        (b"1\t2\tNaN\t4\n", "FILE:1: rating `NaN` is not finite"),
        (b"1\t2\t-inf\t4\n", "FILE:1: rating `-inf` is not finite"),
        (b"1\t2\t1e99\t4\n", "FILE:1: rating `1e99` is not finite"),
        (
            b"1\t2\t3\tnoon\n",
            "FILE:1: timestamp `noon` is not a number; if this line is a heading, --skip-lines 1 passes over it",
        ),
        (b"\t2\t3\t4\n", "FILE:1: the user is empty"),
        (b"1\t \t3\t4\n", "FILE:1: the item is empty"),
        (b"1\t2\t\t4\n", "FILE:1: rating `` is not a number"),
        (
            b"1\t2\t5\t4\n1\t3\t9\t4\n",
            "FILE:2: rating `9` is off the scale from 1 to 5",
        ),
        (
            b"1\t2\t0.5\t4\n",
            "FILE:1: rating `0.5` is off the scale from 1 to 5",
        ),
        (
            b"1\t2\t3\t1e300\n",
            "FILE:1: timestamp `1e300` does not fit in 64 bits",
        ),
        (
            b"1\t2\t3\t9223372036854775808\n",
            "FILE:1: timestamp `9223372036854775808` does not fit in 64 bits",
        ),
        (
            b"1\t2\t3\tinf\n",
            "FILE:1: timestamp `inf` is not a number; if this line is a heading, --skip-lines 1 passes over it",
        ),
    ];
    for (bytes, expected) in cases {
        let (_folder, path) = file(bytes);
        assert_eq!(message(&path, Delimited::ml_100k().read(&path)), expected);
        assert_eq!(
            message(&path, Delimited::ml_100k().quotes(true).read(&path)),
            expected
        );
    }
    let (_folder, path) = file(b"1\t2\t3\t4\n1\tcaf\xe9\t3\t4\n");
    assert_eq!(
        message(&path, Delimited::ml_100k().read(&path)),
        "FILE:2: byte 6 of the line is not UTF-8; the file looks like windows-1252, which --encoding windows-1252 reads"
    );
    let quoted = Delimited::ml_100k().quotes(true).read(&path);
    assert_eq!(
        message(&path, quoted),
        "FILE:2: byte 6 of the line is not UTF-8; the file looks like windows-1252, which --encoding windows-1252 reads"
    );
    let (_folder, path) = file(b"1,2,-1\n");
    let negative = Delimited::csv("user item weight").unwrap().read(&path);
    assert_eq!(
        message(&path, negative),
        "FILE:1: parameter `weight` must be not negative (record 0), but is -1"
    );
}

#[test]
fn empty_missing_and_damaged_files_are_named() {
    for bytes in [&b""[..], b"\n\r\n", &gzip(b"")] {
        let (_folder, path) = file(bytes);
        assert_eq!(
            message(&path, Delimited::ml_100k().read(&path)),
            "FILE is empty"
        );
        assert_eq!(
            message(&path, Delimited::csv("user item").unwrap().read(&path)),
            "FILE is empty"
        );
        assert_eq!(message(&path, read::adjacency(&path)), "FILE is empty");
        assert_eq!(
            message(&path, read::negatives(&path, &Ids::default())),
            "FILE is empty"
        );
    }
    let (_folder, path) = file(b"user,item\n");
    let header_only = Delimited::csv("user item")
        .unwrap()
        .skip_lines(1)
        .read(&path);
    assert_eq!(message(&path, header_only), "FILE is empty");
    let missing = path.with_file_name("missing");
    assert!(
        matches!(Delimited::ml_100k().read(&missing), Err(Error::Io { path, .. }) if path == missing)
    );
    let mut packed = gzip(&b"1\t2\t3\t4\n".repeat(1000));
    packed.truncate(packed.len() / 2);
    let (_folder, path) = file(&packed);
    assert!(matches!(
        Delimited::ml_100k().read(&path),
        Err(Error::Io { .. })
    ));
    assert!(matches!(
        Delimited::ml_100k().quotes(true).read(&path),
        Err(Error::Io { .. })
    ));
}

#[test]
fn bad_formats_are_refused_by_name() {
    for format in [
        "user",
        "user rating",
        "user item stars",
        "user item item",
        "",
    ] {
        let error = Delimited::new(format, ",").unwrap_err();
        assert!(matches!(error, Error::Param { name, .. } if name == "line_format"));
    }
    for separator in ["", "\n"] {
        let error = Delimited::new("user item", separator).unwrap_err();
        assert!(matches!(error, Error::Param { name, .. } if name == "separator"));
    }
    let (_folder, path) = file(b"1::2::3::4\n");
    let error = Delimited::ml_1m().quotes(true).read(&path).unwrap_err();
    assert!(matches!(error, Error::Param { name, .. } if name == "separator"));
    let error = Delimited::ml_1m().scale(5.0, 1.0).read(&path).unwrap_err();
    assert!(matches!(error, Error::Param { name, .. } if name == "scale"));
}

#[test]
fn quoted_fields_may_hold_separators_quotes_and_line_ends() {
    let (_folder, path) = file(b"u,i\n\"a\",\"x, \"\"y\"\"\nz\"\n\nb,w\n");
    let records = Delimited::csv("user item")
        .unwrap()
        .skip_lines(1)
        .read(&path)
        .unwrap();
    assert_eq!(
        records.ids().items.names().collect::<Vec<_>>(),
        ["x, \"y\"\nz", "w"]
    );
    let (_folder, path) = file("\u{feff}a,x\r\n\r\n\r\nb\r\n".as_bytes());
    let short = Delimited::csv("user item").unwrap().read(&path);
    assert_eq!(
        message(&path, short),
        "FILE:4: the line has 1 fields, but `user item` needs 2"
    );
    let (_folder, path) = file(b"u,i\n\nb,w\n");
    let records = Delimited::csv("user item")
        .unwrap()
        .skip_lines(2)
        .read(&path);
    assert_eq!(records.unwrap().len(), 1);
    let (_folder, path) = file(b"u,i\n\"a\",\"x\ny\"\n\n\nb\n");
    let short = Delimited::csv("user item")
        .unwrap()
        .skip_lines(1)
        .read(&path);
    assert_eq!(
        message(&path, short),
        "FILE:6: the line has 1 fields, but `user item` needs 2"
    );
}

#[test]
fn a_quote_that_is_never_closed_is_refused_at_its_line() {
    let read = |text: &str| {
        let (_folder, path) = file(text.as_bytes());
        let csv = Delimited::csv("user item").unwrap().skip_lines(1);
        message(&path, csv.read(&path))
    };
    let reason = "the quote that opens here is never closed; --no-quotes takes quotes as text";
    let rest = "b,w\n".repeat(1000);
    assert_eq!(
        read(&format!("u,i\na,x\na,\"y\n{rest}")),
        format!("FILE:3: {reason}")
    );
    assert_eq!(read("u,i\n\n\"a\nb\",\"y\n"), format!("FILE:4: {reason}"));
    assert_eq!(read("u,i\na,\""), format!("FILE:2: {reason}"));
    let long = "b,w\n".repeat(LONGEST / 2);
    let expected =
        format!("FILE:2: the quote that opens here is not closed within {LONGEST} bytes");
    assert_eq!(read(&format!("u,i\na,\"y\n{long}")), expected);
}

#[test]
fn a_line_of_any_length_does_not_take_all_memory() {
    // 64 KiB of gzip that unpack to more than a line may have.
    let packed = gzip(&vec![b'a'; LONGEST + 1]);
    assert!(packed.len() < 1 << 17, "{}", packed.len());
    let (_folder, path) = file(&packed);
    let expected = format!("FILE:1: the line is longer than {LONGEST} bytes");
    let csv = Delimited::csv("user item").unwrap();
    assert_eq!(message(&path, csv.read(&path)), expected);
    assert_eq!(
        message(&path, csv.clone().skip_lines(1).read(&path)),
        expected
    );
    assert_eq!(message(&path, csv.quotes(false).read(&path)), expected);
    assert_eq!(message(&path, read::adjacency(&path)), expected);
    assert_eq!(
        message(&path, read::negatives(&path, &Ids::default())),
        expected
    );
    let mut longest = vec![b' '; LONGEST];
    longest[..3].copy_from_slice(b"a,x");
    let (_folder, path) = file(&longest);
    assert_eq!(
        Delimited::csv("user item")
            .unwrap()
            .read(&path)
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn adjacency_lists_and_negatives_refuse_other_forms() {
    let (_folder, path) = file(b"0 5 6\r\n1\n\n2 \t7  5\n");
    let records = read::adjacency(&path).unwrap();
    assert_eq!(
        (records.len(), records.n_users(), records.n_items()),
        (4, 3, 3)
    );
    let ids = Ids::numbered(1, 8);
    let records = read::adjacency_with(&path, &ids).unwrap();
    assert_eq!(records.items(), [5, 6, 7, 5].map(ItemId));
    let (_folder, path) = file(b"0 \xff\n");
    assert_eq!(
        message(&path, read::adjacency(&path)),
        "FILE:1: byte 3 of the line is not UTF-8"
    );

    for (bytes, reason) in [
        (
            &b"(0,1)\t2\n0,1\t2\n"[..],
            "FILE:2: the line does not start with `(user,item)`",
        ),
        (b"(0,1)\n", "FILE:1: no negative behind `(user,item)`"),
        (b"(0,1)\t2\n(,5)\t2\n", "FILE:2: the user is empty"),
        (b"(5, )\t2\n", "FILE:1: the item is empty"),
    ] {
        let (_folder, path) = file(bytes);
        assert_eq!(message(&path, read::negatives(&path, &ids)), reason);
    }
    let (_folder, path) = file(b"(4,9)\t3\t9\t12\n");
    let cases = read::negatives(&path, &ids).unwrap();
    assert_eq!((cases[0].user, cases[0].positive), (UserId(1), ItemId(8)));
    assert_eq!(cases[0].negatives, [3, 8, 9].map(ItemId));
}
