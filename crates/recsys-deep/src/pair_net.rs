//! The network of neural collaborative filtering (He et al., 2017): a product of two embeddings, a tower over two others
//! side by side, or both, and one number out.

use guide_core::kernels;
use guide_core::ndarray::{Array2, s};
use nn_core::{
    Activation, Dense, Embedding, Grad, Init, Layer, Path, Visitor, VisitorMut, Weights,
};
use serde::{Deserialize, Serialize};

/// `score = w · [p ⊙ q ; tower(p', q')] + b`, either part may be missing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct PairNet {
    pub(crate) product: Option<Tables>,
    pub(crate) tower: Option<Tables>,
    pub(crate) head: Head,
}

/// One vector a user and one an item; the last row of each is the mean of all that were trained, for those that were not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Tables {
    pub(crate) users: Embedding,
    pub(crate) items: Embedding,
}

/// What follows the embeddings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Head {
    /// Each followed by a relu; the first sees `[p' ; q']`.
    pub(crate) layers: Vec<Dense>,
    /// `[product + tower, 1]`.
    pub(crate) out: Dense,
}

/// Vectors of `n` pairs; a missing part has no columns.
pub(crate) struct Inputs {
    pub(crate) p: Array2<f32>, // [n, product]
    pub(crate) q: Array2<f32>, // [n, product]
    pub(crate) x: Array2<f32>, // [n, 2 · tower]
}

/// What the backward pass needs.
pub(crate) struct Pass {
    inputs: Vec<Array2<f32>>, // of each layer but the first
    joined: Array2<f32>,      // [n, product + tower's width]
}

/// How the weights begin.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Start {
    pub(crate) tables: Init,
    pub(crate) out: Init,
    pub(crate) seed: u64,
}

impl PairNet {
    /// `n_product` numbers in each vector of the product, `n_tower` in each of the tower, 0 for neither; `hidden` are the widths of
    /// the tower's layers.
    pub(crate) fn new(
        (n_users, n_items): (usize, usize),
        n_product: usize,
        n_tower: usize,
        hidden: &[usize],
        start: Start,
    ) -> Self {
        let seed = |number: u64| start.seed.wrapping_mul(1009).wrapping_add(number);
        let tables = |dim: usize, number: u64| {
            (dim > 0).then(|| Tables {
                users: Embedding::new(n_users + 1, dim, start.tables, seed(number)),
                items: Embedding::new(n_items + 1, dim, start.tables, seed(number + 1)),
            })
        };
        let hidden = if n_tower > 0 { hidden } else { &[] };
        let mut width = 2 * n_tower;
        let layers = (10..).zip(hidden).map(|(number, &n_out)| {
            let layer = Dense::new(width, n_out, Init::GlorotUniform, seed(number));
            width = n_out;
            layer
        });
        let layers = layers.collect();
        Self {
            product: tables(n_product, 1),
            tower: tables(n_tower, 3),
            head: Head {
                layers,
                out: Dense::new(n_product + width, 1, start.out, seed(5)),
            },
        }
    }

    /// The vectors of these pairs.
    pub(crate) fn gather(&self, users: &[u32], items: &[u32]) -> Inputs {
        let rows = |table: &Embedding, ids: &[u32]| {
            let mut rows = Array2::zeros((ids.len(), table.dim()));
            for (mut row, &id) in rows.rows_mut().into_iter().zip(ids) {
                row.assign(&table.weight.row(id as usize));
            }
            rows
        };
        let none = || Array2::zeros((users.len(), 0));
        let (p, q) = match &self.product {
            Some(tables) => (rows(&tables.users, users), rows(&tables.items, items)),
            None => (none(), none()),
        };
        let x = self.tower.as_ref().map_or_else(none, |tables| {
            let dim = tables.users.dim();
            let mut x = Array2::zeros((users.len(), 2 * dim));
            for ((mut row, &user), &item) in x.rows_mut().into_iter().zip(users).zip(items) {
                if let Some(row) = row.as_slice_mut() {
                    let (left, right) = row.split_at_mut(dim);
                    copy_row(&tables.users, user, left);
                    copy_row(&tables.items, item, right);
                }
            }
            x
        });
        Inputs { p, q, x }
    }

