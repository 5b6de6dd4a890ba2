//! The answers of gensim 4.4.0 (`scripts/golden/gensim_vectors.py`).

use std::io::Write;

use guide_core::ndarray::Array2;
use serde::Deserialize;

use super::*;
use crate::{Analogies, AnalogyReport, EvaluationParams, WordPairs};

#[derive(Deserialize)]
struct Golden {
    words: Vec<String>,
    rows: Vec<Vec<f32>>,
    analogies: Vec<Analogy>,
    odd: Vec<(Vec<String>, String)>,
    questions: String,
    sections: Vec<Section>,
    sections_as_written: Vec<Section>,
    sections_unknown_count: Vec<Section>,
    pairs: String,
    correlations: [f64; 3],
    correlations_unknown_count: [f64; 3],
}

/// Name, right answers, wrong answers.
type Section = (String, usize, usize);

#[derive(Deserialize)]
struct Analogy {
    plus: Vec<String>,
    minus: Vec<String>,
    add: Vec<(String, f32)>,
    mul: Vec<(String, f32)>,
}

fn golden() -> (Golden, WordVectors) {
    let golden: Golden =
        serde_json::from_str(include_str!("../../tests/golden/gensim_vectors.json")).unwrap();
    let shape = (golden.rows.len(), golden.rows[0].len());
    let rows = Array2::from_shape_vec(shape, golden.rows.concat()).unwrap();
    let words = golden.words.iter().map(|word| (word.clone(), 1));
    let vectors = WordVectors::new(Vocabulary::from_counts(words).unwrap(), rows).unwrap();
    (golden, vectors)
}

fn refs(words: &[String]) -> Vec<&str> {
    words.iter().map(String::as_str).collect()
}

#[track_caller]
fn agree(hits: &[Scored<&str>], expected: &[(String, f32)]) {
    assert_eq!(hits.len(), expected.len());
    for (hit, (word, score)) in hits.iter().zip(expected) {
        assert_eq!(hit.id, word);
        assert!(
            (hit.score - score).abs() < 1e-5 * score.abs().max(1.0),
            "{hit:?}, not {score}"
        );
    }
}

#[test]
fn relations_are_gensims() {
    let (golden, vectors) = golden();
    for Analogy {
        plus,
        minus,
        add,
        mul,
    } in &golden.analogies
    {
        let (plus, minus) = (refs(plus), refs(minus));
        agree(&vectors.analogy(&plus, &minus, 3).unwrap(), add);
        agree(&vectors.analogy_mul(&plus, &minus, 3).unwrap(), mul);
    }
    for (words, odd) in &golden.odd {
        assert_eq!(vectors.doesnt_match(&refs(words)).unwrap(), odd);
    }
}

#[test]
fn evaluations_are_gensims() {
    let (golden, vectors) = golden();
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(golden.questions.as_bytes()).unwrap();
    let analogies = Analogies::read(file.path()).unwrap();
    let params = EvaluationParams::default();
    let sections = |report: AnalogyReport| -> Vec<(usize, usize)> {
        let all = report.sections.iter().chain([&report.total]);
        all.map(|section| (section.correct, section.answered - section.correct))
            .collect()
    };
    for (params, expected) in [
        (params, &golden.sections),
        (params.case_insensitive(false), &golden.sections_as_written),
        (params.unknown_counts(true), &golden.sections_unknown_count),
    ] {
        let expected: Vec<_> = expected
            .iter()
            .map(|section| (section.1, section.2))
            .collect();
        assert_eq!(
            sections(analogies.evaluate(&vectors, params).unwrap()),
            expected
        );
    }
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(golden.pairs.as_bytes()).unwrap();
    let pairs = WordPairs::read(file.path()).unwrap();
    for (params, expected) in [
        (params, golden.correlations),
        (
            params.unknown_counts(true),
            golden.correlations_unknown_count,
        ),
    ] {
        let report = pairs.evaluate(&vectors, params).unwrap();
        let unknown = 100.0 * (1.0 - report.coverage());
        let found = [report.pearson.unwrap(), report.spearman.unwrap(), unknown];
        for (found, expected) in found.into_iter().zip(expected) {
            assert!((found - expected).abs() < 1e-5, "{found}, not {expected}");
        }
    }
}
