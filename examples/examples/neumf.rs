//! Neural collaborative filtering on events: a weighted product of vectors (GMF), a tower of layers (MLP), and both (NeuMF).
//!
//!     cargo run --release -p examples --example neumf [adjacency.txt]

use examples::{events, expect, print_ranking};
use guide_core::Fit;
use recsys_deep::NeuMf;
use recsys_mf::Popular;

fn main() -> anyhow::Result<()> {
    let data = events()?;
    let popular = print_ranking("popular", &Popular::params().fit(&data.train)?, &data)?;
    let mut least = f64::INFINITY;
    for (name, params) in [
        ("gmf", NeuMf::gmf()),
        ("mlp", NeuMf::mlp()),
        ("neumf", NeuMf::params()),
    ] {
        // A small shop has few interactions: larger steps than the paper's make up for it.
        let model = params.learning_rate(0.005).n_epochs(15).fit(&data.train)?;
        least = least.min(print_ranking(name, &model, &data)?);
    }
    expect(
        least > 1.2 * popular,
        "each network finds 1.2 times what popularity finds",
    )
}
