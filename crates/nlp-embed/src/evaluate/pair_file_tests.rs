//! Files of pairs as they are published.

use std::io::Write;

use guide_core::Error;

use crate::WordPairs;

fn file(text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

/// The pairs, the column of the judgement and the line of the heading.
fn read(text: &str) -> (Vec<(String, String, f64)>, usize, Option<u64>) {
    let pairs = WordPairs::read(file(text).path()).unwrap_or_else(|error| panic!("{error}"));
    let heading = pairs.heading().map(|(line, _)| line);
    (pairs.pairs().to_vec(), pairs.score_column(), heading)
}

fn expected() -> Vec<(String, String, f64)> {
    [
        ("coat", "jacket", 8.1),
        ("lamp", "coat", 1.2),
        ("lamp", "jacket", 2.0),
    ]
    .map(|(a, b, judged)| (a.to_owned(), b.to_owned(), judged))
    .to_vec()
}

#[test]
fn published_files_are_read_as_they_are() {
    for (name, text, column, heading) in [
        (
            "SimLex-999.txt",
            "word1\tword2\tPOS\tSimLex999\tconc(w1)\tconc(w2)\ncoat\tjacket\tN\t8.1\t4.1\t5\nlamp\tcoat\tN\t1.2\t3\t5\nlamp\tjacket\tN\t2\t2\t5\n",
            4,
            Some(1),
        ),
        (
            "with CRLF and a mark",
            "\u{feff}word1\tword2\tPOS\tSimLex999\tconc(w1)\r\ncoat\tjacket\tN\t8.1\t4.1\r\nlamp\tcoat\tN\t1.2\t3\r\nlamp\tjacket\tN\t2\t2\r\n",
            4,
            Some(1),
        ),
        (
            "SimLex as CSV",
            "word1,word2,POS,SimLex999,conc(w1)\ncoat,jacket,N,8.1,4.1\nlamp,coat,N,1.2,3\nlamp,jacket,N,2,2\n",
            4,
            Some(1),
        ),
        (
            "WordSim combined.tab",
            "Word 1\tWord 2\tHuman (mean)\ncoat\tjacket\t8.1\nlamp\tcoat\t1.2\nlamp\tjacket\t2\n",
            3,
            Some(1),
        ),
        (
            "WordSim combined.csv",
            "Word 1,Word 2,Human (mean)\ncoat,jacket,8.1\nlamp,coat,1.2\nlamp,jacket,2\n",
            3,
            Some(1),
        ),
        (
            "WordSim set1.csv, with each judge",
            "Word 1,Word 2,Human (mean),1,2\ncoat,jacket,8.1,9,7.2\nlamp,coat,1.2,1,1.4\nlamp,jacket,2,2,2\n",
            3,
            Some(1),
        ),
        (
            "wordsim_similarity_goldstandard.txt",
            "coat\tjacket\t8.1\nlamp\tcoat\t1.2\nlamp\tjacket\t2\n",
            3,
            None,
        ),
        (
            "MTurk-771.csv, without a heading",
            "coat,jacket,8.1\nlamp,coat,1.2\nlamp,jacket,2\n",
            3,
            None,
        ),
        (
            "SimVerb-3500.txt, without a heading",
            "coat\tjacket\tV\t8.1\tSYNONYMS\nlamp\tcoat\tV\t1.2\tNONE\nlamp\tjacket\tV\t2\tNONE\n",
            4,
            None,
        ),
        (
            "MEN, with blanks",
            "coat jacket 8.1\nlamp coat 1.2\nlamp jacket 2\n",
            3,
            None,
        ),
        (
            "RG-65, with semicolons",
            "coat;jacket;8.1\nlamp;coat;1.2\nlamp;jacket;2\n",
            3,
            None,
        ),
        (
            "unknown names",
            "links\trechts\tWert\ncoat\tjacket\t8.1\nlamp\tcoat\t1.2\nlamp\tjacket\t2\n",
            3,
            Some(1),
        ),
        (
            "unknown names, blanks",
            "links rechts Wert\ncoat jacket 8.1\nlamp coat 1.2\nlamp jacket 2\n",
            3,
            Some(1),
        ),
        (
            "a comment before the heading",
            "# judged\n\nword1\tword2\tscore\ncoat\tjacket\t8.1\nlamp\tcoat\t1.2\nlamp\tjacket\t2\n",
            3,
            Some(3),
        ),
        (
            "quotes",
            "a,b,\"Human (mean)\"\n\"coat\",jacket,\"8.1\"\nlamp,coat,1.2\nlamp,jacket,2\n",
            3,
            Some(1),
        ),
    ] {
        assert_eq!(read(text), (expected(), column, heading), "{name}");
    }
    let pairs = WordPairs::read(file("a,b,Human (mean)\nc,d,1\n").path()).unwrap();
    assert_eq!(pairs.score_heading(), Some("Human (mean)"));
    assert_eq!(pairs.heading().map(|(_, names)| names.len()), Some(3));
}

#[test]
fn words_may_hold_the_other_separators() {
    let pairs = read("1,299元\tcoat;x\t3\nnew york\tlamp\t4\n").0;
    assert_eq!(
        (&*pairs[0].0, &*pairs[0].1, &*pairs[1].0),
        ("1,299元", "coat;x", "new york")
    );
    let pairs = read("1,299元 coat 3\nx y 4\n").0;
    assert_eq!(&*pairs[0].0, "1,299元");
    let pairs = read("word 1,word 2,score\n\"new york, ny\",lamp,4\n").0;
    assert_eq!(&*pairs[0].0, "new york, ny");
}

#[test]
fn what_is_not_clear_is_refused_with_its_line() {
    for (text, expected) in [
        (
            "a\tb\tx\ty\nc\td\t1\t2\n",
            ":1: the heading `a`, `b`, `x`, `y` does not say which column of numbers is the judgement",
        ),
        (
            "a\tb\t1\t2\nc\td\t3\t4\n",
            ":1: expected 2 words and a number, not 4 fields",
        ),
        (
            "word1,word2,score\na,b,1\na,b\n",
            ":3: expected 2 words and a number, not 2 fields",
        ),
        (
            "w1\tw2\tPOS\tscore\na\tb\tN\t1\na\tb\t1\n",
            ":3: expected 4 fields as in the first line, not 3",
        ),
        (
            "w1\tw2\tPOS\tscore\na\tb\tN\tx1\na\tb\tN\t1\n",
            ":2: `x1` is not a finite number",
        ),
        (
            "word1,word2,score\na,b,1\nc,d,inf\n",
            ":3: `inf` is not a finite number",
        ),
        ("word1\tword2\tscore\n\tb\t1\n", ":2: "),
        ("a b NaN\nc d 1\n", ":1: `NaN` is not a finite number"),
        ("word1\tword2\tscore\n", " is empty"),
        ("word1\tword2\tWert\n", ":1: `Wert` is not a finite number"),
    ] {
        let file = file(text);
        let error = WordPairs::read(file.path()).unwrap_err().to_string();
        let path = file.path().display().to_string();
        let reason = error.strip_prefix(&path).unwrap_or_default();
        assert!(reason.starts_with(expected), "{text:?}: {error}");
    }
    let error = WordPairs::read(file("PK\u{3}\u{4}\n").path()).unwrap_err();
    assert!(matches!(error, Error::ForeignFormat { .. }), "{error}");
}
