//! SIFT: blobs of any size, described by histograms of gradients; the surest of the three methods.
//!
//!     cargo run --release -p examples --example sift [object.png scene.png]

use examples::expect;
use examples::pictures::{pictures, print_found, print_heading};
use vision_features::{Sift, SiftParams};

fn main() -> anyhow::Result<()> {
    let pair = pictures()?;
    print_heading();
    let found = print_found("sift", &Sift::default(), &pair)?;
    let root = SiftParams::default().root(true);
    print_found("RootSIFT", &Sift::new(root)?, &pair)?;
    let strongest = SiftParams::default().max_features(200);
    print_found("the strongest 200", &Sift::new(strongest.clone())?, &pair)?;
    print_found("200 spread out", &Sift::new(strongest.spread(true))?, &pair)?;
    expect(
        found.correct >= 100 && found.corner_error < 1.0,
        "100 correct matches, corners within a pixel",
    )
}
