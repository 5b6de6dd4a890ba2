//! The plain objective: rows of numbers in, rows of numbers or classes to be met.

use guide_core::ndarray::Array2;
use guide_core::{Error, Result, Tensor};

use crate::{
    Batch, CrossEntropy, Grads, Layer, Loss, Objective, Pass, Shape, Shards, Weights, Workspace,
};

/// What each input is to give.
#[derive(Clone, Debug, PartialEq)]
pub enum Targets {
    /// Numbers, `[n, out]`, under a loss whose mean over all numbers is learned.
    Numbers(Array2<f32>, Loss),
    /// A class each, under softmax and cross entropy.
    Classes(Vec<u32>, CrossEntropy),
}

impl Targets {
    fn len(&self) -> usize {
        match self {
            Self::Numbers(targets, _) => targets.nrows(),
            Self::Classes(classes, _) => classes.len(),
        }
    }
}

/// A layer's output against targets, with a second set held out for validation.
///
/// ```
/// use guide_core::ndarray::array;
/// use nn_core::{Dense, Init, Loss, Optimizer, Supervised, Targets, Trainer, Weights};
/// // y = 2 x
/// let mut weights = Weights::new();
/// let line = Dense::without_bias(&mut weights, "0", 1, 1, Init::Zeros, 0);
/// let targets = Targets::Numbers(array![[2.0], [4.0], [6.0]], Loss::Mse);
/// let mut data = Supervised::new(&line, &[1], array![[1.0], [2.0], [3.0]], targets)?;
/// Trainer::default().n_epochs(100).optimizer(Optimizer::sgd(0.1)).train(&mut weights, &mut data)?;
/// assert!((weights.get(line.weight())[0] - 2.0).abs() < 1e-4);
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Debug)]
pub struct Supervised<'l> {
    layer: &'l dyn Layer,
    input: Shape,
    width: usize, // of the output
    examples: Examples,
    held_out: Option<Examples>,
    /// `None` where the layer needs the whole batch at once; then [`Supervised::whole`] is worked in.
    shards: Option<Shards<Work>>,
    whole: Work,
    last_batch: usize,
}

#[derive(Debug)]
struct Examples {
    inputs: Array2<f32>, // [n, input.len()]
    targets: Targets,
}

/// What a pass works in.
#[derive(Debug, Default)]
struct Work {
    layer: Workspace,
    x: Vec<f32>,
    numbers: Vec<f32>,
    classes: Vec<u32>,
}

/// Examples of a shard unless said.
const SHARD_SIZE: usize = 64;
/// Examples that are answered at a time: few enough that the outputs of a layer of pictures are still in a cache when the next layer reads them.
const BLOCK: usize = 64;

impl<'l> Supervised<'l> {
    /// Learns `targets` from `inputs`, each row of which is an example of the shape `input`.
    ///
    /// # Errors
    /// [`Error::Shape`] when the layer cannot take such inputs, when rows differ in number or in length from what is needed,
    /// [`Error::NotFinite`] for NaN or an infinity, [`Error::Param`] for a class that the layer has no output for.
    pub fn new(
        layer: &'l dyn Layer,
        input: &[usize],
        inputs: Array2<f32>,
        targets: Targets,
    ) -> Result<Self> {
        let input = Shape::of(input);
        let width = layer.output(input)?.len();
        let examples = Examples { inputs, targets };
        examples.check(input, width)?;
        Ok(Self {
            layer,
            input,
            width,
            examples,
            held_out: None,
            shards: Shards::of_layer(SHARD_SIZE, layer).ok(),
            whole: Work::default(),
            last_batch: 0,
        })
    }

    /// The same with a set for validation.
    ///
    /// # Errors
    /// As [`Supervised::new`].
    pub fn held_out(mut self, inputs: Array2<f32>, targets: Targets) -> Result<Self> {
        let examples = Examples { inputs, targets };
        examples.check(self.input, self.width)?;
        self.held_out = Some(examples);
        Ok(self)
    }

    /// The same with at most so many examples to a thread at a time, where the layer allows a split: 64 unless said. Results depend on
    /// it in their last bits, never on the number of threads.
    #[must_use]
    pub fn shard_size(mut self, size: usize) -> Self {
        self.shards = Shards::of_layer(size, self.layer).ok();
        self
    }
}

impl Examples {
    fn check(&self, input: Shape, width: usize) -> Result<()> {
        let n = self.inputs.nrows();
        let shape = |what: &str, expected: [usize; 2], got: [usize; 2]| Error::Shape {
            what: what.to_owned(),
            expected: expected.to_vec(),
            got: got.to_vec(),
        };
        if self.inputs.ncols() != input.len() {
            let got = [n, self.inputs.ncols()];
            return Err(shape("inputs", [n, input.len()], got));
        }
        if self.targets.len() != n {
            let got = [self.targets.len(), width];
            return Err(shape("targets", [n, width], got));
        }
        finite("input", &self.inputs)?;
        match &self.targets {
            Targets::Numbers(numbers, _) => {
                if numbers.ncols() != width {
                    return Err(shape("targets", [n, width], [n, numbers.ncols()]));
                }
                finite("target", numbers)
            }
            Targets::Classes(classes, _) => match classes.iter().max() {
                Some(&class) if class as usize >= width => {
                    let expected = format!("below the {width} outputs of the network");
                    Err(Error::param("class", class, expected))
                }
                _ => Ok(()),
            },
        }
    }

