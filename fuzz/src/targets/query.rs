//! Queries as JSON, asked of a small guide.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use guide_demo::DemoShop;
use shopping_guide::{Guide, GuideParams, Query};

use super::{Reading, Target, answers};

/// Reads and asks queries.
pub struct Queries {
    corpus: Vec<Vec<u8>>,
    guide: Guide,
}

const TOKENS: &[&[u8]] = &[
    b"\"who\"",
    b"\"nobody\"",
    b"{\"shopper\": \"s1\"}",
    b"\"history\"",
    b"\"context\"",
    b"\"likes\"",
    b"\"n\"",
    b"\"filters\"",
    b"\"keep_seen\"",
    b"\"price_from\"",
    b"\"price_to\"",
    b"\"attributes\"",
    b"\"only\"",
    b"\"without\"",
    b"true",
    b"false",
    b"null",
    b"3.4e38",
    b"[]",
    b"\"new_within_days\"",
    b"\"keep_unavailable\"",
    b"{}",
    b"\"shopper\"",
    b"\"contexts\"",
    b"\"bought\"",
    b"\"viewed\"",
    b"\"cart\"",
    b"\"session\"",
    b"\"in_stock\"",
    b"\"not_attributes\"",
    b"\"at_most\"",
    b"\"at_least_new\"",
    b"\"diversity\"",
    b"\"boosts\"",
    b"\"factor\"",
    b"\"page\"",
    b"17",
];

impl Queries {
    /// The target with its guide and its corpus.
    ///
    /// # Errors
    /// If the guide cannot be built.
    pub fn new() -> anyhow::Result<Self> {
        let shop = DemoShop::params()
            .n_products(40)
            .n_shoppers(25)
            .visits(3.0)
            .generate()?;
        // The products with most events have neighbours, so that the history of a query counts.
        let mut counts = BTreeMap::new();
        for event in shop.events.iter() {
            *counts.entry(event.product).or_insert(0_usize) += 1;
        }
        let mut products: Vec<_> = counts.into_iter().collect();
        products.sort_by_key(|(_, count)| Reverse(*count));
        let products: Vec<String> = products
            .iter()
            .map(|(product, _)| product.to_string())
            .collect();
        anyhow::ensure!(
            products.len() >= 3,
            "the demo shop has events of {} products only",
            products.len()
        );
        let attributes = shop.catalog.products()[0].attributes.clone();
        let shopper = shop
            .events
            .iter()
            .next()
            .map_or(String::new(), |event| event.shopper.into_string());
        let (name, value) = attributes.first().cloned().unwrap_or_default();
        let (one, two, three) = (&products[0], &products[1], &products[2]);
        let queries = [
            Query::nobody(),
            Query::shopper(&shopper).n(5),
            Query::shopper("nobody known").likes(&name, &value),
            Query::shopper(&shopper)
                .keep_seen()
                .leave_out_viewed()
                .n(40),
            Query::weighted_history([(one, 2.0), (two, 0.5)]).n(3),
            Query::history([one, two, three])
                .context(two)
                .without([three]),
            Query::nobody().context(one).price_from(5.0).price_to(60.0),
            Query::nobody()
                .attribute(&name, &value)
                .only([one, two, three]),
            Query::shopper(&shopper)
                .context(one)
                .context(two)
                .bought([three])
                .viewed([one])
                .cart([two])
                .session([three, one, "unknown"]),
            Query::history([one])
                .not_attribute(&name, &value)
                .at_most(2, &name)
                .at_least_new(1)
                .diversity(0.5)
                .boost(&name, &value, 1.5),
        ];
        let mut corpus = vec![
            br#"{"shopper": 17850, "attributes": {"brand": "A"}, "cart": [1, "b"]}"#.to_vec(),
            br#"{"history": [["a", 2.0], 17], "at_most": {"brand": 2}, "page": "1-10x1-0"}"#
                .to_vec(),
        ];
        for query in queries {
            corpus.push(serde_json::to_vec(&query)?);
        }
        let weights = format!(
            r#"{{"who":{{"history":[["{one}",3.4e38],["{one}",3.4e38],["{two}",1e-45]]}}}}"#
        );
        corpus.push(weights.into_bytes());
        corpus.push(br#"{"n": 3, "filters": {"price_to": 20}}"#.to_vec());
        let params = GuideParams::default().tune(false);
        let guide = Guide::builder()
            .catalog(shop.catalog)
            .events(shop.events)
            .params(params)
            .build()?;
        Ok(Self { corpus, guide })
    }
}

impl Target for Queries {
    fn corpus(&self) -> &[Vec<u8>] {
        &self.corpus
    }

    fn tokens(&self) -> &'static [&'static [u8]] {
        TOKENS
    }

    fn check(&self, input: &[u8]) -> Result<Reading, String> {
        let Ok(query) = serde_json::from_slice::<Query>(input) else {
            return Ok(Reading::Refused);
        };
        match answers::ask(&self.guide, &query)? {
            true => Ok(Reading::Accepted),
            false => Ok(Reading::Refused),
        }
    }
}
