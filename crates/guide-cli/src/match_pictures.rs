//! `guide match`: the local features of two pictures, which of them agree, and where the first lies in the second.

use std::io::{Cursor, Error as IoError};
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::{Args, ValueEnum};
use guide_core::model_file::write_atomically;
use guide_core::{Error, Params, Result};
use image::ImageFormat;
use serde::{Deserialize, Serialize};
use serde_json::json;
use vision_features::{
    Descriptor, DrawParams, FeatureExtractor, Features, GrayImage, HomographyFit, Keypoint, Match,
    MatchParams, Orb, OrbParams, RansacParams, RgbImage, Sift, SiftParams, draw_matches,
    draw_outline, find_homography, match_features, matched_points,
};

#[cfg(feature = "surf")]
use vision_features::{Surf, SurfParams};

use crate::output::Output;
use crate::settings::Settings;
use crate::usage::{at_least_one, usage};

/// Fewer places that agree are no sign of the object: four agree always, a few more by chance.
const ENOUGH: usize = 10;

/// How key points are found and described.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Method {
    /// Blobs of any size, described by gradients.
    Sift,
    /// Blobs found by boxes; patented in some countries.
    #[cfg(feature = "surf")]
    Surf,
    /// Corners, described by bits; the quickest.
    Orb,
}

#[derive(Args)]
pub struct MatchArgs {
    /// A picture of the object, PNG or JPEG.
    #[arg(value_name = "A")]
    first: PathBuf,
    /// A picture that may show it too.
    #[arg(value_name = "B")]
    second: PathBuf,
    /// How key points are found and described.
    #[arg(long, value_enum)]
    detector: Method,
    /// A match counts where the nearest is nearer than this part of the second nearest [default: 0.75].
    #[arg(long)]
    ratio: Option<f32>,
    /// Key points a picture, the strongest [default: all; orb: 500].
    #[arg(long, value_name = "N", value_parser = at_least_one())]
    max_features: Option<usize>,
    /// Draw both pictures with the matches that agree and, where 10 places do, the outline of the object.
    #[arg(long, value_name = "PNG")]
    out: Option<PathBuf>,
    /// Write `image,x,y,size,angle,response` of the key points of both.
    #[arg(long, value_name = "CSV")]
    keypoints: Option<PathBuf>,
    /// Write `x1,y1,x2,y2,distance` of the matches.
    #[arg(long, value_name = "CSV")]
    matches: Option<PathBuf>,
    /// Do it so often and say the medians of the times.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = at_least_one(), hide = true)]
    rounds: usize,
}

/// All that `--set` may change.
#[derive(Clone, Serialize, Deserialize)]
struct PictureParams<P> {
    #[serde(flatten)]
    detector: P,
    #[serde(flatten)]
    matching: MatchParams,
    #[serde(flatten)]
    ransac: RansacParams,
}

impl<P: Params> Params for PictureParams<P> {
    fn validate(&self) -> Result<()> {
        self.detector.validate()?;
        self.matching.validate()?;
        self.ransac.validate()
    }
}

/// Runs `guide match`.
pub fn run(args: &MatchArgs, settings: &Settings, output: &Output) -> anyhow::Result<()> {
    match args.detector {
        Method::Sift => args.run(SiftParams::default(), Sift::new, settings, output),
        #[cfg(feature = "surf")]
        Method::Surf => args.run(SurfParams::default(), Surf::new, settings, output),
        Method::Orb => args.run(OrbParams::default(), Orb::new, settings, output),
    }
}

impl MatchArgs {
    fn run<P: Params, E: FeatureExtractor<Descriptor: Descriptor>>(
        &self,
        detector: P,
        new: impl Fn(P) -> Result<E>,
        settings: &Settings,
        output: &Output,
    ) -> anyhow::Result<()> {
        let params = self.params(detector, settings)?;
        let method = new(params.detector)?;
        let ending = |path: &PathBuf| {
            path.extension()
                .is_some_and(|e| e.eq_ignore_ascii_case("png"))
        };
        if self.out.as_ref().is_some_and(|path| !ending(path)) {
            return Err(usage(
                "--out: pictures are written as PNG; end the name in `.png`",
            ));
        }
        let pictures = [
            GrayImage::open(&self.first)?,
            GrayImage::open(&self.second)?,
        ];
        let [a, b] = &pictures;
        let (features_a, ms_a) = self.timed(|| method.extract(a, None))?;
        let (features_b, ms_b) = self.timed(|| method.extract(b, None))?;
        let (descriptors_a, descriptors_b) = (&features_a.descriptors, &features_b.descriptors);
        let (matches, match_ms) =
            self.timed(|| match_features(descriptors_a, descriptors_b, &params.matching))?;
        let keypoints = [&features_a, &features_b].map(keypoints_of);
        let (from, to) = matched_points(keypoints[0], keypoints[1], &matches)?;
        let (fit, mut why) = match find_homography(&from, &to, &params.ransac) {
            Ok(fit) => (Some(fit), None),
            Err(reason @ Error::Unsuitable { .. }) => (None, Some(reason.to_string())),
            Err(error) => return Err(error.into()),
        };
        let inliers = fit.as_ref().map_or(0, |fit| fit.n_places(&from, &to));
        if fit.is_some() && inliers < ENOUGH {
            why = Some(format!(
                "{inliers} places agree, as they may in unrelated pictures; {ENOUGH} would show the object"
            ));
        }
        if let Some(path) = &self.keypoints {
            self.write_keypoints(path, keypoints)?;
        }
        if let Some(path) = &self.matches {
            write_matches(path, &from, &to, &matches)?;
        }
        if let Some(path) = &self.out {
            let outlined = inliers >= ENOUGH;
            let (picture, hidden) = draw(&pictures, keypoints, &matches, fit.as_ref(), outlined)?;
            write_png(path, &picture)?;
            why = why.or(hidden.map(|hidden| hidden.to_string()));
        }
        let homography = fit.as_ref().map(|fit| fit.homography.matrix());
        output.object(&json!({
            "keypoints": [features_a.len(), features_b.len()],
            "good": matches.len(),
            "inliers": inliers,
            "homography": homography.as_ref().map(|rows| rows.as_flattened()),
            "extract_ms": [ms_a, ms_b],
            "match_ms": match_ms,
        }))?;
        why.map_or(Ok(()), |why| output.say(&why))
    }

