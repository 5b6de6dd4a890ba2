//! What the rows of a catalogue say of each product, before it is known which columns are attributes.

use std::collections::HashMap;

use recsys_core::IdMap;

use super::attribute_choice::Candidate;
use super::headings::MAIN_VIEW;
use super::prices::Prices;
use super::roles::Found;
use super::stock::{in_stock, is_on_sale, takes_back_orders};
use super::variants::Groups;
use super::{html, named_values};
use crate::read_report::{ReadReport, Remedy};
use crate::table::Row;
use crate::table::plain;
use crate::time::TimeColumn;
use crate::value::missing;

/// Why a row of another store view is left out.
const OTHER_VIEW: &str = "is of another store view or language of its product";

/// Names of attributes that values may bring with them.
pub(super) const MOST_NAMES: usize = 1_000;

/// A field of a candidate that a product has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Given {
    /// The candidate.
    pub(super) name: u32,
    /// The field, by its number in the candidate.
    pub(super) field: u32,
    /// Whether another row of the product has another field.
    pub(super) varied: bool,
}

/// All that the rows of one product say.
#[derive(Default)]
pub(super) struct Gathered {
    /// The line of its first row.
    pub(super) line: u64,
    pub(super) rows: usize,
    pub(super) text: String,
    pub(super) picture: String,
    pub(super) group: Option<u32>,
    /// The place of its time in the column.
    pub(super) time: Option<u32>,
    pub(super) on_sale: Option<bool>,
    pub(super) in_stock: Option<bool>,
    /// By rising candidate, each once.
    pub(super) values: Vec<Given>,
    /// The store view of its rows, and whether it is the main one.
    view: Option<u32>,
    is_main: bool,
    /// The first title and the first price that count.
    pub(super) first_title: usize,
    pub(super) first_price: usize,
}

impl Gathered {
    /// Adds fields of candidates that it does not have yet. Both are by rising candidate.
    pub(super) fn merge(&mut self, more: &[Given]) {
        let mut merged: Vec<Given> = Vec::with_capacity(self.values.len() + more.len());
        let mut own = self.values.iter().copied().peekable();
        for &new in more {
            while let Some(value) = own.next_if(|value| value.name < new.name) {
                merged.push(value);
            }
            match own.next_if(|value| value.name == new.name) {
                Some(value) => merged.push(Given {
                    varied: value.varied || value.field != new.field,
                    ..value
                }),
                None => merged.push(new),
            }
        }
        merged.extend(own);
        self.values = merged;
    }
}

/// Takes one row after the other.
pub(super) struct Gather<'f> {
    pub(super) found: &'f Found,
    pub(super) candidates: Vec<Candidate>,
    /// Candidates by their name in lower case.
    by_name: HashMap<String, u32>,
    pub(super) ids: IdMap,
    pub(super) products: Vec<Gathered>,
    pub(super) titles: IdMap,
    /// Product and title of each row that has one.
    pub(super) titled: Vec<(u32, u32)>,
    pub(super) prices: Prices,
    pub(super) times: Vec<Option<i64>>,
    pub(super) time_column: TimeColumn,
    pub(super) groups: Groups,
    /// The names of a group's attributes in columns of names, which only its first row has.
    names_of_group: HashMap<(u32, usize), String>,
    views: IdMap,
    /// The store view that counts, if none is called so.
    main_view: Option<String>,
    /// Texts that held HTML.
    pub(super) html: usize,
    /// Values passed over because the table has too many names of attributes.
    pub(super) without_room: usize,
}

impl<'f> Gather<'f> {
    /// Takes the rows of a table with these headings. `first` are its first rows.
    pub(super) fn new(found: &'f Found, headings: &[String], first: &[Row]) -> Self {
        let candidates: Vec<Candidate> = found
            .candidates
            .iter()
            .map(|&(column, is_forced)| Candidate::new(&headings[column], is_forced))
            .collect();
        let names = candidates
            .iter()
            .map(|candidate| candidate.name.to_lowercase());
        let main_view = found.store_view.and_then(|column| main_view(column, first));
        Self {
            found,
            by_name: names.zip(0..).collect(),
            candidates,
            ids: IdMap::default(),
            products: Vec::new(),
            titles: IdMap::default(),
            titled: Vec::new(),
            prices: Prices::default(),
            times: Vec::new(),
            time_column: TimeColumn::default(),
            groups: Groups::default(),
            names_of_group: HashMap::new(),
            views: IdMap::default(),
            main_view,
            html: 0,
            without_room: 0,
        }
    }

