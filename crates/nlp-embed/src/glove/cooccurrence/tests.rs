use std::collections::BTreeMap;

use guide_core::{Cancel, Error, Silent, testing};
use proptest::prelude::*;

use super::*;
use crate::glove::Glove;
use crate::{Sentences, Vocabulary};

fn counted(params: &GloveParams, sentences: &dyn Sentences) -> Result<Vec<Cell>> {
    let vocabulary = Vocabulary::from_counts([("a", 3), ("b", 2), ("c", 1)])?;
    let text = TrainingText {
        vocabulary: &vocabulary,
        sentences,
    };
    let mut all = Vec::new();
    count(params, &text, &Silent, &mut |cells| {
        all.extend_from_slice(cells);
        Ok(())
    })?;
    Ok(all)
}

/// The rows of `a`, `b` and `c`, and 0 where there is no count.
fn table(params: &GloveParams, sentences: &[&str]) -> [[f64; 3]; 3] {
    let sentences: Vec<Vec<&str>> = (sentences.iter().map(|s| s.split(' ').collect())).collect();
    let mut table = [[0.0; 3]; 3];
    for cell in counted(params, &sentences).unwrap() {
        assert!(cell.value() > 0.0);
        table[cell.row() as usize][cell.column() as usize] = cell.value();
    }
    table
}

#[test]
fn a_sentence_by_hand() {
    let one_way = Glove::params().symmetric(false);
    // a b at 1, a c at 2, b c at 1, b a at 2, c a at 1
    assert_eq!(
        table(&one_way.clone().window(2), &["a b c a"]),
        [[0.0, 1.0, 0.5], [0.5, 0.0, 1.0], [1.0, 0.0, 0.0]]
    );
    assert_eq!(
        table(&Glove::params().window(2), &["a b c a"]),
        [[0.0, 1.5, 1.5], [1.5, 0.0, 1.0], [1.5, 1.0, 0.0]]
    );
    // And a a at 3, which both ways are two.
    let third = table(&one_way.window(3), &["a b c a"])[0][0];
    assert!((third - 1.0 / 3.0).abs() < 1e-9);
    assert_eq!(
        table(&Glove::params().window(3), &["a b c a"])[0][0],
        2.0 * third
    );
}

#[test]
fn windows_end_with_the_sentence_and_pass_over_unknown_words() {
    let params = Glove::params().window(1).symmetric(false);
    assert_eq!(
        table(&params, &["a", "b x x c", "x", "c a"]),
        [[0.0; 3], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]
    );
}

/// Counts pair by pair.
fn plain(sentences: &[Vec<&str>], window: usize, symmetric: bool) -> BTreeMap<(u32, u32), f64> {
    let mut sums = BTreeMap::new();
    for sentence in sentences {
        let words: Vec<u32> = (sentence.iter())
            .filter_map(|&word| ["a", "b", "c"].iter().position(|&known| known == word))
            .map(|word| word as u32)
            .collect();
        for (left, &row) in words.iter().enumerate() {
            for (distance, &column) in (1..=window).zip(&words[left + 1..]) {
                *sums.entry((row, column)).or_default() += 1.0 / distance as f64;
                if symmetric {
                    *sums.entry((column, row)).or_default() += 1.0 / distance as f64;
                }
            }
        }
    }
    sums
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn counts_do_not_depend_on_batches(
        sentences in proptest::collection::vec(proptest::collection::vec(0_usize..4, 0..9), 0..150),
        window in 1_usize..6,
        symmetric: bool,
    ) {
        let words = ["a", "b", "c", "unknown"];
        let sentences: Vec<Vec<&str>> = sentences.iter().map(|s| s.iter().map(|&w| words[w]).collect()).collect();
        let params = Glove::params().window(window).symmetric(symmetric);
        let whole = counted(&params, &sentences).unwrap();
        let expected = plain(&sentences, window, symmetric);
        prop_assert_eq!(whole.len(), expected.len());
        for (cell, ((row, column), sum)) in whole.iter().zip(expected) {
            prop_assert_eq!((cell.row(), cell.column()), (row, column));
            prop_assert!((cell.value() - sum).abs() < 1e-6);
        }
        // A file for each sentence or two, often with more files than are open at a time, and one for some sentences.
        for max_bytes in [1, 600] {
            prop_assert_eq!(&counted(&params.clone().max_bytes(max_bytes), &sentences).unwrap(), &whole);
        }
    }
}

#[test]
fn counts_are_the_same_on_any_threads() {
    let words = ["a", "b", "a", "c", "c", "b", "c"];
    let sentences: Vec<Vec<&str>> = (0..5_000).map(|n| vec![words[n % 7]; n % 11]).collect();
    let counts = || counted(&Glove::params(), &sentences).unwrap();
    assert_eq!(testing::same_for_one_and_two_threads(counts).len(), 3);
}

#[test]
fn a_missing_folder_is_named_when_it_is_needed() {
    let sentences = vec![vec!["a", "b"]; 3];
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing");
    let params = Glove::params().spill_dir(Some(missing.clone()));
    assert_eq!(counted(&params, &sentences).unwrap().len(), 2);
    let error = counted(&params.max_bytes(1), &sentences).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with(&missing.display().to_string()),
        "{error}"
    );
}

#[test]
fn errors_of_the_text_and_of_who_takes_the_counts_are_passed_on() {
    struct Torn;
    impl Sentences for Torn {
        fn walk(&self, visit: &mut dyn FnMut(&[&str]) -> Result<()>) -> Result<()> {
            visit(&["a", "b"])?;
            Err(Error::empty("the rest"))
        }
    }
    let error = counted(&Glove::params(), &Torn).unwrap_err();
    assert_eq!(error.to_string(), "the rest is empty");
    let vocabulary = Vocabulary::from_counts([("a", 1)]).unwrap();
    let sentences = vec![vec!["a", "a"]];
    let text = TrainingText {
        vocabulary: &vocabulary,
        sentences: &sentences,
    };
    let full = &mut |_: &[Cell]| Err(Error::empty("the room"));
    for max_bytes in [1, 1 << 20] {
        let params = Glove::params().max_bytes(max_bytes);
        let error = count(&params, &text, &Silent, full).unwrap_err();
        assert_eq!(error.to_string(), "the room is empty");
        let cancel = Cancel::default();
        cancel.cancel();
        let error = count(&params, &text, &cancel, full).unwrap_err();
        assert!(matches!(error, Error::Cancelled { .. }), "{error}");
    }
}
