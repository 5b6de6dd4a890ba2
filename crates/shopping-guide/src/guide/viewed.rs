//! Whether products that a shopper only viewed are recommended to that shopper again, and why.

use std::fmt;

use guide_core::Bitmap;
use recsys_core::ItemId;
use serde::{Deserialize, Serialize};

use super::Guide;
use crate::{EventKind, Filters};

/// What the guide does with products that the shopper viewed or put into the cart, and did not buy or rate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Viewed {
    /// They are left out where all events of the log are of one kind: then a view is what the shop calls consumption (an
    /// article read, a film watched). They stay where the log also tells what was bought or rated.
    #[default]
    ByLog,
    /// They may be recommended again.
    Keep,
    /// They are left out, as what was bought is.
    LeaveOut,
}

/// What holds for products that were only viewed, and why.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ViewedRule {
    /// Whether they are left out.
    pub left_out: bool,
    /// The kind of all events of the log, where there is only one.
    pub only_kind: Option<EventKind>,
    /// Whether the parameters say so, and not the log.
    pub asked_for: bool,
}

impl ViewedRule {
    /// The rule that `viewed` gives for a log with events of these kinds.
    pub(crate) fn new(viewed: Viewed, kinds: impl IntoIterator<Item = EventKind>) -> Self {
        let mut kinds = kinds.into_iter();
        let first = kinds.next();
        let only_kind = first.filter(|&kind| kinds.all(|other| other == kind));
        Self {
            left_out: match viewed {
                Viewed::ByLog => only_kind.is_some(),
                Viewed::Keep => false,
                Viewed::LeaveOut => true,
            },
            only_kind,
            asked_for: viewed != Viewed::ByLog,
        }
    }

    /// What an event of `kind` counts as. In a log of one kind every event counts as a purchase.
    pub(crate) fn counts_as(&self, kind: EventKind) -> EventKind {
        match self.only_kind {
            Some(EventKind::View | EventKind::Cart) => EventKind::Purchase,
            _ => kind,
        }
    }
}

impl fmt::Display for ViewedRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.left_out {
            true => "products that the shopper has viewed are left out of answers: ",
            false => "products that the shopper has only viewed may be recommended again: ",
        })?;
        match (self.asked_for, self.only_kind) {
            (true, _) => f.write_str("as the parameters say"),
            (false, Some(kind)) => write!(
                f,
                "all events are of the kind `{}`, so each counts as consumption",
                kind.name()
            ),
            (false, None) => f.write_str("the log has several kinds of events, or none"),
        }
    }
}

impl Guide {
    /// Whether products are left out that the shopper only viewed, unless the query says otherwise.
    pub(super) fn leaves_out_viewed(&self) -> bool {
        self.log.weighing().rule.left_out
    }
}

/// Whether a query leaves out what was only viewed, with a guide whose own rule is `rule`.
pub(super) fn leaves_out_viewed(filters: &Filters, rule: bool) -> bool {
    filters
        .leave_out_viewed
        .unwrap_or(rule && !filters.keep_seen)
}

/// Takes what the shopper has out of `allowed`, as far as the query does not keep it.
pub(super) fn leave_out_had(
    allowed: &mut Bitmap,
    history: &[(ItemId, f32)],
    owned: &[ItemId],
    filters: &Filters,
    rule: bool,
) {
    let keep_viewed = !leaves_out_viewed(filters, rule);
    for (product, _) in history {
        let is_kept = match owned.binary_search(product) {
            Ok(_) => filters.keep_seen,
            Err(_) => keep_viewed,
        };
        if !is_kept {
            allowed.remove(product.0);
        }
    }
}
