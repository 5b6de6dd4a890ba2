//! The guide as a file: what it says of itself, how it is checked, and the versions that can be read.

use guide_core::model_file::decode_payload;
use guide_core::{Error, Params, Persist, Result};
use recsys_cf::ItemTop;
use recsys_core::{Interactions, Model};
use recsys_mf::{Ials, IalsFactors};
use serde::Deserialize;
use serde_json::json;

use super::file_v2::StoredBefore3;
use super::filter_index::FilterIndex;
use super::{Guide, GuideParams, own};
use crate::Catalog;
use crate::source::{Attributes, AttributesBefore4, FactorModel, Popular};

/// What a file holds of a guide, not checked yet. `F` and `A` are the factors and the attributes, which had another form in version 3.
#[derive(Deserialize)]
pub(super) struct StoredGuide<F, A> {
    #[serde(with = "params_as_text")]
    params: GuideParams,
    catalog: Catalog,
    neighbours: Option<ItemTop>,
    factors: Option<F>,
    attributes: A,
    now: i64,
    trending: Option<Popular>,
    popular: Popular,
    owned: Vec<bool>,
    leave_out_viewed: bool,
}

/// What a file of version 4 holds: the histories once, with the neighbours.
pub(super) type Stored = StoredGuide<IalsFactors<'static>, Attributes>;
/// What a file of version 3 holds: the histories with the neighbours and again with the factors.
type StoredV3 = StoredGuide<Ials, AttributesBefore4>;

/// Parameters as JSON text, so that a later version can add some. Numbers of single precision are written with the digits
/// that they have in double precision, and so come back as the same bits.
pub(super) mod params_as_text {
    use serde::de::Error as _;
    use serde::ser::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};
    use serde_json::{Value, json};

    use crate::GuideParams;

    pub(in crate::guide) fn serialize<S: Serializer>(
        params: &GuideParams,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let value = serde_json::to_value(params).map_err(S::Error::custom)?;
        serializer.serialize_str(&value.to_string())
    }

    pub(in crate::guide) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<GuideParams, D::Error> {
        let text = String::deserialize(deserializer)?;
        let stored: Value = serde_json::from_str(&text).map_err(D::Error::custom)?;
        let mut params = json!(GuideParams::default());
        put(&mut params, stored);
        serde_json::from_value(params).map_err(D::Error::custom)
    }

    /// Puts the fields of `stored` in place of the defaults; a field that is not stored keeps its default.
    fn put(defaults: &mut Value, stored: Value) {
        match (defaults, stored) {
            (Value::Object(fields), Value::Object(stored)) => {
                for (name, value) in stored {
                    put(fields.entry(name).or_insert(Value::Null), value);
                }
            }
            (field, stored) => *field = stored,
        }
    }
}

impl TryFrom<Stored> for Guide {
    type Error = Error;

    fn try_from(stored: Stored) -> Result<Self> {
        let guide = Self::from_stored(stored, with_histories)?;
        guide.check()?;
        Ok(guide)
    }
}

impl Guide {
    /// The guide that a file of version 3 or 4 holds, not checked yet; `factors` joins the factors with the histories.
    fn from_stored<F, A: Into<Attributes>>(
        stored: StoredGuide<F, A>,
        factors: impl FnOnce(F, Option<&ItemTop>) -> Result<Ials>,
    ) -> Result<Self> {
        let neighbours = stored.neighbours;
        let factors = stored.factors.map(|stored| {
            let model = factors(stored, neighbours.as_ref())?;
            FactorModel::new(model)
        });
        Ok(Self {
            filters: FilterIndex::new(&stored.catalog),
            params: stored.params,
            catalog: stored.catalog,
            factors: factors.transpose()?,
            neighbours,
            attributes: stored.attributes.into(),
            now: stored.now,
            trending: stored.trending,
            popular: stored.popular,
            owned: stored.owned,
            leave_out_viewed: stored.leave_out_viewed,
            own: own::Own::default(),
        })
    }

