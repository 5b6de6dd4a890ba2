//! "Found" means found: pictures of different things are not taken for each other, and pictures of one thing are.
//!
//! The generated pairs run always. The figures on real pictures run where `GUIDE_DATA` names the folder of the data:
//!
//! ```text
//! GUIDE_DATA=DATA cargo test --release -p vision-features --test unrelated_pairs -- --nocapture
//! ```
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr)]

mod pages;

use guide_core::{Rng, seeded, stream};
use pages::{Typeface, page};
use rand::RngExt;
use vision_features::{
    Descriptor, FeatureExtractor, GrayImage, MatchParams, Orb, OrbParams, RansacParams, Sift, Surf,
    Verdict, Verification, find_homography, match_features, matched_points,
};

/// Finds one picture in another. `None` if there is no homography.
fn judged<E: FeatureExtractor<Descriptor: Descriptor>>(
    method: &E,
    a: &GrayImage,
    b: &GrayImage,
) -> Option<Verdict> {
    let (a, b) = (
        method.extract(a, None).unwrap(),
        method.extract(b, None).unwrap(),
    );
    let params = MatchParams::default();
    let matches = match_features(&a.descriptors, &b.descriptors, &params).unwrap();
    let (from, to) = matched_points(&a.keypoints, &b.keypoints, &matches).unwrap();
    let fit = find_homography(&from, &to, &RansacParams::default()).ok()?;
    Some(Verification::default().judge(&fit, &from, &to))
}

