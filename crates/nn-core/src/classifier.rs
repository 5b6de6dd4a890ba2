//! A multilayer perceptron over arrays: rows of numbers in, classes out.

use std::collections::BTreeMap;

use guide_core::ndarray::Array2;
use guide_core::{Error, Params, Persist, Result, Tensor, ensure, holdout, setters};
use serde::{Deserialize, Serialize};

use crate::{
    Activation, CrossEntropy, Dense, History, Init, Optimizer, Sequential, Supervised, Targets,
    Trainer, Weights, infer,
};

/// Parameters of [`Classifier`]. The defaults are those of scikit-learn's `MLPClassifier`, but for the validation part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ClassifierParams {
    /// Width of each hidden layer, followed by a relu (default `[100]`; `[]` is multinomial logistic regression).
    pub hidden: Vec<usize>,
    /// Passes over the examples (default 200).
    pub n_epochs: usize,
    /// Examples in a step (default 200).
    pub batch_size: usize,
    /// Adam's learning rate (default 1e-3).
    pub learning_rate: f32,
    /// Weight decay of all weights, apart from the gradient (default 0.01).
    pub weight_decay: f32,
    /// Share of the examples held out to watch (default 0.1); 0 for none. The weights of the epoch that is best on them are kept.
    pub validation: f32,
    /// Epochs without a better validation after which training ends (default 10; looked at only with a validation part).
    pub patience: usize,
    /// Seed of the first weights, of the held-out part and of the order.
    pub seed: u64,
}

impl Default for ClassifierParams {
    fn default() -> Self {
        Self {
            hidden: vec![100],
            n_epochs: 200,
            batch_size: 200,
            learning_rate: 1e-3,
            weight_decay: 0.01,
            validation: 0.1,
            patience: 10,
            seed: 0,
        }
    }
}

setters!(ClassifierParams {
    hidden: Vec<usize>,
    n_epochs: usize,
    batch_size: usize,
    learning_rate: f32,
    weight_decay: f32,
    validation: f32,
    patience: usize,
    seed: u64,
});

/// The widest hidden layer.
const MOST_WIDTH: usize = 1 << 16;

impl Params for ClassifierParams {
    fn validate(&self) -> Result<()> {
        if !self
            .hidden
            .iter()
            .all(|width| (1..=MOST_WIDTH).contains(width))
        {
            let expected = format!("widths between 1 and {MOST_WIDTH}");
            let value = format!("{:?}", self.hidden);
            return Err(Error::param("hidden", value, expected));
        }
        ensure::at_least_one("n_epochs", self.n_epochs)?;
        ensure::at_least_one("batch_size", self.batch_size)?;
        ensure::positive("learning_rate", self.learning_rate)?;
        ensure::not_negative("weight_decay", self.weight_decay)?;
        ensure::within("validation", self.validation, 0.0, 0.9)
    }
}

/// A multilayer perceptron that tells classes of rows of numbers. Each column is shifted and scaled to mean 0 and variance 1 first.
///
/// ```
/// use guide_core::ndarray::array;
/// use nn_core::Classifier;
/// let x = array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
/// let labels = ["same", "other", "other", "same"];
/// let model = Classifier::params().validation(0.0).learning_rate(0.05).fit(&x, &labels)?;
/// assert_eq!(model.predict(&x)?, labels);
/// assert_eq!(model.accuracy(&x, &labels)?, 1.0);
/// assert_eq!(model.classes(), ["other", "same"]);
/// assert!(model.predict_proba(&x)?[[0, 1]] > 0.9);
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Classifier {
    params: ClassifierParams,
    classes: Vec<String>,
    means: Vec<f32>,  // of each column
    scales: Vec<f32>, // 1 / standard deviation, 1 where there is none
    weights: Weights,
}

impl Classifier {
    /// The default parameters.
    pub fn params() -> ClassifierParams {
        ClassifierParams::default()
    }

    /// Fits the default parameters to rows `x` with a label each.
    ///
    /// # Errors
    /// As [`ClassifierParams::fit`].
    pub fn fit(x: &Array2<f32>, labels: &[impl ToString]) -> Result<Self> {
        Self::params().fit(x, labels)
    }

    /// The labels, sorted.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// The tensors: `0.weight`, `0.bias`, `1.weight` and so on, a pair for each layer.
    pub fn weights(&self) -> &Weights {
        &self.weights
    }

    /// The tensors to change, for example by [`load_safetensors`](crate::load_safetensors).
    pub fn weights_mut(&mut self) -> &mut Weights {
        &mut self.weights
    }

