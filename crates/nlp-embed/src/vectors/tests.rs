//! Cases worked by hand.

use guide_core::ndarray::{Array2, array};
use guide_core::testing;

use super::*;

fn shop() -> WordVectors {
    let words = [("coat", 6), ("jacket", 3), ("lamp", 1), ("zero", 0)];
    let rows = array![[3.0, 0.0], [4.0, 3.0], [0.0, 1.0], [0.0, 0.0]];
    WordVectors::new(Vocabulary::from_counts(words).unwrap(), rows).unwrap()
}

fn names<'a>(hits: &[Scored<&'a str>]) -> Vec<&'a str> {
    hits.iter().map(|hit| hit.id).collect()
}

#[test]
fn neighbours_stand_by_falling_cosine() {
    let vectors = shop();
    let hits = vectors.nearest("coat", 5).unwrap();
    assert_eq!(names(&hits), ["jacket", "lamp", "zero"]);
    let hits = vectors
        .nearest_to(&[0.0, 2.0], 2, &["lamp", "not there"])
        .unwrap();
    assert_eq!(names(&hits), ["jacket", "coat"]);
    assert!((hits[0].score - 0.6).abs() < 1e-6);
    assert_eq!(vectors.similarity("coat", "zero").unwrap(), 0.0);
    assert!((vectors.similarity("lamp", "jacket").unwrap() - 0.6).abs() < 1e-6);
    assert_eq!(vectors.get("jacket"), Some([4.0, 3.0].as_slice()));
    assert_eq!(vectors.get("sofa"), None);
}

#[test]
fn unknown_words_and_wrong_shapes_are_named() {
    let vectors = shop();
    let error = vectors.nearest("sofa", 1).unwrap_err();
    assert_eq!(error.to_string(), "unknown word `sofa`");
    assert!(vectors.similarity("coat", "sofa").is_err());
    assert!(vectors.analogy(&["coat"], &["sofa"], 1).is_err());
    let error = vectors.analogy(&[], &[], 1).unwrap_err();
    assert_eq!(error.to_string(), "the analogy is empty");
    assert!(vectors.analogy_mul(&[], &[], 1).is_err());
    let error = vectors.doesnt_match(&["coat", "lamp"]).unwrap_err();
    let expected = "doesnt_match needs at least 3 words, not 2";
    assert_eq!(error.to_string(), expected);
    let words = Vocabulary::from_counts([("a", 1)]).unwrap();
    let error = WordVectors::new(words.clone(), Array2::zeros((2, 3))).unwrap_err();
    let expected = "word vectors: expected shape [1, 3], got [2, 3]";
    assert_eq!(error.to_string(), expected);
    assert!(WordVectors::new(words.clone(), Array2::zeros((1, 0))).is_err());
    assert!(WordVectors::new(words, array![[f32::NAN]]).is_err());
}

#[test]
fn analogies_by_sum_and_by_product() {
    let words = ["a", "b", "both", "one"].map(|word| (word, 1));
    let rows = array![
        [1.0, 0.0, 0.0],
        [0.0, 1.0, 0.0],
        [0.5, 0.5, 0.70710677],
        [0.96, -0.2, 0.195959]
    ];
    let vectors = WordVectors::new(Vocabulary::from_counts(words).unwrap(), rows).unwrap();
    let sum = vectors.analogy(&["a", "b"], &[], 2).unwrap();
    assert_eq!(names(&sum), ["both", "one"]);
    assert!((sum[0].score - 0.70710677).abs() < 1e-6); // (.5 + .5) / sqrt 2
    let product = vectors.analogy_mul(&["a", "b"], &[], 2).unwrap();
    assert_eq!(names(&product), ["both", "one"]);
    assert!((product[0].score - 0.5625).abs() < 1e-5); // .75 * .75
    assert!((product[1].score - 0.98 * 0.4).abs() < 1e-4);
    let less = vectors.analogy_mul(&["a"], &["b"], 1).unwrap();
    assert_eq!(less[0].id, "one");
    assert!((less[0].score - 0.98 / 0.4).abs() < 1e-4);
}

