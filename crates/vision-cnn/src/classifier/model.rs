//! The trained classifier of pictures and its file.

use std::borrow::Cow;

use guide_core::ndarray::Array2;
use guide_core::{Error, Persist, Result, Vectors};
use nn_core::{Calibration, Summary, Weights};
use serde::ser::Error as _;
use serde::{Deserialize, Serialize, Serializer};

use super::objective::{Examples, Work, score_all};
use super::params::PictureClassifierParams;
use super::train::PictureTrainingReport;
use crate::networks::{PictureNetwork, check_size};
use crate::{Architecture, Labels, Network, Normalization, PictureBatches, Pictures};

/// One set of classes that a classifier tells apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Head {
    name: String,
    classes: Vec<String>,
    calibration: Calibration,
}

impl Head {
    /// The classes that a network scores, in the order of its scores, as probabilities of the temperature 1.
    ///
    /// # Errors
    /// [`Error::Empty`] without classes, [`Error::Duplicate`] for a class named twice.
    pub fn new(name: impl Into<String>, classes: Vec<String>) -> Result<Self> {
        let labels = Labels::new(name, classes, Vec::new())?;
        if labels.classes().is_empty() {
            let what = format!("the list of classes of head `{}`", labels.name());
            return Err(Error::empty(what));
        }
        Ok(Self::calibrated(&labels, Calibration::default()))
    }

    pub(super) fn calibrated(labels: &Labels, calibration: Calibration) -> Self {
        Self {
            name: labels.name().to_owned(),
            classes: labels.classes().to_vec(),
            calibration,
        }
    }

    /// The name of the labels, for example a column.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The names of the classes.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// The temperature of its probabilities.
    pub fn calibration(&self) -> Calibration {
        self.calibration
    }
}

/// A convolutional network that tells classes of pictures, one set of classes or several at once.
///
/// ```
/// use guide_core::Fit;
/// use vision_cnn::{Architecture, Labels, PictureClassifier, Pictures};
/// // Bright left halves and bright right halves, 8 x 8.
/// let pixels = (0..32).flat_map(|n| (0..64).map(move |cell| if (cell % 8 < 4) == (n % 2 == 0) { 250 - n } else { n }));
/// let labels = Labels::new("side", vec!["left".into(), "right".into()], (0..32).map(|n| n % 2).collect())?;
/// let pictures = Pictures::new([8, 8, 1], pixels.collect(), vec![labels])?;
/// let params = PictureClassifier::params().architecture(Architecture::ResNet20).epochs(4).batch(8).learning_rate(0.01);
/// let model = params.fit(&pictures)?;
/// assert_eq!(model.evaluate(&pictures)?.heads[0].accuracy(), 1.0);
/// let scores = model.classify(&pictures)?;
/// assert_eq!(scores.top(0, 1, 1), [(1, scores.probabilities(0)[[1, 1]])]); // the picture 1 is "right"
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Debug, Deserialize)]
#[serde(try_from = "Stored<'static>")]
pub struct PictureClassifier {
    params: PictureClassifierParams,
    heads: Vec<Head>,
    network: PictureNetwork,
    report: Option<PictureTrainingReport>,
}

/// The model as it is in a file: the layers follow from `params.architecture`.
#[derive(Serialize, Deserialize)]
struct Stored<'m> {
    params: Cow<'m, PictureClassifierParams>,
    size: [usize; 3],
    heads: Cow<'m, [Head]>,
    normalization: Cow<'m, Normalization>,
    weights: Cow<'m, Weights>,
}

impl Serialize for PictureClassifier {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let network = self.network();
        if network.architecture() != Some(self.params.architecture) {
            return Err(S::Error::custom(format!(
                "the network `{}` has layers of its own: a model file holds networks of an Architecture alone; \
                 nn_core::save_safetensors saves its tensors",
                network.name()
            )));
        }
        let stored = Stored {
            params: Cow::Borrowed(&self.params),
            size: self.size(),
            heads: Cow::Borrowed(&self.heads),
            normalization: Cow::Borrowed(self.normalization()),
            weights: Cow::Borrowed(network.weights()),
        };
        stored.serialize(serializer)
    }
}

