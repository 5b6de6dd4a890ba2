//! What a product is, by its picture, by its name and by both: article type, master category and colour of a catalogue of fashion.
//!
//!     fashion <folder with styles.csv and images/> [--test] [--rows histogram,name,name-and-colours,picture,neighbours] [--size 80x60] [--net seed-cnn] [key=value ..]
//!
//! A fifth of the products is the test part (drawn from each article type by seed 1), a tenth of the rest the validation part (seed 2). Without
//! `--test` the accuracies are those of the validation part, on which settings are chosen; temperatures and weights are fitted there, too, so that they
//! are slightly too good. Products without one of the labels are left out. `key=value` sets a field of the network's parameters.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, bail};
use guide_core::ndarray::{Array2, aview1};
use guide_core::{Fit, Result, SparseRows, by_name};
use nlp_rnn::{LabelledTexts, LinearClassifier};
use nn_core::{
    EpochRecord, LabelledRows, LinearSvm, LogisticRegression, OpinionPool, top_k_accuracy,
};
use vision_cnn::{
    Architecture, Augment, Catalogue, CatalogueParams, NeighbourReport, PictureClassifier,
    PictureClassifierParams, PictureEmbedder, PictureParams, Pictures, Unreadable,
};

const LABELS: [&str; 3] = ["articleType", "masterCategory", "baseColour"];
const NAME: &str = "productDisplayName";
/// Products of an article type from which on its nearest neighbours are asked for.
const LEAST: usize = 20;

struct Options {
    folder: String,
    test: bool,
    rows: Vec<String>,
    size: [usize; 2],
    params: PictureClassifierParams,
}

impl Options {
    fn read() -> anyhow::Result<Self> {
        let mut arguments = std::env::args().skip(1);
        let folder = arguments.next().context("the folder of the catalogue")?;
        let params = PictureClassifier::params()
            .architecture(Architecture::SeedCnn)
            .augment(Augment::products())
            .epochs(25)
            .label_smoothing(0.1)
            .head_weights(vec![1.0, 0.5, 0.5]);
        let mut options = Self {
            folder,
            test: false,
            rows: [
                "histogram",
                "name",
                "name-and-colours",
                "picture",
                "neighbours",
            ]
            .map(str::to_owned)
            .to_vec(),
            size: [80, 60],
            params,
        };
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().context("a value after the last option");
            match argument.as_str() {
                "--test" => options.test = true,
                "--rows" => options.rows = value()?.split(',').map(str::to_owned).collect(),
                "--net" => options.params.architecture = value()?.parse()?,
                "--size" => {
                    let size = value()?;
                    let (height, width) = size.split_once('x').context("--size 80x60")?;
                    options.size = [height.parse()?, width.parse()?];
                }
                _ => {
                    let Some((key, value)) = argument.split_once('=') else {
                        bail!("`{argument}` is no option and no key=value");
                    };
                    options.params = by_name::set(&options.params, key, value)?;
                }
            }
        }
        Ok(options)
    }

    fn asks_for(&self, row: &str) -> bool {
        self.rows.iter().any(|asked| asked == row)
    }
}

/// Some of the products.
struct Part {
    pictures: Pictures,
    names: Vec<String>,
}

impl Part {
    fn of(all: &Pictures, places: &[usize]) -> Result<Self> {
        let pictures = all.select(places)?;
        let names = pictures.texts(NAME).unwrap_or_default().to_vec();
        Ok(Self { pictures, names })
    }

    /// The label of each product, by the number of the set of labels.
    fn labels(&self, set: usize) -> Vec<&str> {
        let labels = &self.pictures.all_labels()[set];
        let class = |&class: &u32| labels.classes()[class as usize].as_str();
        labels.of().iter().map(class).collect()
    }
}

fn print(row: &str, sets: &[Array2<f32>], part: &Part, seconds: f64) -> Result<()> {
    print!("{row:<28}");
    for (set, probabilities) in sets.iter().enumerate() {
        let classes = part.pictures.all_labels()[set].of();
        print!(
            " {:>7.4}",
            top_k_accuracy(probabilities.view(), classes, 1)?
        );
        if set == 0 {
            print!(
                " {:>7.4}",
                top_k_accuracy(probabilities.view(), classes, 5)?
            );
        }
    }
    println!(" {seconds:>7.1}");
    Ok(())
}

