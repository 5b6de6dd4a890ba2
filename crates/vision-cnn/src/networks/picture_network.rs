//! A network with the normalisation of its pictures: the part that the classifier and the embedder have in common.

use guide_core::ndarray::Array2;
use guide_core::{Error, Metric, Result, Vectors};
use nn_core::Weights;

use super::Network;
use crate::classifier::{SCORED, Work};
use crate::embedder::normalize;
use crate::{Normalization, PictureBatches, Pictures};

/// A network and the normalisation that its pictures get.
#[derive(Debug)]
pub(crate) struct PictureNetwork {
    network: Network,
    normalization: Normalization,
}

impl PictureNetwork {
    /// A network whose tensors are those that it was built with.
    ///
    /// # Errors
    /// As [`PictureNetwork::check`].
    pub(crate) fn new(network: Network, normalization: Normalization) -> Result<Self> {
        let network = Self {
            network,
            normalization,
        };
        network.check()?;
        Ok(network)
    }

    /// The same with the weights of a model file.
    ///
    /// # Errors
    /// As [`Weights::replace`] and [`PictureNetwork::check`].
    pub(crate) fn stored(
        mut network: Network,
        weights: Weights,
        normalization: Normalization,
    ) -> Result<Self> {
        network.weights_mut().replace(weights)?;
        Self::new(network, normalization)
    }

    pub(crate) fn network(&self) -> &Network {
        &self.network
    }

    pub(crate) fn into_network(self) -> Network {
        self.network
    }

    pub(crate) fn normalization(&self) -> &Normalization {
        &self.normalization
    }

    /// The features of pictures divided by their norm, `[pictures, features]`.
    ///
    /// # Errors
    /// [`Error::Shape`] for pictures of another size.
    pub(crate) fn unit_features(&self, pictures: &Pictures) -> Result<Vectors> {
        check_size("pictures to embed", self.network.size(), pictures)?;
        let network = &self.network;
        let batches = PictureBatches::new(pictures, self.normalization.clone())?;
        let width = network.n_features();
        let (mut work, mut rows) = (Work::default(), Vec::with_capacity(pictures.len() * width));
        let all: Vec<usize> = (0..pictures.len()).collect();
        for places in all.chunks(SCORED) {
            rows.extend_from_slice(work.features(
                (network, network.weights()),
                &batches,
                places,
            )?);
        }
        normalize(width, &mut rows);
        let rows = Array2::from_shape_vec((pictures.len(), width), rows);
        Vectors::new(
            rows.map_err(|reason| Error::decode("features", reason))?,
            Metric::Cosine,
        )
    }

    /// Checks the tensors and the normalisation.
    ///
    /// # Errors
    /// [`Error::Unknown`] or [`Error::Shape`] for tensors that the layers do not have, [`Error::Decode`] for a value that is not
    /// finite, [`Error::Param`] for an invalid normalisation, [`Error::Shape`] for one of another number of channels.
    pub(crate) fn check(&self) -> Result<()> {
        self.normalization.check()?;
        let (channels, found) = (self.network.size()[2], self.normalization.mean().len());
        if channels != found {
            return Err(Error::Shape {
                what: format!("means of channels for network `{}`", self.network.name()),
                expected: vec![channels],
                got: vec![found],
            });
        }
        self.network.check_tensors()?;
        match self.network.weights().not_finite() {
            None => Ok(()),
            Some((name, value)) => {
                let reason = format!("tensor `{name}` holds {value}");
                Err(Error::decode("network", reason))
            }
        }
    }
}

/// Refuses pictures of another size.
///
/// # Errors
/// [`Error::Shape`] that names `what`.
pub(crate) fn check_size(what: &str, expected: [usize; 3], pictures: &Pictures) -> Result<()> {
    if pictures.size() == expected {
        return Ok(());
    }
    Err(Error::Shape {
        what: what.to_owned(),
        expected: expected.to_vec(),
        got: pictures.size().to_vec(),
    })
}
