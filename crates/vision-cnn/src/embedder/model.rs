//! The trained embedder of pictures and its file.

use guide_core::{Error, Persist, Result, Vectors};
use nn_core::{Summary, Weights};
use serde::{Deserialize, Serialize, Serializer};

use super::params::PictureEmbedderParams;
use super::train::EmbedderTrainingReport;
use crate::classifier::unit_features;
use crate::{Architecture, Network, Normalization, PictureClassifier, Pictures};

/// A convolutional network that turns pictures into unit vectors; those of alike pictures are near.
///
/// It is trained with classes, as the layers of a [`PictureClassifier`] before its heads, or with triplets
/// ([`PictureEmbedderParams`]), or first so and then so ([`PictureEmbedderParams::fit_from`]).
///
/// ```
/// use guide_core::Fit;
/// use vision_cnn::{Labels, PictureClassifier, PictureEmbedder, Pictures};
/// // Bright left halves and bright right halves, 10 x 10.
/// let pixels = (0..32).flat_map(|n| (0..100).map(move |cell| if (cell % 10 < 5) == (n % 2 == 0) { 250 - n } else { n }));
/// let labels = Labels::new("side", vec!["left".into(), "right".into()], (0..32).map(|n| n % 2).collect())?;
/// let pictures = Pictures::new([10, 10, 1], pixels.collect(), vec![labels])?;
/// let embedder = PictureClassifier::params().epochs(2).fit(&pictures)?.into_embedder()?;
/// let embedder = PictureEmbedder::params().epochs(2).fit_from(Some(&embedder), &pictures, &mut |_: &nn_core::EpochRecord| {
///     std::ops::ControlFlow::Continue(())
/// })?;
/// let vectors = embedder.embed(&pictures)?;
/// assert_eq!((vectors.len(), vectors.dim()), (32, 128));
/// assert_eq!(embedder.evaluate(&pictures, "side", 2)?.at_1, 1.0);
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Debug, Deserialize)]
#[serde(try_from = "Stored")]
pub struct PictureEmbedder {
    architecture: Architecture,
    normalization: Normalization,
    network: Network,
    params: Option<PictureEmbedderParams>,
    report: Option<EmbedderTrainingReport>,
}

/// The model as it lies in a file.
#[derive(Deserialize)]
struct Stored {
    architecture: Architecture,
    params: Option<PictureEmbedderParams>,
    size: [usize; 3],
    normalization: Normalization,
    weights: Weights,
}

/// The same before it is written.
#[derive(Serialize)]
struct ToStore<'m> {
    architecture: Architecture,
    params: &'m Option<PictureEmbedderParams>,
    size: [usize; 3],
    normalization: &'m Normalization,
    weights: &'m Weights,
}

impl Serialize for PictureEmbedder {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let stored = ToStore {
            architecture: self.architecture,
            params: &self.params,
            size: self.size(),
            normalization: &self.normalization,
            weights: self.network.weights(),
        };
        stored.serialize(serializer)
    }
}

impl TryFrom<Stored> for PictureEmbedder {
    type Error = Error;

    fn try_from(stored: Stored) -> Result<Self> {
        let (most, _) = stored.weights.count();
        let mut network = stored.architecture.stored_trunk(stored.size, most)?;
        network.weights_mut().replace(stored.weights)?;
        Ok(Self {
            architecture: stored.architecture,
            normalization: stored.normalization,
            network,
            params: stored.params,
            report: None,
        })
    }
}

impl PictureEmbedder {
    /// The default parameters of the training with triplets.
    pub fn params() -> PictureEmbedderParams {
        PictureEmbedderParams::default()
    }

    pub(super) fn new(
        architecture: Architecture,
        normalization: Normalization,
        network: Network,
        trained: Option<(PictureEmbedderParams, EmbedderTrainingReport)>,
    ) -> Result<Self> {
        let (params, report) = trained.unzip();
        let model = Self {
            architecture,
            normalization,
            network,
            params,
            report,
        };
        model.check()?;
        Ok(model)
    }

    /// The parameters of the training with triplets; `None` for the layers of a classifier.
    pub fn trained_with(&self) -> Option<&PictureEmbedderParams> {
        self.params.as_ref()
    }