/// How often each of `bins`³ colours occurs among the pixels of the picture `number` that `counts` accepts; the roots of the shares.
fn histogram(
    pictures: &Pictures,
    number: usize,
    bins: usize,
    counts: impl Fn(usize, &[u8]) -> bool,
) -> Vec<f32> {
    let mut shares = vec![0.0_f32; bins * bins * bins];
    let mut n = 1.0_f32;
    for (place, pixel) in pictures.pixels(number).chunks_exact(3).enumerate() {
        if counts(place, pixel) {
            let bin = |bin, &value: &u8| bin * bins + usize::from(value) * bins / 256;
            shares[pixel.iter().fold(0, bin)] += 1.0;
            n += 1.0;
        }
    }
    shares
        .iter_mut()
        .for_each(|share| *share = (*share / n).sqrt());
    shares
}

/// The histogram of each picture with 8 bins a channel.
fn histograms(pictures: &Pictures) -> Array2<f32> {
    let mut rows = Array2::zeros((pictures.len(), 512));
    for (number, mut row) in rows.rows_mut().into_iter().enumerate() {
        row.assign(&aview1(&histogram(pictures, number, 8, |_, _| true)));
    }
    rows
}

/// The features of the name and, in the columns after them, the colours of the picture: of the pixels that are not white, and of those of them in
/// the middle half of the height and the width.
fn name_and_colours(names: &SparseRows, pictures: &Pictures) -> Result<SparseRows> {
    const BINS: usize = 6;
    /// Found on the validation part.
    const SCALE: f32 = 0.5;
    let [height, width, _] = pictures.size();
    let is_product = |pixel: &[u8]| pixel.iter().any(|&value| value <= 235);
    let within = |place: usize| {
        let (row, column) = (place / width, place % width);
        (height / 4..height - height / 4).contains(&row)
            && (width / 4..width - width / 4).contains(&column)
    };
    let mut rows = SparseRows::new(names.n_columns() + 2 * BINS * BINS * BINS);
    for number in 0..names.n_rows() {
        let (columns, values) = names.row(number);
        let (mut columns, mut values) = (columns.to_vec(), values.to_vec());
        let whole = histogram(pictures, number, BINS, |_, pixel| is_product(pixel));
        let middle = |place: usize, pixel: &[u8]| within(place) && is_product(pixel);
        let middle = histogram(pictures, number, BINS, middle);
        for (column, share) in (names.n_columns() as u32..).zip(whole.into_iter().chain(middle)) {
            if share > 0.0 {
                columns.push(column);
                values.push(share * SCALE);
            }
        }
        rows.push(&columns, &values)?;
    }
    Ok(rows)
}

/// The classes that a training part has, numbered without gaps.
struct Known {
    classes: Vec<u32>,
}

impl Known {
    /// And the numbers of the products.
    fn of(part: &Part, set: usize) -> (Self, Vec<u32>) {
        let labels = part.pictures.all_labels()[set].of();
        let mut classes = labels.to_vec();
        classes.sort_unstable();
        classes.dedup();
        let place: HashMap<u32, u32> = classes.iter().copied().zip(0..).collect();
        let numbers = labels.iter().map(|class| place[class]).collect();
        (Self { classes }, numbers)
    }

    /// Probabilities of the known classes as those of all classes.
    fn spread(&self, found: &Array2<f32>, part: &Part, set: usize) -> Array2<f32> {
        let n_classes = part.pictures.all_labels()[set].classes().len();
        let mut all = Array2::zeros((found.nrows(), n_classes));
        for (column, &class) in found.columns().into_iter().zip(&self.classes) {
            all.column_mut(class as usize).assign(&column);
        }
        all
    }
}

/// The probabilities of all classes of a set of labels by colour histogram.
fn by_histogram(train: &Part, part: &Part, set: usize) -> Result<Array2<f32>> {
    let (known, classes) = Known::of(train, set);
    let features = histograms(&train.pictures);
    let params = LogisticRegression::params().c(10.0);
    let model = params.fit(&LabelledRows::new(&features, &classes))?;
    let found = model.predict_proba(&histograms(&part.pictures))?;
    Ok(known.spread(&found, part, set))
}

