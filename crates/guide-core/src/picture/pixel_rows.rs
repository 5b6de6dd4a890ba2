//! Turns decoded rows into grey or RGB pixels of 8 bits: the alpha channel is composited on a ground colour, 16 bits become 8.

use super::{Colors, luma};

/// How the bytes of a decoded row are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// Values per pixel: 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha.
    pub(super) channels: usize,
    /// Whether a value is two bytes, the high one first.
    pub(super) sixteen: bool,
}

impl Layout {
    /// Bytes per pixel.
    pub(super) fn pixel_bytes(self) -> usize {
        self.channels * if self.sixteen { 2 } else { 1 }
    }

    fn has_alpha(self) -> bool {
        self.channels.is_multiple_of(2)
    }
}

/// Pixels of the wanted colours, which grow as rows are added. Memory is never reserved for rows that were not decoded.
pub(super) struct PixelRows {
    layout: Layout,
    ground: [u8; 3],
    colors: Colors,
    pub(super) pixels: Vec<u8>,
    /// 0 where alpha is 0, otherwise 255. Empty for a picture without alpha.
    pub(super) seen: Vec<u8>,
}

impl PixelRows {
    pub(super) fn new(layout: Layout, ground: [u8; 3], colors: Colors) -> Self {
        Self {
            layout,
            ground,
            colors,
            pixels: Vec::new(),
            seen: Vec::new(),
        }
    }

    /// Adds whole pixels. Bytes after the last whole pixel are ignored.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        let layout = self.layout;
        let unchanged = layout.channels == self.colors.channels() && !layout.sixteen;
        if unchanged {
            self.pixels.extend_from_slice(bytes);
            return;
        }
        match self.colors {
            Colors::Gray => self.extend(bytes, |rgb| [luma(rgb)]),
            Colors::Rgb => self.extend(bytes, |rgb| rgb),
        }
        if layout.has_alpha() {
            let alpha_bytes = layout.pixel_bytes() / layout.channels;
            let pixels = bytes.chunks_exact(layout.pixel_bytes());
            self.seen.extend(pixels.map(|pixel| {
                let alpha = &pixel[pixel.len() - alpha_bytes..];
                if alpha.iter().any(|&byte| byte != 0) {
                    255
                } else {
                    0
                }
            }));
        }
    }

    fn extend<const N: usize>(&mut self, bytes: &[u8], stored: impl Fn([u8; 3]) -> [u8; N]) {
        let (layout, ground) = (self.layout, self.ground);
        let pixels = bytes.chunks_exact(layout.pixel_bytes());
        let start = self.pixels.len();
        self.pixels.resize(start + pixels.len() * N, 0);
        let stored_at = self.pixels[start..].as_chunks_mut::<N>().0;
        for (pixel, out) in pixels.zip(stored_at) {
            *out = stored(if layout.sixteen {
                let value = |i: usize| u16::from_be_bytes([pixel[2 * i], pixel[2 * i + 1]]);
                rgb_of_16(layout.channels, value, ground)
            } else {
                rgb_of_8(pixel, ground)
            });
        }
    }
}

fn rgb_of_8(pixel: &[u8], ground: [u8; 3]) -> [u8; 3] {
    let over = |value: u8, alpha: u8, ground: u8| {
        let (value, alpha, ground) = (u32::from(value), u32::from(alpha), u32::from(ground));
        ((value * alpha + ground * (255 - alpha) + 127) / 255) as u8
    };
    match *pixel {
        [value, alpha] => ground.map(|ground| over(value, alpha, ground)),
        [r, g, b] => [r, g, b],
        [r, g, b, alpha] => [
            over(r, alpha, ground[0]),
            over(g, alpha, ground[1]),
            over(b, alpha, ground[2]),
        ],
        [value, ..] => [value; 3],
        [] => [0; 3],
    }
}

/// `value(i)` is the value of channel `i`. Rounds to 8 bits after compositing: 65535 is 255, and 257 is one step.
fn rgb_of_16(channels: usize, value: impl Fn(usize) -> u16, ground: [u8; 3]) -> [u8; 3] {
    let eight = |value: u32| ((value + 128) / 257) as u8;
    let alpha = |i: usize| u64::from(value(i));
    let over = |i: usize, alpha: u64, ground: u8| {
        let ground = u64::from(ground) * 257;
        let sum = u64::from(value(i)) * alpha + ground * (65_535 - alpha);
        eight(((sum + 32_767) / 65_535) as u32)
    };
    match channels {
        1 => [eight(u32::from(value(0))); 3],
        2 => ground.map(|ground| over(0, alpha(1), ground)),
        3 => [0, 1, 2].map(|i| eight(u32::from(value(i)))),
        _ => [0, 1, 2].map(|i| over(i, alpha(3), ground[i])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gray(channels: usize, sixteen: bool, ground: [u8; 3], bytes: &[u8]) -> (Vec<u8>, Vec<u8>) {
        let mut rows = PixelRows::new(Layout { channels, sixteen }, ground, Colors::Gray);
        rows.push(bytes);
        (rows.pixels, rows.seen)
    }

    #[test]
    fn alpha_is_composited_on_the_ground() {
        let (white, black) = ([255; 3], [0; 3]);
        // Grey 100: opaque, half seen, not seen.
        let la = [100, 255, 100, 128, 100, 0];
        assert_eq!(
            gray(2, false, white, &la),
            (vec![100, 177, 255], vec![255, 255, 0])
        );
        assert_eq!(gray(2, false, black, &la).0, [100, 50, 0]);
        // Red on blue: .299 * 255 = 76 and .114 * 255 = 29.
        let red = [255, 0, 0, 255, 255, 0, 0, 0];
        assert_eq!(
            gray(4, false, [0, 0, 255], &red),
            (vec![76, 29], vec![255, 0])
        );
    }

    #[test]
    fn sixteen_bits_are_eight_bits_times_257() {
        for channels in 1..=4 {
            let eight: Vec<u8> = (0..=255).cycle().step_by(7).take(60).collect();
            let sixteen: Vec<u8> = eight.iter().flat_map(|&value| [value, value]).collect();
            for ground in [[255; 3], [0; 3], [10, 200, 90]] {
                assert_eq!(
                    gray(channels, true, ground, &sixteen),
                    gray(channels, false, ground, &eight),
                    "{channels} channels on {ground:?}"
                );
            }
        }
        // The least alpha that is not 0 has a high byte of 0; the pixel still counts as seen.
        assert_eq!(gray(2, true, [255; 3], &[0, 0, 0, 1]).1, [255]);
    }
    #[test]
    fn every_layout_becomes_rgb() {
        let rgb = |channels, sixteen, bytes: &[u8]| {
            let mut rows = PixelRows::new(Layout { channels, sixteen }, [255, 0, 0], Colors::Rgb);
            rows.push(bytes);
            (rows.pixels, rows.seen)
        };
        assert_eq!(rgb(1, false, &[7, 9]).0, [7, 7, 7, 9, 9, 9]);
        assert_eq!(rgb(2, false, &[7, 255, 9, 0]).0, [7, 7, 7, 255, 0, 0]);
        assert_eq!(rgb(3, false, &[1, 2, 3]).0, [1, 2, 3]);
        // 100 * 51 / 255 = 20, and the ground gives 204 of its red.
        let (pixels, seen) = rgb(4, false, &[100, 100, 200, 51]);
        assert_eq!((pixels, seen), (vec![224, 20, 40], vec![255]));
        assert_eq!(rgb(3, true, &[1, 1, 2, 2, 3, 3]).0, [1, 2, 3]);
    }
}
