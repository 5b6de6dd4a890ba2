//! `guide match`: the local features of two pictures, which of them agree, and where the first lies in the second.

use std::io::{Cursor, Error as IoError};
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::{Args, ValueEnum};
use guide_core::model_file::write_atomically;
use guide_core::{Error, Params, Result, printable_path};
use image::ImageFormat;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use vision_features::{
    Descriptor, DrawParams, FeatureExtractor, Features, GrayImage, HomographyFit, Keypoint, Match,
    MatchParams, NoKeypoints, Orb, OrbParams, PictureFile, RansacParams, ReadParams, Reduced,
    RgbImage, Sift, SiftParams, Verdict, Verification, draw_matches, draw_outline, find_homography,
    match_features, matched_points,
};

#[cfg(feature = "surf")]
use vision_features::{Surf, SurfParams};

use crate::output::{Output, log};
use crate::output_files::check_outputs;
use crate::settings::Settings;
use crate::usage::{at_least_one, usage};

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
    /// Keep a match if its distance is below this part of the second nearest distance [default: 0.75].
    #[arg(long)]
    ratio: Option<f32>,
    /// The most key points of a picture, the strongest [default: all; orb: 500].
    #[arg(long, value_name = "N", value_parser = at_least_one())]
    max_features: Option<usize>,
    /// The colour behind transparent parts: `white`, `black`, or red, green and blue as `RRGGBB`.
    #[arg(long, value_name = "COLOUR", default_value = "white", value_parser = ground)]
    ground: [u8; 3],
    /// Look for key points in a smaller copy of pictures with more pixels [default: as many as --set max_bytes allows;
    /// sift: 33554432].
    #[arg(long, value_name = "N", value_parser = at_least_one())]
    max_pixels: Option<usize>,
    /// Draw both pictures with the matches that agree and, if the object is found, its outline.
    #[arg(long, value_name = "PNG")]
    out: Option<PathBuf>,
    /// Write `image,x,y,size,angle,response` of the key points of both pictures.
    #[arg(long, value_name = "CSV")]
    keypoints: Option<PathBuf>,
    /// Write `x1,y1,x2,y2,distance` of the matches.
    #[arg(long, value_name = "CSV")]
    matches: Option<PathBuf>,
    /// Repeat the work N times and report the median times.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = at_least_one(), hide = true)]
    rounds: usize,
}

/// All parameters that `--set` can change.
#[derive(Clone, Serialize, Deserialize)]
struct PictureParams<P> {
    #[serde(flatten)]
    detector: P,
    #[serde(flatten)]
    matching: MatchParams,
    #[serde(flatten)]
    ransac: RansacParams,
    #[serde(flatten)]
    verification: Verification,
}

impl<P: Params> Params for PictureParams<P> {
    fn validate(&self) -> Result<()> {
        self.detector.validate()?;
        self.matching.validate()?;
        self.ransac.validate()?;
        self.verification.validate()
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
        let mut method = Reduced::new(new(params.detector)?);
        if let Some(max_pixels) = self.max_pixels {
            method = method.max_pixels(max_pixels).map_err(usage)?;
        }
        self.check_files()?;
        let pictures = self.read()?;
        let [a, b] = [&pictures[0], &pictures[1]];
        let ((features_a, reduced_a), ms_a) = self.timed(|| extract(&method, a))?;
        let ((features_b, reduced_b), ms_b) = self.timed(|| extract(&method, b))?;
        let reduced_by = [reduced_a, reduced_b];
        self.log_reduced(&pictures, reduced_by);
        let (descriptors_a, descriptors_b) = (&features_a.descriptors, &features_b.descriptors);
        let (matches, match_ms) =
            self.timed(|| match_features(descriptors_a, descriptors_b, &params.matching))?;
        let keypoints = [&features_a, &features_b].map(keypoints_of);
        let (from, to) = matched_points(keypoints[0], keypoints[1], &matches)?;
        let mut why = Vec::new();
        let fit = match find_homography(&from, &to, &params.ransac) {
            Ok(fit) => Some(fit),
            Err(reason @ Error::Unsuitable { .. }) => {
                why.push(reason.to_string());
                None
            }
            Err(error) => return Err(error.into()),
        };
        let verdict = fit
            .as_ref()
            .map(|fit| params.verification.judge(fit, &from, &to));
        why.extend(verdict.as_ref().and_then(Verdict::objection));
        let found = verdict.as_ref().is_some_and(|verdict| verdict.found);
        let no_keypoints = [0, 1].map(|side| {
            let picture = &pictures[side];
            let (image, mask) = (&picture.image, picture.mask.as_ref());
            let is_empty = keypoints[side].is_empty();
            is_empty.then(|| NoKeypoints::of(&method, image, mask).to_string())
        });
        for (path, reason) in [&self.first, &self.second].into_iter().zip(&no_keypoints) {
            let line = |reason| format!("{}: no key points: {reason}", printable_path(path));
            why.extend(reason.as_ref().map(line));
        }
        if let Some(path) = &self.keypoints {
            self.write_keypoints(path, keypoints)?;
        }
        if let Some(path) = &self.matches {
            write_matches(path, &from, &to, &matches)?;
        }
        if let Some(path) = &self.out {
            let images = [&a.image, &b.image];
            let (picture, hidden) = draw(images, keypoints, &matches, fit.as_ref(), found)?;
            write_png(path, &picture)?;
            why.extend(hidden.map(|hidden| hidden.to_string()));
        }
        let homography = fit.as_ref().map(|fit| fit.homography.matrix());
        let mut row = json!({
            "found": found,
            "keypoints": [features_a.len(), features_b.len()],
            "good": matches.len(),
            "inliers": verdict.as_ref().map_or(0, |verdict| verdict.places),
            "needed": verdict.as_ref().map(|verdict| verdict.needed),
            "homography": homography.as_ref().map(|rows| rows.as_flattened()),
            "reduced_by": reduced_by,
            "extract_ms": [ms_a, ms_b],
            "match_ms": match_ms,
        });
        if let (true, Value::Object(fields)) = (output.is_json(), &mut row) {
            fields.insert("no_keypoints".to_owned(), json!(no_keypoints));
            fields.insert("why".to_owned(), json!(why));
        }
        output.object(&row)?;
        why.iter().try_for_each(|why| output.say(why))
    }

