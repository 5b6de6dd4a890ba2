//! The trained embedder of pictures and its file.

use std::borrow::Cow;

use guide_core::{Error, Persist, Result, Vectors};
use nn_core::{Summary, Weights};
use serde::{Deserialize, Serialize, Serializer};

use super::params::PictureEmbedderParams;
use super::train::EmbedderTrainingReport;
use crate::networks::{PictureNetwork, check_size};
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
#[serde(try_from = "Stored<'static>")]
pub struct PictureEmbedder {
    architecture: Architecture,
    network: PictureNetwork,
    params: Option<PictureEmbedderParams>,
    report: Option<EmbedderTrainingReport>,
}

/// The model as it is in a file.
#[derive(Serialize, Deserialize)]
struct Stored<'m> {
    architecture: Architecture,
    params: Cow<'m, Option<PictureEmbedderParams>>,
    size: [usize; 3],
    normalization: Cow<'m, Normalization>,
    weights: Cow<'m, Weights>,
}

impl Serialize for PictureEmbedder {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let stored = Stored {
            architecture: self.architecture,
            params: Cow::Borrowed(&self.params),
            size: self.size(),
            normalization: Cow::Borrowed(self.normalization()),
            weights: Cow::Borrowed(self.network().weights()),
        };
        stored.serialize(serializer)
    }
}

impl TryFrom<Stored<'_>> for PictureEmbedder {
    type Error = Error;

    fn try_from(stored: Stored<'_>) -> Result<Self> {
        let (n_weights, _) = stored.weights.count();
        let network = stored.architecture.stored_trunk(stored.size, n_weights)?;
        let normalization = stored.normalization.into_owned();
        Ok(Self {
            architecture: stored.architecture,
            network: PictureNetwork::stored(network, stored.weights.into_owned(), normalization)?,
            params: stored.params.into_owned(),
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
            network: PictureNetwork::new(network, normalization)?,
            params,
            report,
        };
        model.check()?;
        Ok(model)
    }

    /// An embedder of the layers of a network before its heads, whose weights were trained elsewhere: the network of an
    /// [`Architecture`], with heads or without ([`Architecture::trunk`]). `normalization` is that of its training,
    /// [`Normalization::imagenet`] for torchvision's weights.
    ///
    /// ```
    /// use vision_cnn::{Architecture, Normalization, PictureEmbedder, Pictures};
    /// let trunk = Architecture::ResNet20.trunk([16, 16, 3], 1)?; // trunk.load_trunk("resnet20.safetensors")?
    /// let embedder = PictureEmbedder::from_network(trunk, Normalization::imagenet())?;
    /// let pictures = Pictures::new([16, 16, 3], vec![9; 768], vec![])?;
    /// assert_eq!(embedder.embed(&pictures)?.dim(), 64);
    /// # Ok::<(), guide_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Unsuitable`] for a network of layers of one's own, [`Error::Unknown`] or [`Error::Shape`] for tensors that the layers do
    /// not have, [`Error::Shape`] for a normalisation of another number of channels, [`Error::Decode`] for a weight that is not finite.
    pub fn from_network(network: Network, normalization: Normalization) -> Result<Self> {
        let Some(architecture) = network.architecture() else {
            return Err(Error::Unsuitable {
                algorithm: "embedder of pictures",
                needed: format!(
                    "the network of an Architecture; `{}` has layers of its own",
                    network.name()
                ),
            });
        };
        network.check_tensors()?;
        let trunk = match network.heads() {
            [] => network,
            _ => trunk_of(architecture, &network)?,
        };
        Self::new(architecture, normalization, trunk, None)
    }

    /// The parameters of the training with triplets; `None` for the layers of a classifier.
    pub fn trained_with(&self) -> Option<&PictureEmbedderParams> {
        self.params.as_ref()
    }

    /// Report of the training with triplets; `None` for the layers of a classifier and for a model from a file.
    pub fn report(&self) -> Option<&EmbedderTrainingReport> {
        self.report.as_ref()
    }

    /// The network by name.
    pub fn architecture(&self) -> Architecture {
        self.architecture
    }

    /// Height, width and channels of the pictures it takes.
    pub fn size(&self) -> [usize; 3] {
        self.network().size()
    }

    /// Numbers in a vector.
    pub fn dim(&self) -> usize {
        self.network().n_features()
    }

    /// The normalisation of its pictures.
    pub fn normalization(&self) -> &Normalization {
        self.network.normalization()
    }

    /// The layers and tensors.
    pub fn network(&self) -> &Network {
        self.network.network()
    }

    /// The table of its layers.
    pub fn summary(&self) -> Summary {
        self.network().summary()
    }

    /// The features of pictures divided by their norm, `[pictures, dim]`. A picture whose features are all 0 keeps zeros.
    ///
    /// # Errors
    /// [`Error::Shape`] for pictures of another size than [`PictureEmbedder::size`].
    pub fn embed(&self, pictures: &Pictures) -> Result<Vectors> {
        self.network.unit_features(pictures)
    }

    pub(super) fn check_size(&self, pictures: &Pictures) -> Result<()> {
        check_size("pictures to embed", self.size(), pictures)
    }

    /// A network of the same weights.
    pub(super) fn copied_network(&self) -> Result<Network> {
        trunk_of(self.architecture, self.network())
    }
}

/// The layers of a network before its heads, with its weights.
fn trunk_of(architecture: Architecture, network: &Network) -> Result<Network> {
    let (n_weights, _) = network.weights().count();
    let mut trunk = architecture.stored_trunk(network.size(), n_weights)?;
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
    /// [`Error::Unsuitable`] for a network of layers of one's own.
    pub fn into_embedder(self) -> Result<PictureEmbedder> {
        let normalization = self.normalization().clone();
        PictureEmbedder::from_network(self.into_network(), normalization)
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
            "weights": self.network().weights().count().0,
        })
    }

    fn check(&self) -> Result<()> {
        if let Some(params) = &self.params {
            guide_core::check_params(Self::KIND, params)?;
        }
        self.network.check()
    }
}