#[test]
fn sentences_lose_what_they_share() {
    let vectors = shop();
    let sif = Sif::new(0.3, &vectors).unwrap();
    // shares .6 and .1: .3/.9 = 1/3 and .3/.4 = 3/4
    let vector = sif
        .vector(&vectors, &["coat", "lamp", "sofa"])
        .unwrap()
        .unwrap();
    assert!((vector[0] - 0.5).abs() < 1e-6 && (vector[1] - 0.375).abs() < 1e-6);
    assert_eq!(sif.vector(&vectors, &["sofa"]).unwrap(), None);
    assert_eq!(sif.common(), None);

    let sentences = vec![vec!["coat"], vec!["coat", "coat"], vec!["sofa"]];
    let sif = Sif::fit(0.3, &vectors, &sentences).unwrap();
    let common = sif.common().unwrap();
    assert!((common[0].abs() - 1.0).abs() < 1e-6 && common[1].abs() < 1e-6);
    let vector = sif.vector(&vectors, &["coat", "lamp"]).unwrap().unwrap();
    assert!(vector[0].abs() < 1e-6 && (vector[1] - 0.375).abs() < 1e-6);
}

#[test]
fn the_shared_direction_is_the_first_singular_vector() {
    let words = Vocabulary::from_counts([("a", 1), ("b", 1)]).unwrap();
    let vectors = WordVectors::new(words, array![[2.0, 0.0], [4.0, 3.0]]).unwrap();
    let sif = Sif::fit(0.5, &vectors, &vec![vec!["a"], vec!["b"]]).unwrap();
    // Weights .5: sentences (1, 0) and (2, 1.5), moments [[5, 3], [3, 2.25]], of eigenvalue (7.25 + sqrt(43.5625)) / 2.
    let value = (7.25 + 43.5625_f64.sqrt()) / 2.0;
    let slope = (value - 5.0) / 3.0;
    let common = sif.common().unwrap();
    assert!((f64::from(common[1] / common[0]) - slope).abs() < 1e-5);
}

#[test]
fn the_shared_direction_may_be_none_of_the_axes() {
    let words = Vocabulary::from_counts([("a", 1), ("b", 1)]).unwrap();
    // Weights .5, squares 2 and 3: b is the longer, though a has the largest number.
    let rows = array![[2.828_427, 0.0, 0.0], [0.0, 2.449_49, 2.449_49]];
    let vectors = WordVectors::new(words, rows).unwrap();
    let sif = Sif::fit(0.5, &vectors, &vec![vec!["a"], vec!["b"]]).unwrap();
    let common = sif.common().unwrap();
    assert!(
        common[0].abs() < 1e-6 && (common[1] * common[2] - 0.5).abs() < 1e-6,
        "{common:?}"
    );
    let again: Sif = serde_json::from_str(&serde_json::to_string(&sif).unwrap()).unwrap();
    assert_eq!(again, sif);
}

#[test]
fn sif_names_what_it_lacks() {
    let error = Sif::new(0.0, &shop()).unwrap_err().to_string();
    assert!(error.starts_with("parameter `a` must be"), "{error}");
    let words = Vocabulary::from_counts([("a", 0)]).unwrap();
    let uncounted = WordVectors::new(words, array![[1.0]]).unwrap();
    let error = Sif::new(1e-3, &uncounted).unwrap_err();
    let expected = "sif needs the words' counts, which vector files do not hold";
    assert_eq!(error.to_string(), expected);
    let vectors = shop();
    assert!(Sif::fit(1e-3, &vectors, &vec![vec!["sofa"]]).is_err());
    let sif = Sif::fit(1e-3, &vectors, &vec![vec!["coat"]]).unwrap();
    let words = Vocabulary::from_counts([("coat", 1)]).unwrap();
    let longer = WordVectors::new(words, array![[1.0, 2.0, 3.0]]).unwrap();
    let error = sif.vector(&longer, &["coat"]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "word vectors: expected shape [2], got [3]"
    );
}

#[test]
fn model_files_are_checked() {
    let vectors = shop();
    let mut bytes = Vec::new();
    vectors.write_to(&mut bytes).unwrap();
    let again = WordVectors::read_from(&mut bytes.as_slice()).unwrap();
    assert_eq!(again, vectors);
    assert_eq!(again.vocabulary().counts(), [6, 3, 1, 0]);
    testing::survives_corruption(&vectors, 200, 1);
    for forged in testing::refuses_forged_payloads(&vectors, 300) {
        let word = forged.vocabulary().word(0).to_owned();
        let _ = forged.nearest(&word, 3);
        let _ = forged.similarity(&word, forged.vocabulary().word(1));
    }
    let short = WordVectors {
        vocabulary: Vocabulary::from_counts([("a", 1)]).unwrap(),
        vectors: vectors.vectors.clone(),
    };
    let error = short.check().unwrap_err().to_string();
    assert!(error.ends_with("1 words with 4 vectors"), "{error}");
}
