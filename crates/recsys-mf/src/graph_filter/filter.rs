//! The filter itself: interest in the items, that of several users side by side, through products with the events alone. No
//! table of item by item is ever made.

use guide_core::kernels::{axpy, matmul, matmul_into};
use guide_core::ndarray::{Array2, ArrayView2, Axis};
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

impl Filter<'_> {
    /// The scores `r A S` for each column `r` of `interest`, `[n_items, n]`.
    pub(super) fn scores(&self, interest: &Array2<f32>) -> Array2<f32> {
        self.sharpened(self.smoothed(interest, inverse, |root| root))
    }

    /// `A S e` for each column `e` of `items`, `[n_items, n]`: how much each item a user has speaks for those.
    pub(super) fn sources(&self, items: Array2<f32>) -> Array2<f32> {
        self.smoothed(&self.sharpened(items), |root| root, inverse)
    }

    /// `P x + β after V Vᵀ before x`, the two being diagonals made of the roots.
    fn smoothed(
        &self,
        x: &Array2<f32>,
        before: impl Fn(f32) -> f32,
        after: impl Fn(f32) -> f32,
    ) -> Array2<f32> {
        // A few users have few of the items: only their rows are multiplied.
        let rows = x.outer_iter().enumerate();
        let held: Vec<usize> = rows
            .filter(|(_, row)| row.iter().any(|&x| x != 0.0))
            .map(|(item, _)| item)
            .collect();
        let mut own = x.select(Axis(0), &held);
        for (mut row, &item) in own.outer_iter_mut().zip(&held) {
            row *= before(self.item_roots[item]);
        }
        let vectors = self.vectors.select(Axis(0), &held);
        let hidden = matmul(vectors.t(), own.view());
        let mut out = Array2::zeros(x.raw_dim());
        matmul_into(
            self.ideal_weight,
            self.vectors,
            hidden.view(),
            0.0,
            out.view_mut(),
        );
        for (mut row, &root) in out.outer_iter_mut().zip(self.item_roots) {
            row *= after(root);
        }
        self.add_neighbours(1.0, x, &mut out);
        out
    }

    /// `S x`, by Horner's rule.
    fn sharpened(&self, x: Array2<f32>) -> Array2<f32> {
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
    fn add_neighbours(&self, scale: f32, x: &Array2<f32>, out: &mut Array2<f32>) {
        let width = x.ncols();
        let (Some(x), Some(out)) = (x.as_slice(), out.as_slice_mut()) else {
            unreachable!("both were made row by row")
        };
        let mut shared = vec![0.0; width];
        for user in (0..self.data.n_users() as u32).map(UserId) {
            let row = self.data.row(user);
            let cells = || {
                let items = &self.data.items()[row.clone()];
                let starts = items.iter().map(|item| item.index() * width);
                starts.zip(&self.values[row.clone()])
            };
            shared.fill(0.0);
            for (start, &value) in cells() {
                axpy(scale * value, &x[start..][..width], &mut shared);
            }
            for (start, &value) in cells() {
                axpy(value, &shared, &mut out[start..][..width]);
            }
        }
    }
}

/// 0 for an item that nobody has.
fn inverse(root: f32) -> f32 {
    if root > 0.0 { root.recip() } else { 0.0 }
}
