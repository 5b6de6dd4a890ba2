//! The filter itself: interest in the items, that of several users side by side, through products with the events alone. No
//! table of item by item is ever made.

use guide_core::kernels::{gather_rows, matmul, matmul_into, scatter_rows};
use guide_core::ndarray::{Array2, ArrayView2, ArrayViewMut2, Axis};
use recsys_core::{Interactions, UserId};

/// Terms of the series that sharpens: one step of the Runge–Kutta method of order 4.
const ORDER: usize = 4;

/// With the events as `N`, `n_ui = w_ui / √(W_u W_i)`, where `W` sums the weights of a user or an item, `P = NᵀN`, the
/// leading right singular vectors `V` of `N` and `D = diag(W_i)`: the filter `A S`, `A = P + β D^-½ V Vᵀ D^½` and
/// `S = Σ_{k≤4} (−T P)^k / k!`.
pub(super) struct Filter<'a> {
    pub(super) data: &'a Interactions,
    /// `n_ui` in the order of the events.
    pub(super) values: &'a [f32],
    /// `√W_i`, `[n_items]`.
    pub(super) item_roots: &'a [f32],
    /// `V`, `[n_items, n_factors]`.
    pub(super) vectors: ArrayView2<'a, f32>,
    /// β.
    pub(super) ideal_weight: f32,
    /// T.
    pub(super) sharpening: f32,
}

/// A number for each item and each of `W` users.
pub(super) type Lanes<const W: usize> = Vec<[f32; W]>;

impl Filter<'_> {
    /// The scores `r A S` for each column `r` of `interest`.
    pub(super) fn scores<const W: usize>(&self, interest: &Lanes<W>) -> Lanes<W> {
        self.sharpened(self.smoothed(interest, inverse, |root| root))
    }

    /// `A S e` for each column `e` of `items`: how much each item a user has speaks for those.
    pub(super) fn sources<const W: usize>(&self, items: Lanes<W>) -> Lanes<W> {
        self.smoothed(&self.sharpened(items), |root| root, inverse)
    }

    /// `P x + β after V Vᵀ before x`, the two being diagonals made of the roots.
    fn smoothed<const W: usize>(
        &self,
        x: &Lanes<W>,
        before: impl Fn(f32) -> f32,
        after: impl Fn(f32) -> f32,
    ) -> Lanes<W> {
        // A few users have few of the items: only their rows are multiplied.
        let held: Vec<usize> = (0..x.len()).filter(|&item| x[item] != [0.0; W]).collect();
        let own = Array2::from_shape_fn((held.len(), W), |(row, lane)| {
            before(self.item_roots[held[row]]) * x[held[row]][lane]
        });
        let hidden = matmul(self.vectors.select(Axis(0), &held).t(), own.view());
        let mut out = vec![[0.0; W]; x.len()];
        let Ok(ideal) = ArrayViewMut2::from_shape((x.len(), W), out.as_flattened_mut()) else {
            unreachable!("a row an item")
        };
        matmul_into(self.ideal_weight, self.vectors, hidden.view(), 0.0, ideal);
        for (row, &root) in out.iter_mut().zip(self.item_roots) {
            *row = row.map(|x| x * after(root));
        }
        self.add_neighbours(1.0, x, &mut out);
        out
    }

    /// `S x`, by Horner's rule.
    fn sharpened<const W: usize>(&self, x: Lanes<W>) -> Lanes<W> {
        if self.sharpening == 0.0 {
            return x;
        }
        let mut sum = x.clone();
        for k in (1..=ORDER).rev() {
            let mut next = x.clone();
            self.add_neighbours(-self.sharpening / k as f32, &sum, &mut next);
            sum = next;
        }
        sum
    }

    /// `out += scale P x`, user by user: `P = Σ_u n_u n_uᵀ`.
    fn add_neighbours<const W: usize>(&self, scale: f32, x: &Lanes<W>, out: &mut Lanes<W>) {
        for user in (0..self.data.n_users() as u32).map(UserId) {
            let row = self.data.row(user);
            let (items, values) = (&self.data.items()[row.clone()], &self.values[row]);
            let cells = items.iter().map(|item| item.index());
            let cells = cells.zip(values.iter().copied());
            let shared = gather_rows(cells.clone(), x).map(|sum| scale * sum);
            scatter_rows(cells, &shared, out);
        }
    }
}

/// 0 for an item that nobody has.
fn inverse(root: f32) -> f32 {
    if root > 0.0 { root.recip() } else { 0.0 }
}
