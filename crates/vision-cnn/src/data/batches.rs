//! Batches of pictures as `f32`: augmented, fitted to the network's size and normalised.

use std::cell::RefCell;

use guide_core::{Error, Params, Result};
use rayon::prelude::*;

use super::augment::{Augment, Change};
use super::normalization::Normalization;
use super::pictures::{Pictures, check_size};
use super::resize::{Rect, ResizeBuffers, resize};

/// Makes batches of pictures for a network.
///
/// A picture is cut and resized to the output's size (bilinear with antialiasing; without augmentation the largest part in the
/// middle that has the output's shape, which is the whole picture if the shapes agree), mirrored, rotated, shifted, changed in
/// brightness and contrast, normalised, and partly erased.
///
/// ```
/// use vision_cnn::{Augment, Normalization, PictureBatches, Pictures};
/// let pictures = Pictures::new([1, 2, 1], vec![0, 255, 255, 255], vec![])?;
/// let batches = PictureBatches::new(&pictures, Normalization::unit(1)?)?;
/// let mut batch = [0.0; 4];
/// batches.batch(&[1, 0], 0, &mut batch)?; // pictures 1 and 0 of epoch 0
/// assert_eq!(batch, [1.0, 1.0, 0.0, 1.0]);
/// let mirrored = batches.augment(Augment::default().flip(1.0))?;
/// mirrored.batch(&[1, 0], 0, &mut batch)?;
/// assert_eq!(batch, [1.0, 1.0, 1.0, 0.0]);
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct PictureBatches<'a> {
    pictures: &'a Pictures,
    normalization: Normalization,
    size: [usize; 2],
    augment: Option<Augment>,
}

/// Memory that a thread keeps from one picture to the next.
#[derive(Default)]
struct Buffers {
    values: Vec<f32>,
    resize: ResizeBuffers,
}

thread_local! {
    static BUFFERS: RefCell<Buffers> = RefCell::default();
}

impl<'a> PictureBatches<'a> {
    /// Batches of the pictures in their own size, not augmented.
    ///
    /// # Errors
    /// [`Error::Shape`] if the normalisation is for another number of channels; [`Error::Param`] as
    /// [`Normalization::check`].
    pub fn new(pictures: &'a Pictures, normalization: Normalization) -> Result<Self> {
        normalization.check()?;
        let [height, width, channels] = pictures.size();
        if normalization.mean().len() != channels {
            return Err(Error::Shape {
                what: "means of channels for the pictures".to_owned(),
                expected: vec![channels],
                got: vec![normalization.mean().len()],
            });
        }
        Ok(Self {
            pictures,
            normalization,
            size: [height, width],
            augment: None,
        })
    }

    /// The same with pictures of another size.
    ///
    /// # Errors
    /// [`Error::Param`] for a side outside `1..=16384`.
    pub fn size(mut self, height: usize, width: usize) -> Result<Self> {
        check_size([height, width, 1])?;
        self.size = [height, width];
        Ok(self)
    }

    /// The same with augmentation.
    ///
    /// # Errors
    /// [`Error::Param`] for a parameter outside its range.
    pub fn augment(mut self, augment: Augment) -> Result<Self> {
        augment.validate()?;
        self.augment = Some(augment);
        Ok(self)
    }

    /// Height, width and channels of the pictures in a batch.
    pub fn shape(&self) -> [usize; 3] {
        [self.size[0], self.size[1], self.pictures.size()[2]]
    }

    /// The pictures.
    pub fn pictures(&self) -> &'a Pictures {
        self.pictures
    }

    /// Writes the pictures of these indices to `into`, `[n, height, width, channels]`, in parallel.
    ///
    /// The result follows from the seed of the augmentation, `epoch` and each index; the number of threads and the other
    /// pictures of the batch have no part in it. No memory is reserved once each thread has worked on a picture.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] for an index past the end; [`Error::Shape`] if `into` has another length.
    pub fn batch(&self, indices: &[usize], epoch: u64, into: &mut [f32]) -> Result<()> {
        let len: usize = self.shape().iter().product();
        if into.len() != indices.len() * len {
            return Err(Error::Shape {
                what: format!("memory for a batch of {} pictures", indices.len()),
                expected: [&[indices.len()], &self.shape()[..]].concat(),
                got: vec![into.len()],
            });
        }
        let n = self.pictures.len();
        if let Some(&index) = indices.iter().find(|&&index| index >= n) {
            return Err(Error::out_of_range("picture", index, n));
        }
        let augment = self.augment.as_ref();
        let augment = augment.map(|augment| (augment, augment.epoch_key(epoch)));
        let pictures = into.par_chunks_exact_mut(len).zip(indices);
        pictures.for_each(|(out, &index)| {
            let [height, width, _] = self.pictures.size();
            let change = match augment {
                Some((augment, key)) => augment.draw(key, index, [height, width], self.size),
                None => Change::none([height, width], self.size),
            };
            BUFFERS.with_borrow_mut(|buffers| self.write(index, &change, out, buffers));
        });
        Ok(())
    }

    fn write(&self, index: usize, change: &Change, out: &mut [f32], buffers: &mut Buffers) {
        let [height, width, channels] = self.pictures.size();
        let (picture, shape) = (self.pictures.pixels(index), self.shape());
        let border = self
            .augment
            .as_ref()
            .map_or(super::Border::Edge, |augment| augment.border);
        let whole = Rect::whole([height, width]);
        if self.size == [height, width] && change.crop == whole {
            change.movement.apply(picture, shape, border, out);
        } else {
            let Buffers {
                values,
                resize: kept,
            } = buffers;
            values.clear();
            values.resize(out.len(), 0.0);
            let size = self.pictures.size();
            resize(picture, size, change.crop, self.size, values, kept);
            change.movement.apply(values, shape, border, out);
        }
        change.jitter(out, channels);
        self.normalization.apply(out);
        change.erase(out, self.size[1], channels);
    }
}