    /// The number of columns that it expects.
    pub fn n_features(&self) -> usize {
        self.means.len()
    }

    /// The most probable label of each row.
    ///
    /// # Errors
    /// As [`Classifier::predict_proba`].
    pub fn predict(&self, x: &Array2<f32>) -> Result<Vec<&str>> {
        let probabilities = self.predict_proba(x)?;
        let best = probabilities.rows().into_iter().map(|row| {
            let best = row.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
            best.map_or("", |(class, _)| self.classes[class].as_str())
        });
        Ok(best.collect())
    }

    /// The probability of each class for each row, `[n, classes]`.
    ///
    /// # Errors
    /// [`Error::Shape`] for another number of columns, [`Error::NotFinite`].
    pub fn predict_proba(&self, x: &Array2<f32>) -> Result<Array2<f32>> {
        if x.ncols() != self.means.len() {
            return Err(Error::Shape {
                what: "rows to classify".to_owned(),
                expected: vec![x.nrows(), self.means.len()],
                got: x.shape().to_vec(),
            });
        }
        let net = self.network()?;
        let mut y = infer(&net, &self.weights, net.input(), &self.scaled(x))?;
        let width = self.classes.len();
        Activation::Softmax.apply(y.data_mut(), width);
        Ok(y)
    }

    /// The share of rows whose most probable label is the given one. A label that was not in the training counts as missed.
    ///
    /// # Errors
    /// As [`Classifier::predict_proba`], and [`Error::Shape`] for another number of labels than rows.
    pub fn accuracy(&self, x: &Array2<f32>, labels: &[impl ToString]) -> Result<f64> {
        ensure_labels(x, labels)?;
        let predicted = self.predict(x)?;
        let hits = predicted
            .iter()
            .zip(labels)
            .filter(|(predicted, label)| **predicted == label.to_string());
        Ok(hits.count() as f64 / labels.len().max(1) as f64)
    }

    fn scaled(&self, x: &Array2<f32>) -> Array2<f32> {
        let mut x = x.clone();
        for mut row in x.rows_mut() {
            for ((x, mean), scale) in row.iter_mut().zip(&self.means).zip(&self.scales) {
                *x = (*x - mean) * scale;
            }
        }
        x
    }

    /// The layers over the stored tensors.
    fn network(&self) -> Result<Sequential<Dense>> {
        let find = |name: String| {
            let id = self.weights.find(&name);
            id.ok_or_else(|| Error::decode(Self::KIND, format!("tensor `{name}` is missing")))
        };
        let mut net = Sequential::of(&[self.means.len()]);
        for number in 0..=self.params.hidden.len() {
            let weight = find(format!("{number}.weight"))?;
            let bias = find(format!("{number}.bias"))?;
            if self.weights.shape(weight).len() != 2
                || self.weights.shape(bias) != &self.weights.shape(weight)[1..]
            {
                let reason = format!("tensors of layer {number} do not fit");
                return Err(Error::decode(Self::KIND, reason));
            }
            let layer = Dense::of(&self.weights, weight, Some(bias));
            net = net.then(if number < self.params.hidden.len() {
                layer.activation(Activation::Relu)
            } else {
                layer
            })?;
        }
        Ok(net)
    }
}

fn ensure_labels(x: &Array2<f32>, labels: &[impl ToString]) -> Result<()> {
    if x.nrows() == labels.len() {
        return Ok(());
    }
    Err(Error::Shape {
        what: "labels".to_owned(),
        expected: vec![x.nrows()],
        got: vec![labels.len()],
    })
}

impl ClassifierParams {
    /// Fits rows `x`, `[n, columns]`, with a label each.
    ///
    /// # Errors
    /// Bad parameters, [`Error::Shape`] for another number of labels than rows, [`Error::Empty`] without rows,
    /// [`Error::Unsuitable`] where all labels are the same, [`Error::NotFinite`], [`Error::Diverged`].
    pub fn fit(&self, x: &Array2<f32>, labels: &[impl ToString]) -> Result<Classifier> {
        self.fit_with_history(x, labels).map(|(model, _)| model)
    }

