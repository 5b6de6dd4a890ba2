//! The trained classifier of pictures and its file.

use guide_core::ndarray::Array2;
use guide_core::{Error, Metric, Persist, Result, Vectors};
use nn_core::{Calibration, Summary, Weights};
use serde::{Deserialize, Serialize, Serializer};

use super::objective::{Examples, SCORED, Work, score_all};
use super::params::PictureClassifierParams;
use super::train::PictureTrainingReport;
use crate::embedder::normalize;
use crate::{Network, Normalization, PictureBatches, Pictures};

/// One set of classes that a classifier tells apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Head {
    name: String,
    classes: Vec<String>,
    calibration: Calibration,
}

impl Head {
    pub(super) fn new(name: &str, classes: &[String], calibration: Calibration) -> Self {
        Self {
            name: name.to_owned(),
            classes: classes.to_vec(),
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
#[serde(try_from = "Stored")]
pub struct PictureClassifier {
    params: PictureClassifierParams,
    heads: Vec<Head>,
    normalization: Normalization,
    network: Network,
    report: Option<PictureTrainingReport>,
}

/// The model as it lies in a file.
#[derive(Deserialize)]
struct Stored {
    params: PictureClassifierParams,
    size: [usize; 3],
    heads: Vec<Head>,
    normalization: Normalization,
    weights: Weights,
}

/// The same before it is written.
#[derive(Serialize)]
struct ToStore<'m> {
    params: &'m PictureClassifierParams,
    size: [usize; 3],
    heads: &'m [Head],
    normalization: &'m Normalization,
    weights: &'m Weights,
}

impl Serialize for PictureClassifier {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let stored = ToStore {
            params: &self.params,
            size: self.size(),
            heads: &self.heads,
            normalization: &self.normalization,
            weights: self.network.weights(),
        };
        stored.serialize(serializer)
    }
}

impl TryFrom<Stored> for PictureClassifier {
    type Error = Error;

    fn try_from(stored: Stored) -> Result<Self> {
        guide_core::check_params(Self::KIND, &stored.params)?;
        let n_classes: Vec<usize> = stored.heads.iter().map(|head| head.classes.len()).collect();
        let (most, _) = stored.weights.count();
        let architecture = stored.params.architecture;
        let mut network = architecture.stored(stored.size, &n_classes, most)?;
        network.weights_mut().replace(stored.weights)?;
        Ok(Self {
            params: stored.params,
            heads: stored.heads,
            normalization: stored.normalization,
            network,
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
        normalization: Normalization,
        network: Network,
        report: PictureTrainingReport,
    ) -> Result<Self> {
        let model = Self {
            params,
            heads,
            normalization,
            network,
            report: Some(report),
        };
        model.check()?;
        Ok(model)
    }

    /// What it was trained with.
    pub fn trained_with(&self) -> &PictureClassifierParams {
        &self.params
    }

    /// What the training came to; `None` for a model from a file.
    pub fn report(&self) -> Option<&PictureTrainingReport> {
        self.report.as_ref()
    }

    /// Height, width and channels of the pictures it takes.
    pub fn size(&self) -> [usize; 3] {
        match *self.network.input().axes() {
            [height, width, channels] => [height, width, channels],
            _ => [0; 3],
        }
    }

    /// Its sets of classes.
    pub fn heads(&self) -> &[Head] {
        &self.heads
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

    /// The probabilities of all classes for pictures of the size [`PictureClassifier::size`].
    ///
    /// # Errors
    /// [`Error::Shape`] for pictures of another size.
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
        self.check_size(pictures)?;
        unit_features(&self.network, &self.normalization, pictures)
    }

    /// The scores of each head before the softmax.
    pub(super) fn scores(&self, pictures: &Pictures) -> Result<Vec<Array2<f32>>> {
        self.check_size(pictures)?;
        let examples = Examples {
            batches: PictureBatches::new(pictures, self.normalization.clone())?,
            places: (0..pictures.len()).collect(),
            classes: Vec::new(),
        };
        let heads = self.network.heads().iter();
        let mut scores: Vec<Array2<f32>> = heads
            .map(|head| Array2::zeros((pictures.len(), head.n_out())))
            .collect();
        let network = (&self.network, self.network.weights());
        score_all(network, &examples, &mut Work::default(), &mut scores)?;
        Ok(scores)
    }

    fn check_size(&self, pictures: &Pictures) -> Result<()> {
        if pictures.size() == self.size() {
            return Ok(());
        }
        Err(Error::Shape {
            what: "pictures to classify".to_owned(),
            expected: self.size().to_vec(),
            got: pictures.size().to_vec(),
        })
    }
}

/// The features of pictures of the network's size as unit vectors.
pub(crate) fn unit_features(
    network: &Network,
    normalization: &Normalization,
    pictures: &Pictures,
) -> Result<Vectors> {
    let batches = PictureBatches::new(pictures, normalization.clone())?;
    let width = network.n_features();
    let (mut work, mut rows) = (Work::default(), Vec::with_capacity(pictures.len() * width));
    let all: Vec<usize> = (0..pictures.len()).collect();
    for places in all.chunks(SCORED) {
        rows.extend_from_slice(work.features((network, network.weights()), &batches, places)?);
    }
    normalize(width, &mut rows);
    let rows = Array2::from_shape_vec((pictures.len(), width), rows);
    Vectors::new(
        rows.map_err(|reason| Error::decode("features", reason))?,
        Metric::Cosine,
    )
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
            "weights": self.network.weights().count().0,
        })
    }

    fn check(&self) -> Result<()> {
        guide_core::check_params(Self::KIND, &self.params)?;
        let error = |reason: String| Err(Error::decode(Self::KIND, reason));
        self.normalization.check()?;
        if self.normalization.mean().len() != self.size()[2] {
            return error(format!(
                "normalisation of {} channels",
                self.normalization.mean().len()
            ));
        }
        if self.heads.len() != self.network.heads().len() {
            return error(format!("{} heads", self.heads.len()));
        }
        for head in &self.heads {
            let temperature = head.calibration.temperature();
            if !(temperature.is_finite() && temperature > 0.0) {
                return error(format!("the temperature {temperature} of `{}`", head.name));
            }
        }
        match self.network.weights().not_finite() {
            None => Ok(()),
            Some((name, value)) => error(format!("tensor `{name}` holds {value}")),
        }
    }
}
