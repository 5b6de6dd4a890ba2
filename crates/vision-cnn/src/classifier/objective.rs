//! What a network learns of pictures: the cross entropy of each head, over whole batches.

use guide_core::ndarray::Array2;
use guide_core::{Error, Result, kernels};
use nn_core::{Batch, CrossEntropy, Grads, Objective, Pass, Weights, Workspace};

use crate::{Network, PictureBatches};

/// Pictures that are scored at a time.
pub(crate) const SCORED: usize = 64;

/// The memory of the passes of a network, kept from step to step.
#[derive(Debug, Default)]
pub(crate) struct Work {
    x: Vec<f32>, // [n, height, width, channels]
    trunk: Workspace,
    heads: Vec<Workspace>,
    classes: Vec<u32>,
}

impl Work {
    /// The features of pictures that are not augmented, `[n, features]`.
    pub(crate) fn features(
        &mut self,
        (network, weights): (&Network, &Weights),
        batches: &PictureBatches<'_>,
        indices: &[usize],
    ) -> Result<&[f32]> {
        self.load(batches, indices, 0)?;
        let pass = Pass::infer(weights, indices.len());
        let trunk = network.trunk();
        Ok(self.trunk.forward(trunk, &pass, network.input(), &self.x))
    }

    /// The scores of a head for the features of the last pass, `[n, classes]`.
    pub(super) fn scores(
        &mut self,
        (network, weights): (&Network, &Weights),
        head: usize,
        n: usize,
    ) -> &[f32] {
        let shape = network.trunk().output_shape();
        self.heads
            .resize_with(network.heads().len(), Workspace::default);
        let (features, _) = self.trunk.output();
        self.heads[head].forward(
            &network.heads()[head],
            &Pass::infer(weights, n),
            shape,
            features,
        )
    }

    /// The features of pictures under a pass that trains, and room for the gradient of the loss by them.
    pub(crate) fn train_features(
        &mut self,
        network: &Network,
        pass: &Pass<'_>,
        (batches, indices, epoch): (&PictureBatches<'_>, &[usize], usize),
    ) -> Result<(&[f32], &mut [f32])> {
        self.load(batches, indices, epoch)?;
        let (trunk, input) = (network.trunk(), network.input());
        self.trunk.forward(trunk, pass, input, &self.x);
        Ok(self.trunk.output())
    }

    /// The backward pass after [`Work::train_features`].
    pub(crate) fn train_backward(&mut self, network: &Network, pass: &Pass<'_>, grads: &mut Grads) {
        let (trunk, input) = (network.trunk(), network.input());
        self.trunk
            .backward(trunk, pass, input, &self.x, false, Some(grads));
    }

    /// Commits the statistics of the last pass, which was over `n` pictures.
    pub(crate) fn commit(&self, network: &Network, n: usize, weights: &mut Weights) {
        self.trunk
            .commit(network.trunk(), network.input(), n, weights);
    }

    fn load(
        &mut self,
        batches: &PictureBatches<'_>,
        indices: &[usize],
        epoch: usize,
    ) -> Result<()> {
        let len: usize = batches.shape().iter().product();
        self.x.resize(indices.len() * len, 0.0);
        batches.batch(indices, epoch as u64, &mut self.x)
    }
}

/// Pictures, and their classes under each head.
#[derive(Debug)]
pub(super) struct Examples<'p> {
    pub(super) batches: PictureBatches<'p>,
    /// The places of these pictures among those of `batches`.
    pub(super) places: Vec<usize>,
    /// The class of each picture of `batches`, for each head.
    pub(super) classes: Vec<&'p [u32]>,
}

/// The scores of all heads for all pictures, `[pictures, classes]` each.
pub(super) fn score_all(
    network: (&Network, &Weights),
    examples: &Examples<'_>,
    work: &mut Work,
    scores: &mut [Array2<f32>],
) -> Result<()> {
    for (block, places) in examples.places.chunks(SCORED).enumerate() {
        work.features(network, &examples.batches, places)?;
        for (head, scores) in scores.iter_mut().enumerate() {
            let found = work.scores(network, head, places.len());
            let width = scores.ncols();
            if let Some(place) = found.iter().position(|score| !score.is_finite()) {
                return Err(Error::NotFinite {
                    what: "score of picture".to_owned(),
                    index: places[place / width],
                    value: f64::from(found[place]),
                });
            }
            let rows = scores.as_slice_mut().unwrap_or_default();
            rows[block * SCORED * width..][..found.len()].copy_from_slice(found);
        }
    }
    Ok(())
}

