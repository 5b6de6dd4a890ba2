//! Cases worked by hand.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use guide_core::ndarray::array;
use guide_core::testing;

use super::*;
use crate::Vocabulary;

fn file(text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

/// Two directions for the sexes, one each for crowns and heirs; `King` in capitals lies nearest to woman - man + king.
fn royals() -> WordVectors {
    let words = [
        "man", "woman", "king", "queen", "King", "prince", "princess",
    ];
    let rows = array![
        [1.0, 0.0, 0.0, 0.0],
        [0.0, 1.0, 0.0, 0.0],
        [1.0, 0.0, 1.0, 0.0],
        [0.0, 1.0, 1.0, 0.0],
        [-0.3, 1.0, 0.7, 0.0],
        [1.0, 0.0, 0.0, 2.0],
        [0.0, 1.0, 0.0, 2.0]
    ];
    let words = Vocabulary::from_counts(words.map(|word| (word, 1))).unwrap();
    WordVectors::new(words, rows).unwrap()
}

const QUESTIONS: &str = ": crowns
man woman king queen
MAN WOMAN PRINCE PRINCESS

: more
man woman uncle aunt
king queen man princess
";

#[test]
fn capitals_limits_and_unknown_words_are_gensims() {
    let questions = file(QUESTIONS);
    let analogies = Analogies::read(questions.path()).unwrap();
    let evaluate = |params: EvaluationParams| {
        let report = testing::same_for_one_and_two_threads(|| {
            analogies.evaluate(&royals(), params).unwrap()
        });
        let counts = |section: &AnalogySection| {
            let name = section.section.clone();
            (name, section.correct, section.answered, section.skipped)
        };
        let sections: Vec<_> = report.sections.iter().map(counts).collect();
        (sections, counts(&report.total), report.vocab)
    };
    let section =
        |name: &str, correct, answered, skipped| (name.to_owned(), correct, answered, skipped);
    let params = EvaluationParams::default();
    // King is written like king, which is given; woman is the answer to the last, not princess.
    let crowns = section("crowns", 2, 2, 0);
    let total = section("total", 2, 3, 1);
    let all = (vec![crowns, section("more", 0, 1, 1)], total, 7);
    assert_eq!(evaluate(params), all);
    let crowns = section("crowns", 1, 1, 1);
    let total = section("total", 1, 1, 3);
    let few = (vec![crowns, section("more", 0, 0, 2)], total, 5);
    assert_eq!(evaluate(params.vocab_limit(5)), few);
    // With capitals, King is the answer to the first question, and the second has no known word.
    let crowns = section("crowns", 0, 1, 1);
    let total = section("total", 0, 2, 2);
    let strict = (vec![crowns, section("more", 0, 1, 1)], total, 7);
    assert_eq!(evaluate(params.case_insensitive(false)), strict);
    let crowns = section("crowns", 2, 2, 0);
    let total = section("total", 2, 4, 0);
    let counted = (vec![crowns, section("more", 0, 2, 0)], total, 7);
    assert_eq!(evaluate(params.unknown_counts(true)), counted);
    let report = analogies.evaluate(&royals(), params.unknown_counts(true));
    assert_eq!(report.unwrap().total.coverage(), Some(0.75));
    testing::refuses(&params, &[("vocab_limit", "0")]);
    assert!(
        analogies
            .evaluate(&royals(), params.vocab_limit(0))
            .is_err()
    );
}

#[test]
fn sections_without_an_answer_have_no_accuracy() {
    let section = AnalogySection::default();
    assert_eq!((section.accuracy(), section.coverage()), (None, None));
}

#[test]
fn ties_share_the_mean_of_their_ranks() {
    assert_eq!(pairs::ranks(&[3.0, 1.0, 3.0, 2.0]), [3.5, 1.0, 3.5, 2.0]);
    // 1 - 6 * (1 + 1) / (3 * 8)
    let spearman = pairs::correlation(&pairs::ranks(&[1.0, 2.0, 3.0]), &[2.0, 1.0, 3.0]);
    assert!((spearman.unwrap() - 0.5).abs() < 1e-12);
    assert_eq!(pairs::correlation(&[1.0, 1.0], &[1.0, 2.0]), None);
    assert_eq!(pairs::correlation(&[0.1; 3], &[1.0, 2.0, 3.0]), None); // their mean is not .1
    assert_eq!(pairs::correlation(&[], &[]), None);
    assert_eq!(pairs::correlation(&[1.0], &[1.0]), None);
}

#[test]
fn pairs_with_unknown_words_are_skipped_or_count_as_unlike() {
    // cosines: man king .7071, King is king, woman queen .7071, man woman 0
    let text = "# two words, a number\nMan\tKing\t5\nwoman queen 5\nman woman 1\nman uncle 9\n";
    let pairs = WordPairs::read(file(text).path()).unwrap();
    let params = EvaluationParams::default();
    let report = pairs.evaluate(&royals(), params).unwrap();
    assert!((report.spearman.unwrap() - 1.0).abs() < 1e-6);
    assert!((report.pearson.unwrap() - 1.0).abs() < 1e-6);
    assert_eq!((report.answered, report.skipped, report.vocab), (3, 1, 7));
    assert_eq!(report.coverage(), 0.75);
    let report = pairs
        .evaluate(&royals(), params.unknown_counts(true))
        .unwrap();
    // Ranks less their mean: of the cosines 1 1 -1 -1, of the judgements 0 0 -1.5 1.5.
    assert!(report.spearman.unwrap().abs() < 1e-6);
    assert_eq!((report.answered, report.skipped, report.unknown), (4, 0, 1));
    assert_eq!(report.coverage(), 0.75);
    let report = pairs.evaluate(&royals(), params.vocab_limit(2)).unwrap();
    assert_eq!((report.answered, report.skipped, report.vocab), (1, 3, 2));
    assert_eq!(report.spearman, None);
}

#[test]
fn packed_and_marked_files_are_read() {
    let read = |bytes: &[u8]| {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        Analogies::read(file.path()).unwrap()
    };
    let plain = read(QUESTIONS.as_bytes());
    let marked = format!("\u{feff}{QUESTIONS}");
    assert_eq!(read(marked.as_bytes()), plain);
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(marked.as_bytes()).unwrap();
    assert_eq!(read(&packed.finish().unwrap()), plain);
}

#[test]
fn bad_files_are_refused_with_their_line() {
    let refused = |error: Error, file: &tempfile::NamedTempFile, expected: &str| {
        let expected = format!("{}:{expected}", file.path().display());
        assert_eq!(error.to_string(), expected);
    };
    for (text, expected) in [
        (": a\n\nb c d\n", "3: expected 4 words, not 3"),
        ("a b c d\n", "1: a question before the first `: section`"),
    ] {
        let file = file(text);
        refused(Analogies::read(file.path()).unwrap_err(), &file, expected);
    }
    for (text, expected) in [
        (
            "a b 1\na b\n",
            "2: expected 2 words and a number, not 2 fields",
        ),
        (
            "a b 1 2\n",
            "1: expected 2 words and a number, not 4 fields",
        ),
        ("a b x\n", "1: `x` is not a finite number"),
        ("a b NaN\n", "1: `NaN` is not a finite number"),
    ] {
        let file = file(text);
        refused(WordPairs::read(file.path()).unwrap_err(), &file, expected);
    }
    for text in ["", "\n\n", "# only this\n"] {
        let file = file(text);
        assert!(matches!(
            WordPairs::read(file.path()),
            Err(Error::Empty { .. })
        ));
    }
    assert!(matches!(
        Analogies::read(file("\n").path()),
        Err(Error::Empty { .. })
    ));
    assert!(matches!(
        Analogies::read("no such file"),
        Err(Error::Io { .. })
    ));
    let mut latin = tempfile::NamedTempFile::new().unwrap();
    latin.write_all(b": a\n\xe9 b c d\n").unwrap();
    let error = Analogies::read(latin.path()).unwrap_err().to_string();
    assert!(error.contains(":2: not UTF-8"), "{error}");
}
