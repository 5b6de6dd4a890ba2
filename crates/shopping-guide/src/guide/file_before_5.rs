//! Files of versions 1 to 4: the histories with the neighbours, and what the events of each shopper with each product add up to.

use std::sync::Arc;

use guide_core::model_file::decode_payload;
use guide_core::{Error, Params, Persist, Result};
use recsys_cf::ItemTop;
use recsys_core::{Interactions, Model};
use recsys_mf::{Ials, IalsFactors};
use serde::Deserialize;

use super::file_v2::StoredBefore3;
use super::log::EventLog;
use super::sources::FittedSource;
use super::{Counts, Guide, GuideParams, Indexed, ViewedRule, params_text};
use crate::Catalog;
use crate::source::{
    Attributes, AttributesBefore4, FactorModel, KINDS, PopularBefore5, SourceModel,
};

/// What a file of version 3 or 4 holds of a guide. `F` and `A` are the factors and the attributes, which had another form in version 3.
#[derive(Deserialize)]
struct Stored<F, A> {
    #[serde(deserialize_with = "params_text::deserialize")]
    params: GuideParams,
    catalog: Catalog,
    neighbours: Option<ItemTop>,
    factors: Option<F>,
    attributes: A,
    now: i64,
    trending: Option<PopularBefore5>,
    #[serde(rename = "popular")]
    _popular: PopularBefore5,
    owned: Vec<bool>,
    leave_out_viewed: bool,
}

/// What all these files tell, whatever their form.
struct Told {
    params: GuideParams,
    catalog: Catalog,
    neighbours: Option<ItemTop>,
    factors: Option<Ials>,
    attributes: Attributes,
    now: i64,
    trends: bool,
    owned: Vec<bool>,
    leave_out_viewed: bool,
}

/// Reads a payload of a version before 5.
pub(super) fn read_older(version: u16, payload: &[u8]) -> Result<Guide> {
    let told = match version {
        1 => {
            let stored: StoredBefore3<()> = decode_payload(Guide::KIND, payload)?;
            // Version 1 did not tell what was bought from what was viewed: all counted as bought.
            let all = |neighbours: &ItemTop| vec![true; neighbours.seen().len()];
            let owned = stored.neighbours.as_ref().map_or_else(Vec::new, all);
            of_version_2(stored, owned)?
        }
        2 => {
            let stored: StoredBefore3<Vec<bool>> = decode_payload(Guide::KIND, payload)?;
            let owned = stored.owned.clone();
            of_version_2(stored, owned)?
        }
        3 => {
            let stored: Stored<Ials, AttributesBefore4> = decode_payload(Guide::KIND, payload)?;
            of_version_4(stored, |factors, _| Ok(factors))?
        }
        _ => {
            let stored: Stored<IalsFactors<'static>, Attributes> =
                decode_payload(Guide::KIND, payload)?;
            let joined = |factors: IalsFactors<'static>, seen: Option<&Interactions>| {
                factors.with_histories(seen.ok_or_else(no_histories)?)
            };
            of_version_4(stored, joined)?
        }
    };
    told.into_guide()
}

fn no_histories() -> Error {
    refuse("factors without histories")
}

fn of_version_2<O>(stored: StoredBefore3<O>, owned: Vec<bool>) -> Result<Told> {
    Ok(Told {
        params: stored.params.now(),
        catalog: stored.catalog.try_into()?,
        neighbours: stored.neighbours,
        factors: stored.factors,
        attributes: stored.attributes.into(),
        now: stored.now,
        trends: stored.trending.is_some(),
        owned,
        leave_out_viewed: false,
    })
}

fn of_version_4<F, A: Into<Attributes>>(
    stored: Stored<F, A>,
    factors: impl FnOnce(F, Option<&Interactions>) -> Result<Ials>,
) -> Result<Told> {
    let seen = stored.neighbours.as_ref().map(ItemTop::seen);
    let factors = stored.factors.map(|stored| factors(stored, seen));
    Ok(Told {
        factors: factors.transpose()?,
        params: stored.params,
        catalog: stored.catalog,
        neighbours: stored.neighbours,
        attributes: stored.attributes.into(),
        now: stored.now,
        trends: stored.trending.is_some(),
        owned: stored.owned,
        leave_out_viewed: stored.leave_out_viewed,
    })
}

impl Told {
    fn check(&self) -> Result<()> {
        if let Err(reason) = self.params.validate() {
            return Err(refuse(&reason.to_string()));
        }
        if self.catalog.is_empty() {
            return Err(refuse("no product"));
        }
        if let Some(neighbours) = &self.neighbours {
            neighbours.check()?;
            if neighbours.ids().items != *self.catalog.ids() {
                return Err(refuse("products and their numbers do not fit together"));
            }
        }
        let seen = self.neighbours.as_ref().map(ItemTop::seen);
        if self.owned.len() != seen.map_or(0, Interactions::len) {
            return Err(refuse("interactions and what is owned do not fit together"));
        }
        if let Some(factors) = &self.factors {
            factors.check()?;
            if factors.ids().items != *self.catalog.ids() {
                return Err(refuse("products and their factors do not fit together"));
            }
        }
        self.attributes.check(self.catalog.len())
    }

    fn into_guide(self) -> Result<Guide> {
        self.check()?;
        let rule = ViewedRule {
            left_out: self.leave_out_viewed,
            ..ViewedRule::default()
        };
        let log = match &self.neighbours {
            Some(model) => EventLog::of_interactions(model.seen(), &self.owned, self.now, rule),
            None => EventLog::without_events(rule),
        };
        log.check()?;
        let factors = self.factors.map(FactorModel::new).transpose()?;
        let indexed = Indexed::with(self.catalog, self.attributes);
        let counts = Counts::Anew { noise_fits: 0 };
        let mut guide = Guide::unfitted(Arc::new(self.params), indexed, log, counts)?;
        let trends = self.trends;
        for (kind, source) in KINDS.iter().enumerate() {
            let saved = match source.name() {
                "neighbours" => self.neighbours.as_ref().map(SourceModel::save),
                "factors" => factors.as_ref().map(SourceModel::save),
                "trending" if !trends => None,
                "text" | "attributes" | "trending" | "popular" => Some(Ok(None)),
                _ => None,
            };
            let Some(saved) = saved else { continue };
            // Read once more, with the histories of the log.
            let model = source.restore(saved?.as_deref(), &guide.material())?;
            guide.fitted.push(FittedSource { kind, model });
        }
        Ok(guide)
    }
}

fn refuse(reason: &str) -> Error {
    Error::decode(Guide::KIND, reason)
}
