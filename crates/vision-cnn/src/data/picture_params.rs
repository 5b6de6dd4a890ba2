//! How a picture file becomes a picture of the size that a network takes.

use std::path::Path;

use guide_core::picture::{Colors, DecodedPicture, ReadParams};
use guide_core::{Params, Result, ensure, setters};
use serde::{Deserialize, Serialize};

use super::pictures::check_size;
use super::resize::{Rect, ResizeBuffers, resize};

/// How a picture is fitted into another shape. In each case it is resized bilinearly with antialiasing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Framing {
    /// The whole picture; its shape changes if it has another one than is wanted.
    Stretch,
    /// The largest part in the middle that has the wanted shape. What lies outside is lost.
    Crop,
    /// The whole picture in its own shape, in the middle; the rest has the colour [`PictureParams::ground`].
    Pad,
}

/// How a picture file becomes a picture `[height, width, channels]`. Stored with a model, so that it sees pictures as in its
/// training.
///
/// ```
/// use vision_cnn::{Framing, PictureParams};
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("wide.png");
/// image::RgbImage::from_pixel(8, 2, image::Rgb([255, 0, 0])).save(&path)?;
/// let params = PictureParams::default().height(2).width(2).framing(Framing::Pad);
/// // 8 x 2 becomes 2 x 1 (half a row is rounded up), and the other row is white.
/// assert_eq!(params.read(&path)?, [255, 0, 0, 255, 0, 0, 255, 255, 255, 255, 255, 255]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PictureParams {
    /// Rows (default 64); `1..=16384`.
    pub height: usize,
    /// Columns (default 64); `1..=16384`.
    pub width: usize,
    /// 3 for RGB (default), 1 for grey.
    pub channels: usize,
    /// How pictures of another shape are fitted (default [`Framing::Stretch`]).
    pub framing: Framing,
    /// The colour on which alpha is composited, and of the rest under [`Framing::Pad`] (default white).
    pub ground: [u8; 3],
    /// The most pixels of a file (default 2^26); `1..=268435456`. A larger picture is refused before it is decoded. Each
    /// thread that decodes takes up to 16 bytes per pixel.
    pub max_pixels: usize,
    /// The most bytes of all pictures of a data set together (default 2^33, 8 GiB). More are refused before one is decoded.
    pub max_bytes: u64,
}

setters!(PictureParams {
    height: usize,
    width: usize,
    channels: usize,
    framing: Framing,
    ground: [u8; 3],
    max_pixels: usize,
    max_bytes: u64,
});

impl Default for PictureParams {
    fn default() -> Self {
        Self {
            height: 64,
            width: 64,
            channels: 3,
            framing: Framing::Stretch,
            ground: [255; 3],
            max_pixels: 1 << 26,
            max_bytes: 1 << 33,
        }
    }
}

impl Params for PictureParams {
    fn validate(&self) -> Result<()> {
        check_size(self.size())?;
        ensure::within(
            "max_pixels",
            self.max_pixels,
            1,
            guide_core::picture::MAX_PIXELS,
        )
    }
}

impl PictureParams {
    /// Height, width and channels.
    pub fn size(&self) -> [usize; 3] {
        [self.height, self.width, self.channels]
    }

    /// Reads a PNG or JPEG file as [`DecodedPicture::open`] does and fits it. The result is `[height, width, channels]`.
    ///
    /// # Errors
    /// [`Error::Picture`](guide_core::Error::Picture) with the file for what is no picture, damaged, cut off or too large;
    /// [`Error::Io`](guide_core::Error::Io); [`Error::Param`](guide_core::Error::Param).
    pub fn read(&self, path: impl AsRef<Path>) -> Result<Vec<u8>> {
        let mut out = self.empty()?;
        self.read_into(path.as_ref(), &mut out, &mut Buffers::default())?;
        Ok(out)
    }

    /// The same from the bytes of a file.
    ///
    /// # Errors
    /// As [`PictureParams::read`], with the path `bytes`.
    pub fn decode(&self, bytes: &[u8]) -> Result<Vec<u8>> {
        let mut out = self.empty()?;
        let decoded = DecodedPicture::decode(bytes, self.colors(), &self.read_params())?;
        self.fit_into(&decoded, &mut out, &mut Buffers::default());
        Ok(out)
    }

    /// [`PictureParams::read`] into `out`. The parameters have been validated.
    pub(super) fn read_into(
        &self,
        path: &Path,
        out: &mut [u8],
        buffers: &mut Buffers,
    ) -> Result<()> {
        let decoded = DecodedPicture::open(path, self.colors(), &self.read_params())?;
        self.fit_into(&decoded, out, buffers);
        Ok(())
    }

    fn empty(&self) -> Result<Vec<u8>> {
        self.validate()?;
        Ok(vec![0; self.size().iter().product()])
    }

    fn colors(&self) -> Colors {
        match self.channels {
            1 => Colors::Gray,
            _ => Colors::Rgb,
        }
    }

