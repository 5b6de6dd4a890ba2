//! The tagger on SNIPS, ATIS and QueryNER, run where `GUIDE_DATA` names the folder that holds `intents/`, skipped elsewhere.
//!
//! `GUIDE_SET="n_epochs=20;dropout=0.5"` changes parameters, `GUIDE_SEEDS=3` trains that many seeds. With `GUIDE_TUNE=1` the test part
//! stays unread and the figures are those of the part that is watched.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Instant;

use guide_core::{EpochReport, Fit, Progress, by_name};
use nlp_rnn::{Gazetteer, TaggedSentence, Tagger, TaggerData, TaggerReport, read_tagged_folder};

/// Prints each epoch.
struct Print(Instant);

impl Progress for Print {
    fn epoch(&self, report: &EpochReport) -> ControlFlow<()> {
        let seconds = self.0.elapsed().as_secs_f64();
        println!(
            "epoch {} loss {:.4} {seconds:.1} s",
            report.epoch,
            report.loss.unwrap_or(0.0)
        );
        ControlFlow::Continue(())
    }
}

fn number(name: &str, otherwise: u64) -> u64 {
    let set = std::env::var(name).ok();
    set.map_or(otherwise, |text| text.parse().unwrap())
}

fn show(part: &str, seed: u64, report: &TaggerReport, seconds: f64) {
    let f1 = 100.0 * report.spans.overall.f1();
    let (intents, sentences) = (
        100.0 * report.intent_accuracy().unwrap_or_default(),
        100.0 * report.sentence_accuracy(),
    );
    println!(
        "{part} seed {seed}: intent {intents:.2} slot F1 {f1:.2} sentence {sentences:.2} ({seconds:.0} s)"
    );
}

/// Trains on `train`, watches `valid`, measures `test`, and prints the mean of the seeds.
fn measure(train: &[TaggedSentence], valid: &[TaggedSentence], test: &[TaggedSentence]) {
    let set = std::env::var("GUIDE_SET").unwrap_or_default();
    let fields = set.split(';').filter_map(|field| field.split_once('='));
    let params = fields.fold(Tagger::params(), |params, (name, value)| {
        by_name::set(&params, name, value).unwrap()
    });
    let n_seeds = number("GUIDE_SEEDS", 1);
    let mut means = [0.0; 3];
    for seed in 0..n_seeds {
        let started = Instant::now();
        let gazetteer = Gazetteer::default();
        let data = TaggerData::new(train, &gazetteer).valid(valid);
        let model = params
            .clone()
            .seed(seed)
            .fit_with(&data, &Print(started))
            .unwrap();
        let seconds = started.elapsed().as_secs_f64();
        show("watched", seed, &model.evaluate(valid).unwrap(), seconds);
        if number("GUIDE_TUNE", 0) == 1 {
            continue;
        }
        let report = model.evaluate(test).unwrap();
        show("test", seed, &report, seconds);
        println!("{}", report.spans);
        let figures = [
            report.intent_accuracy().unwrap_or_default(),
            report.spans.overall.f1(),
            report.sentence_accuracy(),
        ];
        for (mean, figure) in means.iter_mut().zip(figures) {
            *mean += 100.0 * figure / n_seeds as f64;
        }
    }
    println!(
        "mean of {n_seeds}: intent {:.2} slot F1 {:.2} sentence {:.2}",
        means[0], means[1], means[2]
    );
}

fn folder(name: &str) -> Option<PathBuf> {
    let folder =
        std::env::var_os("GUIDE_DATA").map(|data| PathBuf::from(data).join("intents").join(name));
    if folder.is_none() {
        println!("skipped: GUIDE_DATA is not set");
    }
    folder
}

fn read(folder: PathBuf) -> Vec<TaggedSentence> {
    let data = read_tagged_folder(&folder).unwrap();
    println!(
        "{}: {} sentences {}",
        folder.display(),
        data.sentences.len(),
        data.notes
    );
    data.sentences
}

fn three_parts(name: &str) {
    let Some(folder) = folder(name) else {
        return;
    };
    let [train, valid, test] = ["train", "valid", "test"].map(|part| read(folder.join(part)));
    measure(&train, &valid, &test);
}

#[test]
fn snips() {
    three_parts("snips");
}

#[test]
fn atis() {
    three_parts("atis");
}

/// A ninth of `train` is watched; `valid` is measured.
#[test]
fn queryner() {
    let Some(folder) = folder("queryner") else {
        return;
    };
    let (all, valid) = (read(folder.join("train")), read(folder.join("valid")));
    let (watched, train): (Vec<_>, Vec<_>) = all
        .into_iter()
        .enumerate()
        .partition(|(index, _)| index % 9 == 0);
    let bare = |part: Vec<(usize, TaggedSentence)>| -> Vec<TaggedSentence> {
        part.into_iter().map(|(_, sentence)| sentence).collect()
    };
    measure(&bare(train), &bare(watched), &valid);
}