    /// The defaults, then the flags, then `--set`.
    fn params<P: Params>(
        &self,
        detector: P,
        settings: &Settings,
    ) -> anyhow::Result<PictureParams<P>> {
        let defaults = PictureParams {
            detector,
            matching: MatchParams::default(),
            ransac: RansacParams::default(),
        };
        let flags = [
            ("ratio", self.ratio.map(|ratio| ratio.to_string())),
            ("max_features", self.max_features.map(|n| n.to_string())),
        ];
        let flags = flags
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)));
        let all = Settings {
            fields: flags.chain(settings.fields.iter().cloned()).collect(),
            seed: settings.seed,
        };
        all.apply(defaults).map_err(usage)
    }

    /// The last result of the rounds, and the median of their milliseconds.
    fn timed<T>(&self, work: impl Fn() -> Result<T>) -> Result<(T, f64)> {
        let mut times = Vec::with_capacity(self.rounds);
        loop {
            let start = Instant::now();
            let done = work()?;
            times.push(1e3 * start.elapsed().as_secs_f64());
            if times.len() >= self.rounds {
                times.sort_by(f64::total_cmp);
                return Ok((done, times[times.len() / 2]));
            }
        }
    }

    fn write_keypoints(&self, path: &Path, keypoints: [&[Keypoint]; 2]) -> Result<()> {
        let images = [&self.first, &self.second].map(|path| path.display().to_string());
        let rows = images.iter().zip(keypoints).flat_map(|(image, keypoints)| {
            keypoints.iter().map(move |point| {
                let numbers = [point.x, point.y, point.size, point.angle, point.response];
                [&[image.clone()][..], &numbers.map(|n| n.to_string())].concat()
            })
        });
        write_csv(
            path,
            &["image", "x", "y", "size", "angle", "response"],
            rows,
        )
    }
}

fn write_matches(path: &Path, from: &[[f64; 2]], to: &[[f64; 2]], matches: &[Match]) -> Result<()> {
    let rows = from.iter().zip(to).zip(matches).map(|((a, b), found)| {
        let numbers = [
            a[0] as f32,
            a[1] as f32,
            b[0] as f32,
            b[1] as f32,
            found.distance,
        ];
        numbers.map(|number| number.to_string()).to_vec()
    });
    write_csv(path, &["x1", "y1", "x2", "y2", "distance"], rows)
}

fn keypoints_of<D>(features: &Features<D>) -> &[Keypoint] {
    &features.keypoints
}

/// Both pictures with the matches that agree and, where it is wanted and in view, the outline of the first in the second; why
/// not otherwise.
fn draw(
    [a, b]: &[GrayImage; 2],
    [keypoints_a, keypoints_b]: [&[Keypoint]; 2],
    matches: &[Match],
    fit: Option<&HomographyFit>,
    outlined: bool,
) -> Result<(RgbImage, Option<Error>)> {
    let params = DrawParams::default().single_points(false);
    let none = vec![false; matches.len()];
    let keep = fit.map_or(&none, |fit| &fit.inliers);
    let mut picture = draw_matches(a, keypoints_a, b, keypoints_b, matches, Some(keep), &params)?;
    let Some(fit) = fit.filter(|_| outlined) else {
        return Ok((picture, None));
    };
    let outline = params.color(Some([0, 255, 0])).line_width(3.0);
    match draw_outline(&mut picture, a, &fit.homography, a.width(), &outline) {
        Ok(()) => Ok((picture, None)),
        Err(hidden @ Error::Unsuitable { .. }) => Ok((picture, Some(hidden))),
        Err(error) => Err(error),
    }
}

fn write_png(path: &Path, picture: &RgbImage) -> Result<()> {
    let io = |source| Error::io(path, source);
    let mut bytes = Cursor::new(Vec::new());
    let written = picture.write_to(&mut bytes, ImageFormat::Png);
    written.map_err(|error| io(IoError::other(error)))?;
    write_atomically(path, |file| file.write_all(bytes.get_ref()).map_err(io))
}

fn write_csv(path: &Path, heading: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Result<()> {
    write_atomically(path, |file| {
        let mut csv = csv::Writer::from_writer(file);
        let line = |error: csv::Error| Error::io(path, IoError::other(error));
        csv.write_record(heading).map_err(line)?;
        for row in rows {
            csv.write_record(row).map_err(line)?;
        }
        csv.flush().map_err(|source| Error::io(path, source))
    })
}
