//! The prices of the rows of a catalogue: the sale price where there is one, else the regular price.

use crate::read_report::ReadReport;
use crate::table::Row;
use crate::value::{PriceColumn, missing};

/// The prices of all rows.
#[derive(Default)]
pub(super) struct Prices {
    regular: PriceColumn,
    sale: PriceColumn,
    /// The product of each row that has a price.
    products: Vec<u32>,
    /// Rows that have a regular price and no sale price, in a file with a column of sale prices.
    pub(super) without_sale: usize,
}

impl Prices {
    /// Takes the regular and the sale price of a row, from these columns.
    pub(super) fn take(
        &mut self,
        product: u32,
        columns: (Option<usize>, Option<usize>),
        row: &mut Row,
        report: &mut ReadReport,
    ) {
        let number = self.products.len();
        let (regular, sale) = columns;
        let mut has_price = [false, false];
        let parts = [(&mut self.sale, sale), (&mut self.regular, regular)];
        for (has, (prices, column)) in has_price.iter_mut().zip(parts) {
            let text = row.field(column).to_owned();
            match prices.take(&text, number, row.line) {
                Ok(is_price) => *has = is_price,
                Err(reason) => row.mend(report, reason, text),
            }
        }
        if sale.is_some() && has_price == [false, true] && missing(row.field(sale)) {
            self.without_sale += 1;
        }
        if has_price != [false, false] {
            self.products.push(product);
        }
    }

    /// How many rows with a price there are so far.
    pub(super) fn len(&self) -> usize {
        self.products.len()
    }

    /// The median price of each product. Of product `p` the rows from `begins[p]` count.
    pub(super) fn by_product(self, begins: &[usize], report: &mut ReadReport) -> Vec<Option<f32>> {
        let mut of_row: Vec<Option<f32>> = vec![None; self.products.len()];
        let take = |row: usize, price: f32, of_row: &mut Vec<Option<f32>>| {
            if let Some(place) = of_row.get_mut(row) {
                *place = Some(price);
            }
        };
        let regular = self
            .regular
            .settle(|row, price| take(row, price, &mut of_row));
        // A sale price replaces the regular one.
        let sale = self.sale.settle(|row, price| take(row, price, &mut of_row));
        regular.add_to(report);
        sale.add_to(report);
        if let (Some(regular), Some(sale)) = (regular.currency, sale.currency)
            && regular != sale
        {
            report.notes.push(format!("the regular prices are in {regular}, the sale prices in {sale}: they do not compare"));
        }
        let mut prices: Vec<(u32, f32)> = self
            .products
            .iter()
            .zip(of_row)
            .enumerate()
            .filter(|&(row, (&product, _))| row >= begins[product as usize])
            .filter_map(|(_, (&product, price))| Some((product, price?)))
            .collect();
        prices.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let mut medians = vec![None; begins.len()];
        for rows in prices.chunk_by(|a, b| a.0 == b.0) {
            let (lower, upper) = (rows[(rows.len() - 1) / 2].1, rows[rows.len() / 2].1);
            medians[rows[0].0 as usize] = Some(lower + (upper - lower) / 2.0);
        }
        medians
    }
}
