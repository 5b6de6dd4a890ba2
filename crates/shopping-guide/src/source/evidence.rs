//! The source `attributes` with the catalogue, from which it words its reasons.

use std::sync::Arc;

use guide_core::{Progress, Result, Scored};
use recsys_core::ItemId;

use super::kind::{Basis, Fitted, Material, SourceKind, SourceModel, UnderNoise, Weights};
use super::no_reason::{is_no_reason, is_number_or_date};
use super::words::{is_han, words};
use super::{Attributes, Request, Source};
use crate::answer::{PRICE, TEXT, TITLE};
use crate::catalog::ancestors;
use crate::guide::GuideParams;
use crate::{Catalog, Evidence, Guide, Reason, ScorePart};

/// Reasons given, at most: more than a hit shows, since some may not fit the query.
const MOST: usize = 6;

/// The kind of [`Shared`].
pub(crate) struct AttributesKind;

impl SourceKind for AttributesKind {
    fn name(&self) -> &'static str {
        "attributes"
    }

    fn basis(&self) -> Basis {
        Basis::Attributes
    }

    fn weights(&self, params: &GuideParams) -> Weights {
        // What is like the cart would take the place of what is in it.
        Weights {
            not_with_cart: true,
            ..Weights::of(params.fusion.attributes, params.context.attributes)
        }
    }

    fn under_noise(&self) -> UnderNoise {
        UnderNoise::AsEver
    }

    fn fit(&self, _: &Material<'_>, _: &dyn Progress) -> Result<Fitted> {
        Ok(Fitted::Model(Arc::new(AttributesModel)))
    }
}

/// The index that the guide has for its catalogue, by which answers compare products too.
#[derive(Debug)]
struct AttributesModel;

impl SourceModel for AttributesModel {
    fn source<'g>(&'g self, guide: &'g Guide) -> Box<dyn Source + 'g> {
        Box::new(Shared {
            index: guide.attributes(),
            catalog: guide.catalog(),
        })
    }

    fn save(&self) -> Result<Option<Vec<u8>>> {
        Ok(None)
    }
}

/// Shared attributes, words and price bands, with the catalogue for the spelling in the reasons.
pub(crate) struct Shared<'g> {
    pub(crate) index: &'g Attributes,
    pub(crate) catalog: &'g Catalog,
}

impl Source for Shared<'_> {
    fn name(&self) -> &'static str {
        "attributes"
    }

    fn candidates(&self, request: &Request, n: usize) -> Result<Vec<Scored<ItemId>>> {
        Ok(self.index.candidates(request, n))
    }

    fn rank(&self, request: &Request, product: ItemId) -> Result<Option<(usize, f32)>> {
        Ok(self.index.rank(request, product))
    }

    fn parts(&self, request: &Request, product: ItemId) -> Result<Vec<ScorePart>> {
        let parts = self.index.shared(request, product).into_iter();
        let mut parts: Vec<ScorePart> = parts
            .map(|part| {
                let evidence = Evidence::Attribute {
                    attribute: part.field.to_owned(),
                    value: part.value.to_owned(),
                };
                ScorePart::new(evidence, part.amount)
            })
            .collect();
        parts.sort_by(|a, b| b.amount.total_cmp(&a.amount));
        Ok(parts)
    }

    /// Attributes with their values, then what the titles share beyond them, then what the texts share beyond both; the
    /// price band alone if there is nothing else. Ids, states, dates and bare numbers are left out: they count in the score, but
    /// tell a shopper nothing.
    fn reasons(&self, request: &Request, product: ItemId) -> Result<Vec<Reason>> {
        let mut shared = self.index.shared(request, product);
        let total: f32 = shared.iter().map(|part| part.amount).sum();
        let Some(product) = self.catalog.products().get(product.index()) else {
            return Ok(Vec::new());
        };
        let mut take = |field: &str, value: &str| {
            let found = shared
                .iter_mut()
                .find(|part| part.field == field && part.value == value);
            found.map(|part| std::mem::take(&mut part.amount))
        };
        let mut found: Vec<(String, String, f32)> = Vec::new();
        for (name, value) in &product.attributes {
            let name_of_term = lower(name);
            let mut shared: Option<(&str, f32)> = None;
            // The nearest category that is shared, with all evidence of those above it.
            for value in std::iter::once(value.as_str()).chain(ancestors(value)) {
                let amount = take(&name_of_term, &lower(value)).filter(|&amount| amount > 0.0);
                if let Some(amount) = amount {
                    let (_, sum) = shared.get_or_insert((value, 0.0));
                    *sum += amount;
                }
            }
            let shared = shared.filter(|_| !is_no_reason(name));
            found.extend(shared.map(|(value, amount)| (name.clone(), value.to_owned(), amount)));
        }
        let n_attributes = found.len();
        for (field, text) in [(TITLE, &product.title), (TEXT, &product.text)] {
            let known = found.len();
            let text: Vec<char> = text.chars().collect();
            let mut owners: Vec<Option<usize>> = vec![None; text.len()];
            for (number, (_, value, _)) in found.iter().enumerate() {
                mark(&mut owners, &text, value, number);
            }
            let mut end = 0; // of the run so far
            for word in words(&text) {
                let owned = owners[word.start..word.end].iter().flatten().next();
                let Some(amount) = take(field, &word.text) else {
                    end = 0;
                    continue;
                };
                if let Some(&owner) = owned {
                    // The same evidence once more.
                    found[owner].2 += amount;
                    end = 0;
                    continue;
                }
                let gap = text.get(end..word.start);
                let joins = end > 0
                    && found.len() > known
                    && (word.start <= end
                        || matches!(gap, Some([' ' | '-' | '\'']))
                            && !is_han(text[end - 1])
                            && !is_han(text[word.start]));
                match found.last_mut() {
                    Some((_, run, sum)) if joins => {
                        run.extend(&text[end..word.end]);
                        *sum += amount;
                    }
                    _ => {
                        let run = text[word.start..word.end].iter().collect();
                        found.push((field.to_owned(), run, amount));
                    }
                }
                end = word.end;
            }
        }
        // What attributes say is clearer than words of a title, however rare these are.
        let (attributes, words) = found.split_at_mut(n_attributes);
        for part in [attributes, words] {
            part.sort_by(|a, b| b.2.total_cmp(&a.2));
        }
        found.retain(|(_, value, amount)| *amount > 0.0 && !is_number_or_date(value));
        if found.is_empty() {
            let price = shared.iter().find(|part| part.field == PRICE);
            found.extend(price.map(|part| (PRICE.to_owned(), part.value.to_owned(), part.amount)));
        }
        let reasons = found.into_iter().take(MOST);
        Ok(reasons
            .map(|(attribute, value, amount)| Reason::Shares {
                attribute,
                value,
                source: self.name().to_owned(),
                share: amount / total,
            })
            .collect())
    }
}

