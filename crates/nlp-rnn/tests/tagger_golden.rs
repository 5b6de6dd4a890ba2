//! The conditional random field equals pytorch-crf, span scores equal seqeval.
#![allow(clippy::unwrap_used)]

use nlp_rnn::{Crf, CrfScores, SpanCounts, SpanReport, SpanRule, TagBatch};
use serde_json::Value;

fn numbers(value: &Value) -> Vec<f32> {
    let values = value.as_array().unwrap().iter();
    values.map(|value| value.as_f64().unwrap() as f32).collect()
}

fn near(what: &str, got: impl IntoIterator<Item = f64>, expected: &Value, tolerance: f64) {
    let got: Vec<f64> = got.into_iter().collect();
    let expected: Vec<f64> = expected
        .as_array()
        .unwrap()
        .iter()
        .map(|value| value.as_f64().unwrap())
        .collect();
    assert_eq!(got.len(), expected.len(), "{what}");
    for (index, (got, expected)) in got.iter().zip(&expected).enumerate() {
        let most = tolerance * expected.abs().max(1.0);
        assert!(
            (got - expected).abs() <= most,
            "{what} {index} is {got}, not {expected}"
        );
    }
}

fn of(values: &[f32]) -> impl Iterator<Item = f64> {
    values.iter().map(|&value| f64::from(value))
}

#[test]
fn crf_equals_pytorch_crf() {
    let golden: Value = serde_json::from_str(include_str!("golden/torch_crf.json")).unwrap();
    let cases = golden["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 5);
    for case in cases {
        let size = |name: &str| case[name].as_u64().unwrap() as usize;
        let (k, steps) = (size("n_tags"), size("steps"));
        let list = |value: &Value| -> Vec<usize> {
            let values = value.as_array().unwrap().iter();
            values
                .map(|value| value.as_u64().unwrap() as usize)
                .collect()
        };
        let lengths = list(&case["lengths"]);
        let tags: Vec<u32> = list(&case["tags"])
            .into_iter()
            .map(|tag| tag as u32)
            .collect();
        let emissions = numbers(&case["emissions"]);
        let batch = TagBatch::new(k, steps, &emissions, &lengths).unwrap();
        let [start, transitions, end] =
            ["start", "transitions", "end"].map(|name| numbers(&case[name]));
        let mut crf = Crf::new(k).unwrap();
        let scores = CrfScores {
            start: &start,
            transitions: &transitions,
            end: &end,
        };
        crf.set_scores(scores).unwrap();
        let likelihoods = crf.log_likelihoods(&batch, &tags).unwrap();
        let mut gradient = vec![0.0; emissions.len()];
        let loss = crf.learn(&batch, &tags, 1.0, &mut gradient).unwrap();
        assert!((loss + likelihoods.iter().sum::<f64>()).abs() < 1e-9);
        near(
            "log likelihood",
            likelihoods,
            &case["log_likelihoods"],
            1e-5,
        );
        near(
            "emission gradient",
            of(&gradient),
            &case["d_emissions"],
            1e-5,
        );
        let found = crf.gradients();
        near("start gradient", of(found.start), &case["d_start"], 1e-5);
        near(
            "transition gradient",
            of(found.transitions),
            &case["d_transitions"],
            1e-5,
        );
        near("end gradient", of(found.end), &case["d_end"], 1e-5);
        let mut decoded = vec![0; tags.len()];
        crf.decode(&batch, &mut decoded).unwrap();
        for (row, expected) in case["decoded"].as_array().unwrap().iter().enumerate() {
            let got = &decoded[row * steps..row * steps + lengths[row]];
            let expected: Vec<u32> = list(expected).into_iter().map(|tag| tag as u32).collect();
            assert_eq!(got, expected, "sentence {row}");
        }
    }
}

fn same_scores(kind: &str, counts: &SpanCounts, expected: &Value) {
    let got = [
        counts.precision(),
        counts.recall(),
        counts.f1(),
        counts.n_true as f64,
    ];
    near(kind, got, expected, 1e-12);
}

#[test]
fn span_scores_equal_seqeval() {
    let golden: Value = serde_json::from_str(include_str!("golden/seqeval.json")).unwrap();
    let cases = golden["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 5);
    for case in cases {
        for (mode, rule) in [
            ("strict", SpanRule::Strict),
            ("default", SpanRule::Conlleval),
        ] {
            let mut report = SpanReport::new(rule);
            let rows = |name: &str| case[name].as_array().unwrap().clone();
            for (truth, found) in rows("truth").iter().zip(&rows("found")) {
                let tags = |row: &Value| -> Vec<String> {
                    let tags = row.as_array().unwrap().iter();
                    tags.map(|tag| tag.as_str().unwrap().to_owned()).collect()
                };
                report.add(&tags(truth), &tags(found)).unwrap();
            }
            let expected = case[mode].as_object().unwrap();
            let averages = ["micro avg", "macro avg", "weighted avg"];
            let kinds: Vec<&String> = expected
                .keys()
                .filter(|kind| !averages.contains(&kind.as_str()))
                .collect();
            assert_eq!(report.kinds.len(), kinds.len(), "{kinds:?}");
            for kind in kinds {
                same_scores(kind, &report.kinds[kind], &expected[kind]);
            }
            same_scores("overall", &report.overall, &expected["micro avg"]);
            let macro_f1 = expected["macro avg"][2].as_f64().unwrap();
            assert!((report.macro_f1() - macro_f1).abs() < 1e-12);
        }
    }
}