    /// Adds the gradient of `Σ dy · score` over these pairs to `grads`.
    pub(crate) fn backward(
        &self,
        (users, items): (&[u32], &[u32]),
        inputs: &Inputs,
        pass: &Pass,
        dy: &[f32],
        grads: &mut [Grad],
    ) {
        let n_tables =
            2 * (usize::from(self.product.is_some()) + usize::from(self.tower.is_some()));
        let (tables, head) = grads.split_at_mut(n_tables);
        let d = self.head.backward(inputs, pass, dy, head);
        let (product, tower) = tables.split_at_mut(2 * usize::from(self.product.is_some()));
        if let [to_users, to_items] = product {
            add_rows(to_users, users, &d.p, 0);
            add_rows(to_items, items, &d.q, 0);
        }
        if let [to_users, to_items] = tower {
            add_rows(to_users, users, &d.x, 0);
            add_rows(to_items, items, &d.x, d.x.ncols() / 2);
        }
    }

    /// Writes the mean of the rows of `seen` users and items into the last rows, and into those of the others.
    pub(crate) fn fill_unseen(&mut self, seen_users: &[bool], seen_items: &[bool]) {
        for tables in [&mut self.product, &mut self.tower].into_iter().flatten() {
            fill_unseen(&mut tables.users, seen_users);
            fill_unseen(&mut tables.items, seen_items);
        }
    }

    /// Whether all shapes fit together and all numbers are finite.
    pub(crate) fn fits(&self, n_users: usize, n_items: usize) -> bool {
        let table = |table: &Embedding, n: usize, dim: usize| {
            let shape = (n + 1, dim);
            dim > 0 && table.weight.dim() == shape && table.padding.is_none()
        };
        let tables = |tables: &Option<Tables>| {
            tables.as_ref().is_none_or(|t| {
                table(&t.users, n_users, t.users.dim()) && table(&t.items, n_items, t.users.dim())
            })
        };
        let (product, mut width) = (dim(&self.product), 2 * dim(&self.tower));
        let mut layers = self.head.layers.iter();
        let chained = layers.all(|layer| {
            let fits = layer.n_in() == width && has_bias(layer);
            width = layer.n_out();
            fits && width > 0
        });
        let mut sound = (self.tower.is_some() || self.head.layers.is_empty())
            && (self.product.is_some() || self.tower.is_some())
            && tables(&self.product)
            && tables(&self.tower)
            && chained
            && self.head.out.weight.dim() == (product + width, 1)
            && has_bias(&self.head.out);
        self.visit(&Path::ROOT, &mut |_, _, tensor| {
            sound &= tensor.data().iter().all(|x| x.is_finite());
        });
        sound
    }
}

/// Numbers in each vector, 0 without any.
pub(crate) fn dim(tables: &Option<Tables>) -> usize {
    tables.as_ref().map_or(0, |tables| tables.users.dim())
}

fn has_bias(layer: &Dense) -> bool {
    layer.weight.is_standard_layout()
        && layer
            .bias
            .as_ref()
            .is_some_and(|b| b.len() == layer.n_out())
}

fn copy_row(table: &Embedding, id: u32, to: &mut [f32]) {
    if let Some(row) = table.weight.row(id as usize).as_slice() {
        to.copy_from_slice(row);
    }
}

/// Adds the columns of `d` from `first` on, as many as the table has, to the rows of `ids`.
fn add_rows(grad: &mut Grad, ids: &[u32], d: &Array2<f32>, first: usize) {
    let rows = grad.rows();
    for (&id, d) in ids.iter().zip(d.rows()) {
        let to = rows.row_mut(id);
        if let Some(d) = d.as_slice() {
            kernels::axpy(1.0, &d[first..first + to.len()], to);
        }
    }
}