    /// Refuses names of output files before any work is done.
    fn check_files(&self) -> anyhow::Result<()> {
        let is_png = |path: &PathBuf| {
            path.extension()
                .is_some_and(|ending| ending.eq_ignore_ascii_case("png"))
        };
        if self.out.as_ref().is_some_and(|path| !is_png(path)) {
            return Err(usage(
                "--out: pictures are written as PNG; end the name in `.png`",
            ));
        }
        check_outputs(
            &[("picture A", &self.first), ("picture B", &self.second)],
            &[
                ("--out", self.out.as_deref()),
                ("--keypoints", self.keypoints.as_deref()),
                ("--matches", self.matches.as_deref()),
            ],
        )
    }

    /// Reads both pictures and says on standard error if they have transparent parts.
    fn read(&self) -> Result<[PictureFile; 2]> {
        let params = ReadParams::default().ground(self.ground);
        let pictures = [
            PictureFile::open(&self.first, &params)?,
            PictureFile::open(&self.second, &params)?,
        ];
        let [r, g, b] = self.ground;
        for (path, picture) in [&self.first, &self.second].into_iter().zip(&pictures) {
            if picture.mask.is_some() {
                log(&format!(
                    "{}: transparent parts are filled with the colour {r:02x}{g:02x}{b:02x}; --ground changes it",
                    printable_path(path)
                ));
            }
        }
        Ok(pictures)
    }

    /// Says on standard error which pictures were reduced.
    fn log_reduced(&self, pictures: &[PictureFile; 2], reduced_by: [usize; 2]) {
        let paths = [&self.first, &self.second];
        for ((path, picture), factor) in paths.into_iter().zip(pictures).zip(reduced_by) {
            let (width, height) = (picture.image.width(), picture.image.height());
            if factor > 1 {
                log(&format!(
                    "{}: {width}x{height} pixels are reduced by {factor} to {}x{} to find key points; --max-pixels and \
                     --set max_bytes=BYTES change the limits",
                    printable_path(path),
                    width / factor,
                    height / factor
                ));
            }
        }
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
            verification: Verification::default(),
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

    /// The result of the last round, and the median time of the rounds in milliseconds.
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

/// The features of the visible part of a picture, and the factor by which the picture was reduced.
fn extract<E: FeatureExtractor>(
    method: &Reduced<E>,
    picture: &PictureFile,
) -> Result<(Features<E::Descriptor>, usize)> {
    let (mut features, factor) = method.extract_reduced(&picture.image, None)?;
    picture.retain_seen(&mut features);
    Ok((features, factor))
}

/// Reads `white`, `black` or `RRGGBB`.
fn ground(text: &str) -> std::result::Result<[u8; 3], String> {
    let hex = match text {
        "white" => "ffffff",
        "black" => "000000",
        other => other.strip_prefix('#').unwrap_or(other),
    };
    match u32::from_str_radix(hex, 16) {
        Ok(color) if hex.len() == 6 && !hex.starts_with('+') => {
            let [_, r, g, b] = color.to_be_bytes();
            Ok([r, g, b])
        }
        _ => Err("it must be `white`, `black` or six hexadecimal digits `RRGGBB`".to_owned()),
    }
}

fn keypoints_of<D>(features: &Features<D>) -> &[Keypoint] {
    &features.keypoints
}

/// Draws both pictures with the matches that agree, and the outline of the first in the second if `outlined`. Returns the
/// reason if the outline cannot be drawn.
fn draw(
    [a, b]: [&GrayImage; 2],
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
