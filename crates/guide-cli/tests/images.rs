//! `guide images`: training, testing, saving, each layout of pictures, and what is refused and said.
#![allow(clippy::unwrap_used)] // helpers of tests are not tests to clippy

mod common;

use std::path::Path;

use common::{fails, file, guide, json, words};
use image::{GrayImage, Luma, Rgb, RgbImage};
use serde_json::Value;

/// A bar, upright or level, bright on a dark ground; `number` says which and where.
fn bar(number: usize, side: usize) -> Vec<u8> {
    let (direction, place) = (number % 2, 2 + number * 7 % (side - 4));
    let value = |cell: usize| {
        let along = if direction == 0 {
            cell % side
        } else {
            cell / side
        };
        let noise = (number * 31 + cell * cell * 7) % 40;
        let is_bar = along.abs_diff(place) < 2;
        (if is_bar { 250 - noise } else { noise }) as u8
    };
    (0..side * side).map(value).collect()
}

/// The two idx files of a part, with pictures of 12 x 12.
fn idx(folder: &Path, part: &str, n: usize, first: usize) {
    let number = |n: usize| (n as u32).to_be_bytes();
    let mut images = [&[0, 0, 8, 3][..], &number(n), &number(12), &number(12)].concat();
    let mut labels = [&[0, 0, 8, 1][..], &number(n)].concat();
    for picture in first..first + n {
        images.extend(bar(picture, 12));
        labels.push((picture % 2) as u8);
    }
    std::fs::write(folder.join(format!("{part}-images-idx3-ubyte")), images).unwrap();
    std::fs::write(folder.join(format!("{part}-labels-idx1-ubyte")), labels).unwrap();
}

fn mnist(folder: &Path) -> String {
    idx(folder, "train", 96, 0);
    idx(folder, "t10k", 32, 500);
    folder.to_str().unwrap().to_owned()
}

/// A catalogue of shirts and hats in red and blue, and one lonely sock.
fn catalogue(folder: &Path) -> String {
    let images = folder.join("images");
    std::fs::create_dir(&images).unwrap();
    let mut table = "id,type,color\n".to_owned();
    for id in 0..61 {
        let (kind, color) = (id % 2, id / 2 % 2);
        let pixels = bar(id, 16);
        let picture = RgbImage::from_fn(16, 16, |x, y| {
            let value = pixels[(y * 16 + x) as usize];
            let green = 20 + value / 16;
            Rgb(if color == 0 {
                [value, green, 20]
            } else {
                [20, green, value]
            })
        });
        picture.save(images.join(format!("{id}.png"))).unwrap();
        let kind = if id == 60 {
            "sock"
        } else {
            ["shirt", "hat"][kind]
        };
        table += &format!("{id},{kind},{}\n", ["red", "blue"][color]);
    }
    file(folder, "styles.csv", &table)
}

fn train(line: &str) -> Vec<Value> {
    json(&words(&format!("images train --json {line}")))
}

/// Asserts that the command succeeds, and returns what it says on standard error.
fn said(line: &str) -> String {
    let output = guide(&words(line));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{text}");
    text
}

#[test]
fn a_network_is_trained_tested_and_saved_the_same_on_any_threads() {
    let folder = tempfile::tempdir().unwrap();
    let data = mnist(folder.path());
    let models = tempfile::tempdir().unwrap();
    let out = |name: &str| models.path().join(name).to_str().unwrap().to_owned();
    let run = |name: &str, threads: u8| {
        train(&format!(
            "--data {data} --net lenet --epochs 4 --batch 16 --seed 3 --set learning_rate=0.003 --threads {threads} --out {}",
            out(name)
        ))
    };
    let rows = run("a.model", 1);
    assert_eq!(rows.len(), 6, "{rows:?}");
    for (row, epoch) in rows[..4].iter().zip(1..) {
        assert_eq!(row["epoch"], epoch);
        assert!(row["loss"].as_f64().unwrap() > 0.0);
        assert!(row["images_per_s"].as_f64().unwrap() > 0.0);
    }
    let (head, last) = (&rows[4], &rows[5]);
    assert_eq!(
        (&head["head"], &head["n_test"]),
        (&"class".into(), &32.into())
    );
    assert!(head["accuracy"].as_f64().unwrap() > 0.9, "{head}");
    assert!(
        head["macro_f1"].as_f64().unwrap() > 0.9 && head["top5"] == 1.0,
        "{head}"
    );
    assert_eq!(head["accuracy"], rows[3]["test_accuracy"], "{head}");
    assert_eq!(
        (&last["net"], &last["format"]),
        (&"lenet".into(), &"mnist".into())
    );
    assert_eq!((&last["n_train"], &last["epochs"]), (&96.into(), &4.into()));
    run("b.model", 2);
    let bytes = |name: &str| std::fs::read(out(name)).unwrap();
    assert!(bytes("a.model") == bytes("b.model"));

    let about = json(&words(&format!("model inspect --json {}", out("a.model"))));
    assert_eq!(about[0]["kind"], "picture-classifier");
    let model = out("a.model");
    let again = json(&words(&format!(
        "images eval --json --load {model} --data {data}"
    )));
    assert_eq!(&again[0], head);
    assert_eq!(again[1]["n_test"], 32);
}

