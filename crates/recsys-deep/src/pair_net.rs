//! The network of neural collaborative filtering (He et al., 2017): a product of two embeddings, a tower over two others
//! side by side, or both, and one number out.

use nn_core::{Activation, Dense, Embedding, Init, Sequential, Summary, Weights};
use serde::{Deserialize, Serialize};

use crate::stored::{StoredDense, StoredTable};

/// `score = w · [p ⊙ q ; tower(p', q')] + b`, either part may be missing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "StoredPairNet", into = "StoredPairNet")]
pub(crate) struct PairNet {
    pub(crate) weights: Weights,
    pub(crate) product: Option<Tables>,
    pub(crate) tower: Option<Tables>,
    /// Each followed by a relu; the first sees `[p' ; q']`.
    pub(crate) hidden: Sequential<Dense>,
    /// `[product + tower, 1]`.
    pub(crate) out: Dense,
}

/// One vector a user and one an item; the last row of each is the mean of all that were trained, for those that were not.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tables {
    pub(crate) users: Embedding,
    pub(crate) items: Embedding,
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
        let mut weights = Weights::new();
        let mut tables = |name: &str, dim: usize, number: u64| {
            let mut table = |part: &str, n: usize, number: u64| {
                let name = format!("{name}.{part}");
                Embedding::new(&mut weights, &name, n + 1, dim, start.tables, seed(number))
            };
            (dim > 0).then(|| Tables {
                users: table("users", n_users, number),
                items: table("items", n_items, number + 1),
            })
        };
        let product = tables("product", n_product, 1);
        let tower = tables("tower", n_tower, 3);
        let hidden = if n_tower > 0 { hidden } else { &[] };
        let mut width = 2 * n_tower;
        let mut layers = Vec::new();
        for (number, &n_out) in hidden.iter().enumerate() {
            let name = format!("head.layers.{number}");
            let seed = seed(10 + number as u64);
            let init = Init::GlorotUniform;
            layers.push(Dense::new(&mut weights, &name, width, n_out, init, seed));
            width = n_out;
        }
        let n_in = n_product + width;
        let out = Dense::new(&mut weights, "head.out", n_in, 1, start.out, seed(5));
        match Self::of(weights, product, tower, layers, out) {
            Ok(net) => net,
            Err(reason) => panic!("a network whose parts were made to fit: {reason}"),
        }
    }

    /// A network of these parts.
    fn of(
        weights: Weights,
        product: Option<Tables>,
        tower: Option<Tables>,
        layers: Vec<Dense>,
        out: Dense,
    ) -> Result<Self, String> {
        if tower.is_some() == layers.is_empty() || (product.is_none() && tower.is_none()) {
            return Err("layers without a tower, a tower without layers, or neither part".into());
        }
        for tables in [&product, &tower].into_iter().flatten() {
            if tables.users.dim() != tables.items.dim() {
                return Err("vectors of users and of items differ in length".into());
            }
        }
        let mut hidden = Sequential::of(&[2 * dim(&tower)]);
        for layer in layers {
            let layer = layer.activation(Activation::Relu);
            hidden = hidden.then(layer).map_err(|error| error.to_string())?;
        }
        let n_in = dim(&product) + hidden.output_shape().len();
        if (out.n_in(), out.n_out()) != (n_in, 1) {
            return Err(format!(
                "{} numbers into the output, not {n_in}",
                out.n_in()
            ));
        }
        Ok(Self {
            weights,
            product,
            tower,
            hidden,
            out,
        })
    }

    /// Writes the mean of the rows of `seen` users and items into the last rows, and into those of the others.
    pub(crate) fn fill_unseen(&mut self, seen_users: &[bool], seen_items: &[bool]) {
        for tables in [&self.product, &self.tower].into_iter().flatten() {
            fill_unseen(&mut self.weights, &tables.users, seen_users);
            fill_unseen(&mut self.weights, &tables.items, seen_items);
        }
    }

    /// Whether there are tables for as many users and items, and all numbers are finite.
    pub(crate) fn fits(&self, n_users: usize, n_items: usize) -> bool {
        let mut tables = [&self.product, &self.tower].into_iter().flatten();
        let all = tables.all(|tables| {
            tables.users.n_rows() == n_users + 1 && tables.items.n_rows() == n_items + 1
        });
        all && self.weights.not_finite().is_none()
    }

    /// `w`, `[product + tower]`.
    pub(crate) fn out_weight(&self) -> &[f32] {
        self.weights.get(self.out.weight())
    }

    /// `b`.
    pub(crate) fn bias(&self) -> f32 {
        self.out
            .bias()
            .map_or(0.0, |bias| self.weights.get(bias)[0])
    }

    /// The table of the network's layers.
    pub(crate) fn summary(&self, name: &str) -> Summary {
        let mut summary = Summary::new(name);
        for tables in [&self.product, &self.tower].into_iter().flatten() {
            for table in [&tables.users, &tables.items] {
                let ids = [table.weight()];
                summary.row("Embedding", &[table.dim()], &self.weights, &ids);
            }
        }
        for layer in self.hidden.layers().iter().chain([&self.out]) {
            let ids: Vec<_> = [Some(layer.weight()), layer.bias()]
                .into_iter()
                .flatten()
                .collect();
            summary.row("Dense", &[layer.n_out()], &self.weights, &ids);
        }
        summary
    }
}