/// The softmax of the scores of one linear support vector machine over name and colours.
fn by_name_and_colours(train: &Part, part: &Part, set: usize) -> Result<Array2<f32>> {
    let (known, classes) = Known::of(train, set);
    let (model, names) = LinearClassifier::params()
        .features
        .fit_transform(&train.names)?;
    let features = name_and_colours(&names, &train.pictures)?;
    let params = LinearSvm::params().c(0.2);
    let svm = params.fit(&LabelledRows::new(&features, &classes))?;
    let names = model.transform(&part.names)?;
    let mut scores = svm.decision(&name_and_colours(&names, &part.pictures)?)?;
    for mut row in scores.rows_mut() {
        row.mapv_inplace(f32::exp);
        let sum = row.sum();
        row.mapv_inplace(|score| score / sum);
    }
    Ok(known.spread(&scores, part, set))
}

fn name_model(train: &Part, valid: Option<&Part>, set: usize) -> Result<LinearClassifier> {
    let labels = train.labels(set);
    let texts = LabelledTexts::new(&train.names, &labels)?;
    let of_valid = valid.map(|valid| valid.labels(set));
    let valid = match (valid, &of_valid) {
        (Some(valid), Some(labels)) => Some(LabelledTexts::new(&valid.names, labels)?),
        _ => None,
    };
    LinearClassifier::params().fit_calibrated(&texts, valid.as_ref(), &guide_core::Silent)
}

/// The probabilities of all classes of a set of labels by name.
fn by_name_of(model: &LinearClassifier, part: &Part, set: usize) -> Result<Array2<f32>> {
    let classes = part.pictures.all_labels()[set].classes();
    model.probabilities_in_order(&part.names, classes)
}

fn all_sets(of: impl FnMut(usize) -> Result<Array2<f32>>) -> Result<Vec<Array2<f32>>> {
    (0..LABELS.len()).map(of).collect()
}

/// The sources joined, with the weights that are found on the validation part.
fn print_joined(sources: &[[Vec<Array2<f32>>; 2]], valid: &Part, measured: &Part) -> Result<()> {
    if sources.len() < 2 {
        return Ok(());
    }
    let mut weights = Vec::new();
    let joined = all_sets(|set| {
        let of = |part: usize| sources.iter().map(move |source| source[part][set].view());
        let classes = valid.pictures.all_labels()[set].of();
        let pool = OpinionPool::fit(&of(0).collect::<Vec<_>>(), classes)?;
        weights.push(pool.weights().to_vec());
        pool.join(&of(1).collect::<Vec<_>>())
    })?;
    print("svm and network, joined", &joined, measured, 0.0)?;
    println!("weights: {weights:.2?}");
    Ok(())
}

/// How often the nearest products of the training part have the article type of a product that was not trained on.
fn print_neighbours(
    row: &str,
    embedder: &PictureEmbedder,
    [shop, asked]: [&Part; 2],
) -> Result<()> {
    let (vectors, of_shop) = (
        embedder.embed(&asked.pictures)?,
        embedder.embed(&shop.pictures)?,
    );
    let report = NeighbourReport::among(
        (&vectors, &asked.pictures.all_labels()[0]),
        (&of_shop, &shop.pictures.all_labels()[0]),
        LEAST,
    )?;
    println!(
        "neighbours, {row}: {} numbers, {} of {} products, rank 1 {:.4}, precision at 5 {:.4}",
        embedder.dim(),
        report.n_asked,
        asked.names.len(),
        report.at_1,
        report.precision_at_5
    );
    Ok(())
}

