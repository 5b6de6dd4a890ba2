//! Prices as terms: bands that hold about the same number of products.

use crate::Catalog;

/// The bands of the prices of a catalogue.
pub(super) struct Bands {
    /// The lowest price of each band after the first, rising.
    cuts: Vec<f32>,
}

impl Bands {
    pub(super) fn new(catalog: &Catalog, bands: usize) -> Self {
        let mut prices: Vec<f32> = catalog
            .products()
            .iter()
            .filter_map(|product| product.price)
            .collect();
        prices.sort_unstable_by(f32::total_cmp);
        let bands = bands.min(prices.len()); // more could hold nothing
        let cut = |band: usize| prices.get(band * prices.len() / bands).copied();
        let mut cuts: Vec<f32> = (1..bands).filter_map(cut).collect();
        cuts.dedup();
        Self { cuts }
    }

    /// `5 - 7.5`, `from 7.5`, `below 5`.
    pub(super) fn name(&self, price: f32) -> String {
        let band = self.cuts.partition_point(|&cut| cut <= price);
        let low = band.checked_sub(1).and_then(|band| self.cuts.get(band));
        match (low, self.cuts.get(band)) {
            (Some(low), Some(high)) => format!("{low} - {high}"),
            (Some(low), None) => format!("from {low}"),
            (None, Some(high)) => format!("below {high}"),
            (None, None) => "any".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Product;

    #[test]
    fn prices_fall_into_bands_of_equal_size() {
        let priced =
            |(number, price): (usize, f32)| Product::new(number.to_string(), "x").price(price);
        let catalog =
            Catalog::new([1.0, 2.0, 3.0, 4.0].into_iter().enumerate().map(priced)).unwrap();
        let bands = Bands::new(&catalog, 2);
        let names: Vec<String> = [1.0, 2.9, 3.0, 99.0].map(|price| bands.name(price)).into();
        assert_eq!(names, ["below 3", "below 3", "from 3", "from 3"]);
        assert_eq!(Bands::new(&Catalog::default(), 4).name(1.0), "any");
        // No more bands than prices, however many are asked for.
        let four = Bands::new(&catalog, 4).cuts;
        assert_eq!(four, [2.0, 3.0, 4.0]);
        assert_eq!(Bands::new(&catalog, usize::MAX).cuts, four);
    }
}
