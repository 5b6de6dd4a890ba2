mod further;
mod pieces;
mod steps;

use std::sync::atomic::{AtomicUsize, Ordering};

use guide_core::kernels::dot;
use guide_core::{Cancel, EpochReport, Error, Fit, Progress, Result, seeded, testing};
use proptest::prelude::*;
use rand::RngExt;
use rand::seq::SliceRandom;

use super::encode::Encoded;
use super::plan::{OWN_WORDS, Plan, Setting, Tables};
use super::rows::{Rows, Share};
use super::train::round_words;
use super::*;
use crate::{Sentences, Vocabulary};

/// Words that a shard of a short text has in a round.
const FEWEST: usize = 1024;

const ALL_MODES: [(Architecture, bool); 4] = [
    (Architecture::SkipGram, false),
    (Architecture::SkipGram, true),
    (Architecture::Cbow, false),
    (Architecture::Cbow, true),
];

/// The parameters of a mode, small and without chance in what is kept.
fn params(architecture: Architecture, tree: bool) -> Word2VecParams {
    Word2Vec::params()
        .architecture(architecture)
        .hierarchical_softmax(tree)
        .negative(if tree { 0 } else { 5 })
        .dim(10)
        .sample(0.0)
}

/// Sentences of two topics: words of a topic come together, and "the" comes everywhere.
fn topics(n_words: usize) -> Vec<Vec<&'static str>> {
    let words = [
        ["coat", "hat", "scarf", "glove"],
        ["phone", "cable", "screen", "plug"],
    ];
    let mut rng = seeded(5);
    (0..n_words / 8)
        .map(|_| {
            let topic = &words[rng.random_range(0..2)];
            let mut sentence: Vec<_> = (0..7).map(|_| topic[rng.random_range(0..4)]).collect();
            sentence.insert(rng.random_range(0..8), "the");
            sentence
        })
        .collect()
}

fn fit(params: &Word2VecParams, sentences: &Vec<Vec<&str>>) -> Result<Word2Vec> {
    let vocabulary = Vocabulary::params().min_count(1).build(sentences)?;
    params.fit(&TrainingText {
        vocabulary: &vocabulary,
        sentences,
    })
}

fn bits(model: &Word2Vec) -> Vec<u32> {
    (model.vectors().iter().chain(model.outputs().iter()))
        .map(|x| x.to_bits())
        .collect()
}

#[test]
fn plans_hold_words_negatives_and_nodes() {
    // Of two words each has the other as its only negative, or none, and both have the one node, one on either side.
    let sentences = vec![vec!["a", "b"]];
    let before = fit(
        &params(Architecture::SkipGram, true)
            .n_shards(1)
            .alpha(1e-20)
            .min_alpha(0.0),
        &sentences,
    )
    .unwrap();
    let after = params(Architecture::SkipGram, true)
        .n_shards(1)
        .alpha(0.5)
        .epochs(1)
        .min_alpha(0.5);
    let after = fit(&after, &sentences).unwrap();
    let start = before.vectors();
    // At first the node is 0 and σ(0) = 1/2: a, met first, has b around it.
    let mut node: Vec<f32> = start.row(1).iter().map(|x| -0.25 * x).collect();
    // Of equal counts b is joined first, so that its way is 0 with label 1 and a's is 1 with label 0.
    let a: Vec<f32> = start.row(0).to_vec();
    let error = 0.5 * (1.0 - 1.0 / (1.0 + (-dot(&a, &node)).exp()));
    for (node, a) in node.iter_mut().zip(&a) {
        *node += error * a;
    }
    for (got, expected) in after.outputs().row(0).iter().zip(&node) {
        assert!((got - expected).abs() < 1e-6, "{got} {expected}");
    }
    let both = params(Architecture::Cbow, true).negative(3);
    assert_eq!(fit(&both, &sentences).unwrap().outputs().nrows(), 3);
    assert_eq!(before.outputs().nrows(), 1);
}

#[test]
fn words_of_a_topic_come_together() {
    let sentences = topics(6_000);
    for (architecture, tree) in ALL_MODES {
        let alpha = if architecture == Architecture::Cbow {
            0.2
        } else {
            0.1
        };
        let model = fit(&params(architecture, tree).alpha(alpha), &sentences).unwrap();
        let vector = |word: &str| {
            let id = model.vocabulary().id(word).unwrap() as usize;
            model.vectors().row(id).to_vec()
        };
        let cosine = |a: &str, b: &str| {
            let (a, b) = (vector(a), vector(b));
            dot(&a, &b) / (dot(&a, &a) * dot(&b, &b)).sqrt()
        };
        for (a, friend, stranger) in [
            ("coat", "hat", "phone"),
            ("phone", "plug", "glove"),
            ("cable", "screen", "hat"),
        ] {
            let (near, far) = (cosine(a, friend), cosine(a, stranger));
            assert!(
                near > far + 0.2,
                "{architecture:?} {tree}: {a} {friend} {near}, {stranger} {far}"
            );
        }
    }
}

