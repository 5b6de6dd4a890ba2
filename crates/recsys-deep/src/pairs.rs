//! Pairs of user and item with a target each: what a network of two embeddings learns from.

use guide_core::ndarray::Array2;
use guide_core::{Rng, stream};
use nn_core::{Grad, Loss, Objective};
use rand::RngExt;
use rayon::prelude::*;
use recsys_core::{Interactions, ItemId, UserId};

use crate::pair_net::PairNet;

/// Columns of equal length.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Columns {
    pub(crate) users: Vec<u32>,
    pub(crate) items: Vec<u32>,
    pub(crate) targets: Vec<f32>,
}

impl Columns {
    /// Every interaction of `data` with this target.
    pub(crate) fn of(data: &Interactions, target: impl Fn(usize) -> f32) -> Self {
        let users = (0..data.n_users() as u32).map(UserId);
        let users = users.flat_map(|user| data.row(user).map(move |_| user.0));
        Self {
            users: users.collect(),
            items: data.items().iter().map(|item| item.0).collect(),
            targets: (0..data.len()).map(target).collect(),
        }
    }

    /// The rows at these places.
    pub(crate) fn select(&self, places: &[usize]) -> Self {
        Self {
            users: places.iter().map(|&place| self.users[place]).collect(),
            items: places.iter().map(|&place| self.items[place]).collect(),
            targets: places.iter().map(|&place| self.targets[place]).collect(),
        }
    }
}

/// Draws items that a user does not have beside each that it has, anew for each epoch.
pub(crate) struct Redraw<'d> {
    pub(crate) data: &'d Interactions,
    /// The target of each interaction.
    pub(crate) targets: Vec<f32>,
    pub(crate) n_negatives: usize,
    pub(crate) seed: u64,
}

/// Draws before an item is looked for in order.
const TRIES: usize = 100;

impl Redraw<'_> {
    /// After each interaction, `n_negatives` items with target 0.
    fn draw(&self, epoch: usize, columns: &mut Columns) {
        let width = 1 + self.n_negatives;
        let seed = stream(self.seed, epoch as u64).random();
        let positives = Columns::of(self.data, |place| self.targets[place]);
        columns.users.clear();
        columns
            .users
            .extend(positives.users.iter().flat_map(|&user| vec![user; width]));
        columns.items.resize(width * positives.items.len(), 0);
        columns.targets.resize(width * positives.items.len(), 0.0);
        let places = positives.users.par_iter().zip(&positives.items).enumerate();
        places
            .zip(
                columns
                    .items
                    .par_chunks_mut(width)
                    .zip(columns.targets.par_chunks_mut(width)),
            )
            .for_each(|((place, (&user, &item)), (items, targets))| {
                let mut rng = stream(seed, place as u64);
                let had = self.data.items_of(UserId(user));
                let own = self.targets[place];
                (items[0], targets[0]) = (item, own);
                for (slot, target) in items[1..].iter_mut().zip(&mut targets[1..]) {
                    let drawn = negative(self.data.n_items(), had, &mut rng);
                    // A user who has every item sees its own again.
                    (*slot, *target) = drawn.map_or((item, own), |drawn| (drawn, 0.0));
                }
            });
    }
}

/// An item that is not in `had` (rising), if there is one.
fn negative(n_items: usize, had: &[ItemId], rng: &mut Rng) -> Option<u32> {
    let n_items = n_items as u32;
    let free = |item: &u32| had.binary_search(&ItemId(*item)).is_err();
    let drawn = (0..TRIES).map(|_| rng.random_range(0..n_items)).find(free);
    drawn.or_else(|| (0..n_items).find(free))
}

/// The items of a history with target 1, each with `n_negatives` others of target 0.
pub(crate) fn drawn_beside(
    history: &[(ItemId, f32)],
    n_items: usize,
    n_negatives: usize,
    seed: u64,
) -> Columns {
    let mut had: Vec<ItemId> = history.iter().map(|&(item, _)| item).collect();
    had.sort_unstable();
    let mut rng = stream(seed, u64::MAX);
    let mut columns = Columns::default();
    for &(item, _) in history {
        columns.items.push(item.0);
        columns.targets.push(1.0);
        for drawn in (0..n_negatives).filter_map(|_| negative(n_items, &had, &mut rng)) {
            columns.items.push(drawn);
            columns.targets.push(0.0);
        }
    }
    columns
}