#[test]
fn a_catalogue_has_a_head_for_each_column_and_its_losses_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let data = catalogue(folder.path());
    std::fs::write(folder.path().join("images/7.png"), "no picture").unwrap();
    let flags = "--labels type,color --extension png --height 16 --width 16 --min-count 5 --on-bad-picture skip";
    let line = format!("--data {data} {flags} --epochs 3 --batch 8 --seed 2");
    let model = folder.path().join("a.model").to_str().unwrap().to_owned();
    let output = guide(&words(&format!(
        "images train --json {line} --set learning_rate=0.003 --holdout 0.25 --augment products --set augment.flip=0 --out {model}"
    )));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{text}");
    for part in [
        "read as catalogue",
        "images (--images says another)",
        "1 unreadable pictures left out (first:",
        "7.png",
        "sock",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let text = String::from_utf8(output.stdout).unwrap();
    let rows: Vec<Value> = text
        .lines()
        .map(|row| serde_json::from_str(row).unwrap())
        .collect();
    let heads: Vec<&Value> = rows[3..5].iter().map(|row| &row["head"]).collect();
    assert_eq!(heads, ["type", "color"]);
    assert_eq!(
        (&rows[3]["n_test"], &rows[5]["n_train"]),
        (&15.into(), &44.into())
    );
    assert!(rows[4]["accuracy"].as_f64().unwrap() > 0.9, "{}", rows[4]);
    // The same share by the same seed is the same test part; labels and size are those of the model.
    let again = json(&words(&format!(
        "images eval --json --load {model} --data {data} --extension png --min-count 5 --on-bad-picture skip --holdout 0.25 --seed 2"
    )));
    assert_eq!(again[..2], rows[3..5]);
}

