//! The recurrent classifier on generated texts: what it learns, its gradients, files, and what is refused.

use guide_core::ndarray::Array2;
use guide_core::testing::{self, params_have_effect, refuses, same_for_one_and_two_threads};
use guide_core::{Error, Fit};
use nlp_embed::{WordTokenizer, WordVectors};
use nn_core::{
    ClassWeight, CrossEntropy, Ending, EpochRecord, Grad, Grads, from_safetensors, to_safetensors,
};
use rand::RngExt;

use super::*;
use crate::{Cell, Side};

/// Remarks in which `not`, a few words before, turns the meaning of the last word.
fn remarks(n: usize, seed: u64) -> (Vec<String>, Vec<String>) {
    let mut rng = guide_core::seeded(seed);
    let mut pick = |words: &[&'static str]| words[rng.random_range(0..words.len())];
    let remark = |_| {
        let thing = pick(&["coat", "hat", "scarf"]);
        let turn = pick(&["is", "is not"]);
        let much = pick(&["", "at all", "really", "very"]);
        let (word, good) = match pick(&["warm", "soft", "thin", "ugly"]) {
            word @ ("warm" | "soft") => (word, turn == "is"),
            word => (word, turn != "is"),
        };
        let text = format!("the {thing} {turn} {much} {word}");
        (text, ["bad", "good"][usize::from(good)].to_owned())
    };
    (0..n).map(remark).unzip()
}

pub(super) fn params() -> RecurrentClassifierParams {
    RecurrentClassifier::params()
        .dim(8)
        .hidden(8)
        .dropout(0.1)
        .embedding_dropout(0.0)
        .word_dropout(0.0)
        .learning_rate(0.02)
        .epochs(8)
        .batch(16)
}

fn trained(params: &RecurrentClassifierParams, n: usize) -> RecurrentClassifier {
    let (texts, labels) = remarks(n, 1);
    let data = LabelledTexts::new(&texts, &labels).unwrap();
    params.fit(&data).unwrap()
}

fn bytes(model: &RecurrentClassifier) -> Vec<u8> {
    let mut bytes = Vec::new();
    model.write_to(&mut bytes).unwrap();
    bytes
}

#[test]
fn every_cell_and_pooling_learns_what_an_earlier_word_turns() {
    let (texts, labels) = remarks(200, 2);
    let test = LabelledTexts::new(&texts, &labels).unwrap();
    for cell in [Cell::Rnn, Cell::Lstm, Cell::Gru] {
        for pooling in [
            Pooling::Last,
            Pooling::Mean,
            Pooling::Max,
            Pooling::Attention,
        ] {
            let params = params().cell(cell).pooling(pooling);
            let model = trained(&params.epochs(25).patience(0), 300);
            let tested = model.evaluate(&test).unwrap();
            let accuracy = tested.confusion.accuracy();
            assert!(accuracy > 0.97, "{cell:?} {pooling:?}: {accuracy}");
            assert!(tested.log_loss.unwrap() < 0.15, "{:?}", tested.log_loss);
        }
    }
    // Words without their order: a quarter of the remarks or more is beyond a net that sees one word.
    let short = trained(&params().max_length(1).truncating(Side::Pre), 300);
    assert!(short.evaluate(&test).unwrap().confusion.accuracy() < 0.75);
}

#[test]
fn the_gradient_is_that_of_the_loss() {
    let texts: [&[u32]; 3] = [&[2, 3, 4, 2], &[5], &[3, 6, 1]];
    let classes = [0, 2, 1];
    let loss = CrossEntropy {
        smoothing: 0.1,
        ignore: None,
    };
    let kinds = [
        Pooling::Last,
        Pooling::Mean,
        Pooling::Max,
        Pooling::Attention,
    ];
    for (pooling, layers) in kinds.into_iter().zip([1, 2, 1, 2]) {
        let params = params().dim(3).hidden(2).layers(layers).pooling(pooling);
        let mut weights = Weights::new();
        let net = Net::new(&mut weights, &params, (7, 3), true).unwrap();
        // Larger numbers, so that differences stand out.
        let ids: Vec<_> = weights.ids().collect();
        for &id in &ids {
            weights.get_mut(id).iter_mut().for_each(|w| *w *= 2.0);
        }
        let mut work = Work::default();
        let mut of = |weights: &Weights, grads: Option<&mut Grads>| {
            work.load(3, |i| texts[i]);
            net.forward(weights, Mode::Infer, &mut work);
            let scale = |class: u32| [0.5, 2.0, 1.0][class as usize];
            let logits = work.logits.clone();
            let sum = loss.weighted(3, &mut work.logits, &classes, 1.0, scale);
            if let Some(grads) = grads {
                net.backward(weights, Mode::Infer, &mut work, grads);
            }
            // The weighted loss, one text at a time.
            let rows = logits.chunks_exact(3).zip(classes);
            let each = rows.map(|(row, class)| {
                let of_row = loss.of(3, &mut row.to_vec(), &[class], 1.0);
                f64::from(scale(class)) * of_row
            });
            let expected: f64 = each.sum();
            assert!((sum - expected).abs() < 1e-12, "{sum} {expected}");
            expected
        };
        let mut grads = Grads::of(&weights);
        of(&weights, Some(&mut grads));
        // Small, so that the largest of several outputs stays the largest.
        let h = 2e-3;
        for &id in &ids {
            let width = weights.shape(id).last().copied().unwrap_or(1);
            let exact = match grads.get(id) {
                Grad::Dense(values) => values.clone(),
                rows => rows.to_dense(width),
            };
            for (place, exact) in exact.into_iter().enumerate() {
                // Padding is not trained.
                if weights.name(id) == "embedding.weight" && place < width {
                    assert_eq!(exact, 0.0);
                    continue;
                }
                let old = weights.get(id)[place];
                let mut moved = |by: f32| {
                    weights.get_mut(id)[place] = old + by;
                    let loss = of(&weights, None);
                    weights.get_mut(id)[place] = old;
                    loss
                };
                let numeric = (moved(h) - moved(-h)) / (2.0 * f64::from(h));
                let apart = (numeric - f64::from(exact)).abs();
                let name = weights.name(id);
                assert!(
                    apart < 2e-2 * numeric.abs().max(1.0),
                    "{pooling:?} {name}[{place}]: {exact} {numeric}"
                );
            }
        }
    }
}

#[test]
fn same_bits_on_one_and_two_threads_and_from_a_file() {
    let deep = params()
        .layers(2)
        .recurrent_dropout(0.1)
        .epochs(2)
        .word_dropout(0.1);
    let deep = deep.pooling(Pooling::Attention).embedding_dropout(0.1);
    let (texts, _) = remarks(100, 3);
    for params in [deep.clone(), deep.cell(Cell::Gru).pooling(Pooling::Max)] {
        let (bytes, answers) = same_for_one_and_two_threads(|| {
            let model = trained(&params, 120);
            let answers = model.predict_batch(&texts).unwrap();
            let all = answers
                .iter()
                .flat_map(|answer| answer.probabilities().to_vec());
            (bytes(&model), all.collect::<Vec<f32>>())
        });
        let model = RecurrentClassifier::read_from(&mut bytes.as_slice()).unwrap();
        let read = model.predict_batch(&texts).unwrap();
        let all = read
            .iter()
            .flat_map(|answer| answer.probabilities().to_vec());
        assert_eq!(all.collect::<Vec<f32>>(), answers);
        // Alone and among others, filled up, a text gets the same answer.
        for (text, among) in texts.iter().zip(&read) {
            let alone = model.predict(text).unwrap();
            let pairs = alone.probabilities().iter().zip(among.probabilities());
            pairs.for_each(|(a, b)| assert!((a - b).abs() < 1e-5, "{text}: {a} {b}"));
        }
    }
}

#[test]
fn texts_without_a_known_word_get_the_shares_and_long_ones_an_answer() {
    let model = trained(&params().max_length(5), 200);
    let (_, labels) = remarks(200, 1);
    let bad = labels.iter().filter(|label| *label == "bad").count() as f32 / 200.0;
    for text in ["", " \n", "ΩΩΩ unheard"] {
        let answer = model.predict(text).unwrap();
        assert!(answer.is_prior());
        assert_eq!(answer.probabilities()[0], bad);
    }
    let all = model
        .predict_batch(&["", "the hat is soft", "unheard"])
        .unwrap();
    let is_prior: Vec<bool> = all.iter().map(LabelProbabilities::is_prior).collect();
    assert_eq!(is_prior, [true, false, true]);
    // A million words, of which the first five are read.
    let million = format!("the hat is unheard soft{}", " ugly".repeat(1_000_000));
    let short = model.predict("The hat IS unknown soft").unwrap();
    assert_eq!(model.predict(&million).unwrap(), short.clone().cut(true));
    let all = [million.as_str(), "the hat is soft", &"ΩΩΩ ".repeat(6)];
    let all = model.predict_batch(&all).unwrap();
    let is_cut: Vec<bool> = all.iter().map(LabelProbabilities::is_cut).collect();
    assert_eq!((short.is_cut(), is_cut), (false, vec![true, false, true]));
    assert!(model.report().unwrap().n_cut > 0);
    let last = trained(&params().max_length(5).truncating(Side::Pre), 200);
    let million = format!("{}the hat is unheard soft", "ugly ".repeat(1_000_000));
    let short = last.predict("the hat is unheard soft").unwrap();
    assert_eq!(last.predict(&million).unwrap(), short.cut(true));
}

#[test]
fn labels_that_the_model_lacks_count_as_errors() {
    let model = trained(&params(), 300);
    let texts = ["the hat is soft", "the hat is thin", "the hat"];
    let test = LabelledTexts::new(&texts, &["good", "bad", "other"]).unwrap();
    let tested = model.evaluate(&test).unwrap();
    assert!((tested.confusion.accuracy() - 2.0 / 3.0).abs() < 1e-9);
    assert_eq!(tested.unknown_labels, [("other".to_owned(), 1)]);
    assert!(matches!(
        model.evaluate(&LabelledTexts::default()),
        Err(Error::Empty { .. })
    ));
}

#[test]
fn the_best_epoch_is_kept_and_training_ends_early() {
    let (texts, labels) = remarks(260, 1);
    let part = |from, to| LabelledTexts::new(&texts[from..to], &labels[from..to]).unwrap();
    // Wrong labels, so that the loss rises again once the network is sure.
    let wrong = |n: usize| match (n, labels[200 + n].as_str()) {
        (0, _) => "unheard",
        (n, "bad") if n % 6 == 1 => "good",
        (n, "good") if n % 6 == 1 => "bad",
        (_, right) => right,
    };
    let wrong: Vec<&str> = (0..60).map(wrong).collect();
    let valid = LabelledTexts::new(&texts[200..], &wrong).unwrap();
    let known = LabelledTexts::new(&texts[201..], &wrong[1..]).unwrap();
    for best_by in [BestBy::Accuracy, BestBy::LogLoss] {
        let mut watched = Vec::new();
        let mut watch = |record: &EpochRecord| {
            watched.extend(record.validation);
            std::ops::ControlFlow::Continue(())
        };
        let params = params().epochs(40).patience(2).best_by(best_by);
        let model = params
            .fit_validated(&part(0, 200), Some(&valid), None, &mut watch)
            .unwrap();
        let report = model.report().unwrap();
        assert_eq!((report.n_train, report.n_validation), (200, 59));
        assert_eq!(report.n_unknown_labels, 1);
        assert_eq!(report.history.ending, Ending::Early);
        let best = watched.iter().copied().fold(f64::INFINITY, f64::min);
        let first = watched.iter().position(|&v| v == best).unwrap();
        assert_eq!(report.history.kept_epoch, first + 1);
        assert_ne!(model.calibration().temperature(), 1.0);
        if best_by == BestBy::LogLoss {
            // The calibrated loss is at most that of the kept epoch.
            let loss = model.evaluate(&known).unwrap().log_loss.unwrap();
            assert!(loss <= best + 1e-5, "{loss} {best}");
        }
    }
    let plain = params()
        .validation_share(0.0)
        .epochs(1)
        .fit(&part(0, 200))
        .unwrap();
    assert_eq!(plain.report().unwrap().n_validation, 0);
    assert_eq!(plain.calibration().temperature(), 1.0);
}

#[test]
fn class_weights_raise_the_recall_of_a_rare_label() {
    // What is said tells nothing: only the weights decide.
    let texts = ["a coat"; 100];
    let labels: Vec<&str> = (0..100)
        .map(|n| if n % 5 == 0 { "rare" } else { "common" })
        .collect();
    let data = LabelledTexts::new(&texts, &labels).unwrap();
    let plain = params().validation_share(0.0).min_count(1);
    let p = |weight: ClassWeight| {
        let model = plain.clone().class_weight(weight).fit(&data).unwrap();
        model.predict("a coat").unwrap().probabilities()[1]
    };
    assert!((p(ClassWeight::None) - 0.2).abs() < 0.06);
    assert!((p(ClassWeight::Balanced) - 0.5).abs() < 0.1);
    assert!(p(ClassWeight::Given(vec![1.0, 16.0])) > 0.7);
    let misfit = plain
        .class_weight(ClassWeight::Given(vec![1.0; 3]))
        .fit(&data);
    assert!(
        misfit
            .unwrap_err()
            .to_string()
            .contains("expected shape [2], got [3]")
    );
}

#[test]
fn word_vectors_are_where_words_begin() {
    let (texts, labels) = remarks(60, 1);
    let texts: Vec<String> = texts
        .iter()
        .map(|text| format!("{text} once{text}"))
        .collect();
    let data = LabelledTexts::new(&texts, &labels).unwrap();
    let words = Vocabulary::from_counts([("coat", 9), ("warm", 8), ("absent", 1)]).unwrap();
    let rows = Array2::from_shape_fn((3, 8), |(i, j)| (i + j) as f32);
    let vectors = WordVectors::new(words, rows).unwrap();
    let fit = |params: RecurrentClassifierParams| {
        let mut watch = |_: &EpochRecord| std::ops::ControlFlow::Continue(());
        params.fit_validated(&data, None, Some(&vectors), &mut watch)
    };
    let slow = params().epochs(1).learning_rate(1e-9).min_count(1000);
    let model = fit(slow).unwrap();
    // Every word is too rare for the vocabulary but those with a vector.
    assert_eq!(
        model.vocabulary().words(),
        ["<pad>", "<unk>", "coat", "warm"]
    );
    assert_eq!(model.report().unwrap().n_with_vector, 2);
    let table = model.weights().find("embedding.weight").unwrap();
    let row = |id: usize| &model.weights().get(table)[id * 8..(id + 1) * 8];
    assert_eq!(row(0), [0.0; 8]);
    for (id, word) in [(2, "coat"), (3, "warm")] {
        let given = vectors.get(word).unwrap();
        assert!(row(id).iter().zip(given).all(|(a, b)| (a - b).abs() < 1e-4));
    }
    let error = fit(params().dim(7)).unwrap_err().to_string();
    assert!(
        error.contains("parameter `dim` must be the width of the word vectors to start from, 8"),
        "{error}"
    );
}

#[test]
fn chinese_texts_are_cut_by_the_tokenizer_that_is_asked_for() {
    let texts = ["质量很好", "质量不好", "非常舒服", "一点都不舒服"].repeat(10);
    let labels = ["好", "差", "好", "差"].repeat(10);
    let data = LabelledTexts::new(&texts, &labels).unwrap();
    let params = params().validation_share(0.0).epochs(12);
    for (tokenizer, word) in [
        (WordTokenizer::Words, "质"),
        (WordTokenizer::Chinese, "质量"),
        (WordTokenizer::Characters, "质"),
        (WordTokenizer::Whitespace, "质量很好"),
    ] {
        let model = params.clone().tokenizer(tokenizer).fit(&data).unwrap();
        assert!(model.vocabulary().id(word).is_some(), "{tokenizer:?}");
        assert_eq!(model.evaluate(&data).unwrap().confusion.accuracy(), 1.0);
    }
}

#[test]
fn every_parameter_has_an_effect_and_bad_ones_are_refused() {
    let (texts, labels) = remarks(80, 1);
    let data = LabelledTexts::new(&texts, &labels).unwrap();
    let base = params().epochs(2).layers(2).patience(1).clip(0.5);
    let changes = [
        ("cell", "\"gru\""),
        ("dim", "5"),
        ("hidden", "5"),
        ("layers", "1"),
        ("bidirectional", "false"),
        ("pooling", "\"mean\""),
        ("tokenizer", "\"characters\""),
        ("min_count", "25"),
        ("max_words", "5"),
        ("max_length", "3"),
        ("class_weight", "\"balanced\""),
        ("label_smoothing", "0.1"),
        ("word_dropout", "0.3"),
        ("embedding_dropout", "0.3"),
        ("dropout", "0.3"),
        ("recurrent_dropout", "0.3"),
        ("epochs", "1"),
        ("batch", "7"),
        ("learning_rate", "0.01"),
        ("weight_decay", "0.1"),
        ("clip", "0.1"),
        ("validation_share", "0.3"),
        ("seed", "2"),
    ];
    params_have_effect(&base, &changes, |params| params.fit(&data).unwrap().weights);
    let short = base.clone().max_length(3);
    params_have_effect(&short, &[("truncating", "\"pre\"")], |params| {
        params.fit(&data).unwrap().weights
    });
    let upper: Vec<String> = texts
        .iter()
        .map(|text| text.replace("hat", "HAT"))
        .collect();
    let upper = LabelledTexts::new(&upper, &labels).unwrap();
    params_have_effect(&base, &[("lower_case", "false")], |params| {
        params.fit(&upper).unwrap().vocabulary
    });
    refuses(
        &params(),
        &[
            ("dim", "0"),
            ("hidden", "16385"),
            ("layers", "0"),
            ("min_count", "0"),
            ("max_words", "0"),
            ("max_length", "0"),
            ("label_smoothing", "1"),
            ("word_dropout", "1"),
            ("embedding_dropout", "-0.1"),
            ("dropout", "1"),
            ("recurrent_dropout", "1"),
            ("epochs", "0"),
            ("batch", "0"),
            ("learning_rate", "0"),
            ("weight_decay", "-1"),
            ("clip", "-1"),
            ("validation_share", "1"),
        ],
    );
    let one = LabelledTexts::new(&["a", "b"], &["x", "x"]).unwrap();
    let error = params().fit(&one).unwrap_err().to_string();
    assert!(error.contains("all have `x`"), "{error}");
    let empty = LabelledTexts::new(&["", " "], &["x", "y"]).unwrap();
    assert!(matches!(params().fit(&empty), Err(Error::Empty { .. })));
    // Texts without a word are left out and counted.
    let some = LabelledTexts::new(&["a", "", "b"], &["x", "x", "y"]).unwrap();
    let model = params().min_count(1).fit(&some).unwrap();
    assert_eq!(model.report().unwrap().n_empty, 1);
}

#[test]
fn damaged_and_forged_files_are_errors() {
    let model = trained(&params().pooling(Pooling::Attention).epochs(1), 60);
    testing::survives_corruption(&model, 300, 3);
    let forged = |change: &dyn Fn(&mut RecurrentClassifier)| {
        let mut forged = model.clone();
        change(&mut forged);
        let read = RecurrentClassifier::read_from(&mut bytes(&forged).as_slice());
        read.unwrap_err().to_string()
    };
    // A network that would not fit into memory is not built.
    let large = forged(&|model| {
        model.params.hidden = 1 << 14;
        model.params.layers = 64;
    });
    assert!(large.contains("weights for a network of"), "{large}");
    assert!(forged(&|model| model.params.epochs = 0).contains("`epochs`"));
    assert!(forged(&|model| model.labels.swap(0, 1)).contains("the label `good` before `bad`"));
    assert!(forged(&|model| model.shares = vec![1.0]).contains("2 labels with 1 shares"));
    let words = Vocabulary::from_counts([("a", 1), ("b", 1)]).unwrap();
    assert!(forged(&|model| model.vocabulary = words.clone()).contains("begins with `a` and `b`"));
    let bias = |model: &mut RecurrentClassifier| {
        let id = model.weights.find("output.bias").unwrap();
        model.weights.get_mut(id)[0] = f32::NAN;
    };
    assert!(forged(&bias).contains("tensor `output.bias` holds NaN"));
}

/// A GRU, whose gates PyTorch orders in another way than Keras.
#[test]
fn weights_go_out_and_come_in_as_safetensors() {
    let params = params()
        .cell(Cell::Gru)
        .pooling(Pooling::Attention)
        .epochs(1);
    let model = trained(&params, 40);
    let layer = &model.net.stack.params().layer;
    assert_eq!(layer.gate_order, crate::GateOrder::Torch);
    let bytes = to_safetensors(model.weights()).unwrap();
    let mut other = trained(&params.clone().seed(9), 40);
    assert_ne!(model.weights(), other.weights());
    from_safetensors(other.weights_mut(), &bytes).unwrap();
    assert_eq!(model.weights(), other.weights());
    let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let shape = |name: &str| file.tensor(name).unwrap().shape().to_vec();
    assert_eq!(shape("rnn.weight_ih_l0_reverse"), [24, 8]);
    assert_eq!(shape("output.weight"), [2, 16]);

    let before = other.weights().clone();
    let wide = to_safetensors(trained(&params.clone().hidden(5), 40).weights()).unwrap();
    let error = from_safetensors(other.weights_mut(), &wide).unwrap_err();
    let said = "tensor `rnn.weight_ih_l0`: expected shape [24, 8], got [15, 8]";
    assert_eq!(error.to_string(), said);
    let lacking = to_safetensors(trained(&params.pooling(Pooling::Max), 40).weights()).unwrap();
    let error = from_safetensors(other.weights_mut(), &lacking).unwrap_err();
    assert!(error.to_string().contains("`attention.weight`"), "{error}");
    assert_eq!(&before, other.weights());
}