    fn read_params(&self) -> ReadParams {
        ReadParams::default()
            .ground(self.ground)
            .max_pixels(self.max_pixels)
    }

    fn fit_into(&self, decoded: &DecodedPicture, out: &mut [u8], buffers: &mut Buffers) {
        let (picture, wanted) = ([decoded.height, decoded.width], [self.height, self.width]);
        if picture == wanted {
            out.copy_from_slice(&decoded.pixels);
            return;
        }
        let (rect, inner) = match self.framing {
            Framing::Stretch => (Rect::whole(picture), wanted),
            Framing::Crop => (Rect::centered(picture, wanted), wanted),
            Framing::Pad => (Rect::whole(picture), inner_size(picture, wanted)),
        };
        let values = &mut buffers.values;
        values.clear();
        values.resize(inner[0] * inner[1] * self.channels, 0.0);
        let size = [picture[0], picture[1], self.channels];
        resize(
            &decoded.pixels,
            size,
            rect,
            inner,
            values,
            &mut buffers.resize,
        );
        if inner != wanted {
            let gray = [guide_core::picture::luma(self.ground)];
            let ground: &[u8] = if self.channels == 1 {
                &gray
            } else {
                &self.ground
            };
            let pixels = out.chunks_exact_mut(self.channels);
            pixels.for_each(|pixel| pixel.copy_from_slice(ground));
        }
        let [top, left] = [0, 1].map(|side| (wanted[side] - inner[side]) / 2);
        let row_len = inner[1] * self.channels;
        let rows = out.chunks_exact_mut(self.width * self.channels).skip(top);
        for (out, values) in rows.zip(values.chunks_exact(row_len)) {
            let start = left * self.channels;
            for (out, &value) in out[start..start + row_len].iter_mut().zip(values) {
                *out = value.round() as u8;
            }
        }
    }
}

/// Memory that a thread keeps from one picture to the next.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    values: Vec<f32>,
    resize: ResizeBuffers,
}

/// The largest size of the picture's shape inside `wanted`, rounded, at least one pixel.
fn inner_size(picture: [usize; 2], wanted: [usize; 2]) -> [usize; 2] {
    let scale = |side: usize| wanted[side] as f64 / picture[side] as f64;
    let scale = scale(0).min(scale(1));
    [0, 1].map(|side| {
        let rounded = (picture[side] as f64 * scale).round() as usize;
        rounded.clamp(1, wanted[side])
    })
}

#[cfg(test)]
mod tests {
    use guide_core::testing;
    use image::{GrayImage, ImageFormat, Luma};

    use super::*;

    fn png(picture: &GrayImage) -> Vec<u8> {
        let mut bytes = std::io::Cursor::new(Vec::new());
        picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
        bytes.into_inner()
    }

    fn gray(height: usize, width: usize) -> PictureParams {
        let params = PictureParams::default().height(height).width(width);
        params.channels(1)
    }

    #[test]
    fn fitting_by_hand() {
        // Four columns: 0, 100, 200, 40; two equal rows.
        let picture = png(&GrayImage::from_fn(4, 2, |x, _| {
            Luma([[0, 100, 200, 40][x as usize]])
        }));
        let fitted = |params: PictureParams| params.decode(&picture).unwrap();
        assert_eq!(fitted(gray(2, 4)), [0, 100, 200, 40, 0, 100, 200, 40]);
        // The middle two columns.
        assert_eq!(
            fitted(gray(2, 2).framing(Framing::Crop)),
            [100, 200, 100, 200]
        );
        // Stretched: (3 * 0 + 3 * 100 + 200) / 7 = 71.4 and (100 + 3 * 200 + 3 * 40) / 7 = 117.1.
        assert_eq!(fitted(gray(2, 2)), [71, 117, 71, 117]);
        // In its shape: 2 x 1 within 2 x 3, with rows of the ground's grey above and below.
        let padded = fitted(gray(3, 2).framing(Framing::Pad).ground([255, 0, 0]));
        assert_eq!(padded, [76, 76, 71, 117, 76, 76]);
    }

    #[test]
    fn one_pixel_wide_pictures_take_no_memory_for_what_they_lack() {
        let picture = png(&GrayImage::from_fn(1, 3000, |_, _| Luma([9])));
        let fitted = gray(2, 4)
            .framing(Framing::Pad)
            .ground([0; 3])
            .decode(&picture);
        assert_eq!(fitted.unwrap(), [0, 9, 0, 0, 0, 9, 0, 0]);
        assert_eq!(gray(2, 2).decode(&picture).unwrap(), [9; 4]);
    }

    #[test]
    fn parameters_have_their_range() {
        let bad = [
            ("height", "0"),
            ("width", "16385"),
            ("channels", "2"),
            ("max_pixels", "0"),
            ("max_pixels", "268435457"),
        ];
        testing::refuses(&PictureParams::default(), &bad);
        assert!(PictureParams::default().validate().is_ok());
        assert!(gray(0, 4).decode(b"").is_err());
    }
}
