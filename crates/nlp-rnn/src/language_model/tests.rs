use guide_core::testing::{self, params_have_effect, refuses, same_for_one_and_two_threads};
use guide_core::{Error, Persist};

use super::*;
use crate::Cell;

/// Sentences of a small grammar, in an order that a seed draws.
fn text(n: usize, seed: u64) -> Vec<Vec<&'static str>> {
    use rand::RngExt;
    let mut rng = guide_core::seeded(seed);
    let mut pick = |words: &[&'static str]| words[rng.random_range(0..words.len())];
    let sentence = |pick: &mut dyn FnMut(&[&'static str]) -> &'static str| {
        let colour = pick(&["red", "blue"]);
        // The thing depends on the colour four words before.
        let thing = if colour == "red" { "coat" } else { "hat" };
        vec!["a", colour, "and", pick(&["warm", "light"]), thing]
    };
    (0..n).map(|_| sentence(&mut pick)).collect()
}

fn params() -> LanguageModelParams {
    LanguageModel::params()
        .dim(12)
        .hidden(12)
        .layers(1)
        .batch(4)
        .bptt(10)
        .epochs(8)
        .decay_after(30)
        .init(0.3)
        .training(Training::Adam)
        .learning_rate(0.02)
        .dropout(0.0)
        .recurrent_dropout(0.0)
}

#[test]
fn every_cell_learns_what_depends_on_an_earlier_word() {
    // Two choices of one bit in six words: 2^(2/6) = 1.26.
    let (train, test) = (text(400, 1), text(100, 2));
    for cell in [Cell::Lstm, Cell::Gru, Cell::Rnn] {
        // Without gates the way through time is found later, and by smaller steps.
        let (epochs, rate) = if cell == Cell::Rnn {
            (60, 0.005)
        } else {
            (15, 0.02)
        };
        let params = params().cell(cell).epochs(epochs).decay_after(epochs);
        let model = params.learning_rate(rate).fit(&train).unwrap();
        let got = model.perplexity(&test, None).unwrap();
        assert!(got.perplexity < 1.32, "{cell:?}: {}", got.perplexity);
        assert_eq!((got.n_words, got.n_unknown), (600, 0));
    }
    // Without a way through time the thing is a bit more: 2^(3/6) = 1.41.
    let short = params().bptt(1).fit(&train).unwrap();
    assert!(short.perplexity(&test, None).unwrap().perplexity > 1.33);
}

#[test]
fn same_bits_on_one_and_two_threads() {
    let train = text(100, 1);
    let deep = params()
        .layers(2)
        .dropout(0.3)
        .recurrent_dropout(0.2)
        .epochs(2);
    for params in [deep.clone(), deep.tied(false).cell(Cell::Gru)] {
        same_for_one_and_two_threads(|| params.fit(&train).unwrap());
    }
}

#[test]
fn every_parameter_has_an_effect_and_bad_ones_are_refused() {
    let train = text(60, 1);
    let sgd = params().training(Training::Sgd).learning_rate(1.0);
    let two = sgd.layers(2).epochs(3).decay_after(1).dropout(0.1);
    let changes = [
        ("cell", "\"gru\""),
        ("layers", "1"),
        ("tied", "false"),
        ("bptt", "5"),
        ("batch", "2"),
        ("epochs", "2"),
        ("training", "\"adam\""),
        ("learning_rate", "0.5"),
        ("decay", "0.5"),
        ("decay_after", "2"),
        ("clip", "0.1"),
        ("dropout", "0.2"),
        ("recurrent_dropout", "0.2"),
        ("weight_decay", "0.1"),
        ("init", "0.2"),
        ("min_count", "40"),
        ("max_words", "3"),
        ("seed", "1"),
    ];
    params_have_effect(&two, &changes, |params| params.fit(&train).unwrap().weights);
    let untied = two.clone().tied(false);
    params_have_effect(&untied, &[("dim", "5"), ("hidden", "7")], |params| {
        params.fit(&train).unwrap().weights
    });
    let bad = [
        ("dim", "0"),
        ("hidden", "13"),
        ("layers", "0"),
        ("bptt", "0"),
        ("batch", "0"),
        ("epochs", "0"),
        ("learning_rate", "0"),
        ("decay", "0"),
        ("clip", "-1"),
        ("dropout", "1"),
        ("recurrent_dropout", "1"),
        ("weight_decay", "-1"),
        ("init", "0"),
        ("min_count", "0"),
        ("max_words", "0"),
    ];
    refuses(&params(), &bad);
    refuses(
        &ContinuousCache::default(),
        &[("size", "0"), ("theta", "-1"), ("lambda", "1")],
    );
    refuses(
        &Generation::default(),
        &[("n_words", "0"), ("temperature", "0"), ("beam", "0")],
    );
}

#[test]
fn unknown_words_and_empty_texts_are_told() {
    let model = params().epochs(1).min_count(2).fit(&text(60, 1)).unwrap();
    let foreign = vec![vec!["a", "green", "coat"], vec![]];
    let got = model.perplexity(&foreign, None).unwrap();
    assert_eq!((got.n_words, got.n_unknown), (5, 1));
    let nothing: Vec<Vec<&str>> = Vec::new();
    assert!(matches!(
        model.perplexity(&nothing, None),
        Err(Error::Empty { .. })
    ));
    assert!(params().fit(&nothing).is_err());
    let error = params().batch(50).fit(&text(3, 1)).unwrap_err().to_string();
    assert!(error.contains("18 words"), "{error}");
    // A text that marks unknown words itself.
    let marked = vec![vec!["a", "<unk>", "coat"]; 10];
    let model = params().epochs(1).fit(&marked).unwrap();
    assert_eq!(model.vocabulary().counts()[1], 10);
    assert_eq!(model.perplexity(&marked, None).unwrap().n_unknown, 0);
}

#[test]
fn word_vectors_are_where_words_begin() {
    use guide_core::ndarray::Array2;
    use nlp_embed::WordVectors;

    let words = Vocabulary::from_counts([("coat", 9), ("red", 8), ("absent", 1)]).unwrap();
    let rows = Array2::from_shape_fn((3, 12), |(i, j)| (i + j) as f32 / 10.0);
    let vectors = WordVectors::new(words, rows).unwrap();
    let fit = |params: LanguageModelParams, vectors| {
        let mut watch = |_: &nn_core::EpochRecord| std::ops::ControlFlow::Continue(());
        params.fit_from(vectors, &text(60, 1), None, &mut watch)
    };
    let slow = params().epochs(1).learning_rate(1e-9);
    let (model, _) = fit(slow.clone(), Some(&vectors)).unwrap();
    let (other, _) = fit(slow, None).unwrap();
    let row = |model: &LanguageModel, word: &str| {
        let table = model.weights.find("embedding.weight").unwrap();
        let id = model.vocabulary.id(word).unwrap() as usize;
        model.weights.get(table)[id * 12..(id + 1) * 12].to_vec()
    };
    for word in ["coat", "red"] {
        let given = vectors.get(word).unwrap();
        let row = row(&model, word);
        assert!(row.iter().zip(given).all(|(a, b)| (a - b).abs() < 1e-4));
    }
    // A word without a vector begins as ever.
    assert!(
        row(&model, "hat")
            .iter()
            .zip(row(&other, "hat"))
            .all(|(a, b)| (a - b).abs() < 1e-4)
    );
    let wide = params().dim(13).hidden(13);
    let error = fit(wide, Some(&vectors)).unwrap_err().to_string();
    assert!(
        error.contains("parameter `dim` must be the width of the word vectors to start from, 12")
    );
}

/// A word that came a moment ago comes again.
#[test]
fn a_cache_finds_repeated_words() {
    let mut train: Vec<Vec<String>> = Vec::new();
    for block in 0..60 {
        // Each block speaks of one of thirty things.
        let thing = format!("thing{}", block * 7 % 30);
        train.extend(vec![vec!["see".to_owned(), thing]; 5]);
    }
    let model = params().epochs(4).fit(&train).unwrap();
    let plain = model.perplexity(&train, None).unwrap().perplexity;
    let cache = ContinuousCache::default().size(12).lambda(0.3);
    let with = model.perplexity(&train, Some(cache)).unwrap().perplexity;
    assert!(with < 0.85 * plain, "{plain} {with}");
    let nothing = ContinuousCache::default().lambda(0.0);
    let same = model.perplexity(&train, Some(nothing)).unwrap().perplexity;
    assert!((same / plain - 1.0).abs() < 1e-5, "{plain} {same}");
}

#[test]
fn texts_are_drawn_by_seed_and_the_best_is_found() {
    let model = params().epochs(15).fit(&text(400, 1)).unwrap();
    let draw = |seed: u64| {
        let generation = Generation::default().seed(seed);
        model.generate(&["a", "red"], &generation).unwrap()
    };
    assert_eq!(draw(3), draw(3));
    let drawn: Vec<Vec<String>> = (0..30).map(draw).collect();
    let like = |words: &[&str]| drawn.iter().filter(|text| *text == words).count();
    assert!(like(&["and", "warm", "coat"]) > 5, "{drawn:?}");
    assert!(like(&["and", "light", "coat"]) > 5, "{drawn:?}");
    let cold = Generation::default().temperature(0.01).top_k(3);
    let best = model
        .generate(&["a", "blue", "and", "warm"], &cold)
        .unwrap();
    assert_eq!(best, ["hat"]);
    let beam = Generation::default().beam(4);
    let best = model.generate(&["a", "blue"], &beam).unwrap();
    assert_eq!(best.last().unwrap(), "hat");
    let long = Generation::default()
        .one_sentence(false)
        .n_words(50)
        .cache(Some(ContinuousCache::default()));
    assert_eq!(model.generate(&[], &long).unwrap().len(), 50);
    assert!(
        model
            .generate(&["never", "met"], &long)
            .unwrap()
            .iter()
            .all(|word| word != "<unk>")
    );
}

#[test]
fn a_file_gives_the_same_model_and_a_damaged_one_an_error() {
    let model = params().layers(2).epochs(1).fit(&text(40, 1)).unwrap();
    let mut bytes = Vec::new();
    model.write_to(&mut bytes).unwrap();
    assert_eq!(LanguageModel::read_from(&mut &bytes[..]).unwrap(), model);
    testing::survives_corruption(&model, 2_000, 3);
    // Parameters that claim terabytes are refused before memory is taken.
    for (layers, width) in [(64, 1 << 14), (2, 13), (3, 12)] {
        let mut forged = model.clone();
        forged.params = forged.params.layers(layers).dim(width).hidden(width);
        let mut bytes = Vec::new();
        forged.write_to(&mut bytes).unwrap();
        let error = LanguageModel::read_from(&mut &bytes[..])
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("weights, where the parameters need"),
            "{error}"
        );
    }
    let untied = params()
        .tied(false)
        .dim(5)
        .layers(2)
        .cell(Cell::Gru)
        .epochs(1);
    let model = untied.fit(&text(40, 1)).unwrap();
    let mut bytes = Vec::new();
    model.write_to(&mut bytes).unwrap();
    assert_eq!(LanguageModel::read_from(&mut &bytes[..]).unwrap(), model);
}

#[test]
fn the_backward_pass_has_the_gradient_of_differences() {
    use nn_core::{Grads, Mode, Weights};

    use super::net::Work;
    use crate::Steps;

    for (tied, dropout) in [(true, 0.0), (false, 0.3)] {
        let params = params()
            .tied(tied)
            .dim(3)
            .hidden(3)
            .layers(2)
            .dropout(dropout)
            .init(0.8);
        let mut weights = Weights::new();
        let net = Net::new(&mut weights, &params, 11).unwrap();
        let (words, next) = ([1, 4, 4, 2, 9, 10], [4, 4, 2, 9, 10, 0]);
        let mode = Mode::Train { seed: 3, step: 5 };
        let run = |weights: &Weights, grads: Option<&mut Grads>| {
            let (steps, mut work) = (Steps::full(2, 3), Work::default());
            let mut state = net.stack.state(2);
            net.forward((weights, mode), &words, steps, &mut state, &mut work);
            let sum = net.loss(weights, &next, 0.5, &mut work);
            if let Some(grads) = grads {
                net.backward((weights, mode), &words, steps, &mut work, grads);
            }
            0.5 * sum
        };
        let mut grads = Grads::of(&weights);
        run(&weights, Some(&mut grads));
        nn_core::testing::weights_are_differences(&weights, &grads, |weights| run(weights, None));
    }
}
