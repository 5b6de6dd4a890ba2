//! Which product is in this photo: pictures found by photos of them, through visual words and through geometry.
//!
//!     cargo run --release -p examples --example visual_words [folder of pictures]
//!
//! Looks at the first 1,000 pictures of the folder by name, photographs 50 of them again (from aside, turned, cut, in another
//! light, with noise, as JPEG), and counts how often the right picture comes first. The column `found` counts the pictures that
//! come first and are said to be in the photo: right ones + wrong ones.

use std::path::Path;
use std::time::Instant;

use examples::expect;
use guide_core::{Fit, Result, Rng, seeded, stream};
use image::{Rgb, RgbImage, codecs::jpeg::JpegEncoder, imageops::interpolate_bilinear};
use rand::RngExt;
use vision_features::{
    Encoding, Enlarged, FeatureExtractor, Features, GrayImage, PictureIndex, PictureIndexParams,
    RansacParams, Sift, SiftParams, VisualVocabulary, find_homography,
};

/// Key points from which on a picture should be found.
const ENOUGH: usize = 30;
/// How often the best method has to find such a picture among the generated ones.
const LEAST: f64 = 0.9;

type SiftFeatures = Features<[u8; 128]>;

fn main() -> anyhow::Result<()> {
    let pictures = match examples::path() {
        Some(folder) => read(Path::new(&folder), 1000)?,
        None => (0..60).map(generated).collect(),
    };
    anyhow::ensure!(
        pictures.len() >= 3,
        "a third of the pictures are photographed again, which takes at least 3, found {}",
        pictures.len()
    );
    let photographed = chosen(&pictures, 50.min(pictures.len() / 3));
    let photos = photographed.iter().map(|&picture| {
        let mut rng = stream(2, picture as u64);
        photograph(&pictures[picture], &mut rng)
    });
    let photos: Vec<RgbImage> = photos.collect::<anyhow::Result<_>>()?;

    println!("{} pictures, {} photos", pictures.len(), photos.len());
    println!(
        "{:<12} {:<22} {:>16} {:>16} {:>12} {:>8} {:>9}",
        "pictures", "method", "first, >= 30", "first, < 30", "found", "fit [s]", "photo [s]"
    );
    let sift = Sift::new(SiftParams::default().root(true))?;
    let large = Enlarged::new(sift.clone(), 160)?;
    let mut best = Rates::default();
    for (name, extractor) in [
        (
            "as they are",
            &sift as &dyn FeatureExtractor<Descriptor = _>,
        ),
        ("enlarged", &large),
    ] {
        let started = Instant::now();
        let features = extract(extractor, &pictures)?;
        let extracted = started.elapsed().as_secs_f64();
        let queries = extract(extractor, &photos)?;
        let n = features.iter().map(Features::len).sum::<usize>();
        println!(
            "{name:<12} {:.0} key points each, extracted in {extracted:.1} s",
            n as f64 / pictures.len() as f64
        );
        let trial = Trial {
            name,
            features: &features,
            queries: &queries,
            photographed: &photographed,
        };
        let n_words = (n / 20).clamp(1, 1000);
        trial.run("bag of words", Encoding::Bag, n_words, 0)?;
        trial.run("bag, then geometry", Encoding::Bag, n_words, 50)?;
        // Few pictures have few descriptors.
        let n_parts = (n / 4).clamp(1, 64);
        trial.run("VLAD", Encoding::Vlad, n_parts, 0)?;
        best = trial.run("VLAD, then geometry", Encoding::Vlad, n_parts, 50)?;
    }
    let (first, of) = best.many;
    if of == 0 {
        println!("too few pictures to judge: none with {ENOUGH} key points was photographed");
    }
    expect(
        of > 0 && first as f64 >= LEAST * of as f64,
        &format!(
            "{LEAST} of the pictures with {ENOUGH} key points come first, found {first} of {of}"
        ),
    )
}

/// How many came first, of how many: of the pictures with [`ENOUGH`] key points, and of those with fewer.
#[derive(Default)]
struct Rates {
    many: (usize, usize),
    few: (usize, usize),
}

struct Trial<'a> {
    name: &'a str,
    features: &'a [SiftFeatures],
    queries: &'a [SiftFeatures],
    /// Which picture each query is a photo of.
    photographed: &'a [usize],
}

impl Trial<'_> {
    /// Prints and returns how often the right picture comes first.
    fn run(
        &self,
        method: &str,
        encoding: Encoding,
        n_words: usize,
        n_rerank: usize,
    ) -> Result<Rates> {
        let started = Instant::now();
        let descriptors: Vec<[u8; 128]> = self
            .features
            .iter()
            .flat_map(|features| features.descriptors.clone())
            .collect();
        let vocabulary = VisualVocabulary::params()
            .n_words(n_words)
            .n_iterations(10)
            .max_descriptors(40_000)
            .fit(descriptors.as_slice())?;
        let params = PictureIndexParams::default()
            .encoding(encoding)
            .n_rerank(n_rerank);
        let mut index = PictureIndex::new(params, vocabulary)?;
        for (id, features) in (0..).zip(self.features) {
            index.add(id, features.clone())?;
        }
        let fitted = started.elapsed().as_secs_f64();

        let started = Instant::now();
        let mut rates = Rates::default();
        // How many of the pictures that come first are said to be found, right and wrong ones.
        let mut found_first = [0, 0];
        for (photo, &picture) in self.queries.iter().zip(self.photographed) {
            let found = index.search(photo, 1, &|_| true)?;
            let first = found
                .first()
                .is_some_and(|found| found.picture as usize == picture);
            if found.first().is_some_and(|found| found.found) {
                found_first[usize::from(!first)] += 1;
            }
            let rate = if self.features[picture].len() >= ENOUGH {
                &mut rates.many
            } else {
                &mut rates.few
            };
            *rate = (rate.0 + usize::from(first), rate.1 + 1);
        }
        let searched = started.elapsed().as_secs_f64() / self.queries.len() as f64;
        let show = |(first, of): (usize, usize)| format!("{first} of {of}");
        println!(
            "{:<12} {method:<22} {:>16} {:>16} {:>12} {fitted:>8.2} {searched:>9.4}",
            self.name,
            show(rates.many),
            show(rates.few),
            format!("{} + {}", found_first[0], found_first[1])
        );
        Ok(rates)
    }
}