fn main() -> anyhow::Result<()> {
    let options = Options::read()?;
    let folder = Path::new(&options.folder);
    let params = CatalogueParams::default()
        .extension("jpg".to_owned())
        .labels(LABELS.map(str::to_owned).to_vec())
        .kept(vec![NAME.to_owned()])
        .text_column(NAME.to_owned())
        .unreadable(Unreadable::Skip)
        .pictures(
            PictureParams::default()
                .height(options.size[0])
                .width(options.size[1]),
        );
    let read = Catalogue::new(folder.join("styles.csv"), folder.join("images")).read(&params)?;
    println!("{}", read.notes);
    let all = &read.pictures;
    let (rest, test) = all.split_by(LABELS[0], 0.2, 1)?;
    let (of_train, of_valid) = all.select(&rest)?.split_by(LABELS[0], 0.1, 2)?;
    let in_all = |places: &[usize]| places.iter().map(|&place| rest[place]).collect::<Vec<_>>();
    let (train, valid) = (
        Part::of(all, &in_all(&of_train))?,
        Part::of(all, &in_all(&of_valid))?,
    );
    // What is measured: the validation part by models of the training part, or the test part by models of both where they can be.
    let measured = if options.test {
        Part::of(all, &test)?
    } else {
        Part::of(all, &in_all(&of_valid))?
    };
    let learned = if options.test {
        Part::of(all, &rest)?
    } else {
        Part::of(all, &in_all(&of_train))?
    };
    println!(
        "{} training, {} validation, {} test products",
        train.names.len(),
        valid.names.len(),
        test.len()
    );
    println!(
        "{:<28} {:>7} {:>7} {:>7} {:>7} {:>7}",
        if options.test {
            "test part"
        } else {
            "validation part"
        },
        "type",
        "top 5",
        "master",
        "colour",
        "s"
    );

    if options.asks_for("histogram") {
        let start = Instant::now();
        let found = all_sets(|set| by_histogram(&learned, &measured, set))?;
        let seconds = start.elapsed().as_secs_f64();
        print("colour histogram", &found, &measured, seconds)?;
    }
    if options.asks_for("name") {
        let start = Instant::now();
        let found = all_sets(|set| {
            let model = name_model(&learned, (!options.test).then_some(&valid), set)?;
            by_name_of(&model, &measured, set)
        })?;
        print("name", &found, &measured, start.elapsed().as_secs_f64())?;
    }
    // The probabilities of each source that is joined: for the validation part, by models that have not met it, and for what is measured.
    let mut sources: Vec<[Vec<Array2<f32>>; 2]> = Vec::new();
    if options.asks_for("name-and-colours") {
        let start = Instant::now();
        let found = all_sets(|set| by_name_and_colours(&learned, &measured, set))?;
        let seconds = start.elapsed().as_secs_f64();
        print("name and colours, svm", &found, &measured, seconds)?;
        let of_valid = all_sets(|set| by_name_and_colours(&train, &valid, set))?;
        sources.push([of_valid, found]);
    }

    if !options.asks_for("picture") && !options.asks_for("neighbours") {
        return Ok(());
    }
    let start = Instant::now();
    let mut go_on = |record: &EpochRecord| {
        eprintln!(
            "epoch {}: loss {:.4}, validation {:?}, {:.1} s",
            record.epoch, record.loss, record.validation, record.seconds
        );
        ControlFlow::Continue(())
    };
    let picture =
        options
            .params
            .fit_validated(&train.pictures, Some(&valid.pictures), &mut go_on)?;
    let seconds = start.elapsed().as_secs_f64();
    let of_pictures = |part: &Part| -> Result<Vec<Array2<f32>>> {
        let scores = picture.classify(&part.pictures)?;
        Ok((0..LABELS.len())
            .map(|set| scores.probabilities(set).clone())
            .collect())
    };
    let pictures = of_pictures(&measured)?;
    let row = format!("picture, {}", options.params.architecture);
    print(&row, &pictures, &measured, seconds)?;

    sources.push([of_pictures(&valid)?, pictures]);
    print_joined(&sources, &valid, &measured)?;

    if options.asks_for("neighbours") {
        let by_classes = picture.into_embedder()?;
        print_neighbours("classes", &by_classes, [&train, &measured])?;
        let by_triplets = PictureEmbedder::params()
            .augment(options.params.augment.clone())
            .fit_from(Some(&by_classes), &train.pictures, &mut go_on)?;
        print_neighbours("classes, triplets", &by_triplets, [&train, &measured])?;
    }
    Ok(())
}
