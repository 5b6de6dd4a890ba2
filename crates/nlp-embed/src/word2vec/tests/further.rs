//! Training further, and files.

use guide_core::ndarray::{ArrayView2, s};
use guide_core::{Error, Persist, Result, Silent, testing};

use super::{ALL_MODES, Architecture, TrainingText, Word2Vec, Word2VecParams, fit, params, topics};
use crate::{Vocabulary, WordVectors};

fn more(params: &Word2VecParams, model: &Word2Vec, sentences: &Vec<Vec<&str>>) -> Word2Vec {
    let params_of_words = Vocabulary::params().min_count(1);
    let vocabulary = params_of_words.extend(model.vocabulary(), sentences);
    more_of(params, model, &vocabulary.unwrap(), sentences).unwrap()
}

fn more_of(
    params: &Word2VecParams,
    model: &Word2Vec,
    vocabulary: &Vocabulary,
    sentences: &Vec<Vec<&str>>,
) -> Result<Word2Vec> {
    let text = TrainingText {
        vocabulary,
        sentences,
    };
    params.fit_more(model, &text, &Silent)
}

/// Outputs of words, and of nodes.
fn outputs(model: &Word2Vec) -> (ArrayView2<'_, f32>, ArrayView2<'_, f32>) {
    let words = model.vocabulary().len();
    let rows = model.outputs();
    (
        rows.slice_move(s![..words, ..]),
        model.outputs().slice_move(s![words.., ..]),
    )
}

#[test]
fn a_second_text_moves_its_own_words() {
    for (architecture, tree) in ALL_MODES {
        let params = params(architecture, tree).epochs(1);
        let before = fit(&params, &topics(400)).unwrap();
        let after = more(&params, &before, &vec![vec!["lamp", "coat", "lamp"]]);
        let vocabulary = after.vocabulary();
        assert_eq!((vocabulary.len(), before.vocabulary().len()), (10, 9));
        assert_eq!(vocabulary.total(), before.vocabulary().total() + 3);
        assert_eq!(after.report().words, 3);
        assert_eq!(vocabulary.word(9), "lamp");
        let mut moved = Vec::new();
        for (row, word) in before.vocabulary().words().iter().enumerate() {
            if after.vectors().row(row) != before.vectors().row(row) {
                moved.push(word.as_str());
            }
        }
        assert_eq!(moved, ["coat"], "{architecture:?}, tree: {tree}");
        after.check().unwrap();
    }
}

#[test]
fn outputs_go_on_where_they_ended() {
    // A step that moves nothing shows where the training begins.
    let params = params(Architecture::SkipGram, true).negative(3).epochs(1);
    let sentences = topics(400);
    let before = fit(&params, &sentences).unwrap();
    let still = params.alpha(1e-30).min_alpha(0.0);
    let after = more_of(&still, &before, before.vocabulary(), &sentences).unwrap();
    assert_eq!(after.vectors(), before.vectors());
    assert_eq!(after.outputs(), before.outputs());
    assert_eq!(after.report().words, before.report().words);
    let other_counts = more(&still, &before, &vec![vec!["coat", "hat"]]);
    assert_eq!(outputs(&other_counts).0, outputs(&before).0);
    let nodes = outputs(&other_counts).1;
    assert!(nodes.iter().all(|x| x.abs() < 1e-20), "it is another tree");
}

#[test]
fn a_second_training_draws_anew() {
    // Windows and negatives of the first are not met again: the same steps from the same beginning would lead to the same place.
    let params = params(Architecture::Cbow, false).epochs(1);
    let sentences = topics(400);
    let still = params.clone().alpha(1e-30).min_alpha(0.0);
    let start = fit(&still, &sentences).unwrap();
    let again = more_of(&params, &start, start.vocabulary(), &sentences).unwrap();
    let first = fit(&params, &sentences).unwrap();
    let apart = (&again.vectors() - &first.vectors()).mapv(f32::abs);
    assert!(apart.iter().filter(|&&x| x > 1e-6).count() > 40);
}

#[test]
fn the_step_falls_over_the_words_that_are_there() {
    // Counted without its rare words the text is three times as long as the vocabulary says, and with those of a text read
    // before a tenth: the loss is that of the right counts all the same.
    let sentences = topics(4_000);
    let params = params(Architecture::SkipGram, false).epochs(20).alpha(0.1);
    let exact = fit(&params, &sentences).unwrap();
    for part in [1.0 / 3.0, 10.0] {
        let known = exact.vocabulary();
        let counts = known.counts().iter().map(|&n| (n as f64 * part) as u64);
        let words = known.words().iter().map(String::as_str);
        let wrong = Vocabulary::from_counts(words.zip(counts)).unwrap();
        let text = TrainingText {
            vocabulary: &wrong,
            sentences: &sentences,
        };
        let loss = guide_core::Fit::fit(&params, &text).unwrap().report().loss;
        let expected = exact.report().loss;
        assert!(
            (loss - expected).abs() < 0.01 * expected,
            "{loss} {expected}"
        );
    }
}

#[test]
fn a_topic_learned_later_is_learned() {
    let params = params(Architecture::SkipGram, false).epochs(5);
    let halves: Vec<Vec<Vec<&str>>> = ["coat", "phone"]
        .map(|word| {
            topics(8_000)
                .into_iter()
                .filter(|s| s.contains(&word))
                .collect()
        })
        .into();
    let model = more(&params, &fit(&params, &halves[0]).unwrap(), &halves[1]);
    let (vocabulary, rows) = model.into_parts();
    let vectors = WordVectors::new(vocabulary, rows).unwrap();
    let near = |a: &str, b: &str| vectors.similarity(a, b).unwrap();
    assert!(near("cable", "plug") > 0.5 && near("hat", "scarf") > 0.5);
}

#[test]
fn other_lengths_are_refused() {
    let model = fit(&params(Architecture::Cbow, false), &topics(80)).unwrap();
    let vocabulary = model.vocabulary().clone();
    let sentences = topics(80);
    let text = TrainingText {
        vocabulary: &vocabulary,
        sentences: &sentences,
    };
    let other = params(Architecture::Cbow, false).dim(11);
    let error = other.fit_more(&model, &text, &Silent).unwrap_err();
    assert!(matches!(error, Error::Param { .. }), "{error}");
    assert!(error.to_string().contains("11"), "{error}");
    let elsewhere = Vocabulary::from_counts([("lamp", 3), ("coat", 1)]).unwrap();
    let error = more_of(
        &params(Architecture::Cbow, false),
        &model,
        &elsewhere,
        &sentences,
    );
    let error = error.unwrap_err().to_string();
    assert_eq!(
        error,
        "parameter `vocabulary` must be the 9 words of the model, and new ones behind them, but is 2 other words"
    );
}

#[test]
fn files_hold_what_training_needs() {
    for (architecture, tree) in ALL_MODES {
        let model = fit(&params(architecture, tree).epochs(1), &topics(80)).unwrap();
        let mut bytes = Vec::new();
        model.write_to(&mut bytes).unwrap();
        let again = Word2Vec::read_from(&mut bytes.as_slice()).unwrap();
        assert_eq!(super::bits(&again), super::bits(&model));
        assert_eq!(again.vocabulary(), model.vocabulary());
        assert_eq!(again.report(), model.report());
        testing::survives_corruption(&model, 50, 1);
        for forged in testing::refuses_forged_payloads(&model, 50) {
            let (params, words) = (forged.trained_with(), forged.vocabulary());
            let _ = more_of(params, &forged, words, &vec![vec!["hat", "coat"]]);
        }
    }
}
