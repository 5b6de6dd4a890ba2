//! The readers on MNIST and on the fashion catalogue, run where `GUIDE_DATA` names the folder that holds `mnist/` and `fashion/`,
//! skipped elsewhere.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::path::PathBuf;
use std::time::Instant;

use vision_cnn::{
    Augment, Catalogue, CatalogueParams, Normalization, PictureBatches, PictureParams, Pictures,
    Unreadable, read_mnist,
};

/// The folder `name` of the data, if there is one.
fn folder(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("GUIDE_DATA").map(|data| PathBuf::from(data).join(name));
    let found = folder.filter(|folder| folder.is_dir());
    if found.is_none() {
        println!("skipped: GUIDE_DATA names no folder with {name}");
    }
    found
}

/// Prints how many pictures a second batches of 128 make.
fn time_batches(what: &str, batches: &PictureBatches<'_>, indices: &[usize]) {
    let len: usize = batches.shape().iter().product();
    let mut batch = vec![0.0; 128 * len];
    let started = Instant::now();
    for indices in indices.chunks_exact(128) {
        batches.batch(indices, 0, &mut batch).unwrap();
    }
    let n = indices.len() / 128 * 128;
    let seconds = started.elapsed().as_secs_f64();
    println!("{what}: {:.0} pictures/s", n as f64 / seconds);
    assert!(batch.iter().all(|value| value.is_finite()));
}

fn all(pictures: &Pictures) -> Vec<usize> {
    (0..pictures.len()).collect()
}

#[test]
fn mnist() {
    let Some(folder) = folder("mnist") else {
        return;
    };
    let started = Instant::now();
    let mnist = read_mnist(folder).unwrap();
    println!("MNIST read in {:.2} s", started.elapsed().as_secs_f64());
    let (train, test) = (&mnist.train, &mnist.test);
    assert_eq!((train.len(), test.len()), (60_000, 10_000));
    assert_eq!(train.size(), [28, 28, 1]);
    let counts = |pictures: &Pictures| pictures.labels("class").unwrap().counts();
    assert_eq!(counts(train)[..3], [5923, 6742, 5958]);
    assert_eq!(counts(test)[..3], [980, 1135, 1032]);
    let measured = Normalization::measured(train, &all(train)).unwrap();
    println!("mean {:?} std {:?}", measured.mean(), measured.std());
    assert!((measured.mean()[0] - 0.1307).abs() < 5e-5);
    assert!((measured.std()[0] - 0.3081).abs() < 5e-5);
    let plain = PictureBatches::new(train, measured).unwrap();
    time_batches("MNIST plain", &plain, &all(train));
    let augmented = plain.augment(Augment::digits()).unwrap();
    time_batches("MNIST augmented", &augmented, &all(train));
}

#[test]
fn fashion() {
    let Some(folder) = folder("fashion") else {
        return;
    };
    let columns = ["articleType", "masterCategory", "baseColour"];
    let params = CatalogueParams::default()
        .extension("jpg".to_owned())
        .labels(columns.map(str::to_owned).to_vec())
        .kept(vec!["productDisplayName".to_owned()])
        .text_column("productDisplayName".to_owned())
        .unreadable(Unreadable::Skip)
        .pictures(PictureParams::default().height(80).width(60));
    let catalogue = Catalogue::new(folder.join("styles.csv"), folder.join("images"));
    let started = Instant::now();
    let read = catalogue.read(&params).unwrap();
    let seconds = started.elapsed().as_secs_f64();
    let pictures = &read.pictures;
    println!("{} pictures read in {seconds:.2} s", pictures.len());
    println!("left out or mended: {}", read.notes);
    for labels in pictures.all_labels() {
        let counts = labels.counts();
        let of_20 = counts.iter().filter(|&&n| n >= 20);
        println!(
            "{}: {} classes, {} with at least 20 pictures, which are {} pictures",
            labels.name(),
            counts.len(),
            of_20.clone().count(),
            of_20.sum::<usize>()
        );
    }
    assert!(pictures.len() > 11_900 && pictures.len() <= 12_000);
    let names = pictures.texts("productDisplayName").unwrap();
    assert!(names.iter().filter(|name| name.contains(',')).count() > 0);
    let (train, test) = pictures.split(0.2, 1).unwrap();
    println!("{} train, {} test", train.len(), test.len());
    let measured = Normalization::measured(pictures, &train).unwrap();
    println!("mean {:?} std {:?}", measured.mean(), measured.std());
    let plain = PictureBatches::new(pictures, measured).unwrap();
    time_batches("fashion plain", &plain, &train);
    let augmented = plain.clone().augment(Augment::products()).unwrap();
    time_batches("fashion augmented", &augmented, &train);
    let half = plain.size(40, 30).unwrap();
    time_batches("fashion at 40 x 30", &half, &train);
}