/// What is learned: a loss of each pair's score against its target.
pub(crate) struct Pairs<'d> {
    pub(crate) columns: Columns,
    pub(crate) held_out: Columns,
    pub(crate) loss: Loss,
    pub(crate) redraw: Option<Redraw<'d>>,
}

/// Pairs scored at a time in a validation.
const BLOCK: usize = 4096;

impl<'d> Pairs<'d> {
    /// The interactions of `data`, with a target each, against items drawn beside them.
    pub(crate) fn drawn(
        data: &'d Interactions,
        targets: Vec<f32>,
        loss: Loss,
        n_negatives: usize,
        seed: u64,
    ) -> Self {
        let redraw = Redraw {
            data,
            targets,
            n_negatives,
            seed,
        };
        let mut columns = Columns::default();
        redraw.draw(0, &mut columns); // so that their number is known
        Self {
            columns,
            held_out: Columns::default(),
            loss,
            redraw: Some(redraw),
        }
    }

    /// The sum of the losses of `columns` and `scale` times its slope by each score.
    pub(crate) fn loss(&self, scores: Vec<f32>, columns: &Columns, scale: f32) -> (f64, Vec<f32>) {
        let column = |values: Vec<f32>| {
            let n = values.len();
            Array2::from_shape_vec((n, 1), values).unwrap_or_default()
        };
        let (sum, dy) = self
            .loss
            .of(&column(scores), &column(columns.targets.clone()), scale);
        (sum, dy.into_raw_vec_and_offset().0)
    }
}

impl Pairs<'_> {
    /// Draws the negatives of an epoch, where there are any.
    pub(crate) fn draw(&mut self, epoch: usize) {
        if let Some(redraw) = &self.redraw {
            redraw.draw(epoch, &mut self.columns);
        }
    }
}

impl Objective<PairNet> for Pairs<'_> {
    type Trace = ();

    fn n_examples(&self) -> usize {
        self.columns.users.len()
    }

    fn begin_epoch(&mut self, epoch: usize) {
        self.draw(epoch);
    }

    fn learn(
        &self,
        net: &PairNet,
        examples: &[usize],
        scale: f32,
        _: &mut Rng,
        grads: &mut [Grad],
    ) -> (f64, ()) {
        let columns = self.columns.select(examples);
        let inputs = net.gather(&columns.users, &columns.items);
        let (scores, pass) = net.head.forward(&inputs);
        let (sum, dy) = self.loss(scores, &columns, scale);
        net.backward((&columns.users, &columns.items), &inputs, &pass, &dy, grads);
        (sum, ())
    }

    fn validate(&self, net: &PairNet) -> Option<f64> {
        let n = self.held_out.users.len();
        let starts: Vec<usize> = (0..n).step_by(BLOCK).collect();
        let sums: Vec<f64> = starts
            .par_iter()
            .map(|&start| {
                let places: Vec<usize> = (start..(start + BLOCK).min(n)).collect();
                let columns = self.held_out.select(&places);
                let (scores, _) = net
                    .head
                    .forward(&net.gather(&columns.users, &columns.items));
                self.loss(scores, &columns, 0.0).0
            })
            .collect();
        (n > 0).then(|| sums.iter().sum::<f64>() / n as f64)
    }
}

#[cfg(test)]
mod tests {
    use recsys_core::testing::checkerboard;

    use super::*;

    #[test]
    fn negatives_are_items_that_the_user_has_not() {
        let data = checkerboard();
        let mut pairs = Pairs::drawn(&data, vec![1.0; data.len()], Loss::BceWithLogits, 4, 7);
        let first = pairs.columns.clone();
        pairs.draw(1);
        assert_ne!(pairs.columns, first);
        assert_eq!(pairs.columns.users.len(), 5 * data.len());
        let Columns {
            users,
            items,
            targets,
        } = &pairs.columns;
        for ((&user, &item), &target) in users.iter().zip(items).zip(targets) {
            assert_eq!(data.contains(UserId(user), ItemId(item)), target == 1.0);
        }
        assert_eq!(targets.iter().sum::<f32>(), data.len() as f32);
    }
}
