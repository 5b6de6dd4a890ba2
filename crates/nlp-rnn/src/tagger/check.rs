//! Checks a loaded tagger: a network of its parameters must have the very tensors that the file holds.

use guide_core::{Error, Params, Persist, Result};
use nn_core::Weights;

use super::model::Tagger;
use super::net::{Net, Sizes};
use super::params::TaggerParams;
use super::train::decoder;
use crate::{Gazetteer, WordFeatures};

/// Builds the network anew from parameters and tables and compares names, shapes and layers.
pub(super) fn check(
    params: &TaggerParams,
    features: &WordFeatures,
    gazetteer: &Gazetteer,
    (tags, intents): (&[String], &[String]),
    net: &Net,
    weights: &Weights,
) -> Result<()> {
    let refuse = |reason: String| Err(Error::decode(Tagger::KIND, reason));
    params.validate()?;
    features.check()?;
    decoder(params, tags)?;
    if let Some((name, value)) = weights.not_finite() {
        return refuse(format!("tensor `{name}` holds {value}"));
    }
    let (n_weights, _) = weights.count();
    let sizes = Sizes {
        n_tags: tags.len(),
        n_intents: intents.len(),
        n_kinds: gazetteer.kinds().len(),
    };
    let expected = expected_numbers(params, features, sizes);
    if expected != Some(n_weights) {
        return refuse(format!(
            "{n_weights} numbers do not fit parameters and vocabulary"
        ));
    }
    let mut fresh = Weights::new();
    let built = Net::new(&mut fresh, params, features, sizes)?;
    let describe = |weights: &Weights| -> Vec<(String, Vec<usize>)> {
        weights
            .ids()
            .map(|id| (weights.name(id).to_owned(), weights.shape(id).to_vec()))
            .collect()
    };
    if built != *net || describe(&fresh) != describe(weights) {
        return refuse("its network is not that of its parameters".to_owned());
    }
    Ok(())
}

/// Numbers of all tensors, computed before any is allocated: a forged file must not ask for memory that it does not fill,
/// and a training not for more than there is. `None` above `usize::MAX`.
pub(super) fn expected_numbers(
    params: &TaggerParams,
    features: &WordFeatures,
    sizes: Sizes,
) -> Option<usize> {
    let product = |a: usize, b: usize| a.checked_mul(b);
    let affine = |n_in: usize, n_out: usize| product(n_in.checked_add(1)?, n_out);
    let mut parts = vec![
        product(features.n_words(), params.word_dim),
        product(crate::WordShape::COUNT, params.shape_dim),
        product(2 * sizes.n_kinds, params.gazetteer_dim),
    ];
    let mut width = params.word_dim + params.shape_dim;
    width += if sizes.n_kinds > 0 {
        params.gazetteer_dim
    } else {
        0
    };
    for n in features.n_affixes() {
        parts.push(product(n, params.affix_dim));
        width += params.affix_dim;
    }
    if params.char_filters > 0 {
        parts.push(product(features.n_chars(), params.char_dim));
        parts.push(affine(3 * params.char_dim, params.char_filters));
        width += params.char_filters;
    }
    let hidden = params.n_hidden;
    parts.push(usize::try_from(params.stack(width).n_weights()).ok());
    if sizes.n_intents > 0 {
        parts.push(affine(2 * hidden, params.attention_dim));
        parts.push(Some(params.attention_dim));
        parts.push(affine(2 * hidden, sizes.n_intents));
    }
    let more = if params.intent_to_slots {
        sizes.n_intents
    } else {
        0
    };
    parts.push(affine(2 * hidden + more, params.slot_dim));
    parts.push(affine(params.slot_dim, sizes.n_tags));
    parts.push(product(sizes.n_tags.checked_add(2)?, sizes.n_tags));
    parts
        .into_iter()
        .try_fold(0_usize, |sum, part| sum.checked_add(part?))
}
