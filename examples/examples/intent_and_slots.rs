//! Intents and slots: a tagger learns what shoppers' sentences ask for (the intent) and which words say brand, colour, size or price.
//!
//!     cargo run --release -p examples --example intent_and_slots [folder with train/ and test/, each seq.in, seq.out and label]

use std::path::Path;
use std::time::Instant;

use examples::{expect, path};
use guide_core::{Fit, Persist, seeded};
use nlp_rnn::{
    Gazetteer, Tagged, TaggedSentence, Tagger, TaggerData, TaggerReport, read_tagged_folder,
};
use rand::seq::IndexedRandom;
use rand::{Rng, RngExt};

/// Brands of the sentences that are learned.
const BRANDS: [&str; 5] = ["nordwind", "alba", "kestrel", "red fox", "tarn and fell"];
/// Brands that training never has. The gazetteer knows the first two, as a shop knows its brands.
const NEW_BRANDS: [&str; 3] = ["vantorre", "black ridge", "osprey lane"];

/// Sentences of the patterns below. `{kind}` stands for a phrase of that kind; a phrase may hold words of another kind, such as the
/// brand `black ridge`, and only the words around it tell which it is.
fn generated(n: usize, seed: u64, new_brands: bool) -> Vec<TaggedSentence> {
    let patterns = [
        ("find", "show me {color} {type}"),
        ("find", "{brand} {type} in {color} size {size}"),
        ("find", "i need {material} {type} under {price} please"),
        ("find", "{type} from {brand} but not {color}"),
        ("compare", "which is warmer {brand} or {brand} {type}"),
        ("compare", "compare {material} and {material} {type}"),
        ("stock", "do you have {brand} {type} in size {size}"),
        ("stock", "is the {color} {type} still available"),
        ("order", "where is my order of {color} {type}"),
        ("order", "i want to return the {brand} {type}"),
    ];
    let mut rng = seeded(seed);
    (0..n)
        .map(|_| {
            let (intent, pattern) = *pick(&mut rng, &patterns);
            let mut sentence = TaggedSentence {
                label: Some(intent.to_owned()),
                ..TaggedSentence::default()
            };
            for part in pattern.split(' ') {
                let kind = part
                    .strip_prefix('{')
                    .and_then(|part| part.strip_suffix('}'));
                let phrase = match kind {
                    Some(kind) => phrase(&mut rng, kind, new_brands),
                    None => part.to_owned(),
                };
                for (at, word) in phrase.split(' ').enumerate() {
                    let prefix = if at == 0 { "B" } else { "I" };
                    sentence.words.push(word.to_owned());
                    let tag = kind.map_or("O".to_owned(), |kind| format!("{prefix}-{kind}"));
                    sentence.tags.push(tag);
                }
            }
            sentence
        })
        .collect()
}

/// A phrase of a kind.
fn phrase(rng: &mut impl Rng, kind: &str, new_brands: bool) -> String {
    let phrases: &[&str] = match kind {
        "brand" if new_brands && rng.random_bool(0.5) => &NEW_BRANDS[..2],
        "brand" => &BRANDS,
        "color" => &["red", "black", "navy blue", "dark green", "beige", "white"],
        "type" => &[
            "coat",
            "running shoes",
            "rain jacket",
            "hat",
            "scarf",
            "boots",
        ],
        "material" => &["wool", "leather", "cotton", "merino wool"],
        // Sizes and prices are numbers, too many to learn each.
        "size" => return rng.random_range(30..50).to_string(),
        _ => return format!("{} euros", rng.random_range(10..400)),
    };
    (*pick(rng, phrases)).to_owned()
}

fn pick<'l, T>(rng: &mut impl Rng, list: &'l [T]) -> &'l T {
    list.choose(rng).unwrap_or(&list[0])
}

fn print(part: &str, report: &TaggerReport) {
    println!(
        "{part:<18} intent {:.4}  slot F1 {:.4}  whole sentence {:.4}  of {}",
        report.intent_accuracy().unwrap_or(f64::NAN),
        report.spans.overall.f1(),
        report.sentence_accuracy(),
        report.spans.sentences
    );
}

fn print_tagged(words: &[&str], found: &Tagged<'_>) {
    let (intent, share) = found.intent.unwrap_or(("none", 0.0));
    let tagged = words.iter().zip(&found.tags).map(|(word, tag)| match *tag {
        "O" => (*word).to_owned(),
        tag => format!("{word}/{tag}"),
    });
    let tagged: Vec<String> = tagged.collect();
    println!("  {intent} {share:.2}: {}", tagged.join(" "));
}

fn main() -> anyhow::Result<()> {
    let (train, test) = match path() {
        Some(path) => {
            let read = |part| read_tagged_folder(Path::new(&path).join(part));
            (read("train")?.sentences, read("test")?.sentences)
        }
        None => (generated(1500, 1, false), generated(300, 2, false)),
    };
    let mut gazetteer = Gazetteer::default();
    if path().is_none() {
        for brand in BRANDS.iter().chain(&NEW_BRANDS[..2]) {
            gazetteer.add("brand", brand)?;
        }
    }
    let params = match path() {
        Some(_) => Tagger::params(),
        None => Tagger::params().n_hidden(48).slot_dim(48).n_epochs(8),
    };
    let started = Instant::now();
    let tagger = params.fit(&TaggerData::new(&train, &gazetteer))?;
    println!(
        "{} sentences, {} tags, {} intents, trained in {:.1} s",
        train.len(),
        tagger.tags().len(),
        tagger.intents().len(),
        started.elapsed().as_secs_f64()
    );
    let tested = tagger.evaluate(&test)?;
    print("test", &tested);
    expect(
        tested.intent_accuracy().is_some_and(|share| share > 0.99),
        "an intent accuracy above 0.99",
    )?;
    expect(
        tested.spans.overall.f1() > 0.99,
        "an F1 of slots above 0.99",
    )?;
    if path().is_none() {
        let report = tagger.evaluate(&generated(300, 3, true))?;
        print("with new brands", &report);
        let brands = report
            .spans
            .kinds
            .get("brand")
            .map_or(0.0, |brand| brand.f1());
        println!("  brands {brands:.4}");
        expect(
            brands > 0.95,
            "an F1 of brands above 0.95, half of them new",
        )?;
    }

    let asked = [
        "compare leather and wool boots",
        "do you have black ridge boots in size 44",
        "osprey lane scarf in navy blue size 31",
    ]
    .map(|text| text.split(' ').collect::<Vec<&str>>());
    let found = tagger.tag(&asked)?;
    for (words, found) in asked.iter().zip(&found) {
        print_tagged(words, found);
    }
    let intent = found[1].intent.map(|(intent, _)| intent);
    expect(intent == Some("stock"), "a question about the stock")?;
    let tags = [
        "O", "O", "O", "B-brand", "I-brand", "B-type", "O", "O", "B-size",
    ];
    expect(found[1].tags == tags, "`black ridge` is a brand")?;

    let folder = tempfile::tempdir()?;
    let file = folder.path().join("tagger.model");
    tagger.save(&file)?;
    let read = Tagger::load(&file)?;
    anyhow::ensure!(read.tag(&asked)? == found, "the file changed the answers");
    Ok(())
}
