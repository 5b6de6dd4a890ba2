//! Generated pages of text: words set in lines with a typeface that is drawn from strokes.

use rand::RngExt;
use tiny_skia::{LineCap, LineJoin, Paint, PathBuilder, Pixmap, Stroke, Transform};
use vision_features::GrayImage;

/// Strokes of the letters a to z: polylines of `x,y` on a grid of 4 by 4 cells above the baseline. Ascenders reach 6 and
/// descenders -2.
const LETTERS: [&str; 26] = [
    "0,3 1,4 3,4 4,3 4,0;4,2 1,2 0,1 1,0 3,0 4,1",
    "0,6 0,0 3,0 4,1 4,3 3,4 0,4",
    "4,3 3,4 1,4 0,3 0,1 1,0 3,0 4,1",
    "4,6 4,0 1,0 0,1 0,3 1,4 4,4",
    "0,2 4,2 4,3 3,4 1,4 0,3 0,1 1,0 4,0",
    "4,6 2,6 1,5 1,0;0,4 3,4",
    "4,4 1,4 0,3 0,1 1,0 4,0;4,4 4,-1 3,-2 0,-2",
    "0,6 0,0;0,4 3,4 4,3 4,0",
    "2,4 2,0;2,5.5 2,5.7",
    "3,4 3,-1 2,-2 0,-2;3,5.5 3,5.7",
    "0,6 0,0;4,4 0,2 4,0",
    "1,6 1,0 2,0",
    "0,0 0,4;0,4 1.5,4 2,3 2,0;2,3 2.5,4 3.5,4 4,3 4,0",
    "0,0 0,4;0,3 1,4 3,4 4,3 4,0",
    "1,0 0,1 0,3 1,4 3,4 4,3 4,1 3,0 1,0",
    "0,-2 0,4 3,4 4,3 4,1 3,0 0,0",
    "4,-2 4,4 1,4 0,3 0,1 1,0 4,0",
    "0,0 0,4;0,3 1,4 3,4",
    "4,4 1,4 0,3 1,2 3,2 4,1 3,0 0,0",
    "1,6 1,1 2,0 3,0;0,4 3,4",
    "0,4 0,1 1,0 3,0 4,1;4,4 4,0",
    "0,4 2,0 4,4",
    "0,4 1,0 2,3 3,0 4,4",
    "0,4 4,0;0,0 4,4",
    "0,4 2,0;4,4 1,-2 0,-2",
    "0,4 4,4 0,0 4,0",
];

const WORDS: &str = "the of and to in is that for it as was with be by on not he his but at are this have from or had an they \
    which one you were all her she there would their we him been has when who will no more if out so up said what its about \
    than into them can only other time new some could these two may first then do any like my now over such our man me even \
    most made after also did many off before must well back through years much where your way down should because long each \
    just state people those too good how make world still own work life day get here old both between being under never know \
    same another while last might great since against right come go few use house small large again number part found thing";

/// A typeface, by how its strokes are drawn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Typeface {
    /// Pixels per cell of the grid.
    pub(crate) size: f32,
    /// Width of a letter compared to its height.
    pub(crate) width: f32,
    /// Horizontal shift per pixel of height.
    pub(crate) slant: f32,
    /// Width of the strokes in cells.
    pub(crate) weight: f32,
    /// Length of the serifs in cells; 0 is none.
    pub(crate) serif: f32,
    /// Whether strokes have round ends.
    pub(crate) round: bool,
}

impl Typeface {
    pub(crate) fn random(rng: &mut guide_core::Rng) -> Self {
        Self {
            size: rng.random_range(1.4..2.8),
            width: rng.random_range(0.8..1.3),
            slant: if rng.random() { 0.0 } else { 0.2 },
            weight: rng.random_range(0.5..1.2),
            serif: if rng.random() { 0.0 } else { 0.8 },
            round: rng.random(),
        }
    }
}

/// A page of random words in lines of equal distance, black on white.
pub(crate) fn page(
    width: u32,
    height: u32,
    face: Typeface,
    rng: &mut guide_core::Rng,
) -> GrayImage {
    let words: Vec<&str> = WORDS.split_whitespace().collect();
    let mut ink = PathBuilder::new();
    let (advance, line) = (face.size * (4.0 * face.width + 2.0), face.size * 11.0);
    let margin = 4.0 * face.size;
    let mut y = margin + 6.0 * face.size;
    while y + 3.0 * face.size < height as f32 {
        let mut x = margin;
        loop {
            let word = words[rng.random_range(0..words.len())];
            if x + word.len() as f32 * advance > width as f32 - margin {
                break;
            }
            for letter in word.bytes() {
                draw_letter(&mut ink, LETTERS[usize::from(letter - b'a')], [x, y], face);
                x += advance;
            }
            x += 0.6 * advance;
        }
        y += line;
    }
    let mut pixmap = Pixmap::new(width, height).unwrap();
    pixmap.fill(tiny_skia::Color::WHITE);
    let stroke = Stroke {
        width: face.weight * face.size,
        line_cap: if face.round {
            LineCap::Round
        } else {
            LineCap::Butt
        },
        line_join: if face.round {
            LineJoin::Round
        } else {
            LineJoin::Miter
        },
        ..Stroke::default()
    };
    let paint = Paint::default();
    pixmap.stroke_path(
        &ink.finish().unwrap(),
        &paint,
        &stroke,
        Transform::identity(),
        None,
    );
    let pixels = pixmap.pixels().iter().map(|pixel| pixel.red()).collect();
    GrayImage::new(width as usize, height as usize, pixels).unwrap()
}

fn draw_letter(ink: &mut PathBuilder, strokes: &str, [left, baseline]: [f32; 2], face: Typeface) {
    for stroke in strokes.split(';') {
        let points = stroke.split(' ').map(|point| {
            let (x, y) = point.split_once(',').unwrap();
            let (x, y): (f32, f32) = (x.parse().unwrap(), y.parse().unwrap());
            [
                left + face.size * (x * face.width + y * face.slant),
                baseline - face.size * y,
            ]
        });
        let points: Vec<[f32; 2]> = points.collect();
        for (number, &[x, y]) in points.iter().enumerate() {
            if number == 0 {
                ink.move_to(x, y);
            } else {
                ink.line_to(x, y);
            }
        }
        for [x, y] in [points[0], points[points.len() - 1]] {
            if face.serif > 0.0 {
                let half = 0.5 * face.serif * face.size;
                ink.move_to(x - half, y);
                ink.line_to(x + half, y);
            }
        }
    }
}
