//! An index of pictures, searched by a photo of what they show.

use std::collections::HashSet;

use guide_core::{Error, Params, Persist, Result, Scored, kernels};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::bag::{InvertedFile, count};
use super::geometry::verify;
use super::stored::{Picture, check};
use super::vocabulary::{DIM, WordParts};
use super::{Encoding, PictureIndexParams, VisualVocabulary};
use crate::{Features, Homography};

/// A picture that a photo may show.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Found {
    /// Its id.
    pub picture: u32,
    /// Similarity of the two by their visual words: a cosine.
    pub score: f32,
    /// Whether the photo shows the picture: enough places agree for the number of matches, by the default
    /// [`Verification`](crate::Verification). The other pictures of an answer are merely similar. Always false for pictures
    /// that were not compared by geometry (`n_rerank`).
    pub found: bool,
    /// Key points at different places that agree on `homography`. 0 if the picture was not compared by geometry, or if fewer
    /// than `min_inliers` agree.
    pub inliers: usize,
    /// From the picture to the photo, if at least `min_inliers` agree. It maps the picture's corners to where the photo shows
    /// them.
    pub homography: Option<Homography>,
}

/// Pictures by id, found by a photo.
///
/// The first list is made by visual words ([`Encoding`]); its first `n_rerank` are compared with the photo point by point and
/// ordered by how many agree on a homography (Philbin et al., Object retrieval with large vocabularies and fast spatial
/// matching, 2007).
///
/// ```
/// use guide_core::Fit;
/// use vision_features::{FeatureExtractor, GrayImage, PictureIndex, PictureIndexParams, Sift, VisualVocabulary};
/// let checks = |side: usize| GrayImage::from_fn(96, 96, move |x, y| {
///     // squares of different brightness
///     ((x / side * 37 + y / side * 101 + (x / side) * (y / side) * 53) % 200) as u8
/// });
/// let (coarse, fine) = (checks(16)?, checks(11)?);
/// let sift = Sift::default();
/// let (coarse, fine) = (sift.extract(&coarse, None)?, sift.extract(&fine, None)?);
///
/// let vocabulary = VisualVocabulary::params().n_words(8).fit(fine.descriptors.as_slice())?;
/// let mut index = PictureIndex::new(PictureIndexParams::default(), vocabulary)?;
/// index.add(7, coarse)?;
/// index.add(9, fine.clone())?;
/// let found = index.search(&fine, 2, &|_| true)?;
/// assert_eq!(found[0].picture, 9);
/// assert!(found[0].found && found[0].inliers > 10);
/// assert!(!found[1].found);
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "Stored")]
pub struct PictureIndex {
    params: PictureIndexParams,
    vocabulary: VisualVocabulary,
    pictures: Vec<Picture>,
    #[serde(skip)]
    ids: HashSet<u32>,
    #[serde(skip)]
    encoded: Encoded,
}

/// The part of an index that is stored in a file. The rest is computed from it.
#[derive(Deserialize)]
struct Stored {
    params: PictureIndexParams,
    vocabulary: VisualVocabulary,
    pictures: Vec<Picture>,
}

/// Encoded pictures for the first list, by position.
#[derive(Clone, Debug)]
enum Encoded {
    Bag(InvertedFile),
    Vlad(Vec<WordParts>),
}

impl PictureIndex {
    /// Creates an index without pictures.
    ///
    /// # Errors
    /// [`Error::Param`] for a parameter outside its range.
    pub fn new(params: PictureIndexParams, vocabulary: VisualVocabulary) -> Result<Self> {
        params.validate()?;
        Ok(Self {
            encoded: match params.encoding {
                Encoding::Bag => Encoded::Bag(InvertedFile::new(vocabulary.n_words())),
                Encoding::Vlad => Encoded::Vlad(Vec::new()),
            },
            params,
            vocabulary,
            pictures: Vec::new(),
            ids: HashSet::new(),
        })
    }

    /// Adds a picture. A picture without key points is never found.
    ///
    /// # Errors
    /// [`Error::Duplicate`] for an id that is taken; [`Error::Shape`] if key points and descriptors differ in number;
    /// [`Error::NotFinite`] for a key point with a coordinate that is not finite.
    pub fn add(&mut self, id: u32, features: Features<[u8; DIM]>) -> Result<()> {
        self.push(Picture::new(id, features, &self.vocabulary)?)
    }

    /// The number of pictures.
    pub fn len(&self) -> usize {
        self.pictures.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.pictures.is_empty()
    }