#[cfg(test)]
mod tests {
    use guide_core::testing::same_for_one_and_two_threads;

    use super::*;

    fn pictures(n: usize, [height, width, channels]: [usize; 3]) -> Pictures {
        let len = n * height * width * channels;
        let pixels = (0..len).map(|i| (i * i * 13 % 255) as u8).collect();
        Pictures::new([height, width, channels], pixels, vec![]).unwrap()
    }

    fn everything() -> Augment {
        Augment::default()
            .crop_area([0.4, 1.0])
            .crop_ratio([0.8, 1.25])
            .flip(0.5)
            .rotation(20.0)
            .shift(2)
            .border(super::super::Border::Black)
            .brightness(0.4)
            .contrast(0.4)
            .erase(0.5)
            .seed(4)
    }

    fn batch(batches: &PictureBatches<'_>, indices: &[usize], epoch: u64) -> Vec<f32> {
        let len: usize = batches.shape().iter().product();
        let mut out = vec![f32::NAN; indices.len() * len];
        batches.batch(indices, epoch, &mut out).unwrap();
        out
    }

    #[test]
    fn neither_threads_nor_neighbours_change_a_picture() {
        for channels in [1, 3] {
            let pictures = pictures(12, [9, 7, channels]);
            let normalization = Normalization::unit(channels).unwrap();
            let batches = PictureBatches::new(&pictures, normalization).unwrap();
            let batches = batches.augment(everything()).unwrap().size(8, 8).unwrap();
            let all: Vec<usize> = (0..12).collect();
            let together = same_for_one_and_two_threads(|| batch(&batches, &all, 7));
            assert!(together.iter().all(|value| value.is_finite()));
            let len = 64 * channels;
            for index in [0, 5, 11] {
                let alone = batch(&batches, &[index], 7);
                assert_eq!(alone, together[index * len..(index + 1) * len]);
            }
            assert_ne!(batch(&batches, &all, 8), together);
        }
    }

    #[test]
    fn without_changes_a_batch_is_the_normalised_picture() {
        let pictures = pictures(3, [4, 5, 3]);
        let normalization = Normalization::new(&[0.1, 0.2, 0.3], &[0.5, 0.25, 2.0]).unwrap();
        let plain = PictureBatches::new(&pictures, normalization.clone()).unwrap();
        let unchanged = plain.clone().augment(Augment::default()).unwrap();
        let found = batch(&plain, &[2], 0);
        assert_eq!(found, batch(&unchanged, &[2], 9));
        for (place, (found, &value)) in found.iter().zip(pictures.pixels(2)).enumerate() {
            let channel = place % 3;
            let expected = (f32::from(value) / 255.0 - normalization.mean()[channel])
                / normalization.std()[channel];
            assert!((found - expected).abs() < 1e-5, "{found} for {expected}");
        }
    }

    #[test]
    fn another_size_shows_the_middle() {
        // Columns 0 to 5; the middle square is columns 1 to 4.
        let pixels: Vec<u8> = (0..24).map(|i| 10 * (i % 6) as u8).collect();
        let pictures = Pictures::new([4, 6, 1], pixels, vec![]).unwrap();
        let unit = Normalization::new(&[0.0], &[1.0 / 255.0]).unwrap();
        let batches = PictureBatches::new(&pictures, unit).unwrap();
        let found = batch(&batches.clone().size(4, 4).unwrap(), &[0], 0);
        for (found, expected) in found.iter().zip([10.0, 20.0, 30.0, 40.0].iter().cycle()) {
            assert!((found - expected).abs() < 1e-3, "{found} for {expected}");
        }
        let erased = batches
            .augment(Augment::default().erase(1.0).erase_area([1.0, 1.0]))
            .unwrap();
        let zeros = batch(&erased, &[0], 0)
            .iter()
            .filter(|&&v| v == 0.0)
            .count();
        // A share of 1 at a ratio of at least .3 covers more than half; the column 0 is 0 anyway.
        assert!(zeros > 12, "{zeros}");
    }

    #[test]
    fn misfits_are_refused() {
        let pictures = pictures(2, [2, 2, 3]);
        let gray = Normalization::unit(1).unwrap();
        assert!(matches!(
            PictureBatches::new(&pictures, gray),
            Err(Error::Shape { .. })
        ));
        let batches = PictureBatches::new(&pictures, Normalization::imagenet()).unwrap();
        let error = batches.batch(&[0, 2], 0, &mut [0.0; 24]).unwrap_err();
        assert_eq!(error.to_string(), "picture 2 is out of range: there are 2");
        let error = batches.batch(&[0], 0, &mut [0.0; 13]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "memory for a batch of 1 pictures: expected shape [1, 2, 2, 3], got [13]"
        );
        assert!(batches.batch(&[], 0, &mut []).is_ok());
        assert!(batches.clone().size(0, 4).is_err());
        assert!(batches.augment(Augment::default().flip(2.0)).is_err());
    }
}