fn fill_unseen(table: &mut Embedding, seen: &[bool]) {
    let mut mean = vec![0.0_f64; table.dim()];
    let n_seen = seen.iter().filter(|&&seen| seen).count().max(1) as f64;
    for (row, _) in table
        .weight
        .rows()
        .into_iter()
        .zip(seen)
        .filter(|(_, seen)| **seen)
    {
        mean.iter_mut()
            .zip(row)
            .for_each(|(mean, &x)| *mean += f64::from(x) / n_seen);
    }
    let seen = seen.iter().copied().chain([false]);
    for (mut row, _) in table
        .weight
        .rows_mut()
        .into_iter()
        .zip(seen)
        .filter(|(_, seen)| !seen)
    {
        row.iter_mut()
            .zip(&mean)
            .for_each(|(x, &mean)| *x = mean as f32);
    }
}

impl Head {
    /// The scores of these pairs.
    pub(crate) fn forward(&self, inputs: &Inputs) -> (Vec<f32>, Pass) {
        let (n, n_product) = inputs.p.dim();
        let mut kept: Vec<Array2<f32>> = Vec::with_capacity(self.layers.len());
        for layer in &self.layers {
            let mut x = layer.infer(kept.last().unwrap_or(&inputs.x));
            relu(&mut x);
            kept.push(x);
        }
        let top = kept.pop();
        let top = top.unwrap_or_else(|| inputs.x.clone());
        let joined = if n_product == 0 {
            top
        } else {
            let mut joined = Array2::zeros((n, n_product + top.ncols()));
            joined.slice_mut(s![.., n_product..]).assign(&top);
            let mut product = joined.slice_mut(s![.., ..n_product]);
            product.assign(&inputs.p);
            product *= &inputs.q;
            joined
        };
        let mut scores = vec![self.bias(); n];
        for (score, row) in scores.iter_mut().zip(joined.rows()) {
            *score += row
                .as_slice()
                .map_or(0.0, |row| kernels::dot(row, self.out_weight()));
        }
        (
            scores,
            Pass {
                inputs: kept,
                joined,
            },
        )
    }

    /// The gradients of `Σ dy · score` by the vectors; those by the weights are added to `grads`.
    pub(crate) fn backward(
        &self,
        inputs: &Inputs,
        pass: &Pass,
        dy: &[f32],
        grads: &mut [Grad],
    ) -> Inputs {
        let n_product = inputs.p.ncols();
        let (layers, out) = grads.split_at_mut(2 * self.layers.len());
        if let [d_weight, d_bias] = out {
            for (row, &dy) in pass.joined.rows().into_iter().zip(dy) {
                if let Some(row) = row.as_slice() {
                    kernels::axpy(dy, row, d_weight.dense());
                }
                d_bias.dense()[0] += dy;
            }
        }
        let (w_product, w_top) = self.out_weight().split_at(n_product);
        let outer = |from: &Array2<f32>, w: &[f32]| {
            let mut d = from.clone();
            for (mut row, &dy) in d.rows_mut().into_iter().zip(dy) {
                row.iter_mut().zip(w).for_each(|(x, w)| *x *= dy * w);
            }
            d
        };
        let (p, q) = (outer(&inputs.q, w_product), outer(&inputs.p, w_product));
        let mut d = Array2::zeros((dy.len(), w_top.len()));
        let top = pass.joined.slice(s![.., n_product..]);
        for ((mut d, top), &dy) in d.rows_mut().into_iter().zip(top.rows()).zip(dy) {
            let slope = |(d, (&w, &y)): (&mut f32, (&f32, &f32))| {
                *d = if y > 0.0 || self.layers.is_empty() {
                    dy * w
                } else {
                    0.0
                };
            };
            d.iter_mut().zip(w_top.iter().zip(top)).for_each(slope);
        }
        for (index, layer) in self.layers.iter().enumerate().rev() {
            let x = index
                .checked_sub(1)
                .map_or(&inputs.x, |below| &pass.inputs[below]);
            let mut dx = layer.backward(x, &d, &mut layers[2 * index..2 * index + 2]);
            if index > 0 {
                dx.zip_mut_with(x, |dx, &x| *dx = if x > 0.0 { *dx } else { 0.0 });
            }
            d = dx;
        }
        Inputs { p, q, x: d }
    }

