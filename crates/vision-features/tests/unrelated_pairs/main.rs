//! dump for now
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]
mod pages;
use guide_core::stream;
use rand::RngExt;
use std::io::Write;
use vision_features::*;

fn row<E: FeatureExtractor<Descriptor: Descriptor>>(out: &mut impl Write, det: &str, kind: &str, name: &str, e: &E, a: &GrayImage, b: &GrayImage, ratio: f32) {
    let (fa, fb) = (e.extract(a, None).unwrap(), e.extract(b, None).unwrap());
    let m = match_features(&fa.descriptors, &fb.descriptors, &MatchParams::default().ratio(Some(ratio))).unwrap();
    let (from, to) = matched_points(&fa.keypoints, &fb.keypoints, &m).unwrap();
    let (mut inl, mut pl, mut h, mut pairs) = (0, 0, [[0.0; 3]; 3], vec![]);
    let mut ov = 0;
    let allp = from.iter().map(|p| p.map(f64::to_bits)).collect::<std::collections::HashSet<_>>().len().min(to.iter().map(|p| p.map(f64::to_bits)).collect::<std::collections::HashSet<_>>().len());
    if let Ok(fit) = find_homography(&from, &to, &RansacParams::default()) {
        inl = fit.n_inliers(); pl = fit.n_places(&from, &to); h = fit.homography.matrix();
        for i in 0..from.len() { if fit.inliers[i] { pairs.push((from[i], to[i], i)); } 
           if let Some((u,v)) = fit.homography.apply(from[i][0], from[i][1]) { if u>=0.0&&v>=0.0&&u<b.width() as f64&&v<b.height() as f64 { ov+=1; } } }
    }
    let dump: Vec<String> = pairs.iter().map(|(f, t, i)| { let k=&fa.keypoints[m[*i].query as usize]; let l=&fb.keypoints[m[*i].train as usize]; format!("{:.1} {:.1} {:.1} {:.1} {:.2} {:.2} {:.1} {:.1}", f[0], f[1], t[0], t[1], k.size, l.size, k.angle, l.angle)}).collect();
    writeln!(out, "{det},{kind},{name},{},{},{},{inl},{pl},{ov},{allp},{}x{},{}x{},{},{}", fa.len(), fb.len(), m.len(), a.width(), a.height(), b.width(), b.height(),
       h.as_flattened().iter().map(|x| x.to_string()).collect::<Vec<_>>().join(" "), dump.join(";")).unwrap();
}
fn all(out: &mut impl Write, kind: &str, name: &str, a: &GrayImage, b: &GrayImage) {
    for ratio in [0.75f32] {
    let k = kind.to_owned();
    row(out, "sift", &k, name, &Sift::default(), a, b, ratio);
    row(out, "surf", &k, name, &Surf::default(), a, b, ratio);
    row(out, "orb", &k, name, &Orb::new(OrbParams::default()).unwrap(), a, b, ratio);
    row(out, "orb2000", &k, name, &Orb::new(OrbParams::default().max_features(2000)).unwrap(), a, b, ratio);
    }
}
#[test]
#[ignore]
fn dump() {
    let data = std::env::var("GUIDE_DATA").unwrap();
    let mut out = std::io::BufWriter::new(std::fs::File::create("/work/tmp/pictures/dump.csv").unwrap());
    let n: u64 = std::env::var("N").map_or(60, |n| n.parse().unwrap());
    for i in 0..n {
        let mut rng = stream(5, i);
        let f = pages::Typeface::random(&mut rng);
        let g = if i % 4 != 3 { f } else { pages::Typeface::random(&mut rng) };
        let (a, b) = (pages::page(500, 400, f, &mut rng), pages::page(500, 400, g, &mut rng));
        if i < 4 { image::GrayImage::from_raw(500, 400, a.pixels().to_vec()).unwrap().save(format!("/work/tmp/pictures/gen{i}.png")).unwrap(); }
        all(&mut out, "page", &format!("{i}"), &a, &b);
    }
    let mut paths: Vec<_> = std::fs::read_dir("/work/tmp/pictures/pages").unwrap().map(|e| e.unwrap().path()).collect();
    paths.sort();
    for c in paths.chunks(2) { 
        all(&mut out, "ttf", c[0].file_name().unwrap().to_str().unwrap(), &GrayImage::open(&c[0]).unwrap(), &GrayImage::open(&c[1]).unwrap()); }
    let mut paths: Vec<_> = std::fs::read_dir(format!("{data}/fashion/images")).unwrap().map(|e| e.unwrap().path()).collect();
    paths.sort();
    let mut rng = stream(6, 0);
    for i in 0..n {
        let (a, b) = (rng.random_range(0..paths.len()), rng.random_range(0..paths.len()));
        if a == b { continue; }
        all(&mut out, "fashion", &format!("{i}"), &GrayImage::open(&paths[a]).unwrap(), &GrayImage::open(&paths[b]).unwrap());
    }
    let scenes = ["bark", "boat", "graf", "leuven"];
    for i in 0..n.min(40) {
        let (a, b) = (rng.random_range(0..4), rng.random_range(0..3));
        let b = (a + 1 + b) % 4;
        let o = |s: usize, k: u32| GrayImage::open(format!("{data}/oxford-affine/{}/img{k}.png", scenes[s])).unwrap();
        let (k, l) = (rng.random_range(1..7), rng.random_range(1..7));
        all(&mut out, "scene", &format!("{}{k}-{}{l}", scenes[a], scenes[b]), &o(a, k), &o(b, l));
    }
    for s in scenes { for k in 2..7 {
        let o = |k: u32| GrayImage::open(format!("{data}/oxford-affine/{s}/img{k}.png")).unwrap();
        all(&mut out, "TRUE", &format!("{s}1-{k}"), &o(1), &o(k));
    } }
    let o = |s: &str| GrayImage::open(format!("{data}/opencv-pair/{s}")).unwrap();
    all(&mut out, "TRUE", "box", &o("box.png"), &o("box_in_scene.png"));
}
