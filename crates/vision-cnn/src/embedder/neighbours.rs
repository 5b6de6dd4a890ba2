//! How often the nearest pictures have the same label.

use guide_core::ndarray::Axis;
use guide_core::{Error, Result, Vectors};

use super::model::PictureEmbedder;
use crate::{Labels, Pictures};

/// The nearest neighbours of pictures, among all others or among those of a catalogue.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct NeighbourReport {
    /// Share of the pictures whose nearest neighbour has their label.
    pub at_1: f64,
    /// Mean share of the five nearest neighbours that have the label of the picture (precision at 5).
    pub precision_at_5: f64,
    /// Pictures that were asked for: those of labels with enough pictures.
    pub n_asked: usize,
    /// Pictures of rarer labels. They are not asked for, but may be neighbours, which are then errors.
    pub n_rare: usize,
}

impl NeighbourReport {
    /// Looks up the five nearest rows of each row of `vectors`, itself left out, for the labels with `least` rows or more.
    ///
    /// ```
    /// use guide_core::{Metric, Vectors, ndarray::array};
    /// use vision_cnn::{Labels, NeighbourReport};
    /// let vectors = Vectors::new(array![[1.0, 0.0], [1.0, 0.1], [0.0, 1.0]], Metric::Cosine)?;
    /// let labels = Labels::new("type", vec!["coat".into(), "hat".into()], vec![0, 0, 1])?;
    /// let report = NeighbourReport::of(&vectors, &labels, 2)?;
    /// // Each coat is nearest to the other one; of its two neighbours one is a coat.
    /// assert_eq!((report.at_1, report.precision_at_5), (1.0, 0.5));
    /// assert_eq!((report.n_asked, report.n_rare), (2, 1));
    /// # Ok::<(), guide_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Shape`] unless there is a label for each row, [`Error::Empty`] if no label has enough rows.
    pub fn of(vectors: &Vectors, labels: &Labels, least: usize) -> Result<Self> {
        check_labels(vectors, labels)?;
        let asked = frequent(labels, labels, least.max(2))?;
        Self::count(
            vectors,
            (labels, &asked),
            (vectors, labels),
            |query, row| row as usize != asked[query],
        )
    }

    /// Looks up the five rows of a catalogue that are nearest to each row of `vectors`, for the labels with `least` rows or more in the
    /// catalogue: pictures that an embedder never met, among the products of a shop.
    ///
    /// ```
    /// use guide_core::{Metric, Vectors, ndarray::array};
    /// use vision_cnn::{Labels, NeighbourReport};
    /// let classes = vec!["coat".to_owned(), "hat".to_owned()];
    /// let shop = Vectors::new(array![[1.0, 0.0], [0.0, 1.0], [0.1, 1.0]], Metric::Cosine)?;
    /// let of_shop = Labels::new("type", classes.clone(), vec![0, 1, 1])?;
    /// let photos = Vectors::new(array![[0.2, 1.0]], Metric::Cosine)?;
    /// let of_photos = Labels::new("type", classes, vec![1])?;
    /// let report = NeighbourReport::among((&photos, &of_photos), (&shop, &of_shop), 1)?;
    /// // Of the three products of the shop two are hats.
    /// assert_eq!((report.at_1, report.precision_at_5), (1.0, 2.0 / 3.0));
    /// # Ok::<(), guide_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Shape`] unless there is a label for each row and both have the same width, [`Error::Unsuitable`] for labels with other classes, [`Error::Empty`] if no label
    /// has enough rows.
    pub fn among(
        (vectors, labels): (&Vectors, &Labels),
        (catalogue, of_catalogue): (&Vectors, &Labels),
        least: usize,
    ) -> Result<Self> {
        check_labels(vectors, labels)?;
        check_labels(catalogue, of_catalogue)?;
        if labels.classes() != of_catalogue.classes() {
            return Err(Error::Unsuitable {
                algorithm: "neighbours among a catalogue",
                needed: format!(
                    "pictures with the classes of `{}` of the catalogue (Pictures::with_classes_of)",
                    of_catalogue.name()
                ),
            });
        }
        let asked = frequent(labels, of_catalogue, least.max(1))?;
        Self::count(
            vectors,
            (labels, &asked),
            (catalogue, of_catalogue),
            |_, _| true,
        )
    }

    fn count(
        vectors: &Vectors,
        (labels, asked): (&Labels, &[usize]),
        (catalogue, of_catalogue): (&Vectors, &Labels),
        keep: impl Fn(usize, u32) -> bool + Sync,
    ) -> Result<Self> {
        let queries = vectors.rows().select(Axis(0), asked);
        let found = catalogue.search_batch(queries.view(), 5, keep)?;
        let (mut at_1, mut at_5) = (0, 0.0);
        for (&row, near) in asked.iter().zip(&found) {
            let is_same = |id: u32| of_catalogue.of()[id as usize] == labels.of()[row];
            at_1 += usize::from(near.first().is_some_and(|near| is_same(near.id)));
            let same = near.iter().filter(|near| is_same(near.id)).count();
            at_5 += same as f64 / near.len().max(1) as f64;
        }
        let n = asked.len() as f64;
        Ok(Self {
            at_1: at_1 as f64 / n,
            precision_at_5: at_5 / n,
            n_asked: asked.len(),
            n_rare: labels.of().len() - asked.len(),
        })
    }
}

fn check_labels(vectors: &Vectors, labels: &Labels) -> Result<()> {
    if labels.of().len() == vectors.len() {
        return Ok(());
    }
    Err(Error::Shape {
        what: format!("labels `{}`, one for each vector", labels.name()),
        expected: vec![vectors.len()],
        got: vec![labels.of().len()],
    })
}

/// The places of the pictures whose label has at least `least` pictures in the catalogue.
fn frequent(labels: &Labels, of_catalogue: &Labels, least: usize) -> Result<Vec<usize>> {
    let counts = of_catalogue.counts();
    let is_asked = |&row: &usize| counts[labels.of()[row] as usize] >= least;
    let asked: Vec<usize> = (0..labels.of().len()).filter(is_asked).collect();
    if asked.is_empty() {
        let name = labels.name();
        return Err(Error::empty(format!(
            "the set of labels `{name}` with {least} pictures or more"
        )));
    }
    Ok(asked)
}

impl PictureEmbedder {
    /// [`NeighbourReport::of`] the vectors of pictures, by the labels of this name.
    ///
    /// # Errors
    /// As [`PictureEmbedder::embed`] and [`NeighbourReport::of`]; [`Error::Unknown`] for labels that are not there.
    pub fn evaluate(
        &self,
        pictures: &Pictures,
        labels: &str,
        least: usize,
    ) -> Result<NeighbourReport> {
        NeighbourReport::of(&self.embed(pictures)?, pictures.labels(labels)?, least)
    }
}
