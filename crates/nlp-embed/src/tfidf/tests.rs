//! Against scikit-learn (scripts/golden/sklearn_tfidf.py), and what is refused.

use guide_core::{Fit, Params, testing};
use serde_json::Value;

use super::*;

const GOLDEN: &str = include_str!("../../tests/golden/sklearn_tfidf.json");

/// The parameters of scikit-learn's names.
fn params_of(case: &Value) -> TfIdfParams {
    let mut params = TfIdfParams::sklearn();
    let range = case.get("ngram_range").map(|range| {
        let at = |place: usize| range[place].as_u64().unwrap() as usize;
        (at(0), at(1))
    });
    match case.get("analyzer").and_then(Value::as_str) {
        None => params.word_ngrams = range.or(params.word_ngrams),
        Some(analyzer) => {
            params.word_ngrams = None;
            params.char_ngrams = range;
            params.within_words = analyzer == "char_wb";
        }
    }
    let flag = |name: &str, value: &mut bool| {
        if let Some(given) = case.get(name).and_then(Value::as_bool) {
            *value = given;
        }
    };
    flag("sublinear_tf", &mut params.sublinear_tf);
    flag("smooth_idf", &mut params.smooth_idf);
    flag("use_idf", &mut params.use_idf);
    flag("lowercase", &mut params.lower_case);
    params.l2_norm = case.get("norm").is_none_or(|norm| !norm.is_null());
    if let Some(min_df) = case.get("min_df").and_then(Value::as_u64) {
        params.min_df = min_df as usize;
    }
    if let Some(max_df) = case.get("max_df").and_then(Value::as_f64) {
        params.max_df = max_df;
    }
    params
}