    /// Copies the inputs of these examples into `work`.
    fn take(&self, examples: impl Iterator<Item = usize>, work: &mut Work) {
        work.x.clear();
        work.numbers.clear();
        work.classes.clear();
        for example in examples {
            work.x.extend(self.inputs.row(example));
            match &self.targets {
                Targets::Numbers(numbers, _) => work.numbers.extend(numbers.row(example)),
                Targets::Classes(classes, _) => work.classes.push(classes[example]),
            }
        }
    }

    /// The sum of the losses of the rows of `y`; writes the gradient, `scale` times, into `dy`. The loss of a row of numbers is their
    /// mean.
    fn loss(
        &self,
        (y, dy): (&[f32], &mut [f32]),
        numbers: &[f32],
        classes: &[u32],
        scale: f32,
    ) -> f64 {
        match &self.targets {
            Targets::Numbers(targets, loss) => {
                let width = targets.ncols().max(1);
                loss.of(y, numbers, scale / width as f32, dy) / width as f64
            }
            Targets::Classes(_, loss) => {
                dy.copy_from_slice(y);
                let width = y.len() / classes.len().max(1);
                loss.of(width, dy, classes, scale)
            }
        }
    }
}

fn finite(what: &str, numbers: &Array2<f32>) -> Result<()> {
    let mut values = numbers.iter().enumerate();
    match values.find(|(_, value)| !value.is_finite()) {
        None => Ok(()),
        Some((index, &value)) => Err(Error::NotFinite {
            what: what.to_owned(),
            index,
            value: f64::from(value),
        }),
    }
}

impl Objective for Supervised<'_> {
    fn n_examples(&self) -> usize {
        self.examples.inputs.nrows()
    }

    fn learn(&mut self, weights: &Weights, batch: Batch<'_>, grads: &mut Grads) -> f64 {
        let (layer, input, examples) = (self.layer, self.input, &self.examples);
        let scale = 1.0 / batch.examples.len().max(1) as f32;
        let pass = |numbers: &[usize], first: usize, grads: &mut Grads, work: &mut Work| {
            examples.take(numbers.iter().copied(), work);
            let pass = Pass {
                weights,
                mode: batch.mode(),
                n: numbers.len(),
                first,
            };
            work.layer.forward(layer, &pass, input, &work.x);
            let output = work.layer.output();
            let sum = examples.loss(output, &work.numbers, &work.classes, scale);
            work.layer
                .backward(layer, &pass, input, &work.x, false, Some(grads));
            sum
        };
        self.last_batch = batch.examples.len();
        match &mut self.shards {
            None => pass(batch.examples, 0, grads, &mut self.whole),
            Some(shards) => {
                shards.learn(weights, batch.examples, 1, grads, |shard, grads, work| {
                    pass(shard.examples, shard.first, grads, work)
                })
            }
        }
    }

    fn commit(&mut self, weights: &mut Weights) {
        if self.shards.is_none() {
            let n = self.last_batch;
            self.whole.layer.commit(self.layer, self.input, n, weights);
        }
    }

    fn validate(&mut self, weights: &Weights) -> Option<f64> {
        let held_out = self.held_out.as_ref()?;
        let n = held_out.inputs.nrows();
        let work = &mut self.whole;
        let mut sum = 0.0;
        for start in (0..n).step_by(BLOCK) {
            let end = (start + BLOCK).min(n);
            held_out.take(start..end, work);
            let pass = Pass::infer(weights, end - start);
            work.layer.forward(self.layer, &pass, self.input, &work.x);
            sum += held_out.loss(work.layer.output(), &work.numbers, &work.classes, 0.0);
        }
        Some(sum / n.max(1) as f64)
    }
}

/// The outputs of a layer for rows of examples, `[n, out]`.
///
/// # Errors
/// [`Error::Shape`] when the rows or the layer do not have the shape `input`, [`Error::NotFinite`] for NaN or an infinity.
pub fn infer(
    layer: &dyn Layer,
    weights: &Weights,
    input: Shape,
    inputs: &Array2<f32>,
) -> Result<Array2<f32>> {
    let width = layer.output(input)?.len();
    if inputs.ncols() != input.len() {
        return Err(Error::Shape {
            what: "inputs".to_owned(),
            expected: vec![inputs.nrows(), input.len()],
            got: inputs.shape().to_vec(),
        });
    }
    finite("input", inputs)?;
    let inputs = inputs.as_standard_layout();
    let mut outputs = Array2::zeros((inputs.nrows(), width));
    let mut work = Workspace::default();
    let len = input.len().max(1);
    let blocks = inputs.as_slice().unwrap_or_default().chunks(BLOCK * len);
    let outputs_of = outputs.data_mut().chunks_mut((BLOCK * width).max(1));
    for (x, y) in blocks.zip(outputs_of) {
        let pass = Pass::infer(weights, x.len() / len);
        y.copy_from_slice(work.forward(layer, &pass, input, x));
    }
    Ok(outputs)
}