    /// Takes a row.
    pub(super) fn take(&mut self, mut row: Row, report: &mut ReadReport) {
        if row.remedy != Some(Remedy::LeftOut) {
            self.take_usable(&mut row, report);
        }
        report.settle(row.remedy);
    }

    fn take_usable(&mut self, row: &mut Row, report: &mut ReadReport) {
        let found = self.found;
        let group = field(row, found.group);
        let group = (!group.is_empty()).then(|| self.groups.number(group));
        let id = field(row, Some(found.id)).to_owned();
        if id.is_empty() {
            let seen = field(row, Some(found.title)).to_owned();
            let is_alone = group.is_none() || !seen.is_empty();
            let reason = match is_alone {
                true => "has no product id",
                false => "has no product id and no title: a further picture of a variant group",
            };
            return row.leave_out(report, reason, seen);
        }
        let number = self.ids.insert(&id);
        if number as usize == self.products.len() {
            self.products.push(Gathered {
                line: row.line,
                first_title: self.titled.len(),
                first_price: self.prices.len(),
                ..Gathered::default()
            });
        }
        if !self.is_of_the_view(number, row, report) {
            let view = row.field(found.store_view).to_owned();
            return row.leave_out(report, OTHER_VIEW, view);
        }
        let product = &mut self.products[number as usize];
        product.rows += 1;
        product.group = product.group.or(group);
        let title = field(row, Some(found.title));
        if !title.is_empty() {
            self.titled.push((number, self.titles.insert(title)));
        }
        let text = found.texts.iter().map(|&column| field(row, Some(column)));
        let text = text
            .into_iter()
            .find(|text| !text.is_empty())
            .unwrap_or_default();
        if product.text.is_empty() {
            product.text = match html::words(text) {
                Some(words) => {
                    self.html += 1;
                    words
                }
                None => text.to_owned(),
            };
        }
        if product.picture.is_empty() {
            field(row, found.picture).clone_into(&mut product.picture);
        }
        let second_id = field(row, found.second_id);
        if !second_id.is_empty()
            && self.groups.second_ids.insert(second_id) as usize == self.groups.of_second_id.len()
        {
            self.groups.of_second_id.push(number);
        }
        for child in named_values::variations(row.field(found.variations)) {
            self.groups.listed.push((child.to_owned(), number));
        }
        self.prices
            .take(number, (found.price, found.sale_price), row, report);
        self.take_time(number, row, report);
        self.take_availability(number, row, report);
        self.take_values(number, row);
    }

    /// Whether a row is of the store view that counts for its product. A row of the main view replaces those of others.
    fn is_of_the_view(&mut self, number: u32, row: &Row, report: &mut ReadReport) -> bool {
        let Some(column) = self.found.store_view else {
            return true;
        };
        let view = field(row, Some(column));
        let is_main = match &self.main_view {
            Some(main) => view == main,
            None => MAIN_VIEW.contains(&plain(view).as_str()),
        };
        let view = self.views.insert(view);
        let product = &mut self.products[number as usize];
        if product.view.is_none() || is_main && !product.is_main {
            if let Some(other) = product.view {
                // The rows read so far were of another view, and were counted as kept.
                let seen = (product.line, self.views.name(other).to_owned());
                report.note_many(Remedy::LeftOut, OTHER_VIEW, product.rows, seen);
                report.kept = report.kept.saturating_sub(product.rows);
                report.left_out += product.rows;
            }
            *product = Gathered {
                line: product.line,
                first_title: self.titled.len(),
                first_price: self.prices.len(),
                view: Some(view),
                is_main,
                ..Gathered::default()
            };
            return true;
        }
        is_main && product.is_main || product.view == Some(view)
    }

    fn take_time(&mut self, number: u32, row: &mut Row, report: &mut ReadReport) {
        let text = row.field(self.found.time).to_owned();
        if missing(&text) {
            return;
        }
        let at = self.times.len();
        match self.time_column.take(&text, at, row.line) {
            Ok(time) => {
                self.times.push(time);
                self.products[number as usize].time.get_or_insert(at as u32);
            }
            Err(reason) => row.mend(report, reason, text),
        }
    }

