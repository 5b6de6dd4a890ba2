//! An object found in a scene: features, matches, a homography, and a picture of it all.
//!
//!     cargo run --release -p examples --example match_pictures [object.png scene.png [drawn.png]]

use examples::expect;
use examples::pictures::pictures;
use vision_features::{
    DrawParams, FeatureExtractor, MatchParams, RansacParams, Sift, Verification, draw_matches,
    draw_outline, find_homography, match_features, matched_points,
};

fn main() -> anyhow::Result<()> {
    let pair = pictures()?;
    let sift = Sift::default();
    let object = sift.extract(&pair.object, None)?;
    let scene = sift.extract(&pair.scene, None)?;
    let params = MatchParams::default().ratio(Some(0.75));
    let matches = match_features(&object.descriptors, &scene.descriptors, &params)?;

    let (from, to) = matched_points(&object.keypoints, &scene.keypoints, &matches)?;
    // Fewer than four matches have no homography, and a few agree in any two pictures.
    let fit = find_homography(&from, &to, &RansacParams::default())?;
    let verdict = Verification::default().judge(&fit, &from, &to);
    if let Some(objection) = verdict.objection() {
        anyhow::bail!(objection);
    }
    println!("key points {} and {}", object.len(), scene.len());
    println!(
        "matches    {}, {} of them agree",
        matches.len(),
        fit.n_inliers()
    );
    let mut worst = 0_f64;
    let (w, h) = (pair.object.width() as f64, pair.object.height() as f64);
    for (x, y) in [(0.0, 0.0), (w, 0.0), (w, h), (0.0, h)] {
        let Some((u, v)) = fit.homography.apply(x, y) else {
            anyhow::bail!("a corner of the object is beyond the horizon");
        };
        println!("corner     ({x:.0}, {y:.0}) is at ({u:.1}, {v:.1})");
        if let Some((p, q)) = pair.truth.and_then(|truth| truth.apply(x, y)) {
            worst = worst.max((u - p).hypot(v - q));
        }
    }

    let draw = DrawParams::default().single_points(false);
    let (a, b) = (&pair.object, &pair.scene);
    let keep = Some(&fit.inliers[..]);
    let mut drawn = draw_matches(
        a,
        &object.keypoints,
        b,
        &scene.keypoints,
        &matches,
        keep,
        &draw,
    )?;
    let outline = draw.color(Some([0, 255, 0])).line_width(3.0);
    draw_outline(&mut drawn, a, &fit.homography, a.width(), &outline)?;
    let out = std::env::args().nth(3).map(std::path::PathBuf::from);
    let out = out.unwrap_or_else(|| std::env::temp_dir().join("match_pictures.png"));
    drawn.save(&out)?;
    println!("drawn      {}", out.display());
    expect(worst < 1.0, "all corners within a pixel of where they are")
}
