//! A floor for new products: the least hits of a page that nobody looked at or took yet.

use std::collections::{HashSet, VecDeque};
use std::rc::Rc;

use guide_core::{Bitmap, Result};
use recsys_core::ItemId;

use super::Guide;
use super::caps::Gate;
use super::fused::{Fused, Place, allowed_candidates};
use super::page::{Before, Page};
use crate::source::Basis;

/// The pages of a list, one after the other.
struct Pages<'f> {
    fused: &'f Fused<'f>,
    /// The places that are left, best first.
    list: VecDeque<Place>,
    /// How many of the list lie behind the fused ones.
    n_filled: usize,
    /// What has a place on one of the pages.
    taken: HashSet<ItemId>,
    gate: Gate<'f>,
    /// Shared, so that it can be read while places are given.
    is_new: Rc<Bitmap>,
    /// The new products that can be brought forward, best first; `None` before the first one is needed.
    new: Option<Vec<Place>>,
    /// How many are needed, at most.
    n_new: usize,
}

impl Guide {
    /// The products that nobody looked at or took, and no variant of theirs: a variant group is one product to a shopper.
    fn new_products(&self) -> Bitmap {
        let n_products = self.catalog.len();
        let taken = (0..n_products as u32).filter(|&product| !self.is_new(ItemId(product)));
        let mut new = Bitmap::all(n_products);
        let mut taken_groups = HashSet::new();
        for product in taken {
            new.remove(product);
            let group = self.catalog.group_of(ItemId(product));
            if let Some(group) = group.filter(|&group| taken_groups.insert(group)) {
                let variants = self.filters.members_of(group).iter();
                variants.for_each(|&variant| new.remove(variant));
            }
        }
        new
    }
}

impl Fused<'_> {
    /// The page of `n` places behind those of `before`, where each page has its new products.
    ///
    /// The pages before it are made again: which places a page leaves to the next one depends on its size.
    pub(super) fn page_with_new(&self, before: &Before, n: usize) -> Result<Page> {
        let n_allowed = self.n_allowed();
        // Each page takes a place, so that more pages than products come to the end of the list. A cursor may claim any number.
        let n_pages = before.sizes().take(n_allowed).count() + 1;
        let least = self.rules().at_least_new;
        let n_new = least.saturating_mul(n_pages).min(n_allowed);
        // One place more tells whether there is a next page. For each new product that is brought forward, each cap may refuse one
        // place of the list, and so may the variant group.
        let refused = n_new.saturating_mul(1 + self.rules().caps.len());
        let end = before.n_hits().saturating_add(n).saturating_add(1);
        let list = self.places(end.saturating_add(refused).min(n_allowed))?;
        let mut pages = Pages {
            fused: self,
            n_filled: list.iter().filter(|one| one.filled_by.is_some()).count(),
            list: list.into(),
            taken: HashSet::new(),
            gate: self.gate(),
            is_new: Rc::new(self.guide.new_products()),
            new: None,
            n_new,
        };
        for size in before.sizes() {
            if pages.next(size)?.len() < size {
                return Ok(Page {
                    places: Vec::new(),
                    has_more: false,
                });
            }
        }
        let places = pages.next(n)?;
        let mut rest = std::mem::take(&mut pages.list).into_iter();
        let has_more = rest.any(|place| pages.take(place.hit.id));
        Ok(Page { places, has_more })
    }

    /// The products of `is_new` in the order in which they are brought forward: the fused ones, then what the sources say of them,
    /// where their places lie behind `n_filled` others. Sources that rest on other shoppers say nothing of them.
    fn new_places(&self, is_new: &Bitmap, n: usize, n_filled: usize) -> Result<Vec<Place>> {
        let mut request = self.request.clone();
        request.allowed.intersect(is_new);
        let fused = self.fused_list(&mut self.gate().groups);
        let lowest = self.lowest_factor(fused.iter().map(|hit| hit.id));
        let fused = fused.into_iter().filter(|hit| is_new.contains(hit.id.0));
        let raised = fused.map(|hit| self.tiers.raised(hit));
        let mut places: Vec<Place> = raised.map(Place::fused).collect();
        for place in &places {
            request.allowed.remove(place.hit.id.0);
        }
        let n_fused = places.len();
        for (number, one) in self.sources.iter().enumerate() {
            let n = match one.basis {
                Basis::OtherShoppers => continue,
                // The caps and variant groups may refuse some.
                Basis::Words | Basis::Attributes | Basis::Own => {
                    self.depth().max(n.saturating_mul(2))
                }
                Basis::Popular => request.allowed.size(),
            };
            for further in allowed_candidates(&*one.source, &request, n)? {
                let behind = n_filled + places.len() - n_fused + 1;
                request.allowed.remove(further.id.0);
                places.push(self.filled(further.id, number, behind, lowest));
            }
        }
        Ok(places)
    }
}

impl Pages<'_> {
    /// The next page of `size` places, or what is left.
    fn next(&mut self, size: usize) -> Result<Vec<Place>> {
        let mut page: Vec<Place> = Vec::new();
        while page.len() < size
            && let Some(place) = self.list.pop_front()
        {
            if self.take(place.hit.id) {
                page.push(place);
            }
        }
        let is_new = Rc::clone(&self.is_new);
        let is_old = |place: &Place| !is_new.contains(place.hit.id.0);
        let n_new = page.len() - page.iter().filter(|place| is_old(place)).count();
        let missing = self
            .fused
            .rules()
            .at_least_new
            .min(size)
            .saturating_sub(n_new);
        let mut forward = Vec::new();
        while forward.len() < missing
            && let Some(last) = page.iter().rposition(is_old)
        {
            let old = page.remove(last);
            self.release(old.hit.id);
            let Some(new) = self.next_new()? else {
                self.take(old.hit.id);
                page.insert(last, old);
                break;
            };
            forward.push(new);
            self.list.push_front(old);
        }
        page.extend(forward);
        Ok(page)
    }

    /// The best new product that may have a place, which it then has.
    fn next_new(&mut self) -> Result<Option<Place>> {
        let mut new = match self.new.take() {
            Some(new) => new,
            None => {
                let (n, n_filled) = (self.n_new, self.n_filled);
                self.fused.new_places(&self.is_new, n, n_filled)?
            }
        };
        // What is refused now may pass when another place has been given back.
        let found = new.iter().position(|place| self.take(place.hit.id));
        let found = found.map(|found| new.remove(found));
        self.new = Some(new);
        Ok(found)
    }

    /// Gives a product a place, if it has none and the others let it pass.
    fn take(&mut self, product: ItemId) -> bool {
        let is_taken = !self.taken.contains(&product) && self.gate.passes(product);
        if is_taken {
            self.taken.insert(product);
        }
        is_taken
    }

    fn release(&mut self, product: ItemId) {
        self.taken.remove(&product);
        self.gate.release(product);
    }
}
