//! Weights of a trunk from a `safetensors` file whose heads have other classes.

use std::path::Path;

use guide_core::{Error, Result};
use nn_core::{WeightId, Weights, from_safetensors};
use safetensors::SafeTensors;

use super::Network;

impl Network {
    /// Loads the tensors of the trunk from a `safetensors` file with torchvision's names and layouts, and leaves the heads as they
    /// are. Returns the names of the tensors in the file that were passed over, sorted: those of its heads, such as `fc.weight`. Other
    /// names among them show that the file is of another network. PyTorch's counters `num_batches_tracked` are not returned.
    ///
    /// ```no_run
    /// use vision_cnn::Architecture;
    /// // 143 classes instead of the 1000 in the file.
    /// let mut network = Architecture::ResNet18.network([224, 224, 3], &[143], 0)?;
    /// let passed_over = network.load_trunk("resnet18.safetensors")?;
    /// assert_eq!(passed_over, ["fc.bias", "fc.weight"]);
    /// # Ok::<(), guide_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Io`] with the path, and as [`Network::trunk_from_safetensors`].
    pub fn load_trunk(&mut self, path: impl AsRef<Path>) -> Result<Vec<String>> {
        let path = path.as_ref();
        let bytes = std::fs::read(path).map_err(|source| Error::io(path, source))?;
        self.trunk_from_safetensors(&bytes)
    }

    /// [`Network::load_trunk`] from the bytes of a file.
    ///
    /// ```
    /// use nn_core::to_safetensors;
    /// use vision_cnn::Architecture;
    /// let from = Architecture::ResNet20.network([16, 16, 1], &[10], 1)?;
    /// let mut network = Architecture::ResNet20.network([16, 16, 1], &[3], 2)?;
    /// let passed_over = network.trunk_from_safetensors(&to_safetensors(from.weights())?)?;
    /// assert_eq!(passed_over, ["linear.bias", "linear.weight"]);
    /// let first = |network: &vision_cnn::Network| {
    ///     let weights = network.weights();
    ///     weights.get(weights.find("conv1.weight").unwrap())[0]
    /// };
    /// assert_eq!(first(&network), first(&from));
    /// # Ok::<(), guide_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::NotAModel`] for bytes that are no such file, [`Error::Unknown`] for a tensor of the trunk that the file lacks,
    /// [`Error::Shape`] for one of another shape, [`Error::Decode`] for numbers that are not `f32`, [`Error::NotFinite`]. The network
    /// is then as it was.
    pub fn trunk_from_safetensors(&mut self, bytes: &[u8]) -> Result<Vec<String>> {
        let file = SafeTensors::deserialize(bytes).map_err(|reason| Error::NotAModel {
            reason: reason.to_string(),
        })?;
        let heads: Vec<WeightId> = self.heads().iter().flat_map(head_tensors).collect();
        let trunk: Vec<WeightId> = self
            .weights()
            .ids()
            .filter(|id| !heads.contains(id))
            .collect();
        // All tensors are read before the first is changed. They are then read again, so that no second set is kept in memory.
        for &id in &trunk {
            read(&file, self.weights(), id)?;
        }
        for &id in &trunk {
            let tensor = read(&file, self.weights(), id)?;
            if let Some(from) = tensor.ids().next() {
                self.weights_mut()
                    .get_mut(id)
                    .copy_from_slice(tensor.get(from));
            }
        }
        let is_of_trunk = |name: &str| {
            let id = self.weights().find(name);
            id.is_some_and(|id| !heads.contains(&id))
        };
        let names = file.names().into_iter();
        let passed_over = names.filter(|name| !is_of_trunk(name) && !is_counter(name));
        let mut passed_over: Vec<String> = passed_over.map(|name| name.to_string()).collect();
        passed_over.sort_unstable();
        Ok(passed_over)
    }
}

/// The weight and the bias of a head.
fn head_tensors(head: &nn_core::Dense) -> impl Iterator<Item = WeightId> + use<> {
    std::iter::once(head.weight()).chain(head.bias())
}

/// PyTorch's count of batches beside a batch normalisation, which is not used here.
fn is_counter(name: &str) -> bool {
    name.ends_with(".num_batches_tracked")
}

/// One tensor of the file, in the layout of the tensor `id` of `weights`, as a store of its own.
fn read(file: &SafeTensors<'_>, weights: &Weights, id: WeightId) -> Result<Weights> {
    let name = weights.name(id);
    let view = file
        .tensor(name)
        .map_err(|_| Error::unknown("tensor in the file:", name))?;
    let bytes = safetensors::serialize([(name, view)], None)
        .map_err(|reason| Error::decode("safetensors", reason))?;
    let mut tensor = Weights::new();
    let zeros = vec![0.0; weights.get(id).len()];
    tensor.add(name, weights.role(id), weights.shape(id), zeros);
    from_safetensors(&mut tensor, &bytes)?;
    Ok(tensor)
}
