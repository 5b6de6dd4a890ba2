//! Variant groups: which products are variants of one, and what they inherit from each other.

use recsys_core::IdMap;

use super::gather::{Gathered, Given};

/// Products below which a group of most of them is believed.
const SOME_PRODUCTS: usize = 10;

/// The variant groups of a catalogue while it is read.
#[derive(Default)]
pub(super) struct Groups {
    /// The groups as the rows name them.
    pub(super) names: IdMap,
    /// Second ids with the product that has each.
    pub(super) second_ids: IdMap,
    pub(super) of_second_id: Vec<u32>,
    /// Ids of variants with the product that lists them.
    pub(super) listed: Vec<(String, u32)>,
}

impl Groups {
    /// The number of a group as a row names it. WooCommerce writes `id:501` for a parent without a SKU.
    pub(super) fn number(&mut self, name: &str) -> u32 {
        self.names.insert(name.strip_prefix("id:").unwrap_or(name))
    }

    /// Puts parents into the groups that their variants name, and listed variants into the group of the product that lists them.
    ///
    /// Returns the parent of each group.
    pub(super) fn settle(&mut self, ids: &IdMap, products: &mut [Gathered]) -> Vec<Option<u32>> {
        for (child, parent) in std::mem::take(&mut self.listed) {
            let group = self.names.insert(ids.name(parent));
            let parent = std::iter::once(parent).chain(ids.get(&child));
            for product in parent {
                products[product as usize].group.get_or_insert(group);
            }
        }
        let mut parents: Vec<Option<u32>> = vec![None; self.names.len()];
        for (group, parent) in parents.iter_mut().enumerate() {
            let name = self.names.name(group as u32);
            let by_second_id = || {
                let number = self.second_ids.get(name)?;
                self.of_second_id.get(number as usize).copied()
            };
            *parent = ids.get(name).or_else(by_second_id);
            if let Some(product) = *parent {
                products[product as usize].group.get_or_insert(group as u32);
            }
        }
        parents
    }

    /// The products of each group, in the order of the file.
    pub(super) fn members(&self, products: &[Gathered]) -> Vec<Vec<u32>> {
        let mut members = vec![Vec::new(); self.names.len()];
        for (number, product) in products.iter().enumerate() {
            if let Some(group) = product.group {
                members[group as usize].push(number as u32);
            }
        }
        members
    }
}

/// Whether one group holds more than half of the products, so that the column is hardly one of variants.
pub(super) fn is_no_grouping(members: &[Vec<u32>], n_products: usize) -> bool {
    let largest = members.iter().map(Vec::len).max().unwrap_or(0);
    n_products >= SOME_PRODUCTS && largest * 2 > n_products
}

/// Fills what the products of a group leave empty: title, text, picture, time, status and the attributes in which the group
/// does not differ. The parent's comes first, then that of the first product that has one.
///
/// If the parent is not on sale, none is.
pub(super) fn inherit(
    members: &[u32],
    parent: Option<u32>,
    products: &mut [Gathered],
    titles: &mut [Option<u32>],
) {
    if members.len() < 2 {
        return;
    }
    let parent = parent.filter(|parent| members.contains(parent));
    let order: Vec<usize> = parent
        .iter()
        .chain(members)
        .map(|&member| member as usize)
        .collect();
    let title = order.iter().find_map(|&member| titles[member]);
    let first = |of: fn(&Gathered) -> &str| {
        let mut texts = order.iter().map(|&member| of(&products[member]));
        texts
            .find(|text| !text.is_empty())
            .unwrap_or_default()
            .to_owned()
    };
    let (text, picture) = (
        first(|product| &product.text),
        first(|product| &product.picture),
    );
    let time = order.iter().find_map(|&member| products[member].time);
    let status = order.iter().find_map(|&member| products[member].on_sale);
    let is_withdrawn =
        parent.is_some_and(|parent| products[parent as usize].on_sale == Some(false));
    let mut values: Vec<Given> = order
        .iter()
        .flat_map(|&member| products[member].values.iter().copied())
        .collect();
    values.sort_by_key(|value| value.name);
    let same = values
        .chunk_by(|a, b| a.name == b.name)
        .filter_map(|values| {
            let one = values.iter().all(|value| value.field == values[0].field);
            one.then_some(values[0])
        });
    let same: Vec<Given> = same.collect();
    for &member in members {
        let member = member as usize;
        titles[member] = titles[member].or(title);
        let product = &mut products[member];
        if product.text.is_empty() {
            product.text.clone_from(&text);
        }
        if product.picture.is_empty() {
            product.picture.clone_from(&picture);
        }
        product.time = product.time.or(time);
        product.on_sale = if is_withdrawn {
            Some(false)
        } else {
            product.on_sale.or(status)
        };
        product.merge(&same);
    }
}
