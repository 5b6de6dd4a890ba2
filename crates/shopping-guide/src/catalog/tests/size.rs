//! Reading takes time and memory in proportion to the file.

use std::time::Instant;

use super::*;

/// Seconds to read `text`.
fn seconds(text: &str) -> f64 {
    let start = Instant::now();
    read(text);
    start.elapsed().as_secs_f64()
}

/// Eight times as many rows of one product with different titles may take eight times as long, and not 64 times.
#[test]
fn the_titles_of_one_product_are_counted_in_linear_time() {
    let table = |rows: usize| {
        let mut text = "id,title\n".to_owned();
        (0..rows).for_each(|row| text.push_str(&format!("1,Title number {row}\n")));
        text
    };
    let (few, many) = (table(10_000), table(80_000));
    let (small, large) = (seconds(&few), seconds(&many));
    assert!(large < small * 30.0 + 0.5, "{small} s, {large} s");
}

/// What is held of a product is what its row says, not a place for each column of the table.
#[test]
fn a_wide_table_of_short_rows_is_small_in_memory() {
    use super::super::gather::Gather;
    use super::super::roles::Finder;
    let headings: Vec<String> = ["id".to_owned(), "title".to_owned()]
        .into_iter()
        .chain((0..3_000).map(|column| format!("column {column}")))
        .collect();
    let mut text = headings.join(",");
    text.push('\n');
    (0..500).for_each(|row| text.push_str(&format!("{row},Piece\n")));
    let path = std::path::Path::new("<catalog>");
    let columns = CatalogColumns::default();
    let source = guide_core::table::TableSource::read(text.as_bytes(), path).unwrap();
    let mut table = crate::table::Table::open(&source, &columns.format, |_| true).unwrap();
    let finder = Finder::new(path, &headings, &columns).unwrap();
    let found = finder.all(finder.id_and_title().unwrap(), &[]).unwrap();
    let mut report = crate::ReadReport::default();
    let mut gathered = Gather::new(&found, &headings, &[]);
    while let Some(row) = table.next_row(Some(1), &mut report).unwrap() {
        gathered.take(row, &mut report);
    }
    let held: usize = gathered
        .products
        .iter()
        .map(|product| product.values.capacity())
        .sum();
    assert_eq!((gathered.products.len(), held), (500, 0));
}
