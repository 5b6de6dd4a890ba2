//! Recurrent networks: RNN, LSTM and GRU learn from remarks whether a shopper is content, beside a linear classifier that cannot see
//! which of two things a word is said of.
//!
//!     cargo run --release -p examples --example rnn

use std::time::Instant;

use examples::expect;
use guide_core::{Fit, Persist, seeded};
use nlp_rnn::{
    Cell, LabelledTexts, LinearClassifier, RecurrentClassifier, TextClassifier,
    load_text_classifier,
};
use rand::seq::IndexedRandom;
use rand::{Rng, RngExt};

/// A remark compares two shops; the label is what is said of the shop that the writer bought from. The words are the same for both labels.
fn remark(rng: &mut impl Rng) -> (String, String) {
    let pick = |rng: &mut _, words: &[&'static str]| *words.choose(rng).unwrap_or(&"");
    let is_good = rng.random_bool(0.5);
    let (good, bad) = (
        pick(rng, &["quick", "cheap", "friendly", "careful"]),
        pick(rng, &["slow", "dear", "rude", "sloppy"]),
    );
    let (own, other) = if is_good { (good, bad) } else { (bad, good) };
    let filler = pick(
        rng,
        &["as i said", "to be honest", "all in all", "this time"],
    );
    let thing = pick(rng, &["coat", "desk", "lamp", "phone"]);
    let text = if rng.random_bool(0.5) {
        format!("my shop, {filler}, was {own}, while the other with its {thing} was {other}")
    } else {
        format!("the other with its {thing} was {other}, while my shop, {filler}, was {own}")
    };
    (
        text,
        if is_good { "content" } else { "not content" }.to_owned(),
    )
}

fn main() -> anyhow::Result<()> {
    let mut rng = seeded(3);
    let (texts, labels): (Vec<String>, Vec<String>) = (0..2500).map(|_| remark(&mut rng)).unzip();
    let (train, test) = LabelledTexts::new(&texts, &labels)?.split(0.2, 1)?;
    println!("e.g. \"{}\": {}", train.texts()[0], train.labels()[0]);
    println!(
        "{:<8} {:>8} {:>9} {:>8} {:>7}",
        "model", "accuracy", "log loss", "epochs", "seconds"
    );

    let start = Instant::now();
    let linear = LinearClassifier::params().fit(&train)?;
    let tested = linear.evaluate(&test)?;
    let seconds = start.elapsed().as_secs_f64();
    let (accuracy, loss) = (
        tested.confusion.accuracy(),
        tested.log_loss.unwrap_or(f64::NAN),
    );
    println!(
        "{:<8} {accuracy:>8.4} {loss:>9.4} {:>8} {seconds:>7.1}",
        "linear", "-"
    );

    let folder = tempfile::tempdir()?;
    for (name, cell) in [("rnn", Cell::Rnn), ("lstm", Cell::Lstm), ("gru", Cell::Gru)] {
        let start = Instant::now();
        let params = RecurrentClassifier::params()
            .cell(cell)
            .dim(24)
            .hidden(24)
            .epochs(8);
        let model = params.learning_rate(0.01).fit(&train)?;
        let tested = model.evaluate(&test)?;
        let seconds = start.elapsed().as_secs_f64();
        let (accuracy, loss) = (
            tested.confusion.accuracy(),
            tested.log_loss.unwrap_or(f64::NAN),
        );
        let epochs = model
            .report()
            .map_or(0, |report| report.history.epochs.len());
        println!("{name:<8} {accuracy:>8.4} {loss:>9.4} {epochs:>8} {seconds:>7.1}");
        expect(accuracy > 0.98, "an accuracy above 0.98")?;

        // An app keeps whichever is best behind the trait that all share.
        let file = folder.path().join(name);
        model.save(&file)?;
        let read: Box<dyn TextClassifier> = load_text_classifier(&file)?;
        let same = read.classify_batch(test.texts())? == model.predict_batch(test.texts())?;
        expect(same, "the file gives the same answers")?;
    }
    Ok(())
}