fn extract(
    extractor: &dyn FeatureExtractor<Descriptor = [u8; 128]>,
    pictures: &[RgbImage],
) -> Result<Vec<SiftFeatures>> {
    let features = pictures.iter().map(|picture| {
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        extractor.extract(&GrayImage::from_rgb(width, height, picture.as_raw())?, None)
    });
    features.collect()
}

/// The first `n` pictures of a folder by name.
fn read(folder: &Path, n: usize) -> anyhow::Result<Vec<RgbImage>> {
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let ending = path.extension().map(|ending| ending.to_ascii_lowercase());
        if ending.is_some_and(|ending| ["jpg", "jpeg", "png"].iter().any(|&known| ending == *known))
        {
            paths.push(path);
        }
    }
    paths.sort();
    paths.truncate(n);
    let pictures = paths.iter().map(|path| Ok(image::open(path)?.into_rgb8()));
    pictures.collect()
}

/// `n` different pictures.
fn chosen(pictures: &[RgbImage], n: usize) -> Vec<usize> {
    let mut rng = seeded(1);
    let mut order: Vec<usize> = (0..pictures.len()).collect();
    for place in 0..n {
        let other = rng.random_range(place..order.len());
        order.swap(place, other);
    }
    order.truncate(n);
    order
}

/// A product that is no photo: forty shapes of any colour on white.
fn generated(number: u64) -> RgbImage {
    let mut rng = stream(7, number);
    let (width, height) = (60, 80);
    let mut picture = RgbImage::from_pixel(width, height, Rgb([250; 3]));
    for _ in 0..40 {
        let colour = Rgb([(); 3].map(|()| rng.random_range(0..220)));
        let [x, y, w, h] =
            [(5, 55), (5, 75), (2, 12), (2, 12)].map(|(low, high)| rng.random_range(low..high));
        let round = rng.random();
        for (px, py, pixel) in picture.enumerate_pixels_mut() {
            let (dx, dy) = (px as f32 - x as f32, py as f32 - y as f32);
            let (dx, dy) = (dx / w as f32, dy / h as f32);
            let inside = if round {
                dx.hypot(dy) < 0.5
            } else {
                dx.abs().max(dy.abs()) < 0.5
            };
            if inside {
                *pixel = colour;
            }
        }
    }
    picture
}

/// The picture seen from aside, turned by up to 20 degrees, 5 to 15 % nearer, a quarter brighter or darker, with noise, as JPEG.
fn photograph(picture: &RgbImage, rng: &mut Rng) -> anyhow::Result<RgbImage> {
    let (width, height) = (f64::from(picture.width()), f64::from(picture.height()));
    let mut between = |low: f64, high: f64| low + (high - low) * rng.random::<f64>();
    let kept = between(0.85, 0.95);
    let (sin, cos) = between(-20.0, 20.0).to_radians().sin_cos();
    let shift = [width, height].map(|side| between(-0.5, 0.5) * (1.0 - kept) * side);
    // The corners of the photo, and where they lie in the picture.
    let corners = [[0.0, 0.0], [width, 0.0], [width, height], [0.0, height]];
    let seen = corners.map(|[x, y]| {
        let (x, y) = (kept * (x - width / 2.0), kept * (y - height / 2.0));
        let jitter = [width, height].map(|side| between(-0.03, 0.03) * side);
        [
            width / 2.0 + shift[0] + cos * x - sin * y + jitter[0],
            height / 2.0 + shift[1] + sin * x + cos * y + jitter[1],
        ]
    });
    let to_picture = find_homography(&corners, &seen, &RansacParams::default())?.homography;
    let (gain, offset) = (between(0.75, 1.25), between(-20.0, 20.0));
    let mut photo = RgbImage::new(picture.width(), picture.height());
    for (x, y, pixel) in photo.enumerate_pixels_mut() {
        // A pixel's centre is half a pixel from its corner; what lies outside looks like the nearest edge.
        let place = to_picture.apply(f64::from(x) + 0.5, f64::from(y) + 0.5);
        let (x, y) = place.unwrap_or((0.0, 0.0));
        let (x, y) = (
            (x - 0.5).clamp(0.0, width - 1.0),
            (y - 0.5).clamp(0.0, height - 1.0),
        );
        let Rgb(colour) = interpolate_bilinear(picture, x as f32, y as f32).unwrap_or(Rgb([0; 3]));
        let mut value = |value: u8| f64::from(value) * gain + offset + 5.0 * normal(rng);
        *pixel = Rgb(colour.map(|colour| value(colour).round() as u8));
    }
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, 80).encode_image(&photo)?;
    Ok(image::load_from_memory(&bytes)?.into_rgb8())
}

/// Nearly normal: the sum of twelve uniform numbers (Irwin, Hall, 1927), less its mean.
fn normal(rng: &mut Rng) -> f64 {
    (0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0
}