#[test]
fn a_folder_for_each_class_is_read_and_a_share_of_it_held_out() {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..40 {
        let class = folder.path().join(["upright", "level"][number % 2]);
        std::fs::create_dir_all(&class).unwrap();
        let picture = GrayImage::from_raw(12, 12, bar(number, 12)).unwrap();
        picture.save(class.join(format!("{number}.png"))).unwrap();
    }
    let rare = folder.path().join("rare");
    std::fs::create_dir(&rare).unwrap();
    GrayImage::from_pixel(12, 12, Luma([9]))
        .save(rare.join("0.png"))
        .unwrap();
    std::fs::write(rare.join("notes.txt"), "none").unwrap();
    let data = folder.path().to_str().unwrap();
    let line = format!(
        "images train --data {data} --grey --height 12 --width 12 --epochs 1 --min-count 2"
    );
    let text = said(&line);
    for part in [
        "read as folders",
        "1 files that are no pictures passed over",
        "1 pictures of labels with fewer than 2 pictures left out (first: `rare` of `class`)",
        "0.2 of the pictures are held out",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let rows = json(&words(&format!("{line} --json --summary")));
    let summary = rows[0]["summary"].as_str().unwrap();
    assert!(
        summary.contains("Conv2D") && summary.contains("(None, 2)"),
        "{summary}"
    );
    assert_eq!(
        (&rows[3]["n_train"], &rows[3]["n_test"]),
        (&32.into(), &8.into())
    );
    let none = json(&words(&format!("{line} --json --holdout 0")));
    assert_eq!(none.len(), 2);
    assert_eq!(
        (&none[0]["test_accuracy"], &none[1]["n_train"]),
        (&Value::Null, &40.into())
    );
}

#[test]
fn cifar_files_are_known_by_their_names() {
    let folder = tempfile::tempdir().unwrap();
    let records = |n: usize| -> Vec<u8> {
        let record = |number: usize| {
            let plane = bar(number, 32);
            [
                vec![(number % 2) as u8],
                plane.clone(),
                plane.clone(),
                plane,
            ]
            .concat()
        };
        (0..n).flat_map(record).collect()
    };
    std::fs::write(folder.path().join("data_batch_1.bin"), records(12)).unwrap();
    std::fs::write(folder.path().join("data_batch_2.bin"), records(8)).unwrap();
    std::fs::write(folder.path().join("test_batch.bin"), records(6)).unwrap();
    // The archive of a file that lies beside it is not read a second time.
    std::fs::write(folder.path().join("data_batch_1.bin.gz"), "not read").unwrap();
    let data = folder.path().to_str().unwrap();
    let rows = train(&format!(
        "--data {data} --epochs 1 --batch 8 --set architecture=lenet"
    ));
    assert_eq!(rows[2]["net"], "lenet");
    assert_eq!(
        (&rows[2]["n_train"], &rows[2]["n_test"]),
        (&20.into(), &6.into())
    );
    assert_eq!(rows[2]["format"], "cifar10");
}

#[test]
fn what_cannot_be_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let data = mnist(folder.path());
    let shop = tempfile::tempdir().unwrap();
    let table = catalogue(shop.path());
    let empty = tempfile::tempdir().unwrap();
    let empty = empty.path().to_str().unwrap().to_owned();
    let refused = |line: &str, code: i32, words_: &str| {
        fails(&words(&format!("images train {line}")), code, words_);
    };
    refused(&format!("--data {data} --net lenet6"), 2, "seed-cnn");
    refused(&format!("--data {data} --epochs 0"), 2, "--epochs");
    refused(&format!("--data {data} --holdout 1"), 2, "--holdout");
    refused(
        &format!("--data {data} --set depth=3"),
        2,
        "no parameter `depth`",
    );
    refused(&format!("--data {data} --set augment.flip=2"), 2, "flip");
    let out = format!("{table} --labels type --out {table}");
    refused(&format!("--data {out}"), 2, "--out");
    refused(&format!("--data {empty} --out /none/a.model"), 1, "/none");
    // A file of the data, and a new one among them.
    let within = format!("--data {data} --out {data}/train-images-idx3-ubyte");
    refused(&within, 2, "lies in the folder of --data");
    let images = shop.path().join("images").display().to_string();
    refused(
        &format!("--data {table} --labels type --out {images}/1.png"),
        2,
        "lies in the folder",
    );
    refused(
        &format!("--data {table} --labels type --images {images} --out {images}/a.model"),
        2,
        "--images",
    );
    for (line, part) in [
        (format!("--data {empty}"), "train-images-idx3-ubyte"),
        (
            format!("--data {data} --format mnist --labels type"),
            "--labels",
        ),
        (
            format!("--data {data} --format mnist --height 12"),
            "--height",
        ),
        (format!("--data {data} --frame crop"), "--frame"),
        (
            format!("--data {data} --on-bad-picture skip"),
            "--on-bad-picture",
        ),
        (
            format!("--data {data} --picture-column id"),
            "--picture-column",
        ),
        (format!("--data {data} --sep ;"), "--sep"),
        (format!("--data {table} --format catalogue"), "--labels"),
    ] {
        refused(&line, 2, part);
    }
    refused(&format!("--data {empty}/none.csv"), 1, "none.csv");
    let line = format!(
        "--data {table} --format catalogue --images {}/images --labels",
        shop.path().display()
    );
    refused(&format!("{line} kind"), 1, "type, color");
    let rare = format!("{line} type --extension png --min-count 1000");
    refused(&rare, 1, "too few examples");
    std::fs::write(shop.path().join("images/7.png"), "no picture").unwrap();
    refused(&format!("{line} type --extension png"), 1, "7.png");
    let model = format!("images eval --load {table} --data {data}");
    fails(&words(&model), 1, "styles.csv");
}
