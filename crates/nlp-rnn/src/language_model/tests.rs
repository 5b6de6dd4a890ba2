use guide_core::testing::{self, params_have_effect, refuses, same_for_one_and_two_threads};
use guide_core::{Error, Persist};

use super::*;
use crate::Cell;

/// Sentences of a small grammar, in an order that a seed draws.
pub(super) fn text(n: usize, seed: u64) -> Vec<Vec<&'static str>> {
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

pub(super) fn params() -> LanguageModelParams {
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

/// A loss may be finite where the perplexity is not.
#[test]
fn a_perplexity_that_is_not_finite_is_an_error() {
    let train = text(60, 1);
    let wild = params()
        .training(Training::Sgd)
        .learning_rate(1e6)
        .clip(0.0);
    let refused = wild.fit(&train).unwrap_err();
    assert!(matches!(refused, Error::Diverged { .. }), "{refused}");
    let mut model = params().epochs(1).fit(&train).unwrap();
    let bias = model.weights().find("output.bias").unwrap();
    // Only `<unk>`, which the text does not have, is probable.
    model.weights_mut().get_mut(bias)[1] = 1e4;
    let refused = model.perplexity(&train, None).unwrap_err().to_string();
    assert!(refused.contains("learning_rate"), "{refused}");
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
        ("conventions", "\"keras\""),
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
        &[
            ("n_words", "0"),
            ("temperature", "0"),
            ("temperature", "1e-30"),
            ("beam", "0"),
        ],
    );
    let both = Generation::default().beam(3).top_k(5);
    let error = both.validate().unwrap_err().to_string();
    assert_eq!(
        error,
        "parameter `top_k` must be 0 with a `beam`, which does not draw, but is 5"
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

/// A long prompt is read in several passes; each begins with the hidden state that the one before left.
#[test]
fn a_long_prompt_is_read_in_passes() {
    let model = params().epochs(15).fit(&text(400, 1)).unwrap();
    // After 2400 words of the language it goes on as after its last sentence.
    let sentences = text(400, 2).into_iter();
    let ended = sentences.map(|words| [&words[..], &["<eos>"]].concat());
    let sentences: Vec<&str> = ended.flatten().collect();
    let best = Generation::default().beam(3);
    let long = [&sentences[..], &["a", "blue", "and", "light"]].concat();
    assert_eq!(model.generate(&long, &best).unwrap(), ["hat"]);
    let cold = Generation::default().temperature(1e-6);
    assert_eq!(model.generate(&long, &cold).unwrap(), ["hat"]);
}

/// Keras's layers: one bias, 1 for the forget gate, Glorot's and orthogonal matrices.
#[test]
fn the_preset_of_keras_has_its_first_weights() {
    let keras = LanguageModelParams::keras().dim(30).hidden(20);
    let model = keras.start(Vocabulary::from_counts((0..50).map(|n| (format!("{n}"), 1))).unwrap());
    assert!(model.is_err()); // no `<eos>`
    let counts = ["<eos>", "<unk>"].map(|word| (word.to_owned(), 1));
    let words = counts
        .into_iter()
        .chain((0..48).map(|n| (format!("{n}"), 1)));
    let model = keras
        .start(Vocabulary::from_counts(words).unwrap())
        .unwrap();
    let weights = &model.weights;
    let of = |name: &str| weights.get(weights.find(name).unwrap());
    let bias = of("rnn.bias_ih_l0");
    assert!(bias[20..40].iter().all(|&b| b == 1.0));
    assert!(bias[..20].iter().chain(&bias[40..]).all(|&b| b == 0.0));
    assert!(weights.find("rnn.bias_hh_l0").is_none());
    let most = |name: &str| of(name).iter().fold(0.0_f32, |top, w| top.max(w.abs()));
    assert!((0.045..=0.05).contains(&most("embedding.weight")));
    let glorot = |n_in: f32, n_out: f32| (6.0 / (n_in + n_out)).sqrt();
    let (input, output) = (glorot(30.0, 80.0), glorot(20.0, 50.0));
    assert!((0.97 * input..=input).contains(&most("rnn.weight_ih_l0")));
    assert!((0.97 * output..=output).contains(&most("output.weight")));
    // Rows of the recurrent matrix are orthogonal and of length 1.
    let recurrent = of("rnn.weight_hh_l0");
    let row = |i: usize| &recurrent[i * 80..(i + 1) * 80];
    assert!((guide_core::kernels::dot(row(3), row(3)) - 1.0).abs() < 1e-4);
    assert!(guide_core::kernels::dot(row(3), row(7)).abs() < 1e-4);
    let torch = LanguageModelParams::zaremba_small().dim(30).hidden(20);
    let claimed = |params: &LanguageModelParams| params.n_weights(50) as usize;
    assert_eq!(claimed(&keras), weights.count().0);
    // A second bias, and a second layer.
    assert_eq!(claimed(&torch) - claimed(&keras), 80 + 80 * 42);
    let rule = |params: &LanguageModelParams| format!("{:?}", params.optimizer().rule);
    let adam = LanguageModelParams::keras().conventions(Conventions::Torch);
    assert_ne!(rule(&keras), rule(&adam));
}

/// Three states by hand: θ = 1, λ = 0.4.
#[test]
fn the_cache_mixes_as_its_formula() {
    use super::evaluate::Memory;

    let cache = ContinuousCache::default().size(3).theta(1.0).lambda(0.4);
    let mut memory = Memory::new(cache, 2);
    let uniform = || [0.25_f32; 4];
    let mut p = uniform();
    memory.mix(&mut p, &[1.0, 0.0]);
    assert_eq!(p, uniform()); // nothing is remembered
    memory.push(&[9.0, 9.0], 0); // will be forgotten
    memory.push(&[1.0, 0.0], 2);
    memory.push(&[0.0, 1.0], 3);
    memory.push(&[2.0, 0.0], 2);
    memory.mix(&mut p, &[1.0, 0.5]);
    // Products 1, 0.5 and 2.
    let [a, b, c] = [1.0_f32, 0.5, 2.0].map(f32::exp);
    let sum = a + b + c;
    let expected = [0.15, 0.15, 0.15 + 0.4 * (a + c) / sum, 0.15 + 0.4 * b / sum];
    for (got, expected) in p.iter().zip(expected) {
        assert!((got - expected).abs() < 1e-6, "{p:?} {expected}");
    }
}

/// A beam as wide as all texts finds the best of them: 4 words, 3 steps.
#[test]
fn a_wide_beam_finds_what_enumeration_finds() {
    let words: Vec<Vec<&str>> = (0..40)
        .map(|n| match n % 4 {
            0 => vec!["a", "b", "a"],
            1 => vec!["b", "b"],
            2 => vec!["a", "c"],
            _ => vec!["c", "b", "c"],
        })
        .collect();
    let model = params().epochs(3).fit(&words).unwrap();
    // `<eos>`, `<unk>`, a, b, c.
    assert_eq!(model.vocabulary().len(), 5);
    // The mean log probability of a text of at most 3 words, `<eos>` counted, as the search has it.
    let score = |text: &[u32]| {
        let mut state = model.net.stack.state(1);
        let mut work = super::net::Work::default();
        let (mut before, mut sum) = (vec![model.end], 0.0);
        for &word in text {
            let steps = crate::Steps::full(1, before.len());
            let pass = (&model.weights, nn_core::Mode::Infer);
            model
                .net
                .forward(pass, &before, steps, &mut state, &mut work);
            let mut p = Vec::new();
            model.net.score(&model.weights, work.hidden(), &mut p);
            p[model.unknown as usize] = f32::NEG_INFINITY;
            let n = p.len();
            nn_core::Activation::Softmax.apply(&mut p, n);
            sum += f64::from(p[word as usize]).ln();
            before = vec![word];
        }
        sum / text.len() as f64
    };
    let known: Vec<u32> = (0..5).filter(|&word| word != model.unknown).collect();
    let mut texts: Vec<Vec<u32>> = Vec::new();
    for &first in &known {
        if first == model.end {
            texts.push(vec![first]);
            continue;
        }
        for &second in &known {
            if second == model.end {
                texts.push(vec![first, second]);
                continue;
            }
            texts.extend(known.iter().map(|&third| vec![first, second, third]));
        }
    }
    let best = texts.iter().max_by(|a, b| score(a).total_cmp(&score(b)));
    let best = best.unwrap().iter().filter(|&&word| word != model.end);
    let best: Vec<&str> = best.map(|&word| model.vocabulary().word(word)).collect();
    let beam = Generation::default().n_words(3).beam(64);
    assert_eq!(model.generate(&[], &beam).unwrap(), best);
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
