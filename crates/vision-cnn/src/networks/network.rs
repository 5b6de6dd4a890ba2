//! A network for pictures: layers that make features of them, and linear heads that score classes.

use guide_core::{Error, Result};
use nn_core::{Dense, Init, Layer, Sequential, Shape, Summary, Weights};

use super::Architecture;
use super::stack::Start;

/// Number of the first head among the layers, which sets the seed of its initialisation.
const HEADS: u64 = 1000;

/// A network and its tensors: the trunk turns a picture `[height, width, channels]` into features `[width]`, each head turns these into
/// scores of its classes.
///
/// ```
/// use nn_core::{Activation, Weights};
/// use nn_core::Sequential;
/// use vision_cnn::{Conv2d, Conv2dParams, GlobalAvgPool, Network};
/// let mut weights = Weights::new();
/// let conv = Conv2dParams::keras(3, 8, 3).activation(Activation::Relu);
/// let trunk = Sequential::new(&[16, 16, 3])
///     .push(Conv2d::new(&mut weights, "conv", conv)?)?
///     .push(GlobalAvgPool)?;
/// let network = Network::new("own", weights, trunk)?.head("fc", 5, 0)?;
/// assert_eq!(network.weights().count().0, 3 * 3 * 3 * 8 + 8 + 8 * 5 + 5);
/// println!("{}", network.summary());
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Debug)]
pub struct Network {
    name: String,
    weights: Weights,
    trunk: Sequential,
    heads: Vec<Dense>,
    architecture: Option<Architecture>,
    /// The names and shapes of the tensors that the layers were built with.
    tensors: Vec<(String, Vec<usize>)>,
}

impl Network {
    /// Layers over the tensors in `weights`, without heads yet.
    ///
    /// # Errors
    /// [`Error::Shape`] unless the input has three axes and the output one.
    pub fn new(name: &str, weights: Weights, trunk: Sequential) -> Result<Self> {
        let shape = |what: &str, n_axes: usize, got: Shape| Error::Shape {
            what: format!("{what} of network `{name}`"),
            expected: vec![1; n_axes],
            got: got.axes().to_vec(),
        };
        let (input, output) = (trunk.input(), trunk.output_shape());
        if input.axes().len() != 3 || input.is_empty() {
            return Err(shape("pictures", 3, input));
        }
        if output.axes().len() != 1 || output.is_empty() {
            return Err(shape("features", 1, output));
        }
        Ok(Self {
            name: name.to_owned(),
            tensors: tensors_of(&weights),
            weights,
            trunk,
            heads: Vec::new(),
            architecture: None,
        })
    }

    /// The same with one more head, its weight and bias `U(±1 / √features)` as in PyTorch. It is then no longer the network of an
    /// [`Architecture`]: that has its heads from [`Architecture::network`].
    ///
    /// # Errors
    /// [`Error::Param`] for a name that is taken, or no classes.
    pub fn head(mut self, name: &str, n_classes: usize, seed: u64) -> Result<Self> {
        if n_classes == 0 {
            return Err(Error::param("n_classes", n_classes, "at least 1"));
        }
        if self.weights.find(&format!("{name}.weight")).is_some() {
            return Err(Error::param("head", name, "a name that no other layer has"));
        }
        let n_in = self.n_features();
        let head = Dense::torch(&mut self.weights, name, n_in, n_classes, seed);
        self.heads.push(head);
        self.architecture = None;
        self.tensors = tensors_of(&self.weights);
        Ok(self)
    }

    /// The heads of a network that is known by name: the first is called `name`, as in torchvision, the others `name.1`, `name.2`, ..
    pub(super) fn heads_named(
        mut self,
        name: &str,
        n_classes: &[usize],
        (init, start): (Init, Start),
    ) -> Result<Self> {
        for (number, &n_out) in n_classes.iter().enumerate() {
            let name = match number {
                0 => name.to_owned(),
                _ => format!("{name}.{number}"),
            };
            let n_in = self.n_features();
            start.allow(&self.weights, &[n_in, n_out])?;
            let (init, seed) = (start.init(init), start.seed(HEADS + number as u64));
            let head = Dense::new(&mut self.weights, &name, n_in, n_out, init, seed);
            self.heads.push(head);
        }
        self.tensors = tensors_of(&self.weights);
        Ok(self)
    }

    /// The same as the network of an architecture.
    pub(super) fn of(mut self, architecture: Architecture) -> Self {
        self.architecture = Some(architecture);
        self
    }

    /// The architecture that it was made by; `None` for layers of one's own, which model files cannot hold.
    ///
    /// ```
    /// use vision_cnn::Architecture;
    /// let network = Architecture::LeNet5.network([28, 28, 1], &[10], 0)?;
    /// assert_eq!(network.architecture(), Some(Architecture::LeNet5));
    /// assert_eq!(network.head("own", 2, 0)?.architecture(), None);
    /// # Ok::<(), guide_core::Error>(())
    /// ```
    pub fn architecture(&self) -> Option<Architecture> {
        self.architecture
    }

    /// The size of its pictures, `[height, width, channels]`.
    pub(crate) fn size(&self) -> [usize; 3] {
        match *self.input().axes() {
            [height, width, channels] => [height, width, channels],
            _ => [0; 3],
        }
    }

    /// Numbers of classes of the heads.
    pub(crate) fn n_classes(&self) -> Vec<usize> {
        self.heads.iter().map(Dense::n_out).collect()
    }

    /// Checks that the tensors are those that the layers were built with: [`Network::weights_mut`] can put others in their place.
    ///
    /// # Errors
    /// [`Error::Unknown`] for another tensor or a missing one, [`Error::Shape`] for one of another shape.
    pub(crate) fn check_tensors(&self) -> Result<()> {
        let mut ids = self.weights.ids();
        for (name, shape) in &self.tensors {
            let Some(id) = ids.next().filter(|&id| self.weights.name(id) == name) else {
                return Err(Error::unknown("tensor among those given:", name));
            };
            if self.weights.shape(id) != shape {
                return Err(Error::Shape {
                    what: format!("tensor `{name}`"),
                    expected: shape.clone(),
                    got: self.weights.shape(id).to_vec(),
                });
            }
        }
        match ids.next() {
            None => Ok(()),
            Some(id) => Err(Error::unknown(
                "tensor of the network:",
                self.weights.name(id),
            )),
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The tensors.
    pub fn weights(&self) -> &Weights {
        &self.weights
    }

    /// The tensors, to load or set.
    pub fn weights_mut(&mut self) -> &mut Weights {
        &mut self.weights
    }

    /// The layers from the picture to the features.
    pub fn trunk(&self) -> &Sequential {
        &self.trunk
    }

    /// The heads.
    pub fn heads(&self) -> &[Dense] {
        &self.heads
    }

    /// The shape of a picture, `[height, width, channels]`.
    pub fn input(&self) -> Shape {
        self.trunk.input()
    }

    /// Numbers in the features of a picture.
    pub fn n_features(&self) -> usize {
        self.trunk.output_shape().len()
    }

    /// The table of its layers, as Keras prints it.
    pub fn summary(&self) -> Summary {
        let mut summary = Summary::new(&self.name);
        self.trunk
            .describe(self.input(), &self.weights, &mut summary);
        for head in &self.heads {
            head.describe(self.trunk.output_shape(), &self.weights, &mut summary);
        }
        summary
    }
}

/// The names and shapes of all tensors.
fn tensors_of(weights: &Weights) -> Vec<(String, Vec<usize>)> {
    let ids = weights.ids();
    ids.map(|id| (weights.name(id).to_owned(), weights.shape(id).to_vec()))
        .collect()
}