impl TryFrom<Stored<'_>> for PictureClassifier {
    type Error = Error;

    fn try_from(stored: Stored<'_>) -> Result<Self> {
        guide_core::check_params(Self::KIND, stored.params.as_ref())?;
        let n_classes: Vec<usize> = stored.heads.iter().map(|head| head.classes.len()).collect();
        let (n_weights, _) = stored.weights.count();
        let architecture = stored.params.architecture;
        let network = architecture.stored(stored.size, &n_classes, n_weights)?;
        let normalization = stored.normalization.into_owned();
        Ok(Self {
            params: stored.params.into_owned(),
            heads: stored.heads.into_owned(),
            network: PictureNetwork::stored(network, stored.weights.into_owned(), normalization)?,
            report: None,
        })
    }
}

/// The probabilities of all heads for some pictures.
#[derive(Clone, Debug, PartialEq)]
pub struct PictureScores {
    heads: Vec<Array2<f32>>,
}

impl PictureScores {
    /// The probabilities of a head, `[pictures, classes]`.
    ///
    /// # Panics
    /// If there is no such head.
    pub fn probabilities(&self, head: usize) -> &Array2<f32> {
        &self.heads[head]
    }

    /// The `k` most probable classes of a head for a picture with their probabilities, the most probable first; of equal ones the first.
    ///
    /// # Panics
    /// If there is no such head or picture.
    pub fn top(&self, head: usize, picture: usize, k: usize) -> Vec<(usize, f32)> {
        let row = self.heads[head].row(picture);
        let mut classes: Vec<(usize, f32)> = row.iter().copied().enumerate().collect();
        classes.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        classes.truncate(k);
        classes
    }
}

impl PictureClassifier {
    /// The default parameters.
    pub fn params() -> PictureClassifierParams {
        PictureClassifierParams::default()
    }

    pub(super) fn new(
        params: PictureClassifierParams,
        heads: Vec<Head>,
        network: PictureNetwork,
        report: Option<PictureTrainingReport>,
    ) -> Result<Self> {
        let model = Self {
            params,
            heads,
            network,
            report,
        };
        model.check()?;
        Ok(model)
    }

    /// Makes a classifier from a network with trained weights, for example public ones. `heads` holds the names of the classes of each head;
    /// `normalization` is the one that the network was trained with, [`Normalization::imagenet`] for torchvision's weights. Its probabilities have the
    /// temperature 1. [`PictureClassifier::trained_with`] are then the default parameters with the architecture of the network.
    ///
    /// A network of layers of one's own classifies, but saving the classifier is an error: a model file holds the name of an
    /// [`Architecture`], not layers.
    ///
    /// ```
    /// use vision_cnn::{Architecture, Head, Normalization, PictureClassifier, Pictures};
    /// let network = Architecture::ResNet20.network([16, 16, 3], &[2], 1)?; // nn_core::load_safetensors(network.weights_mut(), path)?
    /// let head = Head::new("kind", vec!["coat".into(), "hat".into()])?;
    /// let model = PictureClassifier::from_network(network, vec![head], Normalization::imagenet())?;
    /// let pictures = Pictures::new([16, 16, 3], vec![9; 768], vec![])?;
    /// let probabilities = model.classify(&pictures)?;
    /// assert!((probabilities.probabilities(0).sum() - 1.0).abs() < 1e-6);
    /// # Ok::<(), guide_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Shape`] unless there is one of `heads` for each head of the network with as many classes, for tensors of other shapes
    /// than the layers have, and for a normalisation of another number of channels; [`Error::Unknown`] for other tensors,
    /// [`Error::Duplicate`] for two heads of one name, [`Error::Decode`] for a weight that is not finite.
    pub fn from_network(
        network: Network,
        heads: Vec<Head>,
        normalization: Normalization,
    ) -> Result<Self> {
        for (number, head) in heads.iter().enumerate() {
            if heads[..number].iter().any(|other| other.name == head.name) {
                return Err(Error::Duplicate {
                    what: "head".to_owned(),
                    id: head.name.clone(),
                });
            }
        }
        let mut params = Self::params();
        params.architecture = network.architecture().unwrap_or(params.architecture);
        let network = PictureNetwork::new(network, normalization)?;
        Self::new(params, heads, network, None)
    }

    /// The parameters that it was trained with. Of a network from elsewhere ([`PictureClassifier::from_network`]): the default ones
    /// with its architecture.
    pub fn trained_with(&self) -> &PictureClassifierParams {
        &self.params
    }

