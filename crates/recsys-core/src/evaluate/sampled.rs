//! The sampled protocol: each test item ranked among a few others.

use serde::{Deserialize, Serialize};

use crate::{ItemId, UserId};

/// One test interaction and the items it is ranked among.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SampledCase {
    /// Who.
    pub user: UserId,
    /// The item of the test interaction.
    pub positive: ItemId,
    /// Items the user did not have; one that equals [`SampledCase::positive`] is passed over.
    pub negatives: Vec<ItemId>,
}
