//! Words made of their n-grams.

use guide_core::{Error, Fit, Params, Persist, Silent, testing};

use super::{ALL_MODES, Architecture, TrainingText, Word2Vec, bits, fit, params, topics};
use crate::Vocabulary;

#[test]
fn a_word_is_the_mean_of_its_rows() {
    let params = params(Architecture::SkipGram, false).min_n(2).max_n(2);
    let model = fit(&params.epochs(1), &vec![vec!["ab", "abb"], vec!["ab"]]).unwrap();
    let pieces = model.subword_rows().unwrap();
    // ab: <a, ab, b>; abb: <a, ab, bb, b>
    assert_eq!(
        (pieces.subwords.buckets().len(), pieces.rows.nrows()),
        (4, 6)
    );
    let grams = |word: &str| {
        let mut rows = Vec::new();
        pieces.subwords.rows_of(word, 2, &mut rows);
        rows
    };
    assert_eq!(
        (grams("ab").len(), grams("abb").len(), grams("bab").len()),
        (3, 4, 2)
    );
    for (number, word) in ["ab", "abb"].into_iter().enumerate() {
        let rows: Vec<u32> = [number as u32].into_iter().chain(grams(word)).collect();
        for (place, x) in model.vectors().row(number).iter().enumerate() {
            let column = pieces.rows.column(place);
            let mean =
                rows.iter().map(|&row| column[row as usize]).sum::<f32>() / rows.len() as f32;
            assert!((x - mean).abs() < 1e-6);
        }
        assert_eq!(
            model.vector_of(word).unwrap(),
            model.vectors().row(number).to_vec()
        );
    }
    assert!(model.vector_of("xyz").is_none());
}

#[test]
fn words_never_seen_are_near_what_they_look_like() {
    for (architecture, tree) in ALL_MODES {
        let params = params(architecture, tree).max_n(6).min_n(2).alpha(0.1);
        let model = fit(&params, &topics(6_000)).unwrap();
        let cosine = |a: &str, b: &str| {
            let (a, b) = (model.vector_of(a).unwrap(), model.vector_of(b).unwrap());
            let dot = |a: &[f32], b: &[f32]| guide_core::kernels::dot(a, b);
            dot(&a, &b) / (dot(&a, &a) * dot(&b, &b)).sqrt()
        };
        assert!(
            cosine("scarfs", "coat") > cosine("scarfs", "plug"),
            "{architecture:?} {tree}"
        );
        assert!(
            cosine("cables", "plug") > cosine("cables", "coat"),
            "{architecture:?} {tree}"
        );
    }
}

#[test]
fn the_same_bits_on_any_threads_and_from_a_file() {
    for (architecture, tree) in ALL_MODES {
        let params = params(architecture, tree).max_n(4).epochs(1);
        let sentences = topics(12_000);
        testing::same_for_one_and_two_threads(|| bits(&fit(&params, &sentences).unwrap()));
        let model = fit(&params, &topics(80)).unwrap();
        let mut bytes = Vec::new();
        model.write_to(&mut bytes).unwrap();
        let again = Word2Vec::read_from(&mut bytes.as_slice()).unwrap();
        assert_eq!(again.vector_of("coats"), model.vector_of("coats"));
        for forged in testing::refuses_forged_payloads(&model, 60) {
            let _ = forged.vector_of("coats");
        }
    }
}

#[test]
fn training_goes_on_with_their_rows() {
    let params = params(Architecture::SkipGram, false).max_n(4).epochs(1);
    let before = fit(&params, &topics(400)).unwrap();
    let sentences = vec![vec!["coats", "lamp"]];
    let known = before.vocabulary();
    let vocabulary = Vocabulary::params().min_count(1).extend(known, &sentences);
    let text = TrainingText {
        vocabulary: &vocabulary.unwrap(),
        sentences: &sentences,
    };
    // No step moves anything: the known words and n-grams stay as they were.
    let still = params.clone().alpha(1e-30).min_alpha(0.0);
    let after = still.fit_more(&before, &text, &Silent).unwrap();
    let words = known.len();
    assert_eq!(
        after
            .vectors()
            .slice_move(guide_core::ndarray::s![..words, ..]),
        before.vectors()
    );
    let other = params.clone().max_n(5);
    let error = other.fit_more(&before, &text, &Silent).unwrap_err();
    assert!(matches!(error, Error::Param { .. }), "{error}");
    assert!(
        params.max_n(2).fit(&text).is_err(),
        "the shortest is longer than the longest"
    );
    assert!(
        super::params(Architecture::Cbow, false)
            .n_buckets(0)
            .validate()
            .is_err()
    );
}