#[test]
fn short_texts_have_short_rounds() {
    assert_eq!(round_words(5, 2), 2 * FEWEST);
    assert_eq!(round_words(64 * 2 * 2000, 2), 2 * 2000);
    assert_eq!(round_words(u64::MAX, 1), 4096);
}

#[test]
fn threads_change_nothing() {
    // Some rounds of three shards, the last of them short.
    let sentences = topics(7 * FEWEST);
    for (architecture, tree) in ALL_MODES {
        let params = params(architecture, tree)
            .n_shards(3)
            .epochs(2)
            .sample(0.01);
        testing::same_for_one_and_two_threads(|| bits(&fit(&params, &sentences).unwrap()));
    }
}

#[test]
fn of_many_words_each_shard_predicts_its_own() {
    // Words enough for two shards, each met a few times.
    let words: Vec<String> = (0..2 * OWN_WORDS).map(|word| format!("w{word}")).collect();
    let mut met: Vec<&str> = words
        .iter()
        .map(String::as_str)
        .cycle()
        .take(7_000)
        .collect();
    met.shuffle(&mut seeded(2));
    let sentences: Vec<Vec<&str>> = met.chunks(10).map(<[&str]>::to_vec).collect();
    let vocabulary = Vocabulary::params().min_count(1).build(&sentences).unwrap();
    let params = params(Architecture::Cbow, false).n_shards(2).epochs(1);
    let tables = Tables::new(&params, &vocabulary).unwrap();
    let rows = Rows::new(&vec![0.0; words.len() * params.dim], params.dim, 2);
    let setting = Setting {
        params: &params,
        tables: &tables,
        inputs: &rows,
        outputs: &rows,
    };
    let mut text = Encoded::default();
    for sentence in &sentences {
        let ids = sentence.iter().filter_map(|word| vocabulary.id(word));
        text.push(&ids.collect::<Vec<_>>());
    }
    let mut predicted = vec![0; text.words.len()];
    for part in 0..2 {
        let share = || Share::new(words.len(), params.dim, part, 2);
        let (mut plan, mut inputs, mut outputs) = (Plan::default(), share(), share());
        let rngs = (seeded(3), seeded(4 + part as u64));
        plan.draw(setting, &text, rngs, &mut inputs, &mut outputs);
        assert_eq!(
            outputs.pairs.len(),
            OWN_WORDS,
            "rows of others are borrowed"
        );
        for (place, predicted) in predicted.iter_mut().enumerate() {
            let range = plan.outputs_of(place);
            if let Some(&slot) = plan.outputs.get(range.start).filter(|_| !range.is_empty()) {
                assert_eq!(outputs.own_row(slot), text.words[place]);
                assert!(range.len() > params.negative - 2);
                let (own, held) = plan.labels[range.clone()].split_at(1);
                assert!(own == [1.0] && held.iter().all(|&label| label == 0.0));
                assert!(plan.outputs[range][1..].iter().all(|&held| held != slot));
                *predicted += 1;
            }
        }
    }
    assert!(predicted.iter().all(|&times| times == 1));
    testing::same_for_one_and_two_threads(|| bits(&fit(&params, &sentences).unwrap()));
}

#[test]
fn shards_learn_what_one_learns() {
    let sentences = topics(40 * FEWEST);
    for (architecture, tree) in ALL_MODES {
        let loss = |n_shards| {
            let model = fit(&params(architecture, tree).n_shards(n_shards), &sentences).unwrap();
            model.report().loss
        };
        let (one, four) = (loss(1), loss(4));
        assert!(
            (one - four).abs() < 0.03 * one,
            "{architecture:?} {tree}: {one} {four}"
        );
    }
}

#[test]
fn shards_of_many_words_learn_what_one_learns() {
    // Words of a hundred topics, of which each shard owns half.
    let words: Vec<String> = (0..2 * OWN_WORDS).map(|word| format!("w{word}")).collect();
    let mut rng = seeded(6);
    let sentences: Vec<Vec<&str>> = (0..1_500)
        .map(|sentence| {
            let topic = words.iter().skip(sentence % 100).step_by(100);
            let mut topic: Vec<&str> = topic.map(String::as_str).collect();
            topic.shuffle(&mut rng);
            topic
        })
        .collect();
    for (architecture, alpha) in [(Architecture::SkipGram, 0.2), (Architecture::Cbow, 0.6)] {
        let loss = |n_shards| {
            let params = params(architecture, false).n_shards(n_shards).alpha(alpha);
            fit(&params, &sentences).unwrap().report().loss
        };
        // Nothing learned is 6 ln 2 = 4.16.
        let (one, two) = (loss(1), loss(2));
        assert!(
            one < 2.0 && two < 1.1 * one,
            "{architecture:?}: {one} {two}"
        );
    }
}