    /// `w`, `[product + tower]`.
    pub(crate) fn out_weight(&self) -> &[f32] {
        self.out.weight.as_slice().unwrap_or_default()
    }

    /// `b`.
    pub(crate) fn bias(&self) -> f32 {
        self.out.bias.as_ref().map_or(0.0, |bias| bias[0])
    }
}

/// `max(x, 0)` in place.
pub(crate) fn relu(x: &mut Array2<f32>) {
    if let Some(x) = x.as_slice_mut() {
        Activation::Relu.apply(x, 1);
    }
}

impl Weights for Tables {
    fn visit(&self, at: &Path<'_>, visitor: &mut Visitor<'_>) {
        self.users.visit(&at.name("users"), visitor);
        self.items.visit(&at.name("items"), visitor);
    }

    fn visit_mut(&mut self, at: &Path<'_>, visitor: &mut VisitorMut<'_>) {
        self.users.visit_mut(&at.name("users"), visitor);
        self.items.visit_mut(&at.name("items"), visitor);
    }
}

impl Weights for Head {
    fn visit(&self, at: &Path<'_>, visitor: &mut Visitor<'_>) {
        for (index, layer) in self.layers.iter().enumerate() {
            layer.visit(&at.name("layers").index(index), visitor);
        }
        self.out.visit(&at.name("out"), visitor);
    }

    fn visit_mut(&mut self, at: &Path<'_>, visitor: &mut VisitorMut<'_>) {
        for (index, layer) in self.layers.iter_mut().enumerate() {
            layer.visit_mut(&at.name("layers").index(index), visitor);
        }
        self.out.visit_mut(&at.name("out"), visitor);
    }
}

impl Weights for PairNet {
    fn visit(&self, at: &Path<'_>, visitor: &mut Visitor<'_>) {
        if let Some(product) = &self.product {
            product.visit(&at.name("product"), visitor);
        }
        if let Some(tower) = &self.tower {
            tower.visit(&at.name("tower"), visitor);
        }
        self.head.visit(&at.name("head"), visitor);
    }

    fn visit_mut(&mut self, at: &Path<'_>, visitor: &mut VisitorMut<'_>) {
        if let Some(product) = &mut self.product {
            product.visit_mut(&at.name("product"), visitor);
        }
        if let Some(tower) = &mut self.tower {
            tower.visit_mut(&at.name("tower"), visitor);
        }
        self.head.visit_mut(&at.name("head"), visitor);
    }
}

#[cfg(test)]
mod tests {
    use guide_core::seeded;
    use nn_core::{Grads, testing};
    use rand::RngExt;

    use super::*;

    #[test]
    fn the_backward_pass_has_the_slope_of_differences() {
        let start = Start {
            tables: Init::Uniform(1.0),
            out: Init::Uniform(1.0),
            seed: 3,
        };
        let (users, items) = ([0, 3, 1, 3], [2, 2, 0, 1]);
        let mut rng = seeded(1);
        let dy: Vec<f32> = (0..4).map(|_| rng.random_range(-1.0..1.0)).collect();
        for (n_product, n_tower, hidden) in
            [(3, 2, &[5, 4][..]), (3, 0, &[]), (0, 4, &[6]), (0, 2, &[])]
        {
            let net = PairNet::new((4, 3), n_product, n_tower, hidden, start);
            assert!(net.fits(4, 3) && !net.fits(3, 3));
            let inputs = net.gather(&users, &items);
            let (_, pass) = net.head.forward(&inputs);
            let mut grads = Grads::of(&net);
            net.backward((&users, &items), &inputs, &pass, &dy, grads.as_mut());
            testing::weights_are_differences(&net, &grads, |net| {
                let (scores, _) = net.head.forward(&net.gather(&users, &items));
                testing::inner(&scores, &dy)
            });
        }
    }
}
