//! Scores by hand and as gensim 4.4.0 gives them (`scripts/golden/gensim_phrases.py`), and what each parameter does.

use super::*;
use guide_core::testing;

const TEXT: &str = "the bank of america is in new york city
new york is not new england
the bank of america and the bank of england
york is a city in england
a new bank in new york city
the new york city marathon";

fn sentences() -> Vec<Vec<&'static str>> {
    let lines = TEXT.lines();
    lines.map(|line| line.split(' ').collect()).collect()
}

fn found(params: &PhrasesParams) -> Phrases {
    params.fit(&sentences()).unwrap()
}

fn joined(phrases: &Phrases) -> Vec<String> {
    let mut lines = Vec::new();
    let walked = phrases.joined(&sentences()).walk(&mut |tokens| {
        lines.push(tokens.join(" "));
        Ok(())
    });
    walked.unwrap();
    lines
}

fn assert_gives(params: &PhrasesParams, scores: &[(&str, f64)], lines: &[&str]) {
    let phrases = found(params);
    let got = phrases.scores();
    let names: Vec<&str> = got.iter().map(|(phrase, _)| phrase.as_str()).collect();
    let expected: Vec<&str> = scores.iter().map(|(phrase, _)| *phrase).collect();
    assert_eq!(names, expected);
    for ((phrase, got), (_, expected)) in got.iter().zip(scores) {
        assert!(
            (got - expected).abs() < 1e-12,
            "{phrase}: {got}, not {expected}"
        );
    }
    assert_eq!(joined(&phrases), lines);
    assert_eq!((phrases.len(), phrases.is_empty()), (scores.len(), false));
}

#[test]
fn phrases_are_those_of_gensim() {
    let lines = [
        "the_bank of_america is in_new york_city",
        "new_york is not new england",
        "the_bank of_america and the_bank of england",
        "york_is a city in england",
        "a new bank in_new york_city",
        "the new_york city marathon",
    ];
    let params = Phrases::params().min_count(1).threshold(1.0);
    let scores = [
        ("bank_of", 6.333333333333333),
        ("of_america", 6.333333333333333),
        ("the_bank", 4.75),
        ("new_york", 3.8), // new 6, york 5, both 4, 38 counted: (4 - 1) / 30 * 38
        ("york_city", 3.8),
        ("york_is", 2.533333333333333),
        ("in_new", 2.111111111111111),
    ];
    assert_gives(&params, &scores, &lines);
    let params = params
        .min_count(2)
        .threshold(0.4)
        .scoring(PhraseScoring::Npmi);
    let scores = [
        ("bank_of", 0.8909905937914122),
        ("of_america", 0.866821441982423),
        ("the_bank", 0.7819811875828242),
        ("new_york", 0.7326634030415544),
        ("york_city", 0.697426923145249),
        ("york_is", 0.5658577438599278),
        ("in_new", 0.5059726352678927),
    ];
    assert_gives(&params, &scores, &lines);
}

#[test]
fn connectors_stand_within_phrases_and_never_at_their_ends() {
    let connectors = ENGLISH_CONNECTOR_WORDS.iter().map(|&word| word.to_owned());
    let params = Phrases::params().min_count(1).threshold(1.0);
    let params = params.connector_words(connectors.collect());
    let scores = [
        ("bank_of_america", 3.125),
        ("new_york", 2.5),
        ("york_city", 2.5),
        ("york_is", 5.0 / 3.0),
    ];
    let lines = [
        "the bank_of_america is in new_york city",
        "new_york is not new england",
        "the bank_of_america and the bank of england",
        "york_is a city in england",
        "a new bank in new_york city",
        "the new_york city marathon",
    ];
    assert_gives(&params, &scores, &lines);
    let phrases = found(&params.delimiter("-".to_owned()));
    // Connectors at the beginning, at the end and in a row; and nothing at all.
    let join = |text: &str| phrases.join(&text.split(' ').collect::<Vec<_>>()).join(" ");
    assert_eq!(
        join("of the bank of america of the"),
        "of the bank-of-america of the"
    );
    assert_eq!(join("bank of the america"), "bank of the america");
    assert_eq!(join("bank of"), "bank of");
    assert!(phrases.join(&[]).is_empty());
}

