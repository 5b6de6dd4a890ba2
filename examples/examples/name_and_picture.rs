//! The name and the picture of a product together: a linear classifier of names and a network of pictures, both calibrated on a validation
//! part, and joined with weights that are found on it.
//!
//!     cargo run --release -p examples --example name_and_picture [catalogue.csv label-column name-column folder ending]

use std::path::Path;

use examples::labelled_pictures::{COLORS, SHAPES, shapes};
use examples::{expect, path};
use guide_core::ndarray::Array2;
use guide_core::{Result, Silent, seeded};
use nlp_rnn::{LabelledTexts, LinearClassifier};
use nn_core::{OpinionPool, top_k_accuracy};
use rand::RngExt;
use vision_cnn::{
    Catalogue, CatalogueParams, Labels, PictureClassifier, PictureParams, Pictures, Unreadable,
};

/// Products: the name tells the shape, and the colour of half of them; the picture shows both, but the noise hides some.
fn generated(n: usize) -> Result<(Pictures, Vec<String>)> {
    let pictures = shapes(n, [16, 16, 3], 5)?;
    let of = |name: &str| pictures.labels(name).map(Labels::of);
    let (shape, color) = (of("shape")?, of("color")?);
    let mut rng = seeded(3);
    // The class is colour and shape together: neither the name nor a small network on few pictures knows it for sure.
    let (mut names, mut classes) = (Vec::new(), Vec::new());
    for (&shape, &color) in shape.iter().zip(color) {
        let (shape, color) = (SHAPES[shape as usize], COLORS[color as usize].0);
        let model = rng.random_range(10..99);
        let said = if rng.random_bool(0.5) { color } else { "new" };
        names.push(format!("{said} {shape} model {model}"));
        classes.push(format!("{color} {shape}"));
    }
    let mut known = classes.clone();
    known.sort_unstable();
    known.dedup();
    let of = classes
        .iter()
        .map(|class| known.partition_point(|other| other < class) as u32);
    let labels = Labels::new("kind", known.clone(), of.collect())?;
    let pictures = Pictures::new(
        pictures.size(),
        pictures.all_pixels().to_vec(),
        vec![labels],
    )?;
    Ok((pictures, names))
}

fn from_file(path: &str) -> anyhow::Result<(Pictures, Vec<String>)> {
    let argument = |place| std::env::args().nth(place);
    let (Some(label), Some(name), Some(folder)) = (argument(2), argument(3), argument(4)) else {
        anyhow::bail!(
            "after the table come the columns of labels and of names, and the folder of pictures"
        );
    };
    let params = CatalogueParams::default()
        .extension(argument(5).unwrap_or_default())
        .labels(vec![label])
        .kept(vec![name.clone()])
        .text_column(name.clone())
        .min_examples(5)
        .unreadable(Unreadable::Skip)
        .pictures(PictureParams::default().height(40).width(30));
    let read = Catalogue::new(Path::new(path), Path::new(&folder)).read(&params)?;
    println!("{}", read.notes);
    let names = read.pictures.texts(&name).unwrap_or_default().to_vec();
    Ok((read.pictures, names))
}

/// Some of the products.
struct Part {
    pictures: Pictures,
    names: Vec<String>,
    labels: Vec<String>,
}

impl Part {
    fn of(pictures: &Pictures, names: &[String], places: &[usize]) -> Result<Self> {
        let labels = &pictures.all_labels()[0];
        let label = |&place: &usize| labels.classes()[labels.of()[place] as usize].clone();
        Ok(Self {
            pictures: pictures.select(places)?,
            names: places.iter().map(|&place| names[place].clone()).collect(),
            labels: places.iter().map(label).collect(),
        })
    }

    fn texts(&self) -> Result<LabelledTexts<'_>> {
        LabelledTexts::new(&self.names, &self.labels)
    }

    fn classes(&self) -> &[u32] {
        self.pictures.all_labels()[0].of()
    }
}

/// The probabilities of the classes by name and by picture, `[products, classes]` each, in the order of the picture's classes.
fn probabilities(
    name: &LinearClassifier,
    picture: &PictureClassifier,
    part: &Part,
) -> Result<[Array2<f32>; 2]> {
    let classes = picture.heads()[0].classes();
    let by_name = name.probabilities_in_order(&part.names, classes)?;
    let by_picture = picture.classify(&part.pictures)?.probabilities(0).clone();
    Ok([by_name, by_picture])
}

/// The mean of `-ln p` of the classes.
fn log_loss(probabilities: &Array2<f32>, classes: &[u32]) -> f64 {
    let rows = probabilities.outer_iter().zip(classes);
    let losses = rows.map(|(row, &class)| -f64::from(row[class as usize].max(1e-6)).ln());
    losses.sum::<f64>() / classes.len().max(1) as f64
}

fn main() -> anyhow::Result<()> {
    let (pictures, names) = match path() {
        Some(path) => from_file(&path)?,
        None => generated(900)?,
    };
    let label = pictures.all_labels()[0].name().to_owned();
    let (rest, test) = pictures.split_by(&label, 0.2, 1)?;
    let rest_pictures = pictures.select(&rest)?;
    let (train, valid) = rest_pictures.split_by(&label, 0.15, 2)?;
    let of_rest = |places: &[usize]| places.iter().map(|&place| rest[place]).collect::<Vec<_>>();
    let part = |places: &[usize]| Part::of(&pictures, &names, places);
    let (train, valid, test) = (
        part(&of_rest(&train))?,
        part(&of_rest(&valid))?,
        part(&test)?,
    );

    let name = LinearClassifier::params();
    let name = name.fit_calibrated(&train.texts()?, Some(&valid.texts()?), &Silent)?;
    let network = PictureClassifier::params().epochs(5).batch(32);
    let mut go_on = |_: &nn_core::EpochRecord| std::ops::ControlFlow::Continue(());
    let picture = network.fit_validated(&train.pictures, Some(&valid.pictures), &mut go_on)?;

    let [by_name, by_picture] = probabilities(&name, &picture, &valid)?;
    let pool = OpinionPool::fit(&[by_name.view(), by_picture.view()], valid.classes())?;

    let [by_name, by_picture] = probabilities(&name, &picture, &test)?;
    let both = pool.join(&[by_name.view(), by_picture.view()])?;
    println!(
        "{} training, {} validation, {} test products; weights {:.2?}",
        train.names.len(),
        valid.names.len(),
        test.names.len(),
        pool.weights()
    );
    println!("{label:<16} {:>8} {:>8}", "accuracy", "log loss");
    let mut accuracies = Vec::new();
    for (what, found) in [
        ("name", by_name),
        ("picture", by_picture),
        ("name and picture", both),
    ] {
        let (accuracy, loss) = (
            top_k_accuracy(found.view(), test.classes(), 1)?,
            log_loss(&found, test.classes()),
        );
        println!("{what:<16} {accuracy:>8.4} {loss:>8.4}");
        accuracies.push(accuracy);
    }
    let are_both_used = pool.weights().iter().all(|&weight| weight > 0.0);
    expect(are_both_used, "a weight above 0 for both")?;
    expect(
        accuracies[2] > accuracies[0].max(accuracies[1]),
        "more right answers than by either alone",
    )
}