    /// The guide of an older file, not checked yet, with the flags that `owned` makes of what the file has.
    fn from_older<O>(
        stored: StoredBefore3<O>,
        owned: impl FnOnce(O, Option<&ItemTop>) -> Vec<bool>,
    ) -> Result<Self> {
        let owned = owned(stored.owned, stored.neighbours.as_ref());
        let catalog: Catalog = stored.catalog.try_into()?;
        let neighbours = stored.neighbours.as_ref();
        let factors = stored
            .factors
            .map(|factors| FactorModel::new(sharing(factors, neighbours)));
        Ok(Self {
            params: stored.params.now(),
            filters: FilterIndex::new(&catalog),
            catalog,
            factors: factors.transpose()?,
            neighbours: stored.neighbours,
            attributes: stored.attributes.into(),
            now: stored.now,
            trending: stored.trending,
            popular: stored.popular,
            owned,
            leave_out_viewed: false,
            own: own::Own::default(),
        })
    }
}

/// Factors of version 4 with the histories of the neighbours.
fn with_histories(factors: IalsFactors<'_>, neighbours: Option<&ItemTop>) -> Result<Ials> {
    let none = || Error::decode(Guide::KIND, "factors without histories");
    factors.with_histories(neighbours.ok_or_else(none)?.seen())
}

/// Factors of earlier versions, which have histories of their own.
fn sharing(factors: Ials, neighbours: Option<&ItemTop>) -> Ials {
    match neighbours {
        Some(neighbours) => factors.sharing(neighbours.seen()),
        None => factors,
    }
}

impl Persist for Guide {
    const KIND: &'static str = "guide";
    const VERSION: u16 = 4;

    fn about(&self) -> serde_json::Value {
        let mut params = json!(self.params);
        // The list may be longer than a description.
        params["leave_out"] = json!(self.params.leave_out.len());
        json!({
            "params": params,
            "n_products": self.catalog.len(),
            "n_shoppers": self.log().map_or(0, Interactions::n_users),
            "n_interactions": self.log().map_or(0, Interactions::len),
            "leave_out_viewed": self.leave_out_viewed,
        })
    }

    /// Version 1 did not tell what was bought from what was viewed: all counts as bought, as it did then. Products have a variant
    /// group, a time and an availability from version 3 on. Version 4 holds the histories once, and not what follows from the rest.
    fn decode(version: u16, payload: &[u8]) -> Result<Self> {
        match version {
            1 => {
                let stored: StoredBefore3<()> = decode_payload(Self::KIND, payload)?;
                let all = |neighbours: &ItemTop| vec![true; neighbours.seen().len()];
                let owned =
                    |(), neighbours: Option<&ItemTop>| neighbours.map_or_else(Vec::new, all);
                Self::from_older(stored, owned)
            }
            2 => {
                let stored: StoredBefore3<Vec<bool>> = decode_payload(Self::KIND, payload)?;
                Self::from_older(stored, |owned, _| owned)
            }
            3 => {
                let stored: StoredV3 = decode_payload(Self::KIND, payload)?;
                let shared =
                    |factors, neighbours: Option<&ItemTop>| Ok(sharing(factors, neighbours));
                Self::from_stored(stored, shared)
            }
            _ => {
                let stored: Stored = decode_payload(Self::KIND, payload)?;
                Self::from_stored(stored, with_histories)
            }
        }
    }

    fn check(&self) -> Result<()> {
        let refuse = |reason: &str| Err(Error::decode(Self::KIND, reason));
        if let Err(reason) = self.params.validate() {
            return refuse(&reason.to_string());
        }
        if self.catalog.is_empty() {
            return refuse("no product");
        }
        if let Some(neighbours) = &self.neighbours {
            neighbours.check()?;
            if neighbours.ids().items != *self.catalog.ids() {
                return refuse("products and their numbers do not fit together");
            }
        }
        if self.owned.len() != self.log().map_or(0, Interactions::len) {
            return refuse("interactions and what is owned do not fit together");
        }
        if let Some(factors) = self.factors.as_ref().map(FactorModel::model) {
            factors.check()?;
            if factors.ids().items != *self.catalog.ids() {
                return refuse("products and their factors do not fit together");
            }
        }
        self.attributes.check(self.catalog.len())?;
        let popular = self.trending.iter().chain([&self.popular]);
        popular
            .into_iter()
            .try_for_each(|popular| popular.check(self.catalog.len()))
    }
}