    /// A product is in stock if one of its rows is, and on sale if all of them are.
    fn take_availability(&mut self, number: u32, row: &mut Row, report: &mut ReadReport) {
        let found = self.found;
        let mut unknown: Vec<(&str, String)> = Vec::new();
        let product = &mut self.products[number as usize];
        let stock = field(row, found.stock);
        if !stock.is_empty() {
            match in_stock(stock) {
                Some(has) => {
                    let has = has || takes_back_orders(row.field(found.back_orders));
                    product.in_stock = Some(has || product.in_stock == Some(true));
                }
                None => unknown.push((
                    "has a stock that is not known, taken as not said",
                    stock.to_owned(),
                )),
            }
        }
        let statuses = found.statuses.iter().map(|&column| (column, true));
        let withdrawn = found.withdrawn.iter().map(|&column| (column, false));
        for (column, on_sale) in statuses.chain(withdrawn) {
            let status = field(row, Some(column));
            if !status.is_empty() {
                match is_on_sale(status).map(|is| is == on_sale) {
                    Some(is) => product.on_sale = Some(is && product.on_sale != Some(false)),
                    None => unknown.push((
                        "has a status that is not known, taken as not said",
                        status.to_owned(),
                    )),
                }
            }
        }
        for (reason, seen) in unknown {
            row.mend(report, reason, seen);
        }
    }

    fn take_values(&mut self, number: u32, row: &Row) {
        let found = self.found;
        let most = found.candidates.len() + MOST_NAMES;
        let mut values: Vec<Given> = Vec::new();
        let mut take = |candidate: u32, candidates: &mut [Candidate], field: &str| {
            if let Some(field) = candidates[candidate as usize].take(field) {
                values.push(Given {
                    name: candidate,
                    field,
                    varied: false,
                });
            }
        };
        for (candidate, &(column, _)) in (0..).zip(&found.candidates) {
            let field = field(row, Some(column));
            if !field.is_empty() {
                take(candidate, &mut self.candidates, field);
            }
        }
        let group = self.products[number as usize].group;
        for (pair, &(name, value)) in found.pairs.iter().enumerate() {
            let (own, value) = (field(row, Some(name)), field(row, Some(value)));
            let key = group.map(|group| (group, pair));
            if let Some(key) = key.filter(|_| !own.is_empty()) {
                self.names_of_group
                    .entry(key)
                    .or_insert_with(|| own.to_owned());
            }
            let of_group = || self.names_of_group.get(&key?).cloned();
            let name = (!own.is_empty()).then(|| own.to_owned()).or_else(of_group);
            // Shopify writes `Title` and `Default Title` for a product without options.
            let is_option = !value.is_empty() && value != "Default Title";
            if let Some(name) = name.filter(|_| is_option) {
                match named(&mut self.by_name, &mut self.candidates, most, &name) {
                    Some(candidate) => take(candidate, &mut self.candidates, value),
                    None => self.without_room += 1,
                }
            }
        }
        for &column in &found.named {
            for (name, value) in named_values::entries(row.field(Some(column))) {
                match named(&mut self.by_name, &mut self.candidates, most, name) {
                    Some(candidate) => take(candidate, &mut self.candidates, &value),
                    None => self.without_room += 1,
                }
            }
        }
        values.sort_by_key(|value| value.name);
        values.dedup_by_key(|value| value.name);
        let product = &mut self.products[number as usize];
        if product.values.is_empty() {
            product.values = values;
        } else {
            product.merge(&values);
        }
    }
}

/// The field of a column; empty if there is no such column or the field holds a word for a missing value.
fn field(row: &Row, column: Option<usize>) -> &str {
    let field = row.field(column);
    if missing(field) { "" } else { field }
}

/// The candidate called `name`, a new one if there is none. `None` if there are too many.
fn named(
    by_name: &mut HashMap<String, u32>,
    candidates: &mut Vec<Candidate>,
    most: usize,
    name: &str,
) -> Option<u32> {
    let lower = name.to_lowercase();
    if let Some(&known) = by_name.get(&lower) {
        return Some(known);
    }
    if candidates.len() >= most {
        return None;
    }
    let number = candidates.len() as u32;
    candidates.push(Candidate::of_name(name));
    by_name.insert(lower, number);
    Some(number)
}

/// The most frequent store view of the first rows. `None` if a row is of a view that is called the main one.
fn main_view(column: usize, first: &[Row]) -> Option<String> {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for row in first {
        let view = field(row, Some(column));
        if MAIN_VIEW.contains(&plain(view).as_str()) {
            return None;
        }
        match counts.iter_mut().find(|known| known.0 == view) {
            Some(known) => known.1 += 1,
            None => counts.push((view, 1)),
        }
    }
    let most = counts.iter().map(|known| known.1).max()?;
    counts
        .into_iter()
        .find(|known| known.1 == most)
        .map(|known| known.0.to_owned())
}
