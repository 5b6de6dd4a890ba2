//! What the commands print of a test, and labels that are too rare.

use guide_core::{Result, printable};
use serde_json::{Value, json};
use vision_cnn::{Labels, PictureReport, Pictures};

use crate::output::log;

/// A row for each head.
pub fn head_rows(report: &PictureReport, n: usize) -> Vec<Value> {
    let heads = report.heads.iter();
    let rows = heads.map(|head| {
        if head.n_unknown > 0 {
            let (name, count) = (printable(&head.name), head.n_unknown);
            log(&format!(
                "{count} of {n} test pictures have a class of `{name}` that the network does not know, and count as errors"
            ));
        }
        json!({
            "head": head.name,
            "accuracy": head.accuracy(),
            "top5": head.top5,
            "macro_f1": head.confusion.macro_f1(),
            "log_loss": head.log_loss,
            "classes": head.classes.len(),
            "n_test": n,
            "n_unknown": head.n_unknown,
        })
    });
    rows.collect()
}

/// Removes pictures with a rare label until every label that is left has at least `least` pictures, and writes to standard error how
/// many were removed. Classes without pictures are removed too.
pub fn without_rare(pictures: Pictures, least: usize) -> Result<Pictures> {
    let n = pictures.len();
    let mut kept: Vec<usize> = (0..n).collect();
    let mut first = None;
    loop {
        let before = kept.len();
        for labels in pictures.all_labels() {
            let mut counts = vec![0; labels.classes().len()];
            let class_of = |place: usize| labels.of()[place] as usize;
            kept.iter().for_each(|&place| counts[class_of(place)] += 1);
            let is_rare = |place: usize| counts[class_of(place)] < least;
            if let Some(&place) = kept.iter().find(|&&place| is_rare(place)) {
                first.get_or_insert((labels.name(), &labels.classes()[class_of(place)]));
            }
            kept.retain(|&place| !is_rare(place));
        }
        if kept.len() == before {
            break;
        }
    }
    let Some((name, class)) = first else {
        return Ok(pictures);
    };
    let (name, class, count) = (printable(name), printable(class), n - kept.len());
    log(&format!(
        "{count} pictures of labels with fewer than {least} pictures left out (first: `{class}` of `{name}`)"
    ));
    let rest = pictures.select(&kept)?;
    let labels = rest.all_labels().iter().map(|labels| {
        let counts = labels.counts();
        let mut places = vec![0; counts.len()];
        let mut classes = Vec::new();
        for (class, name) in labels.classes().iter().enumerate() {
            places[class] = classes.len() as u32;
            if counts[class] > 0 {
                classes.push(name.clone());
            }
        }
        let of = labels.of().iter().map(|&class| places[class as usize]);
        Labels::new(labels.name(), classes, of.collect())
    });
    let labels = labels.collect::<Result<_>>()?;
    Pictures::new(rest.size(), rest.all_pixels().to_vec(), labels)
}