#[test]
fn a_text_too_long_for_the_cache_is_read_again() {
    struct Counted(Vec<Vec<&'static str>>, AtomicUsize);
    impl Sentences for Counted {
        fn walk(&self, visit: &mut dyn FnMut(&[&str]) -> Result<()>) -> Result<()> {
            self.1.fetch_add(1, Ordering::Relaxed);
            self.0.walk(visit)
        }
    }
    let text = Counted(topics(2_000), AtomicUsize::new(0));
    let vocabulary = Vocabulary::params().min_count(1).build(&text.0).unwrap();
    let walks = |cache_bytes| {
        let params = params(Architecture::Cbow, false)
            .epochs(3)
            .cache_bytes(cache_bytes);
        let before = text.1.load(Ordering::Relaxed);
        let model = params
            .fit(&TrainingText {
                vocabulary: &vocabulary,
                sentences: &text,
            })
            .unwrap();
        assert_eq!(model.report().words, 6_000);
        (text.1.load(Ordering::Relaxed) - before, bits(&model))
    };
    let (once, kept) = walks(1 << 20);
    let (thrice, read) = walks(500);
    assert_eq!((once, thrice), (1, 3));
    assert_eq!(kept, read);
}

#[test]
fn params_have_effect_and_are_refused() {
    let sentences = topics(12 * FEWEST);
    let fit = |params: &Word2VecParams| bits(&fit(params, &sentences).unwrap());
    let params = params(Architecture::Cbow, false)
        .epochs(1)
        .sample(0.01)
        .negative(2);
    let effects = [
        ("architecture", "skip-gram"),
        ("dim", "11"),
        ("window", "2"),
        ("shrink_windows", "false"),
        ("negative", "3"),
        ("ns_exponent", "-0.5"),
        ("hierarchical_softmax", "true"),
        ("cbow_mean", "false"),
        ("sample", "0.1"),
        ("alpha", "0.03"),
        ("min_alpha", "0.01"),
        ("epochs", "2"),
        ("first_vectors", "half"),
        ("n_shards", "3"),
        ("seed", "1"),
    ];
    testing::params_have_effect(&params, &effects, fit);
    let bad = [
        ("dim", "0"),
        ("dim", "65537"),
        ("window", "0"),
        ("window", "10001"),
        ("negative", "0"),
        ("negative", "10001"),
        ("ns_exponent", "5"),
        ("sample", "-0.1"),
        ("alpha", "0"),
        ("min_alpha", "-1"),
        ("min_alpha", "1"),
        ("epochs", "0"),
        ("n_shards", "0"),
        ("n_shards", "257"),
        ("architecture", "glove"),
        ("first_vectors", "zero"),
    ];
    testing::refuses(&params, &bad);
}

#[test]
fn the_c_program_begins_with_shorter_vectors() {
    let sentences = vec![vec!["a", "b"]];
    let longest = |params: Word2VecParams| {
        let params = params.sample(0.0).alpha(1e-20).min_alpha(0.0);
        let model = fit(&params, &sentences).unwrap();
        model
            .vectors()
            .iter()
            .fold(0.0, |most: f32, x| most.max(x.abs()))
    };
    let unit = longest(Word2Vec::params());
    let half = longest(Word2VecParams::c_program(Architecture::Cbow));
    assert!(
        unit > 0.008 && unit <= 0.01 && half > 0.004 && half <= 0.005,
        "{unit} {half}"
    );
}

#[test]
fn trainings_stop_when_told() {
    let sentences = topics(6 * FEWEST);
    let vocabulary = Vocabulary::params().min_count(1).build(&sentences).unwrap();
    let text = TrainingText {
        vocabulary: &vocabulary,
        sentences: &sentences,
    };
    let params = params(Architecture::SkipGram, false);
    let cancel = Cancel::default();
    cancel.cancel();
    let report = params.fit_with(&text, &cancel).unwrap().report();
    assert_eq!((report.words, report.epochs), (0, 0));
    assert!(report.loss.is_nan());

    /// Ends after a number of epochs, or of rounds.
    struct After(AtomicUsize, usize, bool);
    impl After {
        fn count(&self) -> std::ops::ControlFlow<()> {
            if self.0.fetch_add(1, Ordering::Relaxed) + 1 >= self.1 {
                return std::ops::ControlFlow::Break(());
            }
            std::ops::ControlFlow::Continue(())
        }
    }
    impl Progress for After {
        fn epoch(&self, report: &EpochReport) -> std::ops::ControlFlow<()> {
            assert!(
                report.loss.unwrap() > 0.0
                    && report.n_epochs == 5
                    && report.algorithm == "skip-gram"
            );
            if self.2 {
                self.count()
            } else {
                std::ops::ControlFlow::Continue(())
            }
        }
        fn within_epoch(&self) -> std::ops::ControlFlow<()> {
            if self.2 {
                std::ops::ControlFlow::Continue(())
            } else {
                self.count()
            }
        }
    }
    let stopped = params
        .fit_with(&text, &After(AtomicUsize::new(0), 2, true))
        .unwrap();
    let report = stopped.report();
    assert_eq!((report.words, report.epochs), (2 * vocabulary.total(), 2));
    let stopped = params
        .fit_with(&text, &After(AtomicUsize::new(0), 2, false))
        .unwrap();
    let report = stopped.report();
    assert_eq!((report.words, report.epochs), (2 * FEWEST as u64, 0));
    assert!(report.loss > 0.0);
}

#[test]
fn nothing_to_learn_is_an_error() {
    let vocabulary = Vocabulary::from_counts([("a", 3), ("b", 2)]).unwrap();
    let fit = |vocabulary: &Vocabulary, sentences: Vec<Vec<&str>>, params: &Word2VecParams| {
        let text = TrainingText {
            vocabulary,
            sentences: &sentences,
        };
        params.fit(&text).map(|model| bits(&model))
    };
    let params = params(Architecture::SkipGram, false);
    let error = fit(&Vocabulary::default(), vec![vec!["a"]], &params).unwrap_err();
    assert_eq!(error.to_string(), "the vocabulary is empty");
    let lonely = vec![vec!["a"], vec!["b", "c"]];
    for sentences in [vec![], vec![vec![]], vec![vec!["c", "d"]], lonely] {
        let error = fit(&vocabulary, sentences, &params).unwrap_err();
        assert!(matches!(error, Error::Empty { .. }), "{error}");
    }
    // The cause is named: no sentence with two known words, or `sample` that leaves none.
    let message = |sentences: Vec<Vec<&str>>, params: &Word2VecParams| {
        fit(&vocabulary, sentences, params).unwrap_err().to_string()
    };
    let lonely = "the list of sentences with two words of the vocabulary (each line of a text file is a sentence) is empty";
    let by_sample = params.clone().sample(1e-9);
    for params in [params.clone().sample(0.0), by_sample.clone()] {
        assert_eq!(message(vec![vec!["a"], vec!["b", "c"]], &params), lonely);
    }
    let sampled = message(vec![vec!["a", "b"]], &by_sample);
    assert!(sampled.contains("`sample` leaves no two"), "{sampled}");
    let diverging = params.clone().alpha(1e30).epochs(40);
    let error = fit(&vocabulary, vec![vec!["a", "b", "a"]; 9], &diverging).unwrap_err();
    assert!(matches!(error, Error::Diverged { .. }), "{error}");
    let one = Vocabulary::from_counts([("a", 3)]).unwrap();
    for tree in [false, true] {
        let params = self::params(Architecture::Cbow, tree);
        assert_eq!(fit(&one, vec![vec!["a", "a"]], &params).is_ok(), !tree);
    }
    let none = Vocabulary::from_counts([("a", 0), ("b", 0)]).unwrap();
    let error = fit(&none, vec![vec!["a", "b"]], &params).unwrap_err();
    let expected = "the text that the vocabulary was counted in is empty";
    assert_eq!(error.to_string(), expected);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn any_text_trains(
        sentences in proptest::collection::vec(proptest::collection::vec(0_usize..4, 0..6), 0..6),
        seed in any::<u64>(),
        mode in 0_usize..4,
    ) {
        let words = ["a", "b", "c", "unknown"];
        let sentences: Vec<Vec<&str>> = sentences.iter().map(|s| s.iter().map(|&w| words[w]).collect()).collect();
        let vocabulary = Vocabulary::from_counts([("a", 9), ("b", 1), ("c", 0)]).unwrap();
        let (architecture, tree) = ALL_MODES[mode];
        let fitted = params(architecture, tree).seed(seed).dim(3)
            .fit(&TrainingText { vocabulary: &vocabulary, sentences: &sentences });
        let beside = sentences.iter().any(|s| s.iter().filter(|&&word| word != "unknown").count() > 1);
        prop_assert_eq!(fitted.is_ok(), beside);
    }
}
