//! The space of scales: octaves of ever more blurred pictures, each octave of half the size of the one before.

use guide_core::{Error, Result};

use super::SiftParams;
use super::extrema::BORDER;
use crate::GrayImage;
use crate::pyramid::{Gaussian, Plane, blur, double, halve};

/// The blur that a picture is taken to come with, in its own pixels.
const CAMERA_SIGMA: f64 = 0.5;

/// Octaves of `n_octave_layers + 3` layers; layer `i` has the blur `sigma 2^(i / n_octave_layers)` in its own pixels.
pub(super) struct ScaleSpace {
    octaves: Vec<Vec<Plane>>,
}

impl ScaleSpace {
    /// The scale space of `image`, from the doubled picture on.
    pub(super) fn new(image: &GrayImage, params: &SiftParams) -> Result<Self> {
        let n_layers = params.n_octave_layers + 3;
        let (width, height) = (2 * image.width(), 2 * image.height());
        check_memory(width, height, n_layers, params.max_bytes)?;

        let sigma = f64::from(params.sigma);
        let doubled_sigma = 2.0 * CAMERA_SIGMA;
        let first = Gaussian::new(
            (sigma * sigma - doubled_sigma * doubled_sigma)
                .max(0.01)
                .sqrt(),
        );
        let ratio = 2.0_f64.powf(1.0 / params.n_octave_layers as f64);
        let steps: Vec<Gaussian> = (0..n_layers as i32 - 1)
            .map(|i| sigma * ratio.powi(i) * (ratio * ratio - 1.0).sqrt())
            .map(Gaussian::new)
            .collect();

        let mut octaves: Vec<Vec<Plane>> = Vec::new();
        for octave in 0..n_octaves(width, height) {
            let (width, height) = (width >> octave, height >> octave);
            let mut layers: Vec<Plane> = (0..n_layers).map(|_| Plane::new(width, height)).collect();
            let [base, .., last] = layers.as_mut_slice() else {
                break;
            };
            match octaves.last() {
                None => {
                    double(image, params.precise_upscale, last);
                    blur(last, &first, base);
                }
                Some(larger) => halve(&larger[params.n_octave_layers], base),
            }
            for (i, gaussian) in steps.iter().enumerate() {
                let (before, after) = layers.split_at_mut(i + 1);
                blur(&before[i], gaussian, &mut after[0]);
            }
            octaves.push(layers);
        }
        Ok(Self { octaves })
    }

    pub(super) fn n_octaves(&self) -> usize {
        self.octaves.len()
    }

    /// The layers of an octave; 0 is the doubled picture.
    pub(super) fn octave(&self, octave: usize) -> &[Plane] {
        &self.octaves[octave]
    }
}

/// `round(log2(shorter side) - 2) + 1`, less those that lie within the border altogether.
fn n_octaves(width: usize, height: usize) -> usize {
    let shorter = width.min(height);
    let wanted = ((shorter as f64).log2() - 1.0).round_ties_even() as usize;
    (0..wanted)
        .take_while(|&octave| shorter >> octave > 2 * BORDER)
        .count()
}

fn check_memory(width: usize, height: usize, n_layers: usize, limit: u64) -> Result<()> {
    // Each octave takes a quarter of the one before: together less than 4/3 of the first.
    let [columns, rows, layers] = [width, height, n_layers].map(|n| n as u64);
    let first = columns * rows * layers * size_of::<f32>() as u64;
    let needed = first + first / 3;
    if needed > limit {
        return Err(Error::Memory {
            what: format!("scale space of {}x{} pixels", width / 2, height / 2),
            needed,
            limit,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octaves_end_where_only_border_is_left() {
        // 1700 x 1360: log2 1360 - 1 = 9.4; 1360 / 2^6 = 21, / 2^7 = 10.
        assert_eq!(n_octaves(1700, 1360), 7);
        assert_eq!(n_octaves(11, 1000), 1);
        assert_eq!(n_octaves(10, 1000), 0);
        assert_eq!(n_octaves(2, 2), 0);
    }

    #[test]
    fn too_much_memory_is_refused() {
        let image = GrayImage::from_fn(100, 50, |_, _| 0).unwrap();
        let params = SiftParams::default().max_bytes(639_999);
        let error = ScaleSpace::new(&image, &params).err().unwrap();
        assert_eq!(
            error.to_string(),
            "scale space of 100x50 pixels needs 640000 bytes, above max_bytes = 639999"
        );
        assert!(ScaleSpace::new(&image, &params.max_bytes(640_000)).is_ok());
    }
}
