//! Anti-aliased lines and circles on a picture of colours, by tiny-skia.

use guide_core::{Error, Result};
use image::RgbImage;
use tiny_skia::{FillRule, LineCap, LineJoin, Paint, Path, PathBuilder, Pixmap, Stroke, Transform};

use crate::{GrayImage, Keypoint};

/// What two of the largest pictures take side by side.
const MAX_BYTES: u64 = 1 << 31;

/// A picture to draw on.
pub(super) struct Canvas {
    pixmap: Pixmap,
    stroke: Stroke,
}

impl Canvas {
    /// A black one.
    pub(super) fn new(width: usize, height: usize, line_width: f32) -> Result<Self> {
        if width == 0 || height == 0 {
            return Err(Error::empty(format!("picture of {width}x{height} pixels")));
        }
        let bytes = 4 * (width as u64).saturating_mul(height as u64);
        let pixmap = match (u32::try_from(width), u32::try_from(height)) {
            (Ok(width), Ok(height)) if bytes <= MAX_BYTES => Pixmap::new(width, height),
            _ => None,
        };
        let mut pixmap = pixmap.ok_or_else(|| Error::Memory {
            what: format!("canvas of {width}x{height} pixels"),
            needed: bytes,
            limit: MAX_BYTES,
        })?;
        pixmap.fill(tiny_skia::Color::BLACK);
        let stroke = Stroke {
            width: line_width,
            line_cap: LineCap::Round,
            line_join: LineJoin::Round,
            ..Stroke::default()
        };
        Ok(Self { pixmap, stroke })
    }

    /// One that shows `picture`.
    pub(super) fn over(picture: &RgbImage, line_width: f32) -> Result<Self> {
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        let mut canvas = Self::new(width, height, line_width)?;
        let pixels = canvas.pixmap.data_mut().as_chunks_mut::<4>().0;
        for (pixel, color) in pixels.iter_mut().zip(picture.pixels()) {
            pixel[..3].copy_from_slice(&color.0);
        }
        Ok(canvas)
    }

    /// Copies `image` to the column `left`.
    pub(super) fn paste(&mut self, image: &GrayImage, left: usize) {
        let width = self.pixmap.width() as usize;
        let pixels = self.pixmap.data_mut().as_chunks_mut::<4>().0;
        for (y, row) in pixels.chunks_exact_mut(width).enumerate() {
            if y < image.height() {
                for (pixel, &gray) in row.iter_mut().skip(left).zip(image.row(y)) {
                    *pixel = [gray, gray, gray, u8::MAX];
                }
            }
        }
    }

    /// A key point of a picture that begins at the column `left`.
    pub(super) fn keypoint(
        &mut self,
        keypoint: &Keypoint,
        left: usize,
        rich: bool,
        color: [u8; 3],
    ) {
        let (x, y) = (keypoint.x + left as f32, keypoint.y);
        if !rich {
            return self.circle(x, y, 3.0, color);
        }
        let radius = keypoint.size / 2.0;
        self.circle(x, y, radius, color);
        let (sin, cos) = keypoint.angle.to_radians().sin_cos();
        self.lines(&[(x, y), (x + radius * cos, y + radius * sin)], color);
    }

    /// A circle around a point in pixels, of which (0, 0) is the centre of the first.
    fn circle(&mut self, x: f32, y: f32, radius: f32, color: [u8; 3]) {
        // Of a radius of nothing a dot is left.
        self.draw(
            PathBuilder::from_circle(x + 0.5, y + 0.5, radius.max(0.5)),
            color,
        );
    }

    /// Lines from point to point, of pixels as in [`Canvas::circle`].
    pub(super) fn lines(&mut self, points: &[(f32, f32)], color: [u8; 3]) {
        let mut path = PathBuilder::new();
        for (index, &(x, y)) in points.iter().enumerate() {
            if index == 0 {
                path.move_to(x + 0.5, y + 0.5);
            } else {
                path.line_to(x + 0.5, y + 0.5);
            }
        }
        self.draw(path.finish(), color);
    }

    /// Paths that have no points, or points too far away for an `f32` to tell, leave no trace.
    fn draw(&mut self, path: Option<Path>, [red, green, blue]: [u8; 3]) {
        let mut paint = Paint::default();
        paint.set_color_rgba8(red, green, blue, u8::MAX);
        let outline = path.and_then(|path| path.stroke(&self.stroke, 1.0));
        if let Some(outline) = outline {
            self.pixmap.fill_path(
                &outline,
                &paint,
                FillRule::Winding,
                Transform::identity(),
                None,
            );
        }
    }

    /// What was drawn.
    pub(super) fn finish(self) -> RgbImage {
        let (width, height) = (self.pixmap.width(), self.pixmap.height());
        let pixels = self.pixmap.data().as_chunks::<4>().0;
        RgbImage::from_fn(width, height, |x, y| {
            let [red, green, blue, _] = pixels[y as usize * width as usize + x as usize];
            image::Rgb([red, green, blue])
        })
    }
}
