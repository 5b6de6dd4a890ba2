//! Training further, and files.

use guide_core::{Error, Persist, Silent, testing};

use super::{ALL_MODES, Architecture, TrainingText, Word2Vec, Word2VecParams, fit, params, topics};
use crate::{Vocabulary, WordVectors};

fn more(params: &Word2VecParams, model: &Word2Vec, sentences: &Vec<Vec<&str>>) -> Word2Vec {
    let vocabulary = Vocabulary::params().min_count(1).build(sentences).unwrap();
    let text = TrainingText {
        vocabulary: &vocabulary,
        sentences,
    };
    params.fit_more(model, &text, &Silent).unwrap()
}

#[test]
fn a_second_text_moves_its_own_words() {
    for (architecture, tree) in ALL_MODES {
        let params = params(architecture, tree).epochs(1);
        let before = fit(&params, &topics(400)).unwrap();
        let after = more(&params, &before, &vec![vec!["lamp", "coat", "lamp"]]);
        let vocabulary = after.vocabulary();
        assert_eq!((vocabulary.len(), before.vocabulary().len()), (10, 9));
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
    // Of a text without a pair of words nothing is learned, and nothing lost.
    let lonely = vec![vec!["coat"], vec!["hat"]];
    let params = params(Architecture::SkipGram, true).negative(3).epochs(1);
    let before = fit(&params, &topics(400)).unwrap();
    let after = more(&params, &before, &lonely);
    let words = before.vocabulary().len();
    let held = |model: &Word2Vec| {
        model
            .outputs()
            .slice_move(guide_core::ndarray::s![..words, ..])
            .to_owned()
    };
    assert_eq!(after.vectors(), before.vectors());
    assert_eq!(held(&after), held(&before));
    let nodes = after
        .outputs()
        .slice_move(guide_core::ndarray::s![words.., ..])
        .to_owned();
    assert!(
        nodes.iter().all(|&x| x == 0.0),
        "the counts have changed, and so has the tree"
    );
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
            more(forged.trained_with(), &forged, &vec![vec!["lamp", "coat"]]);
        }
    }
}
