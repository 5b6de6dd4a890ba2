//! The tagger: long sentences, the best epoch, tags that are allowed, and texts that are cut by the tagger itself.
#![allow(clippy::unwrap_used)]

use guide_core::{Fit, Persist};
use nn_core::{Batch, Grads};

use super::example::Example;
use super::tests::{fit, gazetteer, language, loss, small};
use super::train::{Learner, shortfall};
use super::{Tagged, Tagger, TaggerData, TaggerReport};
use crate::{Gazetteer, TaggedSentence};

/// The windows of a long sentence give the tags and the intent that a short one has.
#[test]
fn a_long_sentence_is_tagged_as_a_short_one() {
    let train = language(200, 1);
    let model = fit(&small().n_epochs(12), &train);
    let unit = ["find", "me", "dark", "green", "hats"];
    let tags = ["O", "O", "B-color", "I-color", "B-type"];
    let short: Vec<&str> = unit.into_iter().cycle().take(10).collect();
    let long: Vec<&str> = unit.into_iter().cycle().take(5000).collect();
    let found = model.tag(&[short, long]).unwrap();
    assert_eq!(found[0].tags, [tags, tags].concat());
    let right = found[1].tags.iter().zip(tags.iter().cycle());
    let right = right.filter(|(got, expected)| got == expected).count();
    assert!(right > 4990, "{right} of 5000");
    let (intent, p) = found[1].intent.unwrap();
    assert!(intent == "Find" && p > 0.9 && p <= 1.0, "{p}");
}

/// A batch that is too large for one pass is learned in several.
#[test]
fn long_training_sentences_are_learned_in_several_passes() {
    let mut train = language(8, 1);
    for sentence in &mut train {
        let n = sentence.words.len();
        let at = |index: usize| index % n;
        let words: Vec<String> = (0..1500).map(|i| sentence.words[at(i)].clone()).collect();
        sentence.tags = (0..1500).map(|i| sentence.tags[at(i)].clone()).collect();
        sentence.words = words;
    }
    // 8 x 1500 words are two passes, whose gradients are those of the whole batch.
    let params = small().dropout(0.0).word_dropout(0.0).batch_size(8);
    let model = fit(&params.n_epochs(1), &train);
    let examples: Vec<Example> = train.iter().map(|s| model.example(s).unwrap()).collect();
    let weights = model.weights();
    let mut whole = Grads::of(weights);
    let expected = loss(&model, weights, &examples, Some(&mut whole));
    let mut learner = Learner::new(&model, examples, &[]).unwrap();
    let batch = Batch {
        examples: &[0, 1, 2, 3, 4, 5, 6, 7],
        seed: 1,
        step: 1,
    };
    let mut parts = Grads::of(weights);
    let got = learner.try_learn(weights, batch, &mut parts).unwrap();
    assert!((got - expected).abs() < 1e-5 * expected, "{got} {expected}");
    for id in weights.ids() {
        let width = weights.shape(id).iter().skip(1).product::<usize>().max(1);
        let [whole, parts] = [&whole, &parts].map(|grads| grads.get(id).to_dense(width).to_vec());
        let top = whole.iter().fold(0.0_f32, |top, g| top.max(g.abs()));
        for (whole, part) in whole.iter().zip(parts) {
            let error = (whole - 8.0 * part).abs();
            assert!(error < 1e-3 * top, "{}: {whole} {part}", weights.name(id));
        }
    }
    let gazetteer = Gazetteer::default();
    train[3].words = vec!["red".to_owned(); 8193];
    train[3].tags = vec!["O".to_owned(); 8193];
    let error = small()
        .fit(&TaggerData::new(&train, &gazetteer))
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "tagger needs training sentences of at most 8192 words, but sentence 3 has 8193; cut it"
    );
}

