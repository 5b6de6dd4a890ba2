//! A matrix of few non-zero numbers, stored row by row (compressed sparse rows).

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// Rows of a sparse matrix: for each row its columns, ascending, and their values.
///
/// ```
/// use guide_core::SparseRows;
/// let mut rows = SparseRows::new(4);
/// rows.push(&[1, 3], &[0.5, 2.0])?;
/// rows.push(&[], &[])?;
/// assert_eq!((rows.n_rows(), rows.n_columns(), rows.n_values()), (2, 4, 2));
/// assert_eq!(rows.row(0), (&[1, 3][..], &[0.5, 2.0][..]));
/// let by_column = rows.transposed();
/// assert_eq!(by_column.row(3), (&[0][..], &[2.0][..]));
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SparseRows {
    n_columns: usize,
    /// Where each row ends in `columns` and `values`.
    ends: Vec<usize>,
    columns: Vec<u32>,
    values: Vec<f32>,
}

impl SparseRows {
    /// No rows yet, of `n_columns` columns.
    pub fn new(n_columns: usize) -> Self {
        Self {
            n_columns,
            ends: Vec::new(),
            columns: Vec::new(),
            values: Vec::new(),
        }
    }

    /// Adds a row.
    ///
    /// # Errors
    /// [`Error::Shape`] if `columns` and `values` differ in length, [`Error::OutOfRange`] for a column that does not exist,
    /// [`Error::Duplicate`] for columns that do not ascend, [`Error::NotFinite`] for NaN and infinities.
    pub fn push(&mut self, columns: &[u32], values: &[f32]) -> Result<()> {
        if columns.len() != values.len() {
            return Err(Error::Shape {
                what: "the values of a sparse row".to_owned(),
                expected: vec![columns.len()],
                got: vec![values.len()],
            });
        }
        if let Some(pair) = columns.windows(2).find(|pair| pair[0] >= pair[1]) {
            return Err(Error::Duplicate {
                what: "column of a sparse row, or one out of order".to_owned(),
                id: format!("{} before {}", pair[0], pair[1]),
            });
        }
        if let Some(&last) = columns.last()
            && last as usize >= self.n_columns
        {
            return Err(Error::out_of_range("column", last as usize, self.n_columns));
        }
        if let Some(index) = values.iter().position(|value| !value.is_finite()) {
            return Err(Error::NotFinite {
                what: format!("row {}, column", self.n_rows()),
                index: columns[index] as usize,
                value: f64::from(values[index]),
            });
        }
        self.columns.extend_from_slice(columns);
        self.values.extend_from_slice(values);
        self.ends.push(self.columns.len());
        Ok(())
    }

    /// Adds the rows of `other` behind those there.
    ///
    /// # Errors
    /// [`Error::Shape`] if the numbers of columns differ.
    pub fn append(&mut self, other: &Self) -> Result<()> {
        if self.n_columns != other.n_columns {
            return Err(Error::Shape {
                what: "the columns of sparse rows".to_owned(),
                expected: vec![self.n_columns],
                got: vec![other.n_columns],
            });
        }
        let start = self.columns.len();
        self.ends.extend(other.ends.iter().map(|end| start + end));
        self.columns.extend_from_slice(&other.columns);
        self.values.extend_from_slice(&other.values);
        Ok(())
    }

    /// The number of rows.
    pub fn n_rows(&self) -> usize {
        self.ends.len()
    }

    /// The number of columns.
    pub fn n_columns(&self) -> usize {
        self.n_columns
    }

    /// The number of stored values.
    pub fn n_values(&self) -> usize {
        self.values.len()
    }

    /// The columns of a row, ascending, and their values.
    ///
    /// # Panics
    /// If there is no such row.
    #[inline]
    pub fn row(&self, row: usize) -> (&[u32], &[f32]) {
        let start = if row == 0 { 0 } else { self.ends[row - 1] };
        let end = self.ends[row];
        (&self.columns[start..end], &self.values[start..end])
    }

    /// The rows with these numbers, in this order.
    ///
    /// # Panics
    /// If one of them does not exist.
    pub fn select(&self, rows: &[usize]) -> Self {
        let mut selected = Self::new(self.n_columns);
        for &row in rows {
            let (columns, values) = self.row(row);
            selected.columns.extend_from_slice(columns);
            selected.values.extend_from_slice(values);
            selected.ends.push(selected.columns.len());
        }
        selected
    }

    /// The transposed matrix: its rows are the columns of this one.
    pub fn transposed(&self) -> Self {
        let mut starts = vec![0_usize; self.n_columns + 1];
        for &column in &self.columns {
            starts[column as usize + 1] += 1;
        }
        for column in 0..self.n_columns {
            starts[column + 1] += starts[column];
        }
        let ends = starts[1..].to_vec();
        let mut next = starts;
        let mut columns = vec![0_u32; self.columns.len()];
        let mut values = vec![0_f32; self.values.len()];
        for row in 0..self.n_rows() {
            let (of_row, value_of) = self.row(row);
            for (&column, &value) in of_row.iter().zip(value_of) {
                let place = &mut next[column as usize];
                columns[*place] = row as u32;
                values[*place] = value;
                *place += 1;
            }
        }
        Self {
            n_columns: self.n_rows(),
            ends,
            columns,
            values,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_do_not_fit_are_refused() {
        let mut rows = SparseRows::new(3);
        let refused = |result: Result<()>, words: &str| {
            let error = result.unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        };
        refused(rows.push(&[0], &[1.0, 2.0]), "expected shape [1], got [2]");
        refused(rows.push(&[1, 1], &[1.0, 2.0]), "1 before 1");
        refused(rows.push(&[2, 0], &[1.0, 2.0]), "2 before 0");
        refused(rows.push(&[3], &[1.0]), "column 3 is out of range");
        refused(rows.push(&[1], &[f32::NAN]), "row 0, column 1 is NaN");
        refused(
            rows.append(&SparseRows::new(2)),
            "expected shape [3], got [2]",
        );
        assert_eq!(rows.n_rows(), 0);
    }

    #[test]
    fn transposing_twice_gives_the_matrix_back() {
        let mut rows = SparseRows::new(3);
        rows.push(&[0, 2], &[1.0, 2.0]).unwrap();
        rows.push(&[], &[]).unwrap();
        rows.push(&[2], &[3.0]).unwrap();
        let transposed = rows.transposed();
        assert_eq!(transposed.row(2), (&[0, 2][..], &[2.0, 3.0][..]));
        assert_eq!(transposed.row(1).0.len(), 0);
        assert_eq!(transposed.transposed(), rows);
        let mut twice = rows.select(&[2]);
        twice.append(&rows.select(&[0, 1])).unwrap();
        assert_eq!(twice, rows.select(&[2, 0, 1]));
    }
}