    /// Its parameters.
    pub fn params(&self) -> &PictureIndexParams {
        &self.params
    }

    /// Its visual words.
    pub fn vocabulary(&self) -> &VisualVocabulary {
        &self.vocabulary
    }

    /// The `n` pictures that `photo` shows most likely, among those whose id `keep` accepts: by inliers, then by score, then in
    /// the order in which they were added. [`Found::found`] says whether the photo does show one.
    ///
    /// With [`Encoding::Bag`] a picture must share a word with the photo, so there may be fewer. The list is empty for a photo
    /// without key points.
    ///
    /// # Errors
    /// [`Error::Shape`] and [`Error::NotFinite`] as [`PictureIndex::add`].
    pub fn search(
        &self,
        photo: &Features<[u8; DIM]>,
        n: usize,
        keep: &dyn Fn(u32) -> bool,
    ) -> Result<Vec<Found>> {
        check(photo)?;
        let list = self.first_list(photo, n.max(self.params.n_rerank), keep);
        let (again, rest) = list.split_at(list.len().min(self.params.n_rerank));
        let again = again.par_iter().map(|hit| {
            let picture = &self.pictures[hit.id as usize];
            let agreed = verify(photo, picture, &self.params)?;
            Ok(Found {
                picture: picture.id,
                score: hit.score,
                found: agreed.as_ref().is_some_and(|agreed| agreed.found),
                inliers: agreed.as_ref().map_or(0, |agreed| agreed.inliers),
                homography: agreed.map(|agreed| agreed.homography),
            })
        });
        let mut found = again.collect::<Result<Vec<_>>>()?;
        // A stable sort keeps equal ones in the order of the first list.
        found.sort_by_key(|found| std::cmp::Reverse(found.inliers));
        found.extend(rest.iter().map(|hit| Found {
            picture: self.pictures[hit.id as usize].id,
            score: hit.score,
            found: false,
            inliers: 0,
            homography: None,
        }));
        found.truncate(n);
        Ok(found)
    }

    /// The `n` best by words alone, by position.
    fn first_list(
        &self,
        photo: &Features<[u8; DIM]>,
        n: usize,
        keep: &dyn Fn(u32) -> bool,
    ) -> Vec<Scored<u32>> {
        if photo.is_empty() {
            return Vec::new();
        }
        let keep = |position: u32| {
            let picture = &self.pictures[position as usize];
            !picture.places.is_empty() && keep(picture.id)
        };
        match &self.encoded {
            Encoded::Bag(file) => file.search(&self.vocabulary.bag(photo), n, keep),
            Encoded::Vlad(pictures) => {
                let photo = self.vocabulary.vlad(photo);
                let scores = pictures.iter().map(|parts| parts.dot(&photo));
                kernels::top_k(&scores.collect::<Vec<_>>(), n, keep)
            }
        }
    }

    /// Adds a picture. Its words must be words of the vocabulary.
    fn push(&mut self, picture: Picture) -> Result<()> {
        if !self.ids.insert(picture.id) {
            return Err(Error::Duplicate {
                what: "picture".to_owned(),
                id: picture.id.to_string(),
            });
        }
        match &mut self.encoded {
            Encoded::Bag(file) => file.add(&count(picture.words.clone())),
            Encoded::Vlad(pictures) => {
                let (words, descriptors) = (&picture.words, &picture.descriptors);
                pictures.push(self.vocabulary.parts(words, descriptors));
            }
        }
        self.pictures.push(picture);
        Ok(())
    }
}

impl TryFrom<Stored> for PictureIndex {
    type Error = Error;

    fn try_from(stored: Stored) -> Result<Self> {
        stored.vocabulary.check()?;
        let n_words = stored.vocabulary.n_words();
        let mut index = Self::new(stored.params, stored.vocabulary)?;
        for picture in stored.pictures {
            if let Some(misfit) = picture.misfit(n_words) {
                let reason = format!("picture {}: {misfit}", picture.id);
                return Err(Error::decode(Self::KIND, reason));
            }
            index.push(picture)?;
        }
        Ok(index)
    }
}

impl Persist for PictureIndex {
    const KIND: &'static str = "picture-index";
    const VERSION: u16 = 1;

    fn about(&self) -> serde_json::Value {
        serde_json::json!({
            "params": self.params,
            "words": self.vocabulary.n_words(),
            "pictures": self.len(),
        })
    }

    /// Decoding has checked all of it.
    fn check(&self) -> Result<()> {
        guide_core::check_params(Self::KIND, &self.params)?;
        Ok(())
    }
}
