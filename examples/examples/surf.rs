//! SURF: blobs found by boxes on an integral image. Patented in some countries: see the README of `vision-features`.
//!
//!     cargo run --release -p examples --example surf [object.png scene.png]

use examples::expect;
use examples::pictures::{pictures, print_found, print_heading};
use vision_features::{Surf, SurfExtended, SurfParams};

fn main() -> anyhow::Result<()> {
    let pair = pictures()?;
    print_heading();
    let found = print_found("surf, 64 numbers", &Surf::default(), &pair)?;
    print_found("surf, 128 numbers", &SurfExtended::default(), &pair)?;
    // The object is turned, which an upright method does not see.
    let upright = Surf::new(SurfParams::default().upright(true))?;
    let without = print_found("surf, upright", &upright, &pair)?;
    expect(
        found.correct >= 50 && found.corner_error < 2.0 && without.correct < found.correct,
        "50 correct matches, corners within 2 pixels, fewer matches without directions",
    )
}
