//! Model files that are committed: each later version of the code must load them and answer the same.
#![allow(clippy::unwrap_used)]

use guide_core::testing::{Answers, SavedModels};
use guide_core::{Fit, Result};
use nlp_embed::{TfIdf, WordTokenizer};
use nlp_rnn::{
    Cell, ContinuousCache, Gazetteer, Generation, LabelledTexts, LanguageModel, LinearClassifier,
    Pooling, RecurrentClassifier, TaggedSentence, Tagger, TaggerData, TextClassifier,
};

fn sentences() -> Vec<Vec<&'static str>> {
    let sentence = |number: usize| match number % 3 {
        0 => vec!["a", "red", "coat"],
        1 => vec!["a", "blue", "hat"],
        _ => vec!["一", "手机"],
    };
    (0..30).map(sentence).collect()
}

fn language_model(model: &LanguageModel) -> Result<Answers> {
    let mut answers = Answers::default();
    let words = model.vocabulary().words();
    answers.words("words", words.iter().map(ToString::to_string));
    let text = vec![vec!["a", "red", "hat"], vec!["手机", "unknown"]];
    let cache = ContinuousCache::default().size(10);
    let perplexities = [None, Some(cache)].map(|cache| model.perplexity(&text, cache));
    for (name, got) in ["perplexity", "with a cache"].into_iter().zip(perplexities) {
        answers.numbers(name, [got?.perplexity as f32]);
    }
    let beam = Generation::default().beam(2).n_words(4);
    answers.words("written", model.generate(&["a"], &beam)?);
    Ok(answers)
}

fn tagged() -> Vec<TaggedSentence> {
    let lines = [
        (
            "find red shoes by alba",
            "O B-color B-type O B-brand",
            "find",
        ),
        (
            "return my red fox hat",
            "O O B-brand I-brand B-type",
            "return",
        ),
        ("买 红色 手机", "O B-color B-type", "find"),
        ("find Boots-2", "O B-type", "find"),
    ];
    let split = |text: &str| text.split(' ').map(str::to_owned).collect();
    let sentence = |&(words, tags, label): &(&str, &str, &str)| TaggedSentence {
        words: split(words),
        tags: split(tags),
        label: Some(label.to_owned()),
    };
    lines.iter().map(sentence).collect()
}

/// A tagger of little width; `with_intents` it has labels, a gazetteer and two layers.
fn train_tagger(with_intents: bool) -> Result<Tagger> {
    let mut sentences = tagged();
    let mut gazetteer = Gazetteer::default();
    let params = Tagger::params().word_dim(4).n_hidden(3).slot_dim(4);
    let mut params = params.attention_dim(3).n_epochs(30).learning_rate(0.02);
    if with_intents {
        gazetteer.add("brand", "red fox")?;
        params = params.char_dim(3).char_filters(3).shape_dim(2);
        params = params.affix_dim(2).gazetteer_dim(2).n_layers(2);
    } else {
        sentences
            .iter_mut()
            .for_each(|sentence| sentence.label = None);
        params = params.char_filters(0).shape_dim(0).affix_dim(0);
    }
    params.fit(&TaggerData::new(&sentences, &gazetteer))
}

fn tagger(model: &Tagger) -> Result<Answers> {
    let mut answers = Answers::default();
    answers.words("tags", model.tags());
    answers.words("intents", model.intents());
    let sentences = ["find red shoes by alba", "my Red Fox boots", "买 手机"];
    let words = sentences.map(|sentence| sentence.split(' ').collect::<Vec<_>>());
    for (sentence, found) in sentences.iter().zip(model.tag(&words)?) {
        answers.words(&format!("tags of {sentence}"), found.tags);
        if let Some((intent, share)) = found.intent {
            answers.words(&format!("intent of {sentence}"), [intent]);
            answers.numbers(&format!("share of {sentence}"), [share]);
        }
    }
    Ok(answers)
}

const TEXTS: [&str; 8] = [
    "a warm red coat",
    "an oak desk",
    "a red hat, warm",
    "a glass desk",
    "warm red shoes",
    "an oak shelf or a desk",
    "红色 手机",
    "一 手机 很好",
];
const LABELS: [&str; 8] = [
    "clothes", "home", "clothes", "home", "clothes", "home", "phones", "phones",
];

fn classifier(model: &dyn TextClassifier) -> Result<Answers> {
    let mut answers = Answers::default();
    answers.words("labels", model.labels());
    for text in ["a red desk", "warm", "手机", ""] {
        let found = model.classify(text)?;
        answers.words(&format!("label of {text:?}"), [found.label()]);
        let shares = found.probabilities().iter().copied();
        answers.numbers(&format!("shares of {text:?}"), shares);
    }
    Ok(answers)
}

fn all(saved: &mut SavedModels) {
    let text = sentences();
    let small = LanguageModel::params().dim(5).hidden(5).batch(2).bptt(6);
    let small = small.epochs(20);
    saved.model("language-model-tied", || small.fit(&text), language_model);
    let gru = small
        .clone()
        .tied(false)
        .hidden(4)
        .layers(1)
        .cell(Cell::Gru);
    saved.model("language-model-gru", || gru.fit(&text), language_model);
    saved.model("tagger", || train_tagger(true), tagger);
    saved.model("tagger-slots-alone", || train_tagger(false), tagger);
    let data = LabelledTexts::new(&TEXTS, &LABELS).unwrap();
    let linear = LinearClassifier::params().features(TfIdf::params().min_df(2));
    let linear = linear.calibration_share(0.3);
    saved.model("linear", || linear.fit(&data), |model| classifier(model));
    let lstm = RecurrentClassifier::params().dim(4).hidden(3).min_count(1);
    let lstm = lstm.validation_share(0.3).epochs(10).learning_rate(0.02);
    let attention = lstm.clone().pooling(Pooling::Attention).layers(2);
    let attention = attention.tokenizer(WordTokenizer::Whitespace);
    saved.model("recurrent", || lstm.fit(&data), |model| classifier(model));
    saved.model(
        "recurrent-attention",
        || attention.fit(&data),
        |model| classifier(model),
    );
}

guide_core::saved_models!(all);
