//! Pictures: local features, matching, homographies.

use benches::quick;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use guide_core::{Fit, Result, Rng, seeded};
use rand::RngExt;
use vision_features::{
    Descriptor, FeatureExtractor, GrayImage, MatchParams, Orb, OrbParams, RansacParams, Sift, Surf,
    SurfExtended, VisualVocabulary, find_homography, match_features,
};

/// Squares of 13 and of 5 pixels, blurred a little: as many key points a pixel as a photo has.
fn picture(width: usize, height: usize) -> GrayImage {
    let mut rng = seeded(1);
    let mut squares = |side: usize, most: u32| {
        let columns = width / side + 2;
        let cells = columns * (height / side + 2);
        let values: Vec<u32> = (0..cells).map(|_| rng.random_range(0..most)).collect();
        move |x: usize, y: usize| values[y / side * columns + x / side]
    };
    let (large, small) = (squares(13, 150), squares(5, 100));
    let image = GrayImage::from_fn(width, height, |x, y| {
        let near = [(0, 0), (1, 0), (0, 1), (1, 1)];
        let sum: u32 = near
            .map(|(dx, dy)| large(x + dx, y + dy) + small(x + dx, y + dy))
            .iter()
            .sum();
        (sum / 4) as u8
    });
    image.expect("it has pixels")
}

/// Times `work`, which handles so many `elements`; the first part of the id is the group.
fn time<T>(c: &mut Criterion, id: &str, elements: usize, work: impl Fn() -> Result<T>) {
    let (what, rest) = id.split_once('/').unwrap_or(("", id));
    let mut group = c.benchmark_group(what);
    group.throughput(Throughput::Elements(elements as u64));
    group.bench_function(rest, |bench| bench.iter(|| work().expect("it works")));
    group.finish();
}

/// In pixels a second.
fn extract(c: &mut Criterion) {
    for (width, height) in [(850, 680), (640, 480)] {
        let image = picture(width, height);
        let orb = Orb::new(OrbParams::default().max_features(2000)).expect("the number is right");
        let id = |method: &str| format!("{method}/extract/{width}x{height}");
        let pixels = width * height;
        time(c, &id("sift"), pixels, || {
            Sift::default().extract(&image, None)
        });
        time(c, &id("orb"), pixels, || orb.extract(&image, None));
        time(c, &id("surf"), pixels, || {
            Surf::default().extract(&image, None)
        });
        let extended = SurfExtended::default();
        time(c, &id("surf-extended"), pixels, || {
            extended.extract(&image, None)
        });
    }
}

/// Two sets of 2,000 descriptors, in pairs a second.
fn matching(c: &mut Criterion) {
    pairs(c, "l2-u8", |rng| -> [u8; 128] {
        std::array::from_fn(|_| rng.random())
    });
    pairs(c, "hamming", |rng| -> [u64; 4] {
        std::array::from_fn(|_| rng.random())
    });
    pairs(c, "l2-f32", |rng| -> [f32; 64] {
        std::array::from_fn(|_| rng.random_range(-0.2..0.2))
    });
}

fn pairs<D: Descriptor>(c: &mut Criterion, distance: &str, draw: impl Fn(&mut Rng) -> D) {
    let mut rng = seeded(2);
    let mut table = || (0..2000).map(|_| draw(&mut rng)).collect::<Vec<_>>();
    let (query, train) = (table(), table());
    let params = MatchParams::default();
    let id = format!("match/{distance}/2000x2000");
    time(c, &id, 2000 * 2000, || {
        match_features(&query, &train, &params)
    });
}

/// The words of a vocabulary, in descriptors times rounds a second.
fn k_means(c: &mut Criterion) {
    let mut rng = seeded(4);
    let draw = |_| -> [u8; 128] { std::array::from_fn(|_| rng.random()) };
    let descriptors: Vec<[u8; 128]> = (0..10_000).map(draw).collect();
    let params = VisualVocabulary::params().n_words(200).n_iterations(3);
    let id = "kmeans/l2-u8/10000x200";
    time(c, id, 3 * descriptors.len(), || {
        params.fit(&descriptors[..])
    });
}

/// In matches a second.
fn homography(c: &mut Criterion) {
    let mut rng = seeded(3);
    let mut place = || [rng.random_range(0.0..800.0), rng.random_range(0.0..600.0)];
    let from: Vec<[f64; 2]> = (0..1000).map(|_| place()).collect();
    let moved = |[x, y]: [f64; 2]| [1.1 * x - 0.2 * y + 30.0, 0.2 * x + 1.1 * y - 10.0];
    let to = from.iter().enumerate();
    let to = to.map(|(index, &from)| if index % 2 == 0 { moved(from) } else { place() });
    let to: Vec<[f64; 2]> = to.collect();
    let params = RansacParams::default();
    let id = "homography/ransac/1000-half-wrong";
    time(c, id, 1000, || find_homography(&from, &to, &params));
}

criterion_group!(name = vision; config = quick(); targets = extract, matching, k_means, homography);
criterion_main!(vision);
