use std::ops::ControlFlow;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use guide_core::{
    Cancel, EpochReport, Error, Fit, Params, Persist, Progress, Result, seeded, testing,
};
use proptest::prelude::*;
use rand::RngExt;

use super::*;
use crate::{TrainingText, Vocabulary, WordVectors};

const TOPICS: [[&str; 4]; 2] = [
    ["coat", "hat", "scarf", "glove"],
    ["phone", "cable", "screen", "plug"],
];

/// Sentences of two topics: words of a topic come together and one of the other now and then, for GloVe learns only from words
/// that meet; "the" comes everywhere.
fn topics(n_sentences: usize) -> Vec<Vec<&'static str>> {
    let mut rng = seeded(5);
    let mut sentence = |_| {
        let topic = rng.random_range(0..2);
        let mut sentence: Vec<_> = (0..6)
            .map(|_| TOPICS[topic][rng.random_range(0..4)])
            .collect();
        sentence.insert(
            rng.random_range(0..7),
            TOPICS[1 - topic][rng.random_range(0..4)],
        );
        sentence.insert(rng.random_range(0..8), "the");
        sentence
    };
    (0..n_sentences).map(&mut sentence).collect()
}

fn params() -> GloveParams {
    Glove::params().dim(10).x_max(10.0).epochs(20).n_shards(3)
}

fn fit_with(
    params: &GloveParams,
    sentences: &Vec<Vec<&str>>,
    progress: &dyn Progress,
) -> Result<Glove> {
    let vocabulary = Vocabulary::params().min_count(1).build(sentences)?;
    let text = TrainingText {
        vocabulary: &vocabulary,
        sentences,
    };
    params.fit_with(&text, progress)
}

fn fit(params: &GloveParams, sentences: &Vec<Vec<&str>>) -> Result<Glove> {
    fit_with(params, sentences, &guide_core::Silent)
}

fn bits(model: &Glove) -> Vec<u32> {
    model.vectors().iter().map(|x| x.to_bits()).collect()
}

#[test]
fn topics_come_apart() {
    let sentences = topics(400);
    for params in [params(), params().weighted(false).biased(false)] {
        let (words, rows) = fit(&params, &sentences).unwrap().into_parts();
        let vectors = WordVectors::new(words, rows).unwrap();
        for topic in TOPICS {
            for word in topic {
                for hit in vectors.nearest(word, 3).unwrap() {
                    assert!(topic.contains(&hit.id), "{word}: {hit:?}");
                }
            }
        }
    }
}

#[test]
fn the_loss_falls() {
    struct Losses(Mutex<Vec<f64>>);
    impl Progress for Losses {
        fn epoch(&self, report: &EpochReport) -> ControlFlow<()> {
            assert_eq!((report.algorithm, report.n_epochs), ("glove", 20));
            self.0.lock().unwrap().push(report.loss.unwrap());
            ControlFlow::Continue(())
        }
    }
    let losses = Losses(Mutex::default());
    let report = fit_with(&params(), &topics(300), &losses).unwrap().report();
    // All pairs of nine words, but "the" never meets itself.
    assert_eq!((report.words, report.pairs, report.epochs), (2400, 80, 20));
    let losses = losses.0.into_inner().unwrap();
    assert!(
        losses[..4].is_sorted_by(|before, after| before > after),
        "{losses:?}"
    );
    assert!(losses[19] < 0.02 * losses[0], "{losses:?}");
    assert_eq!(losses[19], report.loss);
}

#[test]
fn two_words_learn_how_often_they_meet() {
    // X = 20 each way, so that the sum of products and biases goes to ln 20.
    let sentences = vec![vec!["a", "b"]; 20];
    let loss = |params: GloveParams| fit(&params, &sentences).unwrap().report().loss;
    let first = loss(params().epochs(1));
    // Nearly ½ (ln 20)², with vectors of next to nothing; the second pair finds what the first has learned of its words.
    assert!((first - 4.487).abs() < 0.1, "{first}");
    let last = loss(params().epochs(300));
    assert!(last < 1e-4, "{last}");
}

#[test]
fn the_same_bits_on_any_threads() {
    let sentences = topics(300);
    for n_shards in [1, 3, 20] {
        let params = params().epochs(3).n_shards(n_shards);
        testing::same_for_one_and_two_threads(|| bits(&fit(&params, &sentences).unwrap()));
    }
}