/// Numbers in each vector, 0 without any.
pub(crate) fn dim(tables: &Option<Tables>) -> usize {
    tables.as_ref().map_or(0, |tables| tables.users.dim())
}

fn fill_unseen(weights: &mut Weights, table: &Embedding, seen: &[bool]) {
    let mut mean = vec![0.0_f64; table.dim()];
    let n_seen = seen.iter().filter(|&&seen| seen).count().max(1) as f64;
    let rows = weights.get_mut(table.weight());
    for (row, _) in rows
        .chunks_exact(table.dim())
        .zip(seen)
        .filter(|(_, seen)| **seen)
    {
        mean.iter_mut()
            .zip(row)
            .for_each(|(mean, &x)| *mean += f64::from(x) / n_seen);
    }
    let seen = seen.iter().copied().chain([false]);
    for (row, _) in rows
        .chunks_exact_mut(table.dim())
        .zip(seen)
        .filter(|(_, seen)| !seen)
    {
        row.iter_mut()
            .zip(&mean)
            .for_each(|(x, &mean)| *x = mean as f32);
    }
}

/// The network as it lies in a file.
#[derive(Serialize, Deserialize)]
struct StoredPairNet {
    product: Option<StoredTables>,
    tower: Option<StoredTables>,
    head: StoredHead,
}

#[derive(Serialize, Deserialize)]
struct StoredTables {
    users: StoredTable,
    items: StoredTable,
}

#[derive(Serialize, Deserialize)]
struct StoredHead {
    layers: Vec<StoredDense>,
    out: StoredDense,
}

impl From<PairNet> for StoredPairNet {
    fn from(net: PairNet) -> Self {
        let weights = &net.weights;
        let tables = |tables: &Tables| StoredTables {
            users: StoredTable::of(weights, &tables.users),
            items: StoredTable::of(weights, &tables.items),
        };
        let layers = net.hidden.layers().iter();
        Self {
            product: net.product.as_ref().map(tables),
            tower: net.tower.as_ref().map(tables),
            head: StoredHead {
                layers: layers
                    .map(|layer| StoredDense::of(weights, layer))
                    .collect(),
                out: StoredDense::of(weights, &net.out),
            },
        }
    }
}

impl TryFrom<StoredPairNet> for PairNet {
    type Error = String;

    fn try_from(stored: StoredPairNet) -> Result<Self, String> {
        let mut weights = Weights::new();
        let mut tables = |name: &str, stored: Option<StoredTables>| {
            let of = |stored: StoredTables| -> Result<Tables, String> {
                let users = format!("{name}.users");
                let items = format!("{name}.items");
                Ok(Tables {
                    users: stored.users.add_to(&mut weights, &users)?,
                    items: stored.items.add_to(&mut weights, &items)?,
                })
            };
            stored.map(of).transpose()
        };
        let product = tables("product", stored.product)?;
        let tower = tables("tower", stored.tower)?;
        let mut layers = Vec::with_capacity(stored.head.layers.len());
        for (number, layer) in stored.head.layers.into_iter().enumerate() {
            layers.push(layer.add_to(&mut weights, &format!("head.layers.{number}"))?);
        }
        let out = stored.head.out.add_to(&mut weights, "head.out")?;
        Self::of(weights, product, tower, layers, out)
    }
}
