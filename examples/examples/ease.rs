//! EASE: the linear item-item model with a closed form.
//!
//!     cargo run --release -p examples --example ease [adjacency.txt]

use examples::{events, expect, print_ranking};
use guide_core::Fit;
use recsys_cf::Ease;
use recsys_mf::Popular;

fn main() -> anyhow::Result<()> {
    let data = events()?;
    let popular = print_ranking("popular", &Popular::params().fit(&data.train)?, &data)?;
    let recall = print_ranking("ease", &Ease::params().fit(&data.train)?, &data)?;
    expect(
        recall > 1.5 * popular,
        "ease finds 1.5 times what popularity finds",
    )
}
