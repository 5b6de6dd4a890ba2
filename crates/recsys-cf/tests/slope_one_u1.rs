//! Slope One beside scikit-surprise 1.1.5 on u1 of MovieLens 100k, where that lies in the folder `GUIDE_DATA`.
//!
//! The estimates come from `scripts/golden/surprise_slope_one.py`.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::io::Read;
use std::path::Path;

use guide_core::Fit;
use recsys_cf::SlopeOne;
use recsys_core::{
    Duplicates, Interactions, Pair, RatingPredictor, Records, RecordsBuilder, Values,
};

fn read(path: &Path, mut records: RecordsBuilder) -> Records {
    for line in std::fs::read_to_string(path).unwrap().lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let values = Values {
            rating: Some(fields[2].parse().unwrap()),
            ..Values::default()
        };
        records.push(fields[0], fields[1], values).unwrap();
    }
    records.finish().with_scale(1.0, 5.0).unwrap()
}

#[test]
fn every_prediction_equals_surprise() {
    let Some(folder) = std::env::var_os("GUIDE_DATA") else {
        println!("skipped: GUIDE_DATA does not say where ml-100k lies");
        return;
    };
    let folder = Path::new(&folder).join("ml-100k");
    let train = read(&folder.join("u1.base"), Records::builder());
    let test = read(
        &folder.join("u1.test"),
        RecordsBuilder::from_ids(train.ids()),
    );
    let mut golden = Vec::new();
    flate2::read::GzDecoder::new(&include_bytes!("golden/slope_one_u1.f32.gz")[..])
        .read_to_end(&mut golden)
        .unwrap();
    let (golden, rest) = golden.as_chunks::<4>();
    assert!(golden.len() == test.len() && rest.is_empty());

    let data = Interactions::new(&train, Duplicates::Refuse).unwrap();
    let model = SlopeOne::params().fit(&data).unwrap();
    let pairs = test.users().iter().zip(test.items());
    let pairs: Vec<Pair> = pairs
        .map(|(&user, &item)| (Some(user), Some(item)))
        .collect();
    for ((prediction, golden), pair) in model.predict_batch(&pairs).iter().zip(golden).zip(&pairs) {
        let golden = f32::from_le_bytes(*golden);
        let apart = (prediction.rating - golden).abs();
        assert!(apart < 1e-4, "{pair:?}: {prediction:?}, not {golden}");
    }
}
