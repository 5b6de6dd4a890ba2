//! ORB: corners with a direction, described by 256 bits; the quickest of the three methods.
//!
//!     cargo run --release -p examples --example orb [object.png scene.png]

use examples::expect;
use examples::pictures::{pictures, print_found, print_heading};
use vision_features::{Orb, OrbParams, OrbScore};

fn main() -> anyhow::Result<()> {
    let pair = pictures()?;
    print_heading();
    let many = OrbParams::default().max_features(2000);
    print_found("orb, 500", &Orb::default(), &pair)?;
    let found = print_found("orb, 2000", &Orb::new(many.clone())?, &pair)?;
    let fast = many.clone().score(OrbScore::Fast);
    print_found("by the FAST score", &Orb::new(fast)?, &pair)?;
    print_found("spread out", &Orb::new(many.spread(true))?, &pair)?;
    expect(
        found.correct >= 100 && found.corner_error < 2.0,
        "100 correct matches, corners within 2 pixels",
    )
}
