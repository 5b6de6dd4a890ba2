//! Makes a catalogue of what the rows of a table said: titles, prices, variant groups, attributes, and the report.

use std::collections::HashMap;
use std::path::Path;

use guide_core::Result;
use recsys_core::IdMap;

use super::attribute_choice::{Candidate, Use};
use super::gather::{Gather, Gathered, MOST_NAMES};
use super::many_values::Shape;
use super::roles::Found;
use super::variants::{inherit, is_no_grouping};
use super::{Catalog, Product};
use crate::read_report::{ReadReport, Remedy, UnusedColumn};
use crate::time;

/// The catalogue of what was gathered.
///
/// # Errors
/// [`Error::Parse`](guide_core::Error::Parse) if no row is a product.
pub(super) fn finish(
    gathered: Gather<'_>,
    headings: &[String],
    path: &Path,
    report: &mut ReadReport,
) -> Result<Catalog> {
    let Gather {
        found,
        candidates,
        ids,
        mut products,
        titles,
        titled,
        prices,
        mut times,
        time_column,
        mut groups,
        html,
        without_room,
        ..
    } = gathered;
    if products.is_empty() {
        return Err(report.nothing_left(path, "catalogue", "product"));
    }
    let begins: Vec<usize> = products.iter().map(|product| product.first_price).collect();
    let without_sale = prices.without_sale;
    let prices = prices.by_product(&begins, report);
    let settled = time_column.settle(|at, time| times[at] = time);
    settled.add_to(report);
    if found.time.is_some() && !settled.has_year {
        // Days counted from an unknown one do not compare with the times of events.
        times.fill(None);
        let note = "the products' times are day numbers without a year, which do not compare with the times of events: they are not used";
        report.notes.push(note.to_owned());
    }
    let mut title_of = most_frequent(&titled, &titles, &ids, &products, report);
    let parents = groups.settle(&ids, &mut products);
    let members = groups.members(&products);
    let group_column = found.group.map(|column| headings[column].as_str());
    let mut lost_groups = None;
    if !found.group_is_said && is_no_grouping(&members, products.len()) {
        products.iter_mut().for_each(|product| product.group = None);
        lost_groups = group_column;
    } else {
        for (members, &parent) in members.iter().zip(&parents) {
            inherit(members, parent, &mut products, &mut title_of);
        }
    }
    let (shapes, refused) = choose(found, &candidates, &products, headings);
    let mut catalog = Catalog::default();
    for (number, (name, product)) in ids.names().zip(products).enumerate() {
        if title_of[number].is_none() {
            let reason = "is a product that no row gives a title, its id taken";
            report.note(Remedy::Mended, reason, product.line, name);
        }
        let title = title_of[number].map_or(name, |title| titles.name(title));
        let mut made = Product::new(name, title);
        made.price = prices[number];
        made.time = product
            .time
            .and_then(|at| times.get(at as usize).copied().flatten());
        made.available = match (product.on_sale, product.in_stock) {
            (Some(false), _) => Some(false),
            (on_sale, in_stock) => in_stock.or(on_sale),
        };
        made.group = product
            .group
            .map(|group| groups.names.name(group).to_owned());
        made.text = product.text;
        made.picture = (!product.picture.is_empty()).then_some(product.picture);
        for given in &product.values {
            let candidate = &candidates[given.name as usize];
            if let Some(shape) = &shapes[given.name as usize] {
                let values = shape.values(candidate.fields.name(given.field));
                let named = values
                    .into_iter()
                    .map(|value| (candidate.name.clone(), value));
                made.attributes.extend(named);
            }
        }
        catalog.push(made)?;
    }
    tell_columns(found, &shapes, refused, lost_groups, headings, report);
    tell_products(found, &catalog, without_sale, report);
    if html > 0 {
        report.notes.push(format!(
            "texts that hold HTML, whose tags are left out: {html}"
        ));
    }
    if without_room > 0 {
        report.notes.push(format!(
            "{without_room} values are passed over: their columns hold more than {MOST_NAMES} names of attributes"
        ));
    }
    Ok(catalog)
}

/// The title that most rows of each product have, the first of those that are equally frequent.
fn most_frequent(
    titled: &[(u32, u32)],
    titles: &IdMap,
    ids: &IdMap,
    products: &[Gathered],
    report: &mut ReadReport,
) -> Vec<Option<u32>> {
    let mut rows: Vec<(u32, u32, usize)> = titled
        .iter()
        .enumerate()
        .filter(|&(row, &(product, _))| row >= products[product as usize].first_title)
        .map(|(row, &(product, title))| (product, title, row))
        .collect();
    rows.sort_unstable();
    let mut best: Vec<Option<u32>> = vec![None; products.len()];
    for of_product in rows.chunk_by(|a, b| a.0 == b.0) {
        let product = of_product[0].0;
        // Rows with a title, the first of them, and the title.
        let mut counts: Vec<(usize, usize, u32)> = of_product
            .chunk_by(|a, b| a.1 == b.1)
            .map(|same| (same.len(), same[0].2, same[0].1))
            .collect();
        let most = counts
            .iter()
            .min_by_key(|(count, first, _)| (std::cmp::Reverse(*count), *first));
        best[product as usize] = most.map(|most| most.2);
        if counts.len() > 1 {
            counts.sort_unstable_by_key(|count| count.1);
            let reason =
                "is a product whose rows have different titles, the most frequent one taken";
            let (one, other) = (titles.name(counts[0].2), titles.name(counts[1].2));
            let seen = format!("{}: {one} / {other}", ids.name(product));
            report.note(
                Remedy::Mended,
                reason,
                products[product as usize].line,
                seen,
            );
        }
    }
    best
}

