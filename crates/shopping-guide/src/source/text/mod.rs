//! The source `text`: products that have the words of a query in their title, text or attribute values, by BM25F (Robertson, Zaragoza, 2009).
//!
//! | file | what |
//! |---|---|
//! | `tokens` | words, parts of compounds, Chinese characters and pairs |
//! | `index` | the postings of all terms; `added` those of products that came or changed later |
//! | `asked` | the words of a query with their terms; `typos` what a mistyped word may stand for |
//! | `search` | the best products |
//! | `matches` | the words in one product, for parts of scores and reasons |

mod added;
mod asked;
mod index;
mod matches;
mod params;
mod search;
#[cfg(test)]
mod tests;
mod tokens;
mod typos;

use std::sync::Arc;

use guide_core::{Progress, Result, Scored};
use recsys_core::ItemId;

use super::kind::{Basis, Fitted, Material, SourceKind, SourceModel, UnderNoise, Weights};
use super::{Request, Source};
use crate::answer::{TEXT, TITLE};
use crate::guide::GuideParams;
use crate::{Catalog, Evidence, Guide, Product, Reason, ScorePart};

use index::Place;

pub(crate) use asked::AskedWords;
pub(crate) use index::TextIndex;
pub use params::TextParams;

/// The kind of [`Text`].
pub(crate) struct TextKind;

impl SourceKind for TextKind {
    fn name(&self) -> &'static str {
        "text"
    }

    fn basis(&self) -> Basis {
        Basis::Words
    }

    fn weights(&self, params: &GuideParams) -> Weights {
        Weights {
            with_text: params.context.text,
            ..Weights::default()
        }
    }

    fn under_noise(&self) -> UnderNoise {
        UnderNoise::AsEver
    }

    fn is_made_of_the_catalogue(&self) -> bool {
        true
    }

    fn fit(&self, material: &Material<'_>, _: &dyn Progress) -> Result<Fitted> {
        Ok(match self.weights(material.params) == Weights::default() {
            true => Fitted::NotFitted("its weight is 0"),
            false => Fitted::Model(Arc::new(TextModel)),
        })
    }
}

/// The index is the one that the guide has for its catalogue.
#[derive(Debug)]
struct TextModel;

impl SourceModel for TextModel {
    fn source<'g>(&'g self, guide: &'g Guide) -> Box<dyn Source + 'g> {
        Box::new(Text {
            index: guide.text(),
            catalog: guide.catalog(),
        })
    }

    fn save(&self) -> Result<Option<Vec<u8>>> {
        Ok(None)
    }
}

/// The words of products, with the catalogue for their spelling in the reasons.
struct Text<'g> {
    index: &'g TextIndex,
    catalog: &'g Catalog,
}

impl Text<'_> {
    /// What a request asks for in words, and the product.
    fn asked<'a>(
        &'a self,
        request: &'a Request,
        product: ItemId,
    ) -> Option<(&'a AskedWords, &'a Product)> {
        let product = self.catalog.products().get(product.index())?;
        request.words.as_deref().zip(Some(&**product))
    }
}

/// The name of the field and its text.
fn field(product: &Product, place: Place) -> (&str, &str) {
    match place {
        Place::Title => (TITLE, &product.title),
        Place::Text => (TEXT, &product.text),
        Place::Attribute(number) => {
            let attribute = product.attributes.get(number as usize);
            attribute.map_or(("", ""), |(name, value)| (name, value))
        }
    }
}

impl Source for Text<'_> {
    fn name(&self) -> &'static str {
        "text"
    }

    fn candidates(&self, request: &Request, n: usize) -> Result<Vec<Scored<ItemId>>> {
        let words = request.words.as_deref();
        Ok(words.map_or_else(Vec::new, |words| {
            self.index.candidates(words, &request.allowed, n)
        }))
    }

    fn parts(&self, request: &Request, product: ItemId) -> Result<Vec<ScorePart>> {
        let Some((asked, product)) = self.asked(request, product) else {
            return Ok(Vec::new());
        };
        let parts = self.index.matches(asked, product).into_iter().map(|part| {
            let word = asked.words.get(part.word);
            let evidence = Evidence::Word {
                word: word.map_or("", |word| asked.spelling(word)).to_owned(),
                field: field(product, part.place).0.to_owned(),
            };
            ScorePart::new(evidence, part.amount)
        });
        let mut parts: Vec<ScorePart> = parts.collect();
        parts.sort_by(|a, b| b.amount.total_cmp(&a.amount));
        Ok(parts)
    }

    /// For each field the words that stand there, as the product spells them, in the order of the query.
    fn reasons(&self, request: &Request, product: ItemId) -> Result<Vec<Reason>> {
        let Some((asked, product)) = self.asked(request, product) else {
            return Ok(Vec::new());
        };
        let matches = self.index.matches(asked, product);
        let total: f32 = matches.iter().map(|part| part.amount).sum();
        let mut places: Vec<Place> = matches.iter().map(|part| part.place).collect();
        places.sort_unstable();
        places.dedup();
        let mut reasons: Vec<(f32, Reason)> = Vec::new();
        for place in places {
            let here = || matches.iter().filter(|part| part.place == place);
            let (name, text) = field(product, place);
            let spans = here().filter_map(|part| part.spans.first().cloned());
            let share = here().map(|part| part.amount).sum::<f32>() / total;
            let reason = Reason::Matches {
                words: spelled(text, spans.collect()),
                field: name.to_owned(),
                source: self.name().to_owned(),
                share,
            };
            reasons.push((share, reason));
        }
        reasons.sort_by(|a, b| b.0.total_cmp(&a.0));
        Ok(reasons.into_iter().map(|(_, reason)| reason).collect())
    }
}

/// The pieces of a text that spans cover, each once: pairs of Chinese characters that share one are one piece.
fn spelled(text: &str, spans: Vec<std::ops::Range<usize>>) -> Vec<String> {
    let mut pieces: Vec<std::ops::Range<usize>> = Vec::new();
    for mut span in spans {
        while let Some(place) = pieces
            .iter()
            .position(|piece| piece.start < span.end && span.start < piece.end)
        {
            let piece = pieces.remove(place);
            span = piece.start.min(span.start)..piece.end.max(span.end);
        }
        pieces.push(span);
    }
    let mut words: Vec<String> = Vec::new();
    for piece in pieces {
        let word = tokens::cut(text.get(piece).unwrap_or_default()).to_owned();
        if !words.contains(&word) {
            words.push(word);
        }
    }
    words
}