/// The network that learns the classes of pictures.
pub(super) struct PictureObjective<'a> {
    network: &'a Network,
    train: Examples<'a>,
    valid: Option<Examples<'a>>,
    loss: CrossEntropy,
    head_weights: Vec<f32>,
    epoch: usize,
    last_batch: usize,
    work: Work,
    places: Vec<usize>,
    /// Of the validation part, one matrix a head.
    scores: Vec<Array2<f32>>,
    /// Pictures to measure the first head on, and its scores for them.
    test: Option<(Examples<'a>, [Array2<f32>; 1])>,
    /// The first error of a pass. Every later loss is NaN, which ends the training.
    error: Option<Error>,
}

impl<'a> PictureObjective<'a> {
    pub(super) fn new(
        network: &'a Network,
        train: Examples<'a>,
        valid: Option<Examples<'a>>,
        smoothing: f32,
        head_weights: Vec<f32>,
    ) -> Self {
        let n_valid = valid.as_ref().map_or(0, |valid| valid.places.len());
        let scores = network.heads().iter();
        Self {
            scores: scores
                .map(|head| Array2::zeros((n_valid, head.n_out())))
                .collect(),
            network,
            train,
            valid,
            loss: CrossEntropy {
                smoothing,
                ignore: None,
            },
            head_weights,
            epoch: 0,
            last_batch: 0,
            work: Work::default(),
            places: Vec::new(),
            test: None,
            error: None,
        }
    }

    /// Reports the accuracy of the first head on `test` after each epoch.
    pub(super) fn measure_on(&mut self, test: Option<Examples<'a>>) {
        let n_out = self.network.heads().first().map_or(0, |head| head.n_out());
        self.test = test.map(|test| {
            let scores = Array2::zeros((test.places.len(), n_out));
            (test, [scores])
        });
    }

    /// The scores of the validation part, and its classes, for each head.
    pub(super) fn score_validation(
        &mut self,
        weights: &Weights,
    ) -> Result<Vec<(&Array2<f32>, Vec<u32>)>> {
        let Some(valid) = &self.valid else {
            return Ok(Vec::new());
        };
        score_all(
            (self.network, weights),
            valid,
            &mut self.work,
            &mut self.scores,
        )?;
        let of = |classes: &&[u32]| valid.places.iter().map(|&place| classes[place]).collect();
        Ok(self
            .scores
            .iter()
            .zip(valid.classes.iter().map(of))
            .collect())
    }

    /// The first error of a pass, to return in place of what the training gives.
    pub(super) fn take_error(&mut self) -> Option<Error> {
        self.error.take().map(|error| self.diverged(error))
    }

    /// Refuses weights that give the first training pictures scores that are not finite. The loss of a step is computed before its update, so the
    /// training loop cannot see that the last update diverged.
    pub(super) fn check_scores(&mut self, weights: &Weights) -> Result<()> {
        let first = Examples {
            batches: self.train.batches.clone(),
            places: self.train.places.iter().take(SCORED).copied().collect(),
            classes: Vec::new(),
        };
        let n = first.places.len();
        let heads = self.network.heads().iter();
        let mut scores: Vec<Array2<f32>> =
            heads.map(|head| Array2::zeros((n, head.n_out()))).collect();
        let scored = score_all((self.network, weights), &first, &mut self.work, &mut scores);
        scored.map_err(|error| self.diverged(error))
    }

    /// A score that is not finite is reported as a diverged training.
    fn diverged(&self, error: Error) -> Error {
        match error {
            Error::NotFinite { value, .. } => Error::Diverged {
                algorithm: super::train::ALGORITHM,
                epoch: self.epoch,
                step: 0,
                loss: value,
            },
            other => other,
        }
    }

    /// The value, or `None` after the first error, which is kept.
    fn keep_error<T>(&mut self, result: Result<T>) -> Option<T> {
        result.map_err(|error| self.error.get_or_insert(error)).ok()
    }