    /// The same with the losses of the epochs.
    ///
    /// # Errors
    /// As [`ClassifierParams::fit`].
    pub fn fit_with_history(
        &self,
        x: &Array2<f32>,
        labels: &[impl ToString],
    ) -> Result<(Classifier, History)> {
        self.validate()?;
        ensure_labels(x, labels)?;
        if x.is_empty() {
            return Err(Error::empty("the set of rows to learn from"));
        }
        let labels: Vec<String> = labels.iter().map(ToString::to_string).collect();
        let mut numbers: BTreeMap<&str, u32> =
            labels.iter().map(|label| (label.as_str(), 0)).collect();
        for (number, class) in (0..).zip(numbers.values_mut()) {
            *class = number;
        }
        if numbers.len() < 2 {
            let needed = format!("two labels or more, not only `{}`", labels[0]);
            return Err(Error::Unsuitable {
                algorithm: "classifier",
                needed,
            });
        }
        let targets: Vec<u32> = labels.iter().map(|label| numbers[label.as_str()]).collect();
        let mut model = self.start(x, numbers.keys().map(|&class| class.to_owned()).collect());
        let net = model.network()?;
        let scaled = model.scaled(x);
        let part = |rows: &[usize]| {
            let classes = rows.iter().map(|&row| targets[row]).collect();
            let inputs = scaled.select(guide_core::ndarray::Axis(0), rows);
            (inputs, Targets::Classes(classes, CrossEntropy::default()))
        };
        let input = [x.ncols()];
        let adam = Optimizer::adamw(self.learning_rate, self.weight_decay);
        let trainer = Trainer::default()
            .n_epochs(self.n_epochs)
            .batch_size(self.batch_size)
            .optimizer(adam)
            .seed(self.seed);
        let split = holdout(x.nrows(), self.validation, self.seed);
        let (mut objective, trainer) = match split {
            // A share that leaves nothing on one side holds out nothing.
            Err(_) => {
                let all: Vec<usize> = (0..x.nrows()).collect();
                let (inputs, targets) = part(&all);
                (Supervised::new(&net, &input, inputs, targets)?, trainer)
            }
            Ok((train, valid)) => {
                let (inputs, targets) = part(&train);
                let objective = Supervised::new(&net, &input, inputs, targets)?;
                let (inputs, targets) = part(&valid);
                let objective = objective.held_out(inputs, targets)?;
                (objective, trainer.patience(self.patience))
            }
        };
        let history = trainer.train_watched(
            "classifier",
            &mut model.weights,
            &mut objective,
            &mut |_: &crate::EpochRecord| std::ops::ControlFlow::Continue(()),
        )?;
        Ok((model, history))
    }

    /// The network before training.
    fn start(&self, x: &Array2<f32>, classes: Vec<String>) -> Classifier {
        let n = x.nrows().max(1) as f64;
        let (mut means, mut scales) = (Vec::new(), Vec::new());
        for column in x.columns() {
            let mean = column.iter().map(|&x| f64::from(x)).sum::<f64>() / n;
            let square = |&x: &f32| (f64::from(x) - mean).powi(2);
            let deviation = (column.iter().map(square).sum::<f64>() / n).sqrt();
            means.push(mean as f32);
            scales.push(if deviation > 1e-30 {
                (1.0 / deviation) as f32
            } else {
                1.0
            });
        }
        let mut weights = Weights::new();
        let widths = [&[x.ncols()], &self.hidden[..], &[classes.len()]].concat();
        for (number, pair) in widths.windows(2).enumerate() {
            let seed = self.seed.wrapping_mul(1009).wrapping_add(number as u64);
            let name = number.to_string();
            Dense::new(
                &mut weights,
                &name,
                pair[0],
                pair[1],
                Init::GlorotUniform,
                seed,
            );
        }
        Classifier {
            params: self.clone(),
            classes,
            means,
            scales,
            weights,
        }
    }
}

impl Persist for Classifier {
    const KIND: &'static str = "classifier";
    const VERSION: u16 = 1;

    fn about(&self) -> serde_json::Value {
        serde_json::json!({
            "params": self.params,
            "columns": self.means.len(),
            "classes": self.classes,
            "weights": self.weights.count().0,
        })
    }

    fn check(&self) -> Result<()> {
        guide_core::check_params(Self::KIND, &self.params)?;
        let net = self.network()?;
        let fits = net.output_shape().len() == self.classes.len()
            && self.classes.len() > 1
            && self.scales.len() == self.means.len()
            && self.weights.not_finite().is_none()
            && self.means.iter().chain(&self.scales).all(|x| x.is_finite());
        if fits {
            Ok(())
        } else {
            Err(Error::decode(
                Self::KIND,
                "classes and network do not fit together",
            ))
        }
    }
}