#[test]
fn rows_equal_those_of_scikit_learn() {
    let golden: Value = serde_json::from_str(GOLDEN).unwrap();
    let texts: Vec<&str> = golden["texts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|t| t.as_str().unwrap())
        .collect();
    let cases = golden["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 8);
    for case in cases {
        let params = params_of(&case["params"]);
        let (tfidf, rows) = params.fit_transform(&texts).unwrap();
        assert_eq!(
            tfidf.n_features() as u64,
            case["n_features"].as_u64().unwrap(),
            "{case}"
        );
        for (column, term) in case["terms"].as_object().unwrap() {
            let (_, found) = tfidf.term(column.parse().unwrap()).unwrap();
            assert_eq!(found, term.as_str().unwrap());
        }
        for (number, expected) in case["rows"].as_array().unwrap().iter().enumerate() {
            let (columns, values) = rows.row(number);
            assert_eq!(
                columns.len() as u64,
                expected["n"].as_u64().unwrap(),
                "{number}: {case}"
            );
            let near = |a: f32, b: &Value| (f64::from(a) - b.as_f64().unwrap()).abs() < 2e-6;
            let first = expected["columns"].as_array().unwrap();
            for (place, column) in first.iter().enumerate() {
                assert_eq!(u64::from(columns[place]), column.as_u64().unwrap());
                assert!(
                    near(values[place], &expected["values"][place]),
                    "{number}: {case}"
                );
            }
            let sum: f32 = values.iter().sum();
            assert!((f64::from(sum) - expected["sum"].as_f64().unwrap()).abs() < 2e-5);
        }
        assert_eq!(tfidf.transform(&texts).unwrap(), rows);
    }
}

#[test]
fn both_parts_are_those_of_two_fits() {
    let texts = ["red coat", "red hats", "warm coat"];
    let both = TfIdfParams::default().min_df(1);
    let (_, rows) = both.fit_transform(&texts).unwrap();
    let (words, of_words) = both
        .clone()
        .char_ngrams(None)
        .fit_transform(&texts)
        .unwrap();
    let (_, of_characters) = both.word_ngrams(None).fit_transform(&texts).unwrap();
    for text in 0..3 {
        let (columns, values) = rows.row(text);
        let (first, second) = (of_words.row(text), of_characters.row(text));
        let shifted = second
            .0
            .iter()
            .map(|column| column + words.n_features() as u32);
        let expected: Vec<u32> = first.0.iter().copied().chain(shifted).collect();
        assert_eq!(columns, expected);
        assert_eq!(values, [first.1, second.1].concat());
    }
}

#[test]
fn the_most_frequent_terms_are_kept() {
    // red 3, coat 2, hat 2, blue 1: of two equal ones the first.
    let texts = ["red red coat", "red hat", "coat hat blue"];
    let params = TfIdfParams::sklearn().max_features(Some(2));
    let tfidf = params.fit(&texts[..]).unwrap();
    let terms: Vec<&str> = (0..2).map(|column| tfidf.term(column).unwrap().1).collect();
    assert_eq!(terms, ["coat", "red"]);
    assert_eq!((tfidf.term(2), tfidf.n_features()), (None, 2));
    // coat stands in 2 of 3 texts: ln(4/3) + 1
    assert!((tfidf.idf(0).unwrap() - 1.287_682).abs() < 1e-6);
    assert_eq!(tfidf.idf(2), None);
}

#[test]
fn words_are_cut_by_the_tokeniser_that_was_chosen() {
    let terms = |tokenizer: WordTokenizer| {
        let params = TfIdfParams::default()
            .char_ngrams(None)
            .word_ngrams(Some((1, 1)));
        let tfidf = params
            .min_df(1)
            .tokenizer(tokenizer)
            .fit(&["我想买笔记本电脑 USB-C x"][..])
            .unwrap();
        (0..tfidf.n_features())
            .map(|c| tfidf.term(c).unwrap().1.to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        terms(WordTokenizer::Chinese),
        ["usb-c", "x", "买", "想", "我", "笔记本电脑"]
    );
    assert_eq!(terms(WordTokenizer::Words).len(), 2 + 8);
    assert_eq!(
        terms(WordTokenizer::Whitespace),
        ["usb-c", "x", "我想买笔记本电脑"]
    );
    assert_eq!(terms(WordTokenizer::TwoOrMore), ["usb", "我想买笔记本电脑"]);
    assert_eq!(terms(WordTokenizer::Characters).len(), 8 + 6);
}

fn many_texts() -> Vec<String> {
    let words = [
        "red",
        "coat",
        "hats",
        "w\u{e4}rme",
        "外套",
        "a",
        "size",
        "38",
    ];
    let text = |n: usize| {
        (0..n % 13)
            .map(|i| words[(n * 7 + i * i) % 8])
            .collect::<Vec<_>>()
            .join(" ")
    };
    (0..1500).map(text).collect()
}

#[test]
fn same_rows_for_one_and_two_threads() {
    let texts = many_texts();
    let rows = testing::same_for_one_and_two_threads(|| {
        TfIdfParams::default().fit_transform(&texts).unwrap().1
    });
    assert!(rows.n_values() > 10_000);
}

#[test]
fn what_was_saved_gives_the_same_rows() {
    let texts = many_texts();
    for params in [
        TfIdfParams::default(),
        TfIdfParams::default()
            .within_words(false)
            .char_ngrams(Some((6, 8))),
    ] {
        let (tfidf, rows) = params.fit_transform(&texts).unwrap();
        let text = serde_json::to_string(&tfidf).unwrap();
        let again: TfIdf = serde_json::from_str(&text).unwrap();
        assert_eq!(again.transform(&texts).unwrap(), rows);
        let mut bad: Value = serde_json::from_str(&text).unwrap();
        bad["parts"][0]["df"][0] = 0.into();
        assert!(
            serde_json::from_value::<TfIdf>(bad)
                .unwrap_err()
                .to_string()
                .contains("a term in 0 of 1500")
        );
        let mut bad: Value = serde_json::from_str(&text).unwrap();
        bad["parts"][1]["ends"][1] = 1.into();
        assert!(serde_json::from_value::<TfIdf>(bad).is_err());
    }
}

#[test]
fn long_and_empty_texts_are_answered() {
    let (tfidf, rows) = TfIdfParams::default()
        .min_df(1)
        .fit_transform(&["", "red coat", " \t"])
        .unwrap();
    assert_eq!((rows.row(0).0.len(), rows.row(2).0.len()), (0, 0));
    let million = "red unknown ".repeat(500_000);
    let row = tfidf.row(&million).unwrap();
    assert!(row.values().iter().all(|value| value.is_finite()) && !row.columns().is_empty());
}

#[test]
fn bad_parameters_and_texts_without_terms_are_refused() {
    let params = TfIdfParams::default().max_features(Some(3));
    let bad = [
        ("word_ngrams", "[0,1]"),
        ("word_ngrams", "[2,1]"),
        ("char_ngrams", "[1,17]"),
        ("min_df", "0"),
        ("max_df", "0"),
        ("max_df", "1.5"),
        ("max_features", "0"),
    ];
    testing::refuses(&params, &bad);
    let none = params.clone().word_ngrams(None).char_ngrams(None);
    assert!(none.validate().is_err());
    let refused = |texts: &[&str]| params.fit(texts).unwrap_err().to_string();
    assert!(refused(&[]).contains("the list of texts is empty"));
    assert!(refused(&["a", "b"]).contains("at least 2 of 2 texts"));
}

#[test]
fn every_parameter_has_an_effect() {
    let texts = many_texts();
    let changes = [
        ("word_ngrams", "[1,1]"),
        ("char_ngrams", "[2,3]"),
        ("within_words", "false"),
        ("tokenizer", "chinese"),
        ("min_df", "300"),
        ("max_df", "0.3"),
        ("max_features", "20"),
        ("sublinear_tf", "false"),
        ("use_idf", "false"),
        ("smooth_idf", "false"),
        ("l2_norm", "false"),
        ("lower_case", "false"),
        ("nfkc", "false"),
    ];
    let mut texts = texts;
    texts.extend(["RED ｃｏａｔ".to_owned(), "RED ｃｏａｔ".to_owned()]);
    testing::params_have_effect(&TfIdfParams::default(), &changes, |params| {
        let (tfidf, rows) = params.fit_transform(&texts).unwrap();
        let terms: Vec<String> = (0..tfidf.n_features())
            .map(|c| tfidf.term(c).unwrap().1.to_owned())
            .collect();
        (terms, rows)
    });
}