    /// What the training with triplets came to; `None` for the layers of a classifier and for a model from a file.
    pub fn report(&self) -> Option<&EmbedderTrainingReport> {
        self.report.as_ref()
    }

    /// The network by name.
    pub fn architecture(&self) -> Architecture {
        self.architecture
    }

    /// Height, width and channels of the pictures it takes.
    pub fn size(&self) -> [usize; 3] {
        match *self.network.input().axes() {
            [height, width, channels] => [height, width, channels],
            _ => [0; 3],
        }
    }

    /// Numbers in a vector.
    pub fn dim(&self) -> usize {
        self.network.n_features()
    }

    /// The normalisation of its pictures.
    pub fn normalization(&self) -> &Normalization {
        &self.normalization
    }

    /// The layers and tensors.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// The table of its layers.
    pub fn summary(&self) -> Summary {
        self.network.summary()
    }

    /// The features of pictures divided by their norm, `[pictures, dim]`. A picture whose features are all 0 keeps zeros.
    ///
    /// # Errors
    /// [`Error::Shape`] for pictures of another size than [`PictureEmbedder::size`].
    pub fn embed(&self, pictures: &Pictures) -> Result<Vectors> {
        self.check_size(pictures)?;
        unit_features(&self.network, &self.normalization, pictures)
    }

    pub(super) fn check_size(&self, pictures: &Pictures) -> Result<()> {
        if pictures.size() == self.size() {
            return Ok(());
        }
        Err(Error::Shape {
            what: "pictures to embed".to_owned(),
            expected: self.size().to_vec(),
            got: pictures.size().to_vec(),
        })
    }

    /// A network of the same weights.
    pub(super) fn copied_network(&self) -> Result<Network> {
        trunk_of(self.architecture, self.size(), &self.network)
    }
}

/// The layers of a network before its heads, with its weights.
fn trunk_of(architecture: Architecture, size: [usize; 3], network: &Network) -> Result<Network> {
    let (most, _) = network.weights().count();
    let mut trunk = architecture.stored_trunk(size, most)?;
    let ids: Vec<_> = trunk.weights().ids().collect();
    for id in ids {
        let name = trunk.weights().name(id).to_owned();
        let from = network.weights().find(&name);
        let from = from.ok_or_else(|| Error::unknown("tensor of the network:", &name))?;
        let values = network.weights().get(from);
        let to = trunk.weights_mut().get_mut(id);
        if to.len() != values.len() {
            return Err(Error::Shape {
                what: format!("tensor `{name}`"),
                expected: vec![to.len()],
                got: vec![values.len()],
            });
        }
        to.copy_from_slice(values);
    }
    Ok(trunk)
}

impl PictureClassifier {
    /// The layers before the heads as an embedder.
    ///
    /// # Errors
    /// None for a classifier that was trained or loaded: the layers are those of its architecture.
    pub fn into_embedder(self) -> Result<PictureEmbedder> {
        let architecture = self.trained_with().architecture;
        let network = trunk_of(architecture, self.size(), self.network())?;
        PictureEmbedder::new(architecture, self.normalization().clone(), network, None)
    }
}

impl Persist for PictureEmbedder {
    const KIND: &'static str = "picture-embedder";
    const VERSION: u16 = 1;

    fn about(&self) -> serde_json::Value {
        serde_json::json!({
            "architecture": self.architecture,
            "params": self.params,
            "size": self.size(),
            "dim": self.dim(),
            "weights": self.network.weights().count().0,
        })
    }

    fn check(&self) -> Result<()> {
        if let Some(params) = &self.params {
            guide_core::check_params(Self::KIND, params)?;
        }
        self.normalization.check()?;
        let error = |reason: String| Err(Error::decode(Self::KIND, reason));
        if self.normalization.mean().len() != self.size()[2] {
            let n = self.normalization.mean().len();
            return error(format!("normalisation of {n} channels"));
        }
        match self.network.weights().not_finite() {
            None => Ok(()),
            Some((name, value)) => error(format!("tensor `{name}` holds {value}")),
        }
    }
}