/// Marks where `value` stands in `text` as whole words, whatever the case.
fn mark(owners: &mut [Option<usize>], text: &[char], value: &str, owner: usize) {
    let value: Vec<char> = value.chars().collect();
    let (Some(&first), Some(&last)) = (value.first(), value.last()) else {
        return;
    };
    let same = |a: &char, b: &char| a == b || a.to_lowercase().eq(b.to_lowercase());
    let parts =
        |a: char, b: char| !(a.is_alphanumeric() && b.is_alphanumeric()) || is_han(a) || is_han(b);
    for start in 0..text.len().saturating_sub(value.len() - 1) {
        let end = start + value.len();
        let here = text[start..end].iter().zip(&value).all(|(a, b)| same(a, b));
        let begins = start == 0 || parts(text[start - 1], first);
        let ends = text.get(end).is_none_or(|&next| parts(last, next));
        if here && begins && ends {
            owners[start..end].fill(Some(owner));
        }
    }
}

/// In lower case, character by character.
pub(crate) fn lower(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use guide_core::Bitmap;

    use super::*;
    use crate::{AttributeParams, Product};

    /// What the first product is said to share with the second, in words.
    fn reasons(products: [Product; 2], likes: &[(&str, &str)]) -> Vec<String> {
        let catalog = Catalog::new(products).unwrap();
        let index = Attributes::new(&AttributeParams::default(), &catalog);
        let shared = Shared {
            index: &index,
            catalog: &catalog,
        };
        let request = Request {
            history: vec![(ItemId(1), 1.0)],
            likes: likes
                .iter()
                .map(|&(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            allowed: Bitmap::of(2, [0]),
            ..Request::default()
        };
        let reasons = shared.reasons(&request, ItemId(0)).unwrap();
        reasons
            .iter()
            .map(|reason| match reason {
                Reason::Shares {
                    attribute, value, ..
                } => format!("{attribute}: {value}"),
                other => other.to_string(),
            })
            .collect()
    }

    #[test]
    fn neighbouring_words_of_a_title_are_one_reason() {
        let titles = [
            Product::new("a", "蓝陶瓷砧板 Non-stick Pan, USB线"),
            Product::new("b", "红陶瓷砧板 non-stick pan usb线"),
        ];
        let found = reasons(titles, &[]);
        assert_eq!(
            found,
            ["title: 陶瓷砧板", "title: Non-stick Pan", "title: USB线"]
        );
    }

    #[test]
    fn what_an_attribute_says_is_not_said_again() {
        let product = |id: &str, title: &str| {
            Product::new(id, title)
                .attribute("Brand", "Veldt")
                .attribute("type", "frying pan")
        };
        let products = [
            product("a", "Veldt Koi red frying pan").text("A frying pan of Koi."),
            product("b", "veldt Koi blue frying pan").text("The frying pan of Koi."),
        ];
        let found = reasons(products, &[]);
        assert_eq!(
            found,
            ["type: frying pan", "Brand: Veldt", "title: Koi", "text: of"],
            "three words, two, one, one in the text"
        );
        // Only whole words are the value.
        let products = [
            Product::new("a", "Shredded tins").attribute("colour", "Red"),
            Product::new("b", "shredded oats").attribute("colour", "red"),
        ];
        assert_eq!(reasons(products, &[]), ["colour: Red", "title: Shredded"]);
    }

    #[test]
    fn the_price_speaks_where_nothing_else_does() {
        let products = [
            Product::new("a", "Mug").price(2.0),
            Product::new("b", "Bowl").price(2.5),
        ];
        assert_eq!(reasons(products, &[]).len(), 0, "eight bands of two prices");
        let products = [
            Product::new("a", "Mug").price(2.0),
            Product::new("b", "Bowl").price(2.0),
        ];
        assert_eq!(reasons(products.clone(), &[]), ["price: from 2"]);
        let [a, b] = products;
        let products = [a.attribute("colour", "red"), b];
        let found = reasons(products, &[("COLOUR", "RED")]);
        assert_eq!(found, ["colour: red"]);
    }
}
