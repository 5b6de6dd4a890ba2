//! The tagger: gradients of the whole network, a small language that it must learn, odd input, files, threads.
#![allow(clippy::unwrap_used)]

use guide_core::ndarray::Array2;
use guide_core::testing::{
    params_have_effect, refuses, refuses_not_finite, same_for_one_and_two_threads,
    survives_corruption,
};
use guide_core::{Fit, Persist, seeded};
use nlp_embed::{Vocabulary, WordVectors};
use nn_core::{Grads, Pass, Weights, from_safetensors, to_safetensors};
use rand::RngExt;

use super::example::{Example, Padded};
use super::passes::Work;
use super::train::field;
use super::{Tagger, TaggerData, TaggerParams};
use crate::{Crf, Gazetteer, TagBatch, TaggedSentence};

/// Sentences as `find red shoes`, `play new song by prince`, with intents; `n` of them.
pub(super) fn language(n: usize, seed: u64) -> Vec<TaggedSentence> {
    let mut rng = seeded(seed);
    let colors = ["red", "blue", "dark green", "black"];
    let things = ["shoes", "coats", "hats", "boots"];
    let artists = ["prince", "nina simone", "abba"];
    let mut any = |of: &[&'static str]| of[rng.random_range(0..of.len())];
    (0..n)
        .map(|index| {
            let mut sentence = TaggedSentence::default();
            let mut add = |text: &str, kind: Option<&str>| {
                for (at, word) in text.split(' ').enumerate() {
                    sentence.words.push(word.to_owned());
                    let prefix = if at == 0 { "B" } else { "I" };
                    sentence
                        .tags
                        .push(kind.map_or("O".to_owned(), |kind| format!("{prefix}-{kind}")));
                }
            };
            if index % 2 == 0 {
                add("find me", None);
                add(any(&colors), Some("color"));
                add(any(&things), Some("type"));
            } else {
                add(any(&["play a song by", "some music of"]), None);
                add(any(&artists), Some("artist"));
            }
            sentence.label = Some(if index % 2 == 0 { "Find" } else { "Play" }.to_owned());
            sentence
        })
        .collect()
}

pub(super) fn small() -> TaggerParams {
    let params = Tagger::params()
        .word_dim(6)
        .char_dim(4)
        .char_filters(5)
        .shape_dim(2)
        .affix_dim(3);
    let params = params
        .gazetteer_dim(3)
        .n_hidden(7)
        .attention_dim(4)
        .slot_dim(6);
    params.n_epochs(4).batch_size(4).learning_rate(0.01)
}

pub(super) fn gazetteer() -> Gazetteer {
    let mut gazetteer = Gazetteer::default();
    gazetteer.add("color", "dark green").unwrap();
    gazetteer.add("artist", "nina simone").unwrap();
    gazetteer.add("artist", "prince").unwrap();
    gazetteer
}

pub(super) fn fit(params: &TaggerParams, train: &[TaggedSentence]) -> Tagger {
    params.fit(&TaggerData::new(train, &gazetteer())).unwrap()
}

/// The loss of a batch without dropout, and its gradients where they are wanted.
pub(super) fn loss(
    model: &Tagger,
    weights: &Weights,
    examples: &[Example],
    grads: Option<&mut Grads>,
) -> f64 {
    let net = model.net();
    let (mut batch, mut work) = (Padded::default(), Work::default());
    batch.set(examples.iter(), &mut |_| false);
    let pass = Pass::infer(weights, batch.n);
    work.forward(net, &pass, &batch).unwrap();
    let mut crf = Crf::new(net.n_tags()).unwrap();
    crf.set_scores(field(net, weights)).unwrap();
    let (emissions, gradient) = work.scores();
    let tagged = TagBatch::new(net.n_tags(), batch.steps, emissions, &batch.lengths).unwrap();
    let mut loss = crf.learn(&tagged, &batch.tags, 1.0, gradient).unwrap();
    let k = net.n_intents();
    let mut d_logits = work.intents.clone();
    for (row, &intent) in batch.intents.iter().enumerate().filter(|_| k > 0) {
        let at = row * k + intent as usize;
        loss -= f64::from(work.intents[at]).ln();
        d_logits[at] -= 1.0;
    }
    if let Some(grads) = grads {
        let found = crf.gradients();
        for (id, values) in [
            (net.start, found.start),
            (net.transitions, found.transitions),
            (net.end, found.end),
        ] {
            grads.dense(id).copy_from_slice(values);
        }
        work.backward(net, &pass, &batch, &d_logits, grads).unwrap();
    }
    loss
}

/// Every tensor, at its largest gradients: central differences with h = 1e-2.
fn gradients_are_right(params: &TaggerParams, train: &[TaggedSentence]) {
    let model = fit(params, train);
    let mut examples: Vec<Example> = train[..5]
        .iter()
        .map(|sentence| model.example(sentence).unwrap())
        .collect();
    examples.insert(2, Example::default()); // a sentence without words
    if model.net().n_intents() > 0 {
        examples.remove(2);
    }
    let mut weights = model.weights().clone();
    let mut grads = Grads::of(&weights);
    loss(&model, &weights, &examples, Some(&mut grads));
    for id in weights.ids() {
        let width = weights.shape(id).iter().skip(1).product::<usize>().max(1);
        let gradient = grads.get(id).to_dense(width);
        let mut order: Vec<usize> = (0..gradient.len()).collect();
        order.sort_by(|&a, &b| gradient[b].abs().total_cmp(&gradient[a].abs()));
        assert!(
            gradient[order[0]] != 0.0,
            "no gradient of {}",
            weights.name(id)
        );
        for &index in order.iter().take(6) {
            let mut at = |shift: f32| {
                weights.get_mut(id)[index] += shift;
                let loss = loss(&model, &weights, &examples, None);
                weights.get_mut(id)[index] -= shift;
                loss
            };
            let expected = (at(3e-3) - at(-3e-3)) / 6e-3;
            let got = f64::from(gradient[index]);
            let name = weights.name(id);
            assert!(
                (got - expected).abs() < 0.02 * expected.abs().max(1.0),
                "{name} {index}: {got}, not {expected}"
            );
        }
    }
}

#[test]
fn gradients_equal_central_differences() {
    let train = language(40, 1);
    gradients_are_right(&small(), &train);
    gradients_are_right(&small().intent_to_slots(false).n_layers(2), &train);
    let bare = small()
        .char_filters(0)
        .shape_dim(0)
        .affix_dim(0)
        .gazetteer_dim(0);
    let unlabelled = train.into_iter().map(|sentence| TaggedSentence {
        label: None,
        ..sentence
    });
    gradients_are_right(&bare, &unlabelled.collect::<Vec<_>>());
}

#[test]
fn a_small_language_is_learned() {
    let (train, test) = (language(200, 1), language(60, 2));
    let gazetteer = Gazetteer::default();
    let data = TaggerData::new(&train, &gazetteer).valid(&test[..20]);
    let model = small().n_epochs(12).fit(&data).unwrap();
    let report = model.evaluate(&test).unwrap();
    assert!(report.spans.overall.f1() > 0.98, "{}", report.spans);
    assert!(report.intent_accuracy().unwrap() > 0.98 && report.sentence_accuracy() > 0.95);
    let sentences = [
        vec!["find", "me", "blue", "hats"],
        vec![],
        vec!["some", "music", "of", "abba"],
    ];
    let found = model.tag(&sentences).unwrap();
    assert_eq!(found[0].tags, ["O", "O", "B-color", "B-type"]);
    assert_eq!(found[0].intent.unwrap().0, "Find");
    assert_eq!((found[1].tags.len(), found[1].intent), (0, None));
    assert_eq!(found[2].tags, ["O", "O", "O", "B-artist"]);
}

/// A phrase that training never had is found if the gazetteer knows it.
#[test]
fn a_gazetteer_finds_unknown_phrases() {
    let train = language(200, 1);
    let mut known = gazetteer();
    known.add("artist", "zzyzx qwopp").unwrap();
    for (kind, phrase) in [
        ("artist", "abba"),
        ("color", "red"),
        ("color", "blue"),
        ("color", "black"),
    ] {
        known.add(kind, phrase).unwrap();
    }
    let data = TaggerData::new(&train, &known);
    let model = small().n_epochs(12).word_dropout(0.2).fit(&data).unwrap();
    let found = model
        .tag(&[vec!["play", "a", "song", "by", "zzyzx", "qwopp"]])
        .unwrap();
    assert_eq!(found[0].tags, ["O", "O", "O", "O", "B-artist", "I-artist"]);
}

/// Words that only the trained vectors have are known by them, and their vectors are not trained.
#[test]
fn trained_vectors_are_started_from() {
    let words = [
        "red", "blue", "dark", "black", "teal", "Teal", "Umber", "shoes", "coats", "hats", "boots",
    ];
    let words = Vocabulary::from_counts(words.map(|word| (word, 0))).unwrap();
    let rows = Array2::from_shape_fn((11, 6), |(word, column)| {
        // `Teal` looks like a type, but `teal` comes before it; `Umber` has no other spelling.
        let is_color = word < 7 && word != 5;
        let part = if is_color { column % 2 } else { 1 - column % 2 };
        part as f32 + 0.01 * word as f32
    });
    let vectors = WordVectors::new(words, rows).unwrap();
    let (train, gazetteer) = (language(200, 1), Gazetteer::default());
    let bare = small().char_filters(0).shape_dim(0).affix_dim(0);
    let params = bare.n_epochs(8).word_dropout(0.0);
    let random = params.fit(&TaggerData::new(&train, &gazetteer)).unwrap();
    let data = TaggerData::new(&train, &gazetteer).vectors(&vectors);
    let model = params.fit(&data).unwrap();
    let asked = [
        vec!["find", "me", "teal", "hats"],
        vec!["find", "me", "TEAL", "hats"],
        vec!["find", "me", "umber", "hats"],
    ];
    for found in model.tag(&asked).unwrap() {
        assert_eq!(found.tags, ["O", "O", "B-color", "B-type"]);
    }
    let row = |model: &Tagger, word: &str| {
        let id = model.features().of(word).word;
        model.net().words.row(model.weights(), id).to_vec()
    };
    assert_eq!(model.features().n_words(), random.features().n_words() + 2);
    assert_eq!(row(&model, "teal"), vectors.get("teal").unwrap());
    assert_eq!(row(&model, "umber"), vectors.get("Umber").unwrap());
    let (red, trained) = (vectors.get("red").unwrap(), row(&model, "red"));
    assert!(red != trained && guide_core::kernels::dot(red, &trained) > 1.0);
    assert_eq!(random.features().of("teal").word, crate::UNKNOWN);
    survives_corruption(&model, 50, 1);
    assert_eq!(
        params.word_dim(5).fit(&data).unwrap_err().to_string(),
        "parameter `word_dim` must be the width of the word vectors to start from, 6, but is 5"
    );
}

#[test]
fn odd_sentences_get_answers() {
    let train = language(20, 1);
    let model = fit(&small().n_epochs(1), &train);
    let long = vec!["red"; 3000];
    let word = "x".repeat(1_000_000);
    let found = model.tag(&[long, vec![&word], vec!["手机", ""]]).unwrap();
    assert_eq!(
        found
            .iter()
            .map(|found| found.tags.len())
            .collect::<Vec<_>>(),
        [3000, 1, 2]
    );
    assert!(model.tag::<&str>(&[]).unwrap().is_empty());
    // A sentence of 100,000 words among short ones: memory of a pass, not of a batch padded to it.
    let unit = ["find", "me", "red", "shoes"];
    let million: Vec<&str> = unit.into_iter().cycle().take(100_000).collect();
    let mut asked = vec![vec!["find", "me"]; 63];
    asked.push(million);
    let found = model.tag(&asked).unwrap();
    assert_eq!(found[63].tags.len(), 100_000);
    assert_eq!(found[0].tags, model.tag(&asked[..1]).unwrap()[0].tags);
    assert!(crate::broken_tags(&found[63].tags).unwrap() == 0);
    // Tags and labels that training never saw are wrong, not an error.
    let unseen = TaggedSentence {
        words: vec!["red".to_owned()],
        tags: vec!["B-size".to_owned()],
        label: Some("Sell".to_owned()),
    };
    let report = model.evaluate(&[unseen]).unwrap();
    assert_eq!(
        (
            report.right,
            report.right_intents,
            report.spans.overall.n_true
        ),
        (0, 0, 1)
    );
}

#[test]
fn bad_data_is_refused() {
    let refused = |train: &[TaggedSentence]| {
        let gazetteer = Gazetteer::default();
        small()
            .fit(&TaggerData::new(train, &gazetteer))
            .unwrap_err()
            .to_string()
    };
    assert_eq!(refused(&[]), "the set of tagged sentences is empty");
    let mut train = language(4, 1);
    train[1].label = None;
    assert_eq!(
        refused(&train),
        "tagger needs a label for all sentences or none, not for 3 of 4"
    );
    train = language(4, 1);
    train[1].tags[0] = "X-color".to_owned();
    let odd = "unknown tag in sentence 1, expected O, B-kind or I-kind: `X-color`";
    assert!(refused(&train).contains(odd), "{}", refused(&train));
    // A validation part that cannot be compared is refused before the training.
    let (train_part, gazetteer) = (language(4, 1), Gazetteer::default());
    let data = TaggerData::new(&train_part, &gazetteer).valid(&train);
    let error = small().fit(&data).unwrap_err().to_string();
    assert!(error.contains("tag in validation sentence 1"), "{error}");
    train = language(4, 1);
    train[2].tags.pop();
    let data = TaggerData::new(&train_part, &gazetteer).valid(&train);
    assert_eq!(
        small().fit(&data).unwrap_err().to_string(),
        "the tags of validation sentence 2: expected shape [4], got [3]"
    );
    assert_eq!(
        refused(&train),
        "the tags of sentence 2: expected shape [4], got [3]"
    );
    // With O there are 1025.
    let many = (0..1024).map(|kind| TaggedSentence {
        words: vec!["red".to_owned()],
        tags: vec![format!("B-{kind}")],
        label: None,
    });
    assert_eq!(
        refused(&many.collect::<Vec<_>>()),
        "tagger needs at most 1024 different tags, but the training sentences have 1025"
    );
}

#[test]
fn parameters_have_effect_and_bad_ones_are_refused() {
    let train = language(24, 3);
    let answer = |params: &TaggerParams| -> Vec<u32> {
        let model = fit(params, &train);
        let values = model
            .weights()
            .ids()
            .flat_map(|id| model.weights().get(id).to_vec());
        values.map(f32::to_bits).collect()
    };
    let effects = [
        ("word_dim", "5"),
        ("char_dim", "3"),
        ("char_filters", "4"),
        ("shape_dim", "3"),
        ("affix_dim", "2"),
        ("gazetteer_dim", "2"),
        ("n_hidden", "5"),
        ("n_layers", "2"),
        ("attention_dim", "3"),
        ("slot_dim", "5"),
        ("dropout", "0.1"),
        ("word_dropout", "0.3"),
        ("intent_weight", "0.5"),
        ("intent_to_slots", "false"),
        ("n_epochs", "2"),
        ("batch_size", "5"),
        ("learning_rate", "0.02"),
        ("clip_norm", "0.1"),
        ("seed", "1"),
    ];
    params_have_effect(&small().n_epochs(1), &effects, answer);
    let bad = [
        ("word_dim", "0"),
        ("char_dim", "0"),
        ("char_filters", "99999"),
        ("n_hidden", "0"),
        ("n_layers", "0"),
        ("attention_dim", "0"),
        ("slot_dim", "0"),
        ("dropout", "1"),
        ("word_dropout", "-0.1"),
        ("intent_weight", "-1"),
        ("n_epochs", "0"),
        ("batch_size", "0"),
        ("learning_rate", "0"),
        ("clip_norm", "0"),
    ];
    refuses(&small(), &bad);
    refuses_not_finite(
        &small(),
        &[
            "dropout",
            "word_dropout",
            "intent_weight",
            "learning_rate",
            "clip_norm",
        ],
    );
}

#[test]
fn same_bits_on_one_and_two_threads() {
    let train = language(40, 4);
    same_for_one_and_two_threads(|| {
        let model = fit(&small().n_epochs(2).batch_size(20), &train);
        let values = model
            .weights()
            .ids()
            .flat_map(|id| model.weights().get(id).to_vec());
        values.map(f32::to_bits).collect::<Vec<_>>()
    });
}

#[test]
fn a_saved_tagger_answers_the_same() {
    let train = language(20, 5);
    let model = fit(&small().n_epochs(1), &train);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tagger.model");
    model.save(&path).unwrap();
    let loaded = Tagger::load(&path).unwrap();
    let words: Vec<Vec<&str>> = train
        .iter()
        .map(|sentence| sentence.words.iter().map(String::as_str).collect())
        .collect();
    assert_eq!(loaded.tag(&words).unwrap(), model.tag(&words).unwrap());
    survives_corruption(&model, 200, 1);
    // A file of version 1 has no tokeniser.
    let old = super::version1::TaggerVersion1 {
        params: model.trained_with().clone(),
        features: model.features().clone(),
        gazetteer: gazetteer(),
        tags: model.tags().to_vec(),
        intents: model.intents().to_vec(),
        net: model.net().clone(),
        weights: model.weights().clone(),
    };
    let mut bytes = Vec::new();
    old.write_to(&mut bytes).unwrap();
    let old = Tagger::read_from(&mut &bytes[..]).unwrap();
    assert_eq!(old.tag(&words).unwrap(), model.tag(&words).unwrap());
    assert_eq!(old.tokenizer(), nlp_embed::WordTokenizer::Words);
}

#[test]
fn weights_go_out_and_come_in_as_safetensors() {
    let train = language(12, 1);
    let model = fit(&small(), &train);
    let bytes = to_safetensors(model.weights()).unwrap();
    let mut other = fit(&small().seed(9), &train);
    assert_ne!(model.weights(), other.weights());
    from_safetensors(other.weights_mut(), &bytes).unwrap();
    assert_eq!(model.weights(), other.weights());
    let words = [vec!["find", "dark", "green", "shoes"], vec!["play", "abba"]];
    assert_eq!(model.tag(&words).unwrap(), other.tag(&words).unwrap());
    // PyTorch's names, and its shapes: 4 gates of 7 units, outputs in front of inputs.
    let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let shape = |name: &str| file.tensor(name).unwrap().shape().to_vec();
    assert_eq!(shape("encoder.weight_hh_l0_reverse"), [28, 7]);
    assert_eq!(shape("slots.weight"), [6, 14 + 2]);
    assert_eq!(shape("crf.start_transitions"), [model.tags().len()]);

    let before = other.weights().clone();
    let wide = to_safetensors(fit(&small().slot_dim(5), &train).weights()).unwrap();
    let error = from_safetensors(other.weights_mut(), &wide).unwrap_err();
    assert_eq!(
        error.to_string(),
        "tensor `slots.weight`: expected shape [6, 16], got [5, 16]"
    );
    let bare = to_safetensors(fit(&small().shape_dim(0), &train).weights()).unwrap();
    let error = from_safetensors(other.weights_mut(), &bare).unwrap_err();
    assert!(error.to_string().contains("`shapes.weight`"), "{error}");
    assert_eq!(&before, other.weights());
}