/// The best epoch has the most sentences that are right, then the best F1; without labels the best F1.
#[test]
fn the_best_epoch_is_the_one_that_is_documented() {
    let sentence = |tags: &str, label: Option<&str>| {
        let tags: Vec<String> = tags.split(' ').map(str::to_owned).collect();
        let label = label.map(str::to_owned);
        let words = vec!["word".to_owned(); tags.len()];
        TaggedSentence { words, tags, label }
    };
    let report = |truth: &[TaggedSentence], found: &[&'static str]| {
        let found = found.iter().map(|tags| Tagged {
            tags: tags.split(' ').collect(),
            intent: truth[0].label.is_some().then_some(("Find", 1.0)),
        });
        TaggerReport::new(truth, &found.collect::<Vec<_>>()).unwrap()
    };
    for label in [Some("Find"), None] {
        let truth = [
            sentence("B-a O", label),
            sentence("B-a B-b", label),
            sentence("B-a B-b B-a B-b", label),
        ];
        // Equal numbers of right sentences: the spans decide.
        let sentences = report(&truth, &["B-a O", "B-a B-b", "O O O O"]);
        let spans = report(&truth, &["O O", "B-a B-b", "B-a B-b B-a B-b"]);
        let worse = report(&truth, &["B-a O", "B-a B-b", "O O O B-a"]);
        assert_eq!((sentences.right, spans.right, worse.right), (2, 2, 2));
        assert!(shortfall(&spans) < shortfall(&sentences));
        assert!(shortfall(&sentences) < shortfall(&worse));
        let many = report(&truth, &["O O", "O B-b", "B-a B-b B-a B-b"]);
        assert_eq!(many.right, 1);
        assert!(many.spans.overall.f1() > sentences.spans.overall.f1());
        let sentences_first = shortfall(&sentences) < shortfall(&many);
        assert_eq!(sentences_first, label.is_some());
    }
    // A tagger that was trained without labels has no intent to compare.
    let truth = [sentence("B-a O", Some("Find")), sentence("B-a", None)];
    let found = ["B-a O", "O"].map(|tags| Tagged {
        tags: tags.split(' ').collect(),
        intent: None,
    });
    let report = TaggerReport::new(&truth, &found).unwrap();
    assert_eq!((report.labelled, report.uncompared_labels), (0, 1));
    assert_eq!(report.intent_accuracy(), None);
    assert_eq!(report.sentence_accuracy(), 0.5);
}

#[test]
fn only_allowed_tags_are_found_where_parameters_say_so() {
    // Training data that begin spans with `I-`, so that a free field finds such tags.
    let mut train = language(40, 1);
    for sentence in &mut train {
        for tag in &mut sentence.tags {
            *tag = tag.replace("B-", "I-");
        }
    }
    let model = |constrained: bool| {
        let params = small().n_epochs(12).constrained(constrained);
        params
            .fit(&TaggerData::new(&train, &Gazetteer::default()))
            .unwrap()
    };
    let words = vec![vec!["find", "me", "red", "shoes"]];
    let (free, bound) = (model(false), model(true));
    let free = &free.tag(&words).unwrap()[0].tags;
    assert_eq!(free[..], ["O", "O", "I-color", "I-type"]);
    let bound = bound.tag(&words).unwrap();
    assert_eq!(crate::broken_tags(&bound[0].tags).unwrap(), 0);
}

#[test]
fn a_text_is_cut_and_tagged() {
    let (train, gazetteer) = (language(200, 1), gazetteer());
    let data = TaggerData::new(&train, &gazetteer);
    let model = small().n_epochs(12).fit(&data).unwrap();
    let found = model.tag_text("Find me RED shoes!").unwrap();
    assert_eq!(found.words, ["find", "me", "red", "shoes"]);
    assert_eq!(found.tagged.tags, ["O", "O", "B-color", "B-type"]);
    assert_eq!(found.tagged.intent.unwrap().0, "Find");
    assert!(model.tag_text("").unwrap().tagged.tags.is_empty());
    // A tokeniser of the caller's choice is kept in the file, and version 1 had none.
    let whitespace = data.tokenizer(nlp_embed::WordTokenizer::Whitespace);
    let model = small().n_epochs(1).fit(&whitespace).unwrap();
    let mut bytes = Vec::new();
    model.write_to(&mut bytes).unwrap();
    let loaded = Tagger::read_from(&mut &bytes[..]).unwrap();
    assert_eq!(
        loaded.tag_text("red shoes!").unwrap().words,
        ["red", "shoes!"]
    );
}
