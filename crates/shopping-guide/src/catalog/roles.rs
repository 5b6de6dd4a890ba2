//! Finds which column of a table of products has which role, and why: as said, by its heading, or by heading and values.

use std::collections::HashSet;
use std::path::Path;

use guide_core::Result;

use super::columns::CatalogColumns;
use super::headings;
use super::named_values;
use super::sample::Sample;
use super::stock::{in_stock, is_on_sale};
use crate::read_report::ColumnUse;
use crate::table::{Row, named, no_column, plain};

/// Why a column has its role.
const SAID: &str = "said";
const BY_HEADING: &str = "its heading";

/// The columns by number.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) id: usize,
    pub(super) title: usize,
    /// A second id, by which variants name their parent.
    pub(super) second_id: Option<usize>,
    /// The longer text, the first that is not empty.
    pub(super) texts: Vec<usize>,
    pub(super) price: Option<usize>,
    pub(super) sale_price: Option<usize>,
    pub(super) picture: Option<usize>,
    pub(super) time: Option<usize>,
    /// The stock in words or as a number.
    pub(super) stock: Option<usize>,
    pub(super) back_orders: Option<usize>,
    pub(super) statuses: Vec<usize>,
    /// Columns whose true takes a product off sale.
    pub(super) withdrawn: Vec<usize>,
    pub(super) group: Option<usize>,
    /// Whether the group was said by the caller.
    pub(super) group_is_said: bool,
    /// The variants of a product, as `sku=A-1,size=S|sku=A-2,size=M` (Magento).
    pub(super) variations: Option<usize>,
    pub(super) store_view: Option<usize>,
    /// Columns of an attribute's name and its value.
    pub(super) pairs: Vec<(usize, usize)>,
    /// Columns of attributes as `colour=red,size=S`.
    pub(super) named: Vec<usize>,
    /// Columns that are attributes, or may be, with whether the caller said so.
    pub(super) candidates: Vec<(usize, bool)>,
    /// Columns that are no candidates, with the reason.
    pub(super) unused: Vec<(usize, &'static str)>,
    /// Whether a column `type` or `product_type` is a setting, as in exports of WooCommerce and Magento.
    pub(super) type_is_a_setting: bool,
    uses: Vec<(usize, &'static str, String)>,
}

impl Found {
    /// Columns that have a role, in the order of the file.
    pub(super) fn uses(&self, headings: &[String]) -> Vec<ColumnUse> {
        let mut uses = self.uses.clone();
        uses.sort_by_key(|used| used.0);
        let used = uses.into_iter().map(|(column, role, why)| ColumnUse {
            heading: headings[column].clone(),
            role: role.to_owned(),
            why,
        });
        used.collect()
    }

    /// Gives a column its role.
    pub(super) fn give(&mut self, column: usize, role: &'static str, why: impl Into<String>) {
        self.uses.push((column, role, why.into()));
    }

    /// Takes a role away.
    pub(super) fn take_back(&mut self, column: usize, role: &'static str) {
        self.uses.retain(|used| (used.0, used.1) != (column, role));
    }

    fn is_free(&self, column: usize) -> bool {
        self.uses.iter().all(|used| used.0 != column)
    }
}

/// The headings of a table and what the caller said of them.
pub(super) struct Finder<'t> {
    path: &'t Path,
    headings: &'t [String],
    plain: Vec<String>,
    said: &'t CatalogColumns,
    ignored: HashSet<usize>,
    /// Columns that the caller said are attributes.
    attributes: Vec<usize>,
    /// Whether the table is an event log too: then a quantity, a date or a status is the event's.
    is_log: bool,
}

impl<'t> Finder<'t> {
    /// # Errors
    /// [`Error::Parse`] for a column that was said and is not there.
    pub(super) fn new(
        path: &'t Path,
        headings: &'t [String],
        said: &'t CatalogColumns,
    ) -> Result<Self> {
        let plain: Vec<String> = headings.iter().map(|heading| plain(heading)).collect();
        let of_a_log = [headings::OF_A_SHOPPER, headings::OF_AN_ORDER].concat();
        let mut finder = Self {
            path,
            headings,
            is_log: plain
                .iter()
                .any(|heading| of_a_log.contains(&heading.as_str())),
            plain,
            said,
            ignored: HashSet::new(),
            attributes: Vec::new(),
        };
        for name in &said.ignored {
            let column = finder.named(name)?;
            finder.ignored.insert(column);
        }
        let attributes = said.attributes.iter().flatten().chain(&said.forced);
        finder.attributes = attributes
            .map(|name| finder.named(name))
            .collect::<Result<_>>()?;
        Ok(finder)
    }

    /// The column called `name`, or the column of the number in `#3`.
    fn named(&self, name: &str) -> Result<usize> {
        named(self.path, self.headings, name)
    }

