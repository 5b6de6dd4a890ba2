//! Bounds of numbers that people give: within them every sum, product and quotient of an answer stays a finite number.

use guide_core::{Error, Result, ensure};
use recsys_cf::ItemTopParams;
#[cfg(feature = "neural")]
use recsys_deep::DmfParams;
use recsys_mf::IalsParams;

use crate::fusion::WEIGHTS;

/// A weight: 0, or within the bounds.
pub(crate) fn weight(name: &str, value: f32) -> Result<()> {
    match value == 0.0 || WEIGHTS.contains(&value) {
        true => Ok(()),
        false => Err(Error::param(name, value, weights("0, or ", ""))),
    }
}

/// A weight that may not be 0.
pub(crate) fn weight_above_0(name: &str, value: f32) -> Result<()> {
    match WEIGHTS.contains(&value) {
        true => Ok(()),
        false => Err(Error::param(name, value, weights("", ""))),
    }
}

/// What a source says of products: a source of the shop's own or one of a forged file may give no number.
///
/// # Errors
/// [`Error::NotFinite`] with the source, the place and the number.
pub(super) fn finite(
    source: &str,
    what: &str,
    numbers: impl IntoIterator<Item = f32>,
) -> Result<()> {
    let mut numbers = numbers.into_iter().enumerate();
    match numbers.find(|(_, number)| !number.is_finite()) {
        None => Ok(()),
        Some((index, number)) => Err(Error::NotFinite {
            what: format!("{what} of source `{source}` at place"),
            index,
            value: f64::from(number),
        }),
    }
}

/// The weight of a product of a history.
pub(super) fn history_weight(id: &str, index: usize, value: f32) -> Result<()> {
    if !value.is_finite() {
        return Err(Error::NotFinite {
            what: "weight of history entry".to_owned(),
            index,
            value: f64::from(value),
        });
    }
    if value < 0.0 {
        let expected = format!("not negative (product `{id}`)");
        return Err(Error::param("history weight", value, expected));
    }
    match value == 0.0 || WEIGHTS.contains(&value) {
        true => Ok(()),
        false => {
            let expected = weights("0, or ", &format!(" (product `{id}`)"));
            Err(Error::param("history weight", value, expected))
        }
    }
}

fn weights(before: &str, behind: &str) -> String {
    let (low, high) = (WEIGHTS.start(), WEIGHTS.end());
    format!("{before}between {low} and {high}{behind}")
}

/// The parameters of the neighbours, as far as their own check lets more through than their arithmetic bears.
pub(super) fn neighbours(params: &ItemTopParams) -> Result<()> {
    ensure::within("k1", params.k1, 0.0, *WEIGHTS.end())?;
    ensure::within("alpha", params.alpha, 0.0, *WEIGHTS.end())?;
    ensure::within("beta", params.beta, 0.0, *WEIGHTS.end())?;
    ensure::within("shrinkage", params.shrinkage, 0.0, *WEIGHTS.end())?;
    ensure::within("amplify", params.amplify, 0.01, 4.0)
}

/// The parameters of the factors, as far as their own check lets more through than their arithmetic bears.
pub(super) fn factors(params: &IalsParams) -> Result<()> {
    let (low, high) = (*WEIGHTS.start(), *WEIGHTS.end());
    // Where the data decides, there is no number to check.
    if let Some(regularization) = params.regularization {
        ensure::within("regularization", regularization, low, high)?;
    }
    if let Some(unobserved) = params.unobserved_weight {
        weight("unobserved_weight", unobserved)?;
    }
    // More numbers a product cannot be searched by bytes.
    ensure::within("n_factors", params.n_factors, 1, 1 << 16)?;
    ensure::within("alpha", params.alpha, low, high)?;
    ensure::within("init_deviation", params.init_deviation, low, high)?;
    ensure::within("cg_steps", params.cg_steps, 1, 1000)
}

/// The parameters of the network, as far as their own check lets more through than memory and arithmetic bear.
#[cfg(feature = "neural")]
pub(super) fn neural(params: &DmfParams) -> Result<()> {
    for (name, widths) in [
        ("hidden", &params.hidden),
        ("item_hidden", &params.item_hidden),
    ] {
        let fits = widths.len() <= 8 && widths.iter().all(|&width| width <= 1024);
        if !fits {
            let expected = "at most 8 widths, each at most 1024";
            return Err(Error::param(name, format!("{widths:?}"), expected));
        }
    }
    ensure::within("n_epochs", params.n_epochs, 1, 1000)?;
    ensure::within("n_negatives", params.n_negatives, 1, 100)?;
    ensure::within("batch_size", params.batch_size, 1, 1 << 20)?;
    ensure::within("learning_rate", params.learning_rate, *WEIGHTS.start(), 1.0)?;
    ensure::within("weight_decay", params.weight_decay, 0.0, 1.0)
}