#[test]
fn memory_is_bounded_as_in_gensim() {
    let params = Phrases::params().min_count(1).threshold(0.3).max_vocab(20);
    let scores = [("bank_of", 2.5), ("the_bank", 1.875), ("new_york", 1.5)];
    let lines = [
        "the_bank of america is in new_york city",
        "new_york is not new england",
        "the_bank of america and the_bank of england",
        "york is a city in england",
        "a new bank in new_york city",
        "the new_york city marathon",
    ];
    assert_gives(&params, &scores, &lines);
}

#[test]
fn what_is_met_too_seldom_is_no_phrase() {
    // new york is met 4 times, bank of, the bank and york city 3 times, all others at most twice
    let params = Phrases::params().threshold(1e-9);
    let of = |params: &PhrasesParams| found(params).scores();
    assert_eq!(found(&params.clone().min_count(2)).len(), 4);
    let one = of(&params.clone().min_count(3));
    assert_eq!(one, [("new_york".to_owned(), 1.0 / 30.0 * 38.0)]);
    assert!(of(&params.min_count(4)).is_empty());
    let npmi = Phrases::params().scoring(PhraseScoring::Npmi);
    let npmi = npmi.threshold(-1.0);
    assert_eq!(found(&npmi.clone().min_count(3)).len(), 4);
    assert_eq!(found(&npmi.clone().min_count(4)).len(), 1);
    assert!(of(&npmi.min_count(5)).is_empty());
}

#[test]
fn bad_parameters_are_refused_by_name() {
    let params = Phrases::params();
    testing::refuses(
        &params,
        &[
            ("min_count", "0"),
            ("threshold", "0"),
            ("delimiter", "a b"),
            ("max_vocab", "0"),
        ],
    );
    let error = params.scoring(PhraseScoring::Npmi).fit(&sentences());
    let says = "parameter `threshold` must be between -1 and 1, but is 10";
    assert_eq!(error.unwrap_err().to_string(), says);
}

#[test]
fn saved_phrases_join_the_same() {
    let phrases = found(&Phrases::params().min_count(1).threshold(1.0));
    let mut bytes = Vec::new();
    phrases.write_to(&mut bytes).unwrap();
    assert_eq!(Phrases::read_from(&mut bytes.as_slice()).unwrap(), phrases);
    let again = found(&Phrases::params().min_count(1).threshold(1.0));
    let mut others = Vec::new();
    again.write_to(&mut others).unwrap();
    assert_eq!(others, bytes); // hashed, but written in order
    testing::survives_corruption(&phrases, 300, 1);
}

#[test]
fn words_that_hold_blanks_are_words() {
    let owned = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
    let sentences: Vec<Vec<String>> =
        vec![owned(&["new york", "city"]), owned(&["new york", "city"])];
    let params = Phrases::params().min_count(1).threshold(0.1);
    let phrases = params.connector_words(vec!["york".to_owned()]);
    let phrases = phrases.fit(&sentences).unwrap();
    // Both met twice, and so is the pair: (2 - 1) / (2 * 2) of 3 counted.
    assert_eq!(phrases.scores(), [("new york_city".to_owned(), 0.75)]);
    assert_eq!(phrases.join(&["new york", "city"]), ["new york_city"]);
    assert_eq!(
        phrases.join(&["new", "york", "city"]),
        ["new", "york", "city"]
    );
    assert_eq!(phrases.join(&["new", "york city"]), ["new", "york city"]);
}

#[test]
fn a_stopped_counting_is_an_error() {
    struct After(std::sync::atomic::AtomicUsize);
    impl Progress for After {
        fn epoch(&self, _: &guide_core::EpochReport) -> std::ops::ControlFlow<()> {
            unreachable!("there is none")
        }
        fn within_epoch(&self) -> std::ops::ControlFlow<()> {
            match self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed) {
                0 => std::ops::ControlFlow::Continue(()),
                _ => std::ops::ControlFlow::Break(()),
            }
        }
    }
    // Looked at before the first sentence and after 65,536 words.
    let sentences = vec![vec!["new", "york"]; 40_000];
    let params = Phrases::params().min_count(1).threshold(1e-9);
    for looks in [1, 0] {
        let stopped = params.fit_with(&sentences, &After(looks.into()));
        let error = stopped.unwrap_err();
        assert!(matches!(error, Error::Cancelled { .. }), "{error}");
    }
    assert_eq!(params.fit(&sentences).unwrap().scores().len(), 1);
}
