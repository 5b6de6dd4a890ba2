//! The network of neural collaborative filtering (He et al., 2017): a product of two embeddings, a tower over two others
//! side by side, or both, and one number out.

use nn_core::{Dense, Embedding, Init, Path, Summary, Visitor, VisitorMut, Weights};
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

    /// Tables in the order of the gradients.
    pub(crate) fn n_tables(&self) -> usize {
        2 * (usize::from(self.product.is_some()) + usize::from(self.tower.is_some()))
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
        let mut sound = self.tower.is_some() != self.head.layers.is_empty()
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
    /// `w`, `[product + tower]`.
    pub(crate) fn out_weight(&self) -> &[f32] {
        self.out.weight.as_slice().unwrap_or_default()
    }

    /// `b`.
    pub(crate) fn bias(&self) -> f32 {
        self.out.bias.as_ref().map_or(0.0, |bias| bias[0])
    }
}

/// The table of the network's layers.
impl PairNet {
    pub(crate) fn summary(&self, name: &str) -> Summary {
        let mut summary = Summary::new(name, &[2]);
        for tables in [&self.product, &self.tower].into_iter().flatten() {
            for table in [&tables.users, &tables.items] {
                summary.row("Embedding", &[table.dim()], table);
            }
        }
        for layer in self.head.layers.iter().chain([&self.head.out]) {
            summary.row("Dense", &[layer.n_out()], layer);
        }
        summary
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
