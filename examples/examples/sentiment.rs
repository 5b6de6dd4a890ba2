//! Sentiment: a linear classifier of n-grams learns from labelled reviews, English and Chinese, which ones recommend a product.
//!
//!     cargo run --release -p examples --example sentiment [reviews.csv text-column label-column]

use examples::{expect, path};
use guide_core::table::{Row, Table, TableFormat, TableSource};
use guide_core::{Fit, Persist, seeded};
use nlp_rnn::{LabelledTexts, LinearClassifier};
use rand::seq::IndexedRandom;
use rand::{Rng, RngExt};

/// Reviews of two kinds. What people praise and complain about is mixed with what they say anyway, and `not` turns the
/// meaning of a word, so that single words do not suffice.
fn generated(n: usize) -> (Vec<String>, Vec<String>) {
    let mut rng = seeded(7);
    let good = ["soft", "warm", "lovely", "well made", "true to size"];
    let bad = ["itchy", "thin", "ugly", "badly sewn", "too small"];
    let (good_zh, bad_zh) = (
        ["舒服", "漂亮", "质量好", "很暖和"],
        ["起球", "掉色", "质量差", "太薄"],
    );
    let things = ["coat", "sweater", "scarf", "hat"];
    let things_zh = ["大衣", "毛衣", "围巾", "帽子"];
    let asides = [
        "ordered it in red",
        "my second one",
        "came on monday",
        "i am 5'6",
    ];
    let mut reviews = (Vec::new(), Vec::new());
    for number in 0..n {
        let is_good = rng.random_bool(0.6);
        let text = if number % 3 == 0 {
            let said = pick(&mut rng, if is_good { &good_zh } else { &bad_zh });
            format!("这件{}{said}，上周买的", pick(&mut rng, &things_zh))
        } else {
            // One of four is said by its opposite.
            let turned = rng.random_bool(0.25);
            let said = pick(&mut rng, if is_good != turned { &good } else { &bad });
            let not = if turned { "not " } else { "" };
            let (thing, aside) = (pick(&mut rng, &things), pick(&mut rng, &asides));
            format!("This {thing} is {not}{said}, {aside}.")
        };
        reviews.0.push(text);
        reviews.1.push(
            if is_good {
                "recommended"
            } else {
                "not recommended"
            }
            .to_owned(),
        );
    }
    reviews
}

fn pick<'w>(rng: &mut impl Rng, words: &[&'w str]) -> &'w str {
    words.choose(rng).copied().unwrap_or_default()
}

/// Texts and labels of a table; rows that lack one of them are left out.
fn from_file(path: &str) -> anyhow::Result<(Vec<String>, Vec<String>)> {
    let column = |place| std::env::args().nth(place);
    let (Some(text), Some(label)) = (column(2), column(3)) else {
        anyhow::bail!("after the file come the names of its columns of texts and labels");
    };
    let source = TableSource::file(path)?;
    let mut table = Table::open(&source, &TableFormat::default())?;
    let place = |name: &str| {
        let found = table.headings().iter().position(|heading| heading == name);
        found.ok_or_else(|| anyhow::anyhow!("{path}: no column `{name}`"))
    };
    let (text, label) = (place(&text)?, place(&label)?);
    let (mut row, mut reviews, mut n_left_out) = (Row::default(), (Vec::new(), Vec::new()), 0);
    while table.next_row(&mut row)? {
        let (text, label) = (row.get(text).trim(), row.get(label).trim());
        if text.is_empty() || label.is_empty() {
            n_left_out += 1;
            continue;
        }
        reviews.0.push(text.to_owned());
        reviews.1.push(label.to_owned());
    }
    println!(
        "{} reviews; {n_left_out} rows without a text or a label",
        reviews.0.len()
    );
    Ok(reviews)
}

fn main() -> anyhow::Result<()> {
    let (texts, labels) = match path() {
        Some(path) => from_file(&path)?,
        None => generated(3000),
    };
    let (train, test) = LabelledTexts::new(&texts, &labels)?.split(0.2, 1)?;
    let model = LinearClassifier::params().fit(&train)?;
    let tested = model.evaluate(&test)?;
    println!(
        "linear  accuracy {:.4}  macro F1 {:.4}  log loss {:.4}  {} n-grams",
        tested.confusion.accuracy(),
        tested.confusion.macro_f1(),
        tested.log_loss.unwrap_or(f64::NAN),
        model.tfidf().n_features()
    );
    expect(tested.confusion.accuracy() > 0.97, "an accuracy above 0.97")?;

    let asked = [
        "This hat is not soft",
        "not itchy at all",
        "这条围巾掉色",
        "hmm",
    ];
    for text in asked {
        let answer = model.predict(text)?;
        let prior = if answer.is_prior() {
            "  (nothing known in it)"
        } else {
            ""
        };
        println!(
            "  {text:<24} {} {:.2}{prior}",
            answer.label(),
            answer.probability()
        );
    }
    if path().is_none() {
        let label = |text: &str| model.predict(text).map(|answer| answer.label().to_owned());
        expect(
            label(asked[0])? == "not recommended",
            "`not soft` is a complaint",
        )?;
        expect(label(asked[1])? == "recommended", "`not itchy` is praise")?;
        expect(label(asked[2])? == "not recommended", "掉色 is a complaint")?;
    }

    let folder = tempfile::tempdir()?;
    let file = folder.path().join("sentiment.model");
    model.save(&file)?;
    let read = LinearClassifier::load(&file)?;
    anyhow::ensure!(
        read.predict_batch(test.texts())? == model.predict_batch(test.texts())?,
        "the file changed the answers"
    );
    Ok(())
}