/// What each detector says of a pair of pictures.
fn by_detector(a: &GrayImage, b: &GrayImage) -> [(&'static str, Option<Verdict>); 4] {
    let many = Orb::new(OrbParams::default().max_features(2000)).unwrap();
    [
        ("sift", judged(&Sift::default(), a, b)),
        ("surf", judged(&Surf::default(), a, b)),
        ("orb", judged(&Orb::default(), a, b)),
        ("orb, 2,000", judged(&many, a, b)),
    ]
}

/// Two pages of different words. They share a typeface, except for every fourth pair.
fn pages(number: u64, (width, height): (u32, u32)) -> [GrayImage; 2] {
    let mut rng = stream(5, number);
    let face = Typeface::random(&mut rng);
    let other = if number % 4 == 3 {
        Typeface::random(&mut rng)
    } else {
        face
    };
    [
        page(width, height, face, &mut rng),
        page(width, height, other, &mut rng),
    ]
}

/// How often pairs were found, and the most places that agreed among those that were not.
#[derive(Default)]
struct Tally {
    pairs: usize,
    found: usize,
    most: Option<Verdict>,
}

impl Tally {
    fn add(&mut self, verdict: Option<&Verdict>) {
        self.pairs += 1;
        let Some(verdict) = verdict else { return };
        self.found += usize::from(verdict.found);
        let most = self.most.as_ref().map_or(0, |most| most.places);
        if verdict.places > most {
            self.most = Some(verdict.clone());
        }
    }
}

fn tally(pairs: impl Iterator<Item = [GrayImage; 2]>) -> Vec<(&'static str, Tally)> {
    let mut tallies = Vec::new();
    for [a, b] in pairs {
        for (index, (detector, verdict)) in by_detector(&a, &b).into_iter().enumerate() {
            if tallies.len() == index {
                tallies.push((detector, Tally::default()));
            }
            tallies[index].1.add(verdict.as_ref());
        }
    }
    tallies
}

/// Pages in one typeface share letters and words at the same places of a grid. Without a bound that grows with the matches,
/// some of these pairs are found.
#[test]
fn unrelated_pages_of_text_are_not_found() {
    let tallies = tally((0..5).map(|number| pages(number, (420, 320))));
    let mut most = 0;
    for (detector, tally) in tallies {
        assert_eq!(tally.found, 0, "{detector}: {:?}", tally.most);
        most = most.max(tally.most.map_or(0, |verdict| verdict.places));
    }
    // A bound of 10 places, however many matches there are, takes some of these pages for each other.
    assert!(most > 10, "the pages are too easy: at most {most} agree");
}

#[test]
fn a_page_is_found_in_its_photo() {
    let [sheet, _] = pages(1, (360, 280));
    // The page as a part of a larger picture, darker, smaller and shifted.
    let photo = GrayImage::from_fn(420, 340, |x, y| {
        let (u, v) = ((x as f64 - 31.0) / 0.9, (y as f64 - 24.0) / 0.9);
        let inside = u >= 0.0 && v >= 0.0 && u < 359.0 && v < 279.0;
        if inside {
            let (left, top) = (u as usize, v as usize);
            let (right, bottom) = (u.fract(), v.fract());
            let at = |x: usize, y: usize| f64::from(sheet.pixel(x, y));
            let upper = at(left, top) * (1.0 - right) + at(left + 1, top) * right;
            let lower = at(left, top + 1) * (1.0 - right) + at(left + 1, top + 1) * right;
            (0.8 * (upper * (1.0 - bottom) + lower * bottom)) as u8
        } else {
            90
        }
    })
    .unwrap();
    let sift = judged(&Sift::default(), &sheet, &photo).unwrap();
    assert!(sift.found && sift.places > 100, "{sift:?}");
    let surf = judged(&Surf::default(), &sheet, &photo).unwrap();
    assert!(surf.found, "{surf:?}");
}

/// The folder of the data, if there is one.
fn data() -> Option<String> {
    let folder = std::env::var("GUIDE_DATA").ok();
    if folder.is_none() {
        eprintln!("skipped: GUIDE_DATA names no folder with data");
    }
    folder
}

const SCENES: [&str; 4] = ["bark", "boat", "graf", "leuven"];

fn scene(data: &str, name: &str, number: u32) -> GrayImage {
    GrayImage::open(format!("{data}/oxford-affine/{name}/img{number}.png")).unwrap()
}

fn print(kind: &str, tallies: &[(&'static str, Tally)]) {
    for (detector, tally) in tallies {
        let most = tally.most.as_ref().map_or(String::new(), |verdict| {
            format!(
                "most {} of {}, needed {}",
                verdict.places, verdict.n_matches, verdict.needed
            )
        });
        println!(
            "{kind:<10} {detector:<10} found {:>3} of {:>3}; {most}",
            tally.found, tally.pairs
        );
    }
}

/// 80 pairs of generated pages, 80 of fashion pictures, 40 of scenes: at most 1 % are found by each detector.
#[test]
fn at_most_one_in_a_hundred_unrelated_pairs_is_found() {
    let Some(data) = data() else { return };
    let mut found = [0; 4];
    let mut count = |kind: &str, pairs: &mut dyn Iterator<Item = [GrayImage; 2]>| {
        let tallies = tally(pairs);
        print(kind, &tallies);
        for (found, (_, tally)) in found.iter_mut().zip(&tallies) {
            *found += tally.found;
        }
    };
    count(
        "pages",
        &mut (0..80).map(|number| pages(number, (500, 400))),
    );
    let folder = std::fs::read_dir(format!("{data}/fashion/images")).unwrap();
    let mut paths: Vec<_> = folder.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let mut rng = seeded(6);
    let two = |n: usize, rng: &mut Rng| {
        let first = rng.random_range(0..n);
        [first, (first + rng.random_range(1..n)) % n]
    };
    let mut fashion = (0..80).map(|_| {
        let pair = two(paths.len(), &mut rng);
        pair.map(|index| GrayImage::open(&paths[index]).unwrap())
    });
    count("fashion", &mut fashion);
    let mut rng = seeded(7);
    let mut scenes = (0..40).map(|_| {
        let first = rng.random_range(0..4);
        let pair = [first, (first + rng.random_range(1..4)) % 4];
        pair.map(|index| scene(&data, SCENES[index], rng.random_range(1..7)))
    });
    count("scenes", &mut scenes);
    // 1 % of 200.
    assert!(found.iter().all(|&found| found <= 2), "{found:?}");
}

/// Pairs of one scene that had at least ten places agree: all are found.
#[test]
fn no_pair_of_one_scene_is_lost() {
    let Some(data) = data() else { return };
    let mut pairs = Vec::new();
    for name in SCENES {
        for number in 2..7 {
            pairs.push((format!("{name} 1-{number}"), name, number));
        }
    }
    let mut lost = Vec::new();
    for (title, name, number) in pairs {
        let verdicts = by_detector(&scene(&data, name, 1), &scene(&data, name, number));
        for (detector, verdict) in verdicts {
            let Some(verdict) = verdict else { continue };
            if !verdict.found {
                println!("{title} {detector}: {verdict:?}");
            }
            if verdict.places >= 10 && !verdict.found {
                lost.push((title.clone(), detector, verdict));
            }
        }
    }
    assert!(lost.is_empty(), "{lost:?}");
    let open = |name| GrayImage::open(format!("{data}/opencv-pair/{name}.png")).unwrap();
    for (detector, verdict) in by_detector(&open("box"), &open("box_in_scene")) {
        let verdict = verdict.unwrap();
        println!("box in scene {detector}: {verdict:?}");
        assert!(verdict.found, "{detector}: {verdict:?}");
    }
}
