//! Every prediction equals scikit-surprise 1.1.5's within 1e-4; the goldens are made by `scripts/golden/surprise_knn.py`.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use guide_core::Fit;
use recsys_cf::{KnnParams, Similarity};
use recsys_core::read::Delimited;
use recsys_core::{
    BiasParams, Biases, Duplicates, Interactions, Pair, RatingPredictor, Records, RecordsBuilder,
    Values,
};

const TOLERANCE: f32 = 1e-4;

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(name)
}

/// The predictions of the algorithm called `name`, such as `knn-means-item-pearson-baseline` or `baseline-als`.
fn predict(name: &str, train: &Interactions, pairs: &[Pair]) -> Vec<f32> {
    if let Some(method) = name.strip_prefix("baseline-") {
        let params = if method == "als" {
            BiasParams::default()
        } else {
            BiasParams::sgd()
        };
        let biases = Biases::fit(&params, train).unwrap();
        let scale = train.scale().unwrap();
        return pairs
            .iter()
            .map(|&(user, item)| scale.clip(biases.estimate(user, item) as f32))
            .collect();
    }
    let mut parts = name.splitn(4, '-').skip(1);
    let params = match parts.next().unwrap() {
        "basic" => KnnParams::basic(),
        "means" => KnnParams::means(),
        "zscore" => KnnParams::zscore(),
        "baseline" => KnnParams::baseline(),
        other => panic!("{other}"),
    };
    let user_based = parts.next().unwrap() == "user";
    let similarity = match parts.next().unwrap() {
        "msd" => Similarity::Msd,
        "cosine" => Similarity::Cosine,
        "pearson" => Similarity::Pearson,
        "pearson-baseline" => Similarity::PearsonBaseline,
        other => panic!("{other}"),
    };
    let model = params
        .user_based(user_based)
        .similarity(similarity)
        .fit(train)
        .unwrap();
    model
        .predict_batch(pairs)
        .iter()
        .map(|prediction| prediction.rating)
        .collect()
}

fn pairs(test: &Records) -> Vec<Pair> {
    test.users()
        .iter()
        .zip(test.items())
        .map(|(&user, &item)| (Some(user), Some(item)))
        .collect()
}

fn assert_equal(name: &str, ours: &[f32], theirs: &[f32]) {
    assert_eq!(ours.len(), theirs.len(), "{name}");
    let differ = ours
        .iter()
        .zip(theirs)
        .filter(|(a, b)| (**a - **b).abs() > TOLERANCE)
        .count();
    let worst = ours
        .iter()
        .zip(theirs)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f32::max);
    assert_eq!(
        differ,
        0,
        "{name}: {differ} of {} differ, the worst by {worst}",
        ours.len()
    );
}

#[test]
fn half_stars_in_any_order_with_strangers() {
    let mut train = Records::builder();
    let mut test = Vec::new();
    let mut file = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_path(golden("half-stars.csv"))
        .unwrap();
    for row in file.records() {
        let row = row.unwrap();
        let values = Values {
            rating: Some(row[2].parse().unwrap()),
            ..Values::default()
        };
        match &row[3] {
            "train" => train.push(&row[0], &row[1], values).unwrap(),
            _ => test.push((row[0].to_owned(), row[1].to_owned(), values)),
        }
    }
    let train = train.finish().with_scale(0.5, 5.0).unwrap();
    let mut with_test = RecordsBuilder::from_ids(train.ids());
    for (user, item, values) in &test {
        with_test.push(user, item, *values).unwrap();
    }
    let test = with_test.finish();
    let train = Interactions::new(&train, Duplicates::Refuse).unwrap();
    let goldens: BTreeMap<String, Vec<f32>> =
        serde_json::from_reader(File::open(golden("half-stars.json")).unwrap()).unwrap();
    assert_eq!(goldens.len(), 4 * 4 * 2 + 2);
    for (name, theirs) in &goldens {
        assert_equal(name, &predict(name, &train, &pairs(&test)), theirs);
    }
}

#[test]
fn every_prediction_for_u1() {
    let Some(folder) = std::env::var_os("GUIDE_DATA") else {
        eprintln!("skipped: GUIDE_DATA is not set");
        return;
    };
    let folder = Path::new(&folder).join("ml-100k");
    let reader = Delimited::ml_100k().scale(1.0, 5.0);
    let train = reader.read(folder.join("u1.base")).unwrap();
    let test = reader
        .read_with(folder.join("u1.test"), train.ids())
        .unwrap();
    let train = Interactions::new(&train, Duplicates::Refuse).unwrap();
    let mut files: Vec<PathBuf> = std::fs::read_dir(golden("u1"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    assert_eq!(files.len(), 16);
    for path in files {
        let mut bytes = Vec::new();
        GzDecoder::new(File::open(&path).unwrap())
            .read_to_end(&mut bytes)
            .unwrap();
        let (scaled, _) = bytes.as_chunks::<4>();
        let theirs: Vec<f32> = scaled
            .iter()
            .map(|&four| (f64::from(u32::from_le_bytes(four)) / 1e5) as f32)
            .collect();
        let name = path.file_stem().unwrap().to_str().unwrap();
        assert_equal(name, &predict(name, &train, &pairs(&test)), &theirs);
    }
}
