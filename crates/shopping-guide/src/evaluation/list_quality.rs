//! What a list is like beside what it finds: how different its products are, and how little known.

use crate::Guide;

/// Measures lists of products of one guide.
pub(super) struct ListQuality<'g> {
    guide: &'g Guide,
    /// How many shoppers of the log took each product.
    takers: Vec<u32>,
    n_shoppers: usize,
}

impl<'g> ListQuality<'g> {
    pub(super) fn new(guide: &'g Guide) -> Self {
        Self {
            takers: guide.popularity(),
            n_shoppers: guide.shoppers().count(),
            guide,
        }
    }

    /// `1 − mean over pairs of cos(i, j)`, where the cosine is that of the attributes (Ziegler et al., 2005); `None` if the list
    /// has fewer than two products.
    pub(super) fn diversity(&self, products: &[u32]) -> Option<f64> {
        let alike = self.guide.attributes().mean_similarity(products)?;
        // The sum over equal products may be more than 1 by rounding.
        Some((1.0 - alike).max(0.0))
    }

    /// Mean over products of `−log₂(c / n)` bits, where `c` of `n` shoppers took the product (Zhou et al., 2010); `None` for no product.
    /// A product that nobody took counts as one that the next shopper takes: `c = 1` of `n + 1`.
    pub(super) fn novelty(&self, products: &[u32]) -> Option<f64> {
        let n = self.n_shoppers as f64;
        let bits = products.iter().map(|&product| {
            let takers = self.takers.get(product as usize).copied().unwrap_or(0);
            match takers {
                0 => (n + 1.0).log2(),
                some => (n / f64::from(some)).log2(),
            }
        });
        let sum: f64 = bits.sum();
        (!products.is_empty()).then(|| sum / products.len() as f64 + 0.0)
    }
}

/// The mean of the values that are there; `None` if none is.
pub(super) fn mean_of_known(values: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    let (mut sum, mut n) = (0.0, 0_usize);
    for value in values.flatten() {
        sum += value;
        n += 1;
    }
    (n > 0).then(|| sum / n as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Catalog, Event, Events, GuideParams, Product};

    /// `a` and `b` share the colour and differ in the shape, `c` has nothing in common with them.
    fn guide() -> Guide {
        let product = |id: &str, colour: &str, shape: &str| {
            Product::new(id, "")
                .attribute("colour", colour)
                .attribute("shape", shape)
        };
        let catalog = Catalog::new([
            product("a", "red", "round"),
            product("b", "red", "square"),
            product("c", "blue", "flat"),
            product("d", "blue", "flat"),
        ]);
        // Four shoppers: all of them took `a`, one `b`, two `c`, nobody `d`.
        let taken = [
            ("s1", "a"),
            ("s2", "a"),
            ("s3", "a"),
            ("s4", "a"),
            ("s1", "b"),
            ("s2", "c"),
            ("s3", "c"),
        ];
        let events = taken.map(|(shopper, product)| Event::purchase(shopper, product));
        let builder = Guide::builder().catalog(catalog.unwrap());
        let builder = builder.params(GuideParams::default().tune(false));
        builder
            .events(Events::new(events).unwrap())
            .build()
            .unwrap()
    }

    #[test]
    fn diversity_by_hand() {
        let guide = guide();
        let quality = ListQuality::new(&guide);
        // Terms weigh ln(1 + 4/2) where two products have them (both colours, `flat`), ln(1 + 4/1) where one does.
        let (of_two, of_one) = (3_f64.ln(), 5_f64.ln());
        let like = of_two * of_two / (of_two * of_two + of_one * of_one);
        let close = |list: &[u32], expected: f64| {
            let found = quality.diversity(list).unwrap();
            assert!((found - expected).abs() < 1e-6, "{found} {expected}");
        };
        close(&[0, 1], 1.0 - like);
        close(&[0, 2], 1.0);
        close(&[2, 3], 0.0);
        close(&[0, 1, 2], 1.0 - like / 3.0);
        close(&[3, 1, 2, 0], 1.0 - (like + 1.0) / 6.0);
        assert_eq!(
            (quality.diversity(&[0]), quality.diversity(&[])),
            (None, None)
        );
    }

    #[test]
    fn novelty_by_hand() {
        let guide = guide();
        let quality = ListQuality::new(&guide);
        // Taken by 4, 1 and 2 of 4 shoppers: 0, 2 and 1 bits. By nobody: as by 1 of 5.
        assert_eq!(quality.novelty(&[0]), Some(0.0));
        assert_eq!(quality.novelty(&[1]), Some(2.0));
        assert_eq!(quality.novelty(&[0, 1, 2]), Some(1.0));
        assert_eq!(quality.novelty(&[3]), Some(5_f64.log2()));
        assert_eq!(quality.novelty(&[]), None);
    }

    #[test]
    fn lists_without_a_value_do_not_count() {
        let values = [Some(1.0), None, Some(4.0)];
        assert_eq!(mean_of_known(values.into_iter()), Some(2.5));
        assert_eq!(mean_of_known([None].into_iter()), None);
    }
}