    fn try_learn(&mut self, weights: &Weights, batch: Batch<'_>, grads: &mut Grads) -> Result<f64> {
        let (network, work, n) = (self.network, &mut self.work, batch.examples.len());
        self.places.clear();
        let places = batch
            .examples
            .iter()
            .map(|&example| self.train.places[example]);
        self.places.extend(places);
        let pass = Pass {
            mode: batch.mode(),
            ..Pass::infer(weights, n)
        };
        let shape = network.trunk().output_shape();
        work.heads
            .resize_with(network.heads().len(), Workspace::default);
        work.load(&self.train.batches, &self.places, self.epoch)?;
        let (trunk, input) = (network.trunk(), network.input());
        work.trunk.forward(trunk, &pass, input, &work.x);
        let (features, d_features) = work.trunk.output();
        d_features.fill(0.0);
        let mut loss = 0.0;
        let heads = network.heads().iter().zip(&mut work.heads);
        let heads = heads.zip(&self.train.classes).zip(&self.head_weights);
        for (((head, head_work), classes), &weight) in heads {
            work.classes.clear();
            work.classes
                .extend(self.places.iter().map(|&place| classes[place]));
            head_work.forward(head, &pass, shape, features);
            let (scores, d_scores) = head_work.output();
            d_scores.copy_from_slice(scores);
            let scale = weight / n as f32;
            let sum = self.loss.of(head.n_out(), d_scores, &work.classes, scale);
            loss += f64::from(weight) * sum;
            let dx = head_work.backward(head, &pass, shape, features, true, Some(&mut *grads));
            kernels::axpy(1.0, dx, d_features);
        }
        work.train_backward(network, &pass, grads);
        self.last_batch = n;
        Ok(loss)
    }
}

impl Objective for PictureObjective<'_> {
    fn n_examples(&self) -> usize {
        self.train.places.len()
    }

    fn begin_epoch(&mut self, epoch: usize) {
        self.epoch = epoch;
    }

    /// The loss of a batch; NaN after an error, see [`PictureObjective::take_error`].
    fn learn(&mut self, weights: &Weights, batch: Batch<'_>, grads: &mut Grads) -> f64 {
        if self.error.is_some() {
            return f64::NAN;
        }
        let loss = self.try_learn(weights, batch, grads);
        self.keep_error(loss).unwrap_or(f64::NAN)
    }

    fn commit(&mut self, weights: &mut Weights) {
        self.work.commit(self.network, self.last_batch, weights);
    }

    /// [`PictureObjective::try_validate`]; NaN after an error.
    fn validate(&mut self, weights: &Weights) -> Option<f64> {
        self.valid.as_ref()?;
        let found = self.try_validate(weights);
        Some(self.keep_error(found).unwrap_or(f64::NAN))
    }

    /// The accuracy of the first head on the test part; `None` after an error.
    fn measure(&mut self, weights: &Weights) -> Option<f64> {
        let found = self.try_measure(weights);
        self.keep_error(found)?
    }
}

impl PictureObjective<'_> {
    /// The share of errors, weighted over the heads, with a small part of the log loss, which decides between equal ones.
    fn try_validate(&mut self, weights: &Weights) -> Result<f64> {
        let head_weights = self.head_weights.clone();
        let heads = self.score_validation(weights)?;
        let mut sum = 0.0;
        for ((scores, classes), weight) in heads.into_iter().zip(head_weights) {
            let calibration = nn_core::Calibration::default();
            let loss = calibration.mean_loss(scores.view(), &classes);
            let errors = scores.outer_iter().zip(&classes).filter(|(row, class)| {
                let own = row[**class as usize];
                row.iter().any(|&score| score > own)
            });
            let errors = errors.count() as f64 / classes.len().max(1) as f64;
            let small = 1e-3 / classes.len().max(1) as f64;
            sum += f64::from(weight) * (errors + small * loss.min(100.0));
        }
        Ok(sum)
    }

    fn try_measure(&mut self, weights: &Weights) -> Result<Option<f64>> {
        let Some((test, scores)) = &mut self.test else {
            return Ok(None);
        };
        score_all((self.network, weights), test, &mut self.work, scores)?;
        let Some(classes) = test.classes.first() else {
            return Ok(None);
        };
        let right = scores[0].outer_iter().zip(&test.places);
        let right = right.filter(|(row, place)| best(row.iter()) == classes[**place] as usize);
        Ok(Some(right.count() as f64 / test.places.len().max(1) as f64))
    }
}

/// The place of the largest score; of equal ones the first.
fn best<'s>(scores: impl Iterator<Item = &'s f32>) -> usize {
    let first = (0, f32::NEG_INFINITY);
    let larger = |best: (usize, f32), (place, &score): (usize, &f32)| match score > best.1 {
        true => (place, score),
        false => best,
    };
    scores.enumerate().fold(first, larger).0
}
