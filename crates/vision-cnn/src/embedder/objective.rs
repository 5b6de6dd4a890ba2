//! What the embedder learns: batches of a few classes with a few pictures each, under the batch-hard triplet loss.

use guide_core::{Batches, Error, Result, stream};
use nn_core::{Batch, Grads, Objective, Pass, Weights};
use rand::seq::SliceRandom;

use super::triplets::TripletLoss;
use crate::classifier::Work;
use crate::{Network, PictureBatches};

/// Places in random order, one after the other; after the last one they are shuffled again.
#[derive(Debug)]
struct ShuffledCycle {
    places: Vec<usize>,
    next: usize,
}

impl ShuffledCycle {
    fn new(places: Vec<usize>) -> Self {
        let next = places.len();
        Self { places, next }
    }

    /// The next place; `None` if there are none.
    fn next(&mut self, rng: &mut guide_core::Rng) -> Option<usize> {
        if self.next >= self.places.len() {
            self.places.shuffle(rng);
            self.next = 0;
        }
        let place = self.places.get(self.next).copied();
        self.next += 1;
        place
    }
}

/// The network that learns which pictures are alike.
#[derive(Debug)]
pub(super) struct TripletObjective<'a> {
    network: &'a Network,
    pictures: PictureBatches<'a>,
    of: &'a [u32],
    /// The pictures of each class that has two or more.
    classes: Vec<ShuffledCycle>,
    class_order: ShuffledCycle,
    /// Classes in a batch and pictures of each.
    shape: [usize; 2],
    margin: f32,
    seed: u64,
    epoch: usize,
    /// The pictures of an epoch, batch after batch.
    epoch_places: Vec<usize>,
    n_batches: usize,
    last_batch: usize,
    places: Vec<usize>,
    batch_classes: Vec<u32>,
    work: Work,
    loss: TripletLoss,
    /// The first error of a pass. Every later loss is NaN, which ends the training.
    error: Option<Error>,
}

impl<'a> TripletObjective<'a> {
    /// Over the pictures of `pictures` with the classes `of`. Pictures that are alone in their class are left out.
    pub(super) fn new(
        network: &'a Network,
        pictures: PictureBatches<'a>,
        of: &'a [u32],
        [n_classes, n_pictures]: [usize; 2],
        (margin, seed): (f32, u64),
    ) -> Self {
        let n_labels = of.iter().max().map_or(0, |&last| last as usize + 1);
        let mut members = vec![Vec::new(); n_labels];
        for (place, &class) in of.iter().enumerate() {
            members[class as usize].push(place);
        }
        members.retain(|members| members.len() > 1);
        let n: usize = members.iter().map(Vec::len).sum();
        let shape = [n_classes.min(members.len()), n_pictures];
        let batch = shape[0] * shape[1];
        Self {
            network,
            pictures,
            of,
            class_order: ShuffledCycle::new((0..members.len()).collect()),
            classes: members.into_iter().map(ShuffledCycle::new).collect(),
            shape,
            margin,
            seed,
            epoch: 0,
            epoch_places: Vec::new(),
            n_batches: n.div_ceil(batch.max(1)),
            last_batch: 0,
            places: Vec::new(),
            batch_classes: Vec::new(),
            work: Work::default(),
            loss: TripletLoss::default(),
            error: None,
        }
    }

    /// Classes with two pictures or more.
    pub(super) fn n_classes(&self) -> usize {
        self.classes.len()
    }

    /// Pictures in a batch.
    pub(super) fn batch_size(&self) -> usize {
        self.shape[0] * self.shape[1]
    }

    /// The first error of a pass, to return in place of what the training gives.
    pub(super) fn take_error(&mut self) -> Option<Error> {
        self.error.take()
    }

    fn try_learn(&mut self, weights: &Weights, batch: Batch<'_>, grads: &mut Grads) -> Result<f64> {
        let (network, n) = (self.network, batch.examples.len());
        self.places.clear();
        self.batch_classes.clear();
        for &example in batch.examples {
            let place = self.epoch_places[example];
            self.places.push(place);
            self.batch_classes.push(self.of[place]);
        }
        let pass = Pass {
            mode: batch.mode(),
            ..Pass::infer(weights, n)
        };
        let work = &mut self.work;
        let (features, d_features) =
            work.train_features(network, &pass, (&self.pictures, &self.places, self.epoch))?;
        let scale = (self.margin, 1.0 / n as f32);
        let width = network.n_features();
        let sum = self
            .loss
            .of((width, features), &self.batch_classes, scale, d_features);
        work.train_backward(network, &pass, grads);
        self.last_batch = n;
        Ok(sum)
    }
}

impl Objective for TripletObjective<'_> {
    fn n_examples(&self) -> usize {
        self.n_batches * self.batch_size()
    }

    fn batches(&self, _epoch: usize, size: usize, _seed: u64) -> Result<Batches> {
        Batches::sequential(self.n_examples(), size)
    }

    /// Draws the pictures of the epoch: each batch has different classes, each class different pictures as long as it has enough.
    fn begin_epoch(&mut self, epoch: usize) {
        self.epoch = epoch;
        let mut rng = stream(self.seed, epoch as u64);
        let [n_classes, n_pictures] = self.shape;
        self.epoch_places.clear();
        let mut drawn = Vec::with_capacity(n_classes);
        for _ in 0..self.n_batches {
            drawn.clear();
            // A cycle that ends within a batch may give a class again.
            while drawn.len() < n_classes {
                match self.class_order.next(&mut rng) {
                    Some(class) if !drawn.contains(&class) => drawn.push(class),
                    Some(_) => {}
                    None => return,
                }
            }
            for &class in &drawn {
                let places = (0..n_pictures).filter_map(|_| self.classes[class].next(&mut rng));
                self.epoch_places.extend(places);
            }
        }
    }

    /// The loss of a batch; NaN after an error, see [`TripletObjective::take_error`].
    fn learn(&mut self, weights: &Weights, batch: Batch<'_>, grads: &mut Grads) -> f64 {
        self.try_learn(weights, batch, grads)
            .unwrap_or_else(|error| {
                self.error.get_or_insert(error);
                f64::NAN
            })
    }

    fn commit(&mut self, weights: &mut Weights) {
        self.work.commit(self.network, self.last_batch, weights);
    }
}