    /// Report of the training; `None` for a model from a file or of a network from elsewhere.
    pub fn report(&self) -> Option<&PictureTrainingReport> {
        self.report.as_ref()
    }

    /// Height, width and channels of the pictures it takes.
    pub fn size(&self) -> [usize; 3] {
        self.network().size()
    }

    /// Its sets of classes.
    pub fn heads(&self) -> &[Head] {
        &self.heads
    }

    /// The normalisation of its pictures.
    pub fn normalization(&self) -> &Normalization {
        self.network.normalization()
    }

    /// The layers and tensors.
    pub fn network(&self) -> &Network {
        self.network.network()
    }

    /// The layers and tensors, for example to train them on ([`PictureClassifierParams::fit_from`]).
    pub fn into_network(self) -> Network {
        self.network.into_network()
    }

    /// The architecture of its network; `None` for layers of one's own, which model files cannot hold.
    pub fn architecture(&self) -> Option<Architecture> {
        self.network().architecture()
    }

    /// The table of its layers.
    pub fn summary(&self) -> Summary {
        self.network().summary()
    }

    /// The probabilities of all classes for pictures of the size [`PictureClassifier::size`].
    ///
    /// # Errors
    /// [`Error::Shape`] for pictures of another size, [`Error::NotFinite`] if a score overflows.
    pub fn classify(&self, pictures: &Pictures) -> Result<PictureScores> {
        let mut heads = self.scores(pictures)?;
        for (scores, head) in heads.iter_mut().zip(&self.heads) {
            for mut row in scores.rows_mut() {
                if let Some(row) = row.as_slice_mut() {
                    head.calibration.probabilities(row);
                }
            }
        }
        Ok(PictureScores { heads })
    }

    /// The features of pictures as unit vectors: the numbers before the heads, divided by their norm. Similar products are near. A picture
    /// whose features are all 0 keeps zeros.
    ///
    /// # Errors
    /// As [`PictureClassifier::classify`].
    pub fn embed(&self, pictures: &Pictures) -> Result<Vectors> {
        self.network.unit_features(pictures)
    }

    /// The scores of each head before the softmax.
    pub(super) fn scores(&self, pictures: &Pictures) -> Result<Vec<Array2<f32>>> {
        check_size("pictures to classify", self.size(), pictures)?;
        let examples = Examples {
            batches: PictureBatches::new(pictures, self.normalization().clone())?,
            places: (0..pictures.len()).collect(),
            classes: Vec::new(),
        };
        let network = self.network();
        let n_classes = network.n_classes().into_iter();
        let mut scores: Vec<Array2<f32>> = n_classes
            .map(|n_classes| Array2::zeros((pictures.len(), n_classes)))
            .collect();
        let network = (network, network.weights());
        score_all(network, &examples, &mut Work::default(), &mut scores)?;
        Ok(scores)
    }
}

impl Persist for PictureClassifier {
    const KIND: &'static str = "picture-classifier";
    const VERSION: u16 = 1;

    fn about(&self) -> serde_json::Value {
        let heads = self.heads.iter().map(|head| {
            let temperature = head.calibration.temperature();
            serde_json::json!({ "name": head.name, "classes": head.classes.len(), "temperature": temperature })
        });
        serde_json::json!({
            "params": self.params,
            "size": self.size(),
            "heads": heads.collect::<Vec<_>>(),
            "weights": self.network().weights().count().0,
        })
    }

    fn check(&self) -> Result<()> {
        guide_core::check_params(Self::KIND, &self.params)?;
        self.network.check()?;
        let named: Vec<usize> = self.heads.iter().map(|head| head.classes.len()).collect();
        let n_classes = self.network().n_classes();
        if named != n_classes {
            return Err(Error::Shape {
                what: format!(
                    "classes of the heads of network `{}`",
                    self.network().name()
                ),
                expected: n_classes,
                got: named,
            });
        }
        for head in &self.heads {
            let temperature = head.calibration.temperature();
            if !(temperature.is_finite() && temperature > 0.0) {
                let reason = format!("the temperature {temperature} of `{}`", head.name);
                return Err(Error::decode(Self::KIND, reason));
            }
        }
        Ok(())
    }
}