    /// The free columns whose heading is one of `names`, in the order of `names`.
    fn free<'f>(&'f self, found: &'f Found, names: &'f [&str]) -> impl Iterator<Item = usize> + 'f {
        let fits = move |name: &&'f str| {
            let name = *name;
            (0..self.headings.len()).filter(move |&column| {
                self.plain[column] == name
                    && found.is_free(column)
                    && !self.ignored.contains(&column)
            })
        };
        names.iter().flat_map(move |name| fits(name))
    }

    /// The column for `role`: the one that was said, or the first that `fits` among those with a known heading.
    fn find(
        &self,
        found: &mut Found,
        role: &'static str,
        said: Option<&String>,
        names: &[&str],
        fits: impl Fn(usize) -> bool,
    ) -> Result<Option<usize>> {
        if let Some(name) = said {
            let column = self.named(name)?;
            found.give(column, role, SAID);
            return Ok(Some(column));
        }
        let column = self.free(found, names).find(|&column| fits(column));
        if let Some(column) = column {
            found.give(column, role, BY_HEADING);
        }
        Ok(column)
    }

    fn require(
        &self,
        found: &mut Found,
        role: &'static str,
        said: Option<&String>,
        names: &[&str],
    ) -> Result<usize> {
        let column = self.find(found, role, said, names, |_| true)?;
        column.ok_or_else(|| no_column(self.path, self.headings, role, "--catalog-column"))
    }

    /// The columns of id and title by their headings: what is needed to read the first rows.
    ///
    /// # Errors
    /// [`Error::Parse`] if there is none.
    pub(super) fn id_and_title(&self) -> Result<Found> {
        let mut found = Found::default();
        found.id = self.require(&mut found, "id", self.said.id.as_ref(), headings::ID)?;
        found.title = self.require(
            &mut found,
            "title",
            self.said.title.as_ref(),
            headings::TITLE,
        )?;
        Ok(found)
    }

    /// All other columns, and a better id if the first rows do not fill the one found by its heading.
    ///
    /// # Errors
    /// [`Error::Parse`] for a column that was said and is not there.
    pub(super) fn all(&self, mut found: Found, rows: &[Row]) -> Result<Found> {
        let said = self.said;
        let sample = Sample { rows };
        let has = |name: &str| self.plain.iter().any(|heading| heading == name);
        found.type_is_a_setting = [
            &["sku", "regularprice", "parent"][..],
            &["attributesetcode"],
        ]
        .iter()
        .any(|names| names.iter().all(|name| has(name)));
        self.settle_id(&mut found, sample);
        let untaken = |column: usize| !self.attributes.contains(&column);
        found.sale_price = self.find(
            &mut found,
            "sale price",
            said.sale_price.as_ref(),
            headings::SALE_PRICE,
            untaken,
        )?;
        found.price = self.find(
            &mut found,
            "price",
            said.price.as_ref(),
            headings::PRICE,
            |_| true,
        )?;
        found.picture = self.find(
            &mut found,
            "picture",
            said.picture.as_ref(),
            headings::PICTURE,
            |_| true,
        )?;
        self.group(&mut found, sample)?;
        let text = self.find(
            &mut found,
            "text",
            said.text.as_ref(),
            headings::TEXT,
            |_| true,
        )?;
        found.texts.extend(text);
        if said.text.is_none() && text.is_some() {
            let second = self.find(&mut found, "text", None, &["shortdescription"], |_| true)?;
            found.texts.extend(second);
        }
        self.stock(&mut found, sample)?;
        let times = match self.is_log {
            true => headings::TIME.to_vec(),
            false => [headings::TIME, headings::ANY_TIME].concat(),
        };
        let is_event = |column: usize| {
            self.is_log && headings::OF_AN_EVENT.contains(&self.plain[column].as_str())
        };
        let is_time = |column| !is_event(column) && untaken(column) && sample.has_times(column);
        found.time = self.find(&mut found, "time", said.time.as_ref(), &times, is_time)?;
        self.store_view(&mut found, sample)?;
        let variations = self.free(&found, &["configurablevariations"]).next();
        if let Some(column) = variations {
            found.give(column, "variant group", BY_HEADING);
        }
        found.variations = variations;
        found.second_id = found.second_id.filter(|&column| found.is_free(column));
        if let Some(column) = found.second_id {
            found.give(
                column,
                "second id",
                "its heading, and each product has its own value",
            );
        }
        if said.attributes.is_none() {
            self.names_and_values(&mut found, sample);
        }
        self.rest(&mut found);
        Ok(found)
    }

    /// Takes another id if the first rows leave it empty: one that tells all rows apart, or one that is always there.
    fn settle_id(&self, found: &mut Found, sample: Sample<'_>) {
        let first = found.id;
        let others: Vec<usize> = self.free(found, headings::ID).collect();
        found.second_id = others
            .iter()
            .copied()
            .find(|&column| self.plain[column] != "handle" && sample.is_second_id(column));
        if self.said.id.is_some() || sample.filled(first) == sample.rows.len() {
            return;
        }
        let is_key = |&column: &usize| {
            sample.filled(column) == sample.rows.len()
                && sample.distinct(column) == sample.rows.len()
        };
        let is_filled = |&column: &usize| {
            sample.filled(first) == 0 && sample.filled(column) == sample.rows.len()
        };
        let better = others
            .iter()
            .copied()
            .find(is_key)
            .or_else(|| others.iter().copied().find(is_filled));
        if let Some(better) = better {
            found.take_back(first, "id");
            found.id = better;
            found.second_id = (self.plain[first] != "handle").then_some(first);
            let why = format!(
                "its heading, and `{}` is empty in some rows",
                self.headings[first]
            );
            found.give(better, "id", why);
        }
    }

    fn group(&self, found: &mut Found, sample: Sample<'_>) -> Result<()> {
        let mut names = headings::GROUP.to_vec();
        if self.plain[found.id] == "articleid" {
            names.push("productcode"); // H&M: an article is a product in one colour
        }
        let fits = |column: usize| !self.attributes.contains(&column) && sample.filled(column) > 0;
        found.group = self.find(
            found,
            "variant group",
            self.said.group.as_ref(),
            &names,
            fits,
        )?;
        found.group_is_said = self.said.group.is_some();
        Ok(())
    }

    fn stock(&self, found: &mut Found, sample: Sample<'_>) -> Result<()> {
        let fits = |column: usize| {
            !self.attributes.contains(&column)
                && sample.at_least_half(column, |text| in_stock(text).is_some())
        };
        let pieces = match self.is_log {
            true => headings::PIECES.to_vec(),
            false => [headings::PIECES, headings::ANY_PIECES].concat(),
        };
        let names = [headings::STOCK, &pieces].concat();
        found.stock = self.find(found, "stock", self.said.stock.as_ref(), &names, fits)?;
        if found.stock.is_some() {
            let back_orders = self.free(found, headings::BACK_ORDERS).next();
            if let Some(column) = back_orders {
                found.give(column, "rule for back orders", BY_HEADING);
            }
            found.back_orders = back_orders;
        }
        if let Some(name) = &self.said.status {
            let column = self.named(name)?;
            found.give(column, "status", SAID);
            found.statuses.push(column);
        } else if !self.is_log {
            let is_status = |column: usize| {
                !self.attributes.contains(&column)
                    && sample.at_least_half(column, |text| is_on_sale(text).is_some())
            };
            let columns: Vec<usize> = self
                .free(found, headings::STATUS)
                .filter(|&column| is_status(column))
                .collect();
            for column in columns {
                found.give(column, "status", "its heading, and its values are known");
                found.statuses.push(column);
            }
            let columns: Vec<usize> = self
                .free(found, headings::WITHDRAWN)
                .filter(|&column| is_status(column))
                .collect();
            for column in columns {
                found.give(
                    column,
                    "status",
                    "its heading; true takes a product off sale",
                );
                found.withdrawn.push(column);
            }
        }
        Ok(())
    }

    fn store_view(&self, found: &mut Found, sample: Sample<'_>) -> Result<()> {
        let said = self.said.store_view.as_ref();
        found.store_view = self.find(found, "store view", said, headings::STORE_VIEW, |_| true)?;
        if found.store_view.is_none() && !self.is_log {
            let id = found.id;
            let differs = |column: usize| {
                !self.attributes.contains(&column) && sample.differs_within(id, column)
            };
            let column = self
                .free(found, headings::MAYBE_STORE_VIEW)
                .find(|&column| differs(column));
            if let Some(column) = column {
                found.give(
                    column,
                    "store view",
                    "its heading, and the rows of one product differ in it",
                );
                found.store_view = Some(column);
            }
        }
        Ok(())
    }

    /// Columns that hold the names of attributes with their values.
    fn names_and_values(&self, found: &mut Found, sample: Sample<'_>) {
        let open = |found: &Found, column: usize| {
            found.is_free(column)
                && !self.ignored.contains(&column)
                && !self.attributes.contains(&column)
        };
        for (name, value) in named_values::pairs(&self.plain) {
            if open(found, name) && open(found, value) {
                found.give(name, "name of an attribute", BY_HEADING);
                found.give(value, "value of that attribute", BY_HEADING);
                found.pairs.push((name, value));
            }
        }
        for column in 0..self.headings.len() {
            if open(found, column) && sample.mostly(column, named_values::is_list) {
                found.give(
                    column,
                    "attributes with their names",
                    "its values are `name=value`",
                );
                found.named.push(column);
            }
        }
    }

    /// Makes the other columns candidates for attributes, or says why they are none.
    fn rest(&self, found: &mut Found) {
        found
            .candidates
            .extend(self.attributes.iter().map(|&column| (column, true)));
        let of_an_event = [headings::OF_A_SHOPPER, headings::OF_AN_EVENT].concat();
        for column in 0..self.headings.len() {
            if !found.is_free(column) || self.attributes.contains(&column) {
                continue;
            }
            let of_an_event = of_an_event.contains(&self.plain[column].as_str());
            let reason = if self.ignored.contains(&column) {
                "the caller said to ignore it"
            } else if self.headings[column].is_empty() {
                "it has no heading"
            } else if self.said.attributes.is_some() {
                "the caller said which columns are attributes"
            } else if self.is_log && of_an_event {
                "it says something of an event and not of a product"
            } else {
                found.candidates.push((column, false));
                continue;
            };
            found.unused.push((column, reason));
        }
    }
}
