//! The prices of the rows of a catalogue: the sale price where there is one, else the regular price.

use crate::read_report::ReadReport;
use crate::table::{Column, GUESSED_DECIMAL, Row, number};

/// The prices of one column, in the order of the rows.
#[derive(Default)]
struct OneColumn {
    votes: Column<f32>,
    prices: Vec<f32>,
}

impl OneColumn {
    /// The place of a price in this column. `None` if the field is empty or no price, which the report then says.
    fn take(
        &mut self,
        name: &str,
        column: Option<usize>,
        row: &mut Row,
        report: &mut ReadReport,
    ) -> Option<u32> {
        let text = row.field(column).to_owned();
        if text.is_empty() {
            return None;
        }
        let Some(reading) = number(&text) else {
            row.mend(
                report,
                &format!("has a {name} that is no number, taken as unknown"),
                text,
            );
            return None;
        };
        let at = self.prices.len();
        let price = self.votes.take(reading, at, row.line, &text);
        self.prices.push(price);
        if price <= 0.0 {
            row.mend(
                report,
                &format!("has a {name} that is not above 0, taken as unknown"),
                text,
            );
            return None;
        }
        Some(at as u32)
    }

    fn settle(self, report: &mut ReadReport) -> Vec<f32> {
        let mut prices = self.prices;
        self.votes
            .settle(report, GUESSED_DECIMAL, |at: usize, price| {
                prices[at] = price
            });
        prices
    }
}

/// The prices of all rows.
#[derive(Default)]
pub(super) struct Prices {
    regular: OneColumn,
    sale: OneColumn,
    /// The product of each row that has a price, and the place of its price: in the column of sale prices, or the other.
    rows: Vec<(u32, bool, u32)>,
    /// Rows whose price is the regular one because the sale price is empty.
    pub(super) without_sale: usize,
}

impl Prices {
    /// Takes the price of a row.
    pub(super) fn take(
        &mut self,
        product: u32,
        columns: (Option<usize>, Option<usize>),
        row: &mut Row,
        report: &mut ReadReport,
    ) {
        let (regular, sale) = columns;
        let reduced = self.sale.take("sale price", sale, row, report);
        let price = self.regular.take("price", regular, row, report);
        match (reduced, price) {
            (Some(at), _) => self.rows.push((product, true, at)),
            (None, Some(at)) => {
                self.without_sale += usize::from(sale.is_some());
                self.rows.push((product, false, at));
            }
            (None, None) => {}
        }
    }

    /// How many prices were taken so far.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The median price of each product. Of product `p` the rows from `begins[p]` count.
    pub(super) fn by_product(self, begins: &[usize], report: &mut ReadReport) -> Vec<Option<f32>> {
        let (regular, sale) = (self.regular.settle(report), self.sale.settle(report));
        let mut prices: Vec<(u32, f32)> = Vec::with_capacity(self.rows.len());
        for (row, &(product, is_reduced, at)) in self.rows.iter().enumerate() {
            let price = if is_reduced {
                sale[at as usize]
            } else {
                regular[at as usize]
            };
            if row >= begins[product as usize] {
                prices.push((product, price));
            }
        }
        prices.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let mut medians = vec![None; begins.len()];
        for rows in prices.chunk_by(|a, b| a.0 == b.0) {
            let (lower, upper) = (rows[(rows.len() - 1) / 2].1, rows[rows.len() / 2].1);
            medians[rows[0].0 as usize] = Some(lower + (upper - lower) / 2.0);
        }
        medians
    }
}
