//! Cases worked by hand.

use guide_core::testing;

use super::*;

fn sentences(text: &str) -> Vec<Vec<&str>> {
    text.lines()
        .map(|line| line.split_whitespace().collect())
        .collect()
}

#[test]
fn ties_stand_in_the_order_of_their_first_appearance() {
    let text = sentences("z y x\nx w z y\nv");
    let vocabulary = Vocabulary::params().min_count(1).build(&text).unwrap();
    assert_eq!(vocabulary.words(), ["z", "y", "x", "w", "v"]);
    assert_eq!(vocabulary.counts(), [2, 2, 2, 1, 1]);
    for (id, word) in vocabulary.words().iter().enumerate() {
        assert_eq!(vocabulary.id(word), Some(id as u32));
    }
    assert_eq!(vocabulary.word(5), "");
}

#[test]
fn the_most_frequent_are_kept_and_stop_words_are_not() {
    let text = sentences("the the the a a hat hat coat");
    let params = Vocabulary::params().min_count(1).max_size(Some(2));
    assert_eq!(params.build(&text).unwrap().words(), ["the", "a"]);
    let params = params.stop_words(vec!["the".to_owned()]);
    let vocabulary = params.build(&text).unwrap();
    assert_eq!(vocabulary.words(), ["a", "hat"]);
    assert_eq!((vocabulary.total(), vocabulary.n_tokens()), (4, 8));
}

#[test]
fn pruning_bounds_the_words_held() {
    let text = sentences("a a b c d b b b");
    let params = Vocabulary::params().min_count(1).prune_above(2);
    let vocabulary = params.build(&text).unwrap();
    // At most two at a time. The first c is the third: words met once go, and a stays with 2. Then a, d and b are three:
    // words met at most twice go, all of them. Two b are left.
    assert_eq!(vocabulary.words(), ["b"]);
    assert_eq!(vocabulary.counts(), [2]);
    let all = params.prune_above(4).build(&text).unwrap();
    assert_eq!(all.words(), ["b", "a", "c", "d"]);
    assert_eq!(all.counts(), [4, 2, 1, 1]);
}

#[test]
fn a_frozen_order_keeps_every_word() {
    let text = sentences("hat coat hat shoe");
    let vocabulary = Vocabulary::frozen(["sock", "hat"], &text).unwrap();
    assert_eq!(vocabulary.words(), ["sock", "hat"]);
    assert_eq!(vocabulary.counts(), [0, 2]);
    assert_eq!((vocabulary.total(), vocabulary.n_tokens()), (2, 4));
    assert_eq!(vocabulary.keep_probabilities(1e-3).unwrap()[0], 1.0);
    let error = Vocabulary::frozen(["hat", "hat"], &text).unwrap_err();
    assert_eq!(error.to_string(), "duplicate word: hat");
}

#[test]
fn subsampling_by_an_absolute_count_is_gensims() {
    let vocabulary = Vocabulary::from_counts([("the", 100), ("hat", 10), ("a", 26)]).unwrap();
    // theta = floor(10 * 2.618) = 26: (sqrt(100/26) + 1) * .26 = .769902
    let keep = vocabulary.keep_probabilities(10.0).unwrap();
    assert!((keep[0] - 0.769902).abs() < 1e-6, "{}", keep[0]);
    assert_eq!(keep[1..], [1.0, 1.0]);
    assert_eq!(vocabulary.keep_probabilities(0.0).unwrap(), [1.0; 3]);
    let error = vocabulary.keep_probabilities(f64::NAN).unwrap_err();
    let expected = "parameter `sample` must be finite and not negative, but is NaN";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn bad_parameters_and_empty_texts_are_refused() {
    let params = Vocabulary::params().max_size(Some(3));
    let bad = [("min_count", "0"), ("max_size", "0"), ("prune_above", "0")];
    testing::refuses(&params, &bad);
    let error = Vocabulary::params().build(&sentences("a b")).unwrap_err();
    let expected = "the vocabulary (of 2 tokens no word was met 5 times) is empty";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn sums_beyond_the_numbers_are_refused() {
    let error = Vocabulary::from_counts([("a", u64::MAX), ("b", 1)]).unwrap_err();
    let expected = "vocabulary needs counts whose sum is below 2^64; `b` goes above";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn files_are_checked() {
    let read = |text: &str| serde_json::from_str::<Vocabulary>(text);
    let vocabulary = Vocabulary::params()
        .min_count(2)
        .build(&sentences("a b a"))
        .unwrap();
    let text = serde_json::to_string(&vocabulary).unwrap();
    assert_eq!(text, r#"{"words":["a"],"counts":[2],"n_tokens":3}"#);
    let again = read(&text).unwrap();
    assert_eq!(again, vocabulary);
    assert_eq!(again.id("a"), Some(0));
    for (text, reason) in [
        (
            r#"{"words":["a","b"],"counts":[2],"n_tokens":2}"#,
            "2 words with 1 counts",
        ),
        (
            r#"{"words":["a","a"],"counts":[2,1],"n_tokens":3}"#,
            "duplicate word: a",
        ),
        (
            r#"{"words":["a"],"counts":[2],"n_tokens":1}"#,
            "words met 2 times among 1",
        ),
    ] {
        let error = read(text).unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
    }
}