#[test]
fn the_same_bits_in_memory_and_in_files() {
    let sentences = topics(100);
    let folder = tempfile::tempdir().unwrap();
    let params = params().epochs(3).spill_dir(Some(folder.path().to_owned()));
    let whole = fit(&params, &sentences).unwrap();
    for max_bytes in [1, 1000, 1500] {
        let spilled = fit(&params.clone().max_bytes(max_bytes), &sentences).unwrap();
        assert_eq!(bits(&spilled), bits(&whole));
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_missing_folder_for_files_is_told_of_before_the_text_is_read() {
    struct Unread;
    impl crate::Sentences for Unread {
        fn walk(&self, _: &mut dyn FnMut(&[&str]) -> Result<()>) -> Result<()> {
            panic!("it was read")
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing");
    let vocabulary = Vocabulary::from_counts([("a", 1)]).unwrap();
    let text = TrainingText {
        vocabulary: &vocabulary,
        sentences: &Unread,
    };
    let error = params().spill_dir(Some(missing.clone())).fit(&text);
    let error = error.unwrap_err().to_string();
    assert!(
        error.starts_with(&format!("{}: ", missing.display())),
        "{error}"
    );
}

#[test]
fn parameters_have_effect_and_ranges() {
    let sentences = topics(40);
    let params = params().epochs(2).window(2);
    let effects = [
        ("dim", "11"),
        ("window", "1"),
        ("symmetric", "false"),
        ("x_max", "9"),
        ("alpha", "0.5"),
        ("eta", "0.1"),
        ("bias_eta", "0.05"),
        ("clip", "0.01"),
        ("weighted", "false"),
        ("biased", "false"),
        ("epochs", "3"),
        ("add_contexts", "false"),
        ("unk_row", "true"),
        ("n_shards", "2"),
        ("seed", "1"),
    ];
    testing::params_have_effect(&params, &effects, |params| {
        bits(&fit(params, &sentences).unwrap())
    });
    let bad = [
        ("dim", "0"),
        ("dim", "65537"),
        ("window", "0"),
        ("window", "10001"),
        ("alpha", "-0.5"),
        ("alpha", "5"),
        ("x_max", "0"),
        ("eta", "0"),
        ("bias_eta", "0"),
        ("clip", "-1"),
        ("epochs", "0"),
        ("n_shards", "0"),
        ("n_shards", "257"),
        ("max_bytes", "0"),
    ];
    testing::refuses(&params, &bad);
    testing::refuses_not_finite(&params, &["x_max", "alpha", "eta", "bias_eta", "clip"]);
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        let folder = std::ffi::OsStr::from_bytes(b"\xff").into();
        let error = params.spill_dir(Some(folder)).validate().unwrap_err();
        let expected = "parameter `spill_dir` must be UTF-8, but is \u{fffd}";
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn unknown_words_have_the_mean_of_the_rarest() {
    let words: Vec<String> = (0..103).map(|n| format!("w{n}")).collect();
    // Falling counts: three words come twice.
    let sentences = vec![
        words.iter().map(String::as_str).collect(),
        vec!["w0", "w1", "w2"],
    ];
    let model = fit(&params().epochs(1).unk_row(true), &sentences).unwrap();
    assert_eq!(model.vocabulary().word(103), "<unk>");
    assert_eq!(model.vectors().nrows(), 104);
    for column in model.vectors().columns() {
        let mean = (3..103).map(|word| column[word]).sum::<f32>() / 100.0;
        assert!((column[103] - mean).abs() < 1e-6);
    }
    let error = fit(&params().unk_row(true), &vec![vec!["a", "<unk>"]]).unwrap_err();
    assert_eq!(error.to_string(), "duplicate word: <unk>");
}

#[test]
fn trainings_stop_when_told() {
    /// Ends after a number of epochs, or when asked so often within them.
    struct After(AtomicUsize, usize, bool);
    impl After {
        fn count(&self, counts: bool) -> ControlFlow<()> {
            if counts && self.0.fetch_add(1, Ordering::Relaxed) + 1 >= self.1 {
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        }
    }
    impl Progress for After {
        fn epoch(&self, _: &EpochReport) -> ControlFlow<()> {
            self.count(self.2)
        }
        fn within_epoch(&self) -> ControlFlow<()> {
            self.count(!self.2)
        }
    }
    let sentences = topics(100);
    let cancel = Cancel::default();
    cancel.cancel();
    // While words are counted there is no model yet.
    let counting = fit_with(&params(), &sentences, &cancel).unwrap_err();
    assert!(matches!(counting, Error::Cancelled { .. }), "{counting}");
    let after = |n, epochs| {
        let after = After(AtomicUsize::new(0), n, epochs);
        fit_with(&params(), &sentences, &after).unwrap()
    };
    let two = after(2, true);
    assert_eq!(two.report().epochs, 2);
    assert_eq!(
        bits(&two),
        bits(&fit(&params().epochs(2), &sentences).unwrap())
    );
    // Twice while counting, three times an epoch: the second epoch ends before its second part.
    let part = after(2 + 3 + 2, false);
    assert_eq!(part.report().epochs, 1);
    let one = fit(&params().epochs(1), &sentences).unwrap();
    assert_ne!(bits(&part), bits(&one));
    assert_ne!(bits(&part), bits(&two));
    // Twice while counting, then before the first part of the first epoch.
    let untrained = after(2 + 1, false);
    assert_eq!(untrained.report().epochs, 0);
    assert_ne!(bits(&one), bits(&untrained));
}

#[test]
fn nothing_to_learn_is_an_error() {
    let vocabulary = Vocabulary::from_counts([("a", 3), ("b", 2)]).unwrap();
    let fit = |vocabulary: &Vocabulary, sentences: Vec<Vec<&str>>, params: &GloveParams| {
        let text = TrainingText {
            vocabulary,
            sentences: &sentences,
        };
        params.fit(&text).map(|model| bits(&model))
    };
    let error = fit(&Vocabulary::default(), vec![vec!["a"]], &params()).unwrap_err();
    assert_eq!(error.to_string(), "the vocabulary is empty");
    for sentences in [vec![], vec![vec![]], vec![vec!["a", "d"], vec!["b"]]] {
        let error = fit(&vocabulary, sentences, &params()).unwrap_err();
        let expected = "the list of sentences with two words of the vocabulary (each line of a text file is a sentence) is empty";
        assert_eq!(error.to_string(), expected);
    }
    let error = fit(&vocabulary, vec![vec!["a", "b"]], &params().eta(1e30)).unwrap_err();
    assert!(
        matches!(error, Error::Diverged { epoch: 1 | 2, .. }),
        "{error}"
    );
}

#[test]
fn models_are_saved_whole() {
    let model = fit(&params().epochs(1).unk_row(true), &topics(10)).unwrap();
    let mut file = Vec::new();
    model.write_to(&mut file).unwrap();
    let again = Glove::read_from(&mut file.as_slice()).unwrap();
    assert_eq!(bits(&again), bits(&model));
    assert_eq!(again.vocabulary(), model.vocabulary());
    assert_eq!(again.trained_with(), model.trained_with());
    assert_eq!(again.report(), model.report());
    testing::survives_corruption(&model, 50, 1);
    for forged in testing::refuses_forged_payloads(&model, 100) {
        let (words, rows) = forged.into_parts();
        // Lengths beyond the numbers are an error there.
        let _ = WordVectors::new(words, rows);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn any_text_trains(
        sentences in proptest::collection::vec(proptest::collection::vec(0_usize..4, 0..6), 0..6),
        seed in any::<u64>(),
        max_bytes in 1_usize..200,
    ) {
        let words = ["a", "b", "c", "unknown"];
        let sentences: Vec<Vec<&str>> = sentences.iter().map(|s| s.iter().map(|&w| words[w]).collect()).collect();
        let vocabulary = Vocabulary::from_counts([("a", 9), ("b", 1), ("c", 0)]).unwrap();
        let fitted = params().seed(seed).dim(3).epochs(2).max_bytes(max_bytes)
            .fit(&TrainingText { vocabulary: &vocabulary, sentences: &sentences });
        let met = |sentence: &Vec<&str>| sentence.iter().filter(|&&word| word != "unknown").count() > 1;
        prop_assert_eq!(fitted.is_ok(), sentences.iter().any(met));
    }
}
