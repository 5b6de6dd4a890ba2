//! What a vocabulary and an index may be told.

use guide_core::{Params, Result, ensure, setters};
use serde::{Deserialize, Serialize};

use crate::{MatchParams, RansacParams};

/// Parameters of [`VisualVocabulary`](crate::VisualVocabulary).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct VisualVocabularyParams {
    /// Words. Jégou et al. (2010) take 64 for VLAD; bags want many more, thousands to a million.
    pub n_words: usize,
    /// The most rounds of Lloyd's algorithm; it ends before where no descriptor changes its word.
    pub n_iterations: usize,
    /// The most descriptors that are looked at, drawn at random where there are more; 512 bytes each.
    pub max_descriptors: usize,
    /// Start of the random stream.
    pub seed: u64,
}

setters!(VisualVocabularyParams {
    n_words: usize,
    n_iterations: usize,
    max_descriptors: usize,
    seed: u64,
});

impl Default for VisualVocabularyParams {
    fn default() -> Self {
        Self {
            n_words: 64,
            n_iterations: 20,
            max_descriptors: 200_000,
            seed: 0,
        }
    }
}

impl Params for VisualVocabularyParams {
    fn validate(&self) -> Result<()> {
        ensure::at_least_one("n_words", self.n_words)?;
        ensure::at_least_one("n_iterations", self.n_iterations)?;
        ensure::at_least_one("max_descriptors", self.max_descriptors)
    }
}

/// How pictures are compared before their geometry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// The cosine of bags of visual words, weighted by tf-idf, over an inverted file (Sivic and Zisserman, 2003).
    ///
    /// `idf = ln(1 + N / df)` for `df` of `N` pictures, so that a word that all have still counts.
    Bag,
    /// The cosine of [`VisualVocabulary::vlad`](crate::VisualVocabulary::vlad): 512 bytes for each word that a picture has.
    Vlad,
}

/// Parameters of [`PictureIndex`](crate::PictureIndex).
///
/// The defaults suit small pictures seen through [`Enlarged`](crate::Enlarged) with RootSIFT and 64 words. They were chosen on
/// 1,000 pictures of 60 x 80 pixels from a fashion catalogue and 200 photos of them, made as in the example `visual_words`:
/// the right one came first for 188 of the 190 with 30 key points or more (by VLAD alone 184), with inliers still counted by
/// key points instead of places. Ratios of .75 to .9 and 4 to 6 inliers gave 187 or 188; with 32 and with 128 words, 20 to 100
/// looked at again and thresholds of 1.5 to 3 pixels gave 187.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PictureIndexParams {
    /// What the first list is made by.
    pub encoding: Encoding,
    /// How many of the first list are looked at again by geometry; 0 is none.
    pub n_rerank: usize,
    /// Fewest places that must agree on a homography for a picture to rank by them; at least 5, because any 4 agree. Whether
    /// the photo shows the picture is decided by [`Verification`](crate::Verification), which asks for more.
    pub min_inliers: usize,
    /// Which descriptors of the photo and of a picture are the same point.
    pub matching: MatchParams,
    /// How the homography is found.
    pub ransac: RansacParams,
}

setters!(PictureIndexParams {
    encoding: Encoding,
    n_rerank: usize,
    min_inliers: usize,
    matching: MatchParams,
    ransac: RansacParams,
});

impl Default for PictureIndexParams {
    fn default() -> Self {
        Self {
            encoding: Encoding::Vlad,
            n_rerank: 50,
            min_inliers: 5,
            matching: MatchParams::default().ratio(Some(0.8)),
            ransac: RansacParams::default().max_iterations(500),
        }
    }
}

impl Params for PictureIndexParams {
    fn validate(&self) -> Result<()> {
        ensure::within("min_inliers", self.min_inliers, 5, usize::MAX)?;
        self.matching.validate()?;
        self.ransac.validate()
    }
}