/// How the fields of each candidate are split if it is an attribute, and why the others are none.
fn choose(
    found: &Found,
    candidates: &[Candidate],
    products: &[Gathered],
    headings: &[String],
) -> (Vec<Option<Shape>>, Vec<UnusedColumn>) {
    let repeated = products.iter().filter(|product| product.rows > 1).count();
    let (mut with, mut varied) = (vec![0; candidates.len()], vec![0; candidates.len()]);
    for given in products.iter().flat_map(|product| &product.values) {
        with[given.name as usize] += 1;
        varied[given.name as usize] += usize::from(given.varied);
    }
    let (mut shapes, mut refused) = (Vec::with_capacity(candidates.len()), Vec::new());
    for (number, candidate) in candidates.iter().enumerate() {
        let heading = found
            .candidates
            .get(number)
            .map_or(&candidate.name, |&(column, _)| &headings[column]);
        let found_of = Use {
            products: products.len(),
            with: with[number],
            repeated,
            varied: varied[number],
        };
        let judged = candidate.judge(heading, found.type_is_a_setting, &found_of);
        if let Err(why) = &judged {
            refused.push(UnusedColumn {
                heading: heading.clone(),
                why: why.clone(),
            });
        }
        shapes.push(judged.ok());
    }
    (shapes, refused)
}

/// Says what each column is taken for and why, and which are not used and why.
fn tell_columns(
    found: &Found,
    shapes: &[Option<Shape>],
    refused: Vec<UnusedColumn>,
    lost_groups: Option<&str>,
    headings: &[String],
    report: &mut ReadReport,
) {
    report.columns = found.uses(headings);
    for (&(column, is_forced), shape) in found.candidates.iter().zip(shapes) {
        if let Some(shape) = shape {
            let why = match is_forced {
                true => "said".to_owned(),
                false => "several products share its values".to_owned(),
            };
            let why = [Some(why), shape.told()]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>();
            report.columns.push(crate::read_report::ColumnUse {
                heading: headings[column].clone(),
                role: "attribute".to_owned(),
                why: why.join("; "),
            });
        }
    }
    let places: HashMap<&str, usize> = headings
        .iter()
        .rev()
        .map(String::as_str)
        .zip((0..headings.len()).rev())
        .collect();
    let place = |heading: &str| places.get(heading).copied();
    report
        .columns
        .sort_by_cached_key(|used| place(&used.heading));
    if let Some(heading) = lost_groups {
        report.columns.retain(|used| used.heading != heading);
        report.unused.push(UnusedColumn {
            heading: heading.to_owned(),
            why: "most products would be variants of one".to_owned(),
        });
    }
    let unused = found.unused.iter().map(|&(column, why)| UnusedColumn {
        heading: match headings[column].is_empty() {
            true => format!("#{}", column + 1),
            false => headings[column].clone(),
        },
        why: why.to_owned(),
    });
    report.unused.extend(unused);
    report.unused.extend(refused);
    report
        .unused
        .sort_by_cached_key(|unused| place(&unused.heading));
}

/// Says how many products lack a price, cannot be bought, or are variants.
fn tell_products(found: &Found, catalog: &Catalog, without_sale: usize, report: &mut ReadReport) {
    let n = catalog.len();
    let count = |fits: fn(&Product) -> bool| {
        catalog
            .products()
            .iter()
            .filter(|product| fits(product))
            .count()
    };
    let unpriced = count(|product| product.price.is_none());
    if found.price.is_none() && found.sale_price.is_none() {
        report
            .notes
            .push("no product has a price: no column looks like one".to_owned());
    } else if unpriced > 0 {
        report
            .notes
            .push(format!("{unpriced} of {n} products have no price"));
    }
    if without_sale > 0 {
        report.notes.push(format!(
            "{without_sale} rows have no sale price: their regular price is taken"
        ));
    }
    let unavailable = count(|product| product.available == Some(false));
    if unavailable > 0 {
        report.notes.push(format!(
            "{unavailable} of {n} products are out of stock or not on sale: they are recommended only to a query that asks for such products"
        ));
    }
    if found.time.is_some() {
        let untimed = count(|product| product.time.is_none());
        let times = catalog.products().iter().filter_map(|product| product.time);
        if let (Some(first), Some(last)) = (times.clone().min(), times.max()) {
            let (first, last) = (time::date(first), time::date(last));
            report.notes.push(format!(
                "the products' times span {first} to {last}; {untimed} of {n} products have none"
            ));
        }
    }
    let mut sizes = vec![0_usize; catalog.n_groups()];
    let members =
        (0..n as u32).filter_map(|product| catalog.group_of(recsys_core::ItemId(product)));
    members.for_each(|group| sizes[group as usize] += 1);
    let groups = sizes.iter().filter(|&&size| size > 1).count();
    if groups > 0 {
        let variants: usize = sizes.iter().filter(|&&size| size > 1).sum();
        report.notes.push(format!(
            "{variants} products are variants, groups of variants: {groups}; an answer holds one product of a group"
        ));
    }
}
