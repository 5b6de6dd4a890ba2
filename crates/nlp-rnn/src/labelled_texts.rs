//! Texts with their labels: what text classifiers are trained and tested on.

use guide_core::{Error, Result, stratified_holdout};

/// Texts, each with its label.
///
/// ```
/// use nlp_rnn::LabelledTexts;
/// let texts = LabelledTexts::new(&["a warm coat", "too small"], &["good", "bad"])?;
/// assert_eq!((texts.len(), texts.distinct_labels()), (2, vec!["bad", "good"]));
/// assert!(LabelledTexts::new(&["a"], &["good", "bad"]).is_err());
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelledTexts<'a> {
    texts: Vec<&'a str>,
    labels: Vec<&'a str>,
}

impl<'a> LabelledTexts<'a> {
    /// Pairs each text with the label at its place.
    ///
    /// # Errors
    /// [`Error::Shape`] if they differ in number.
    pub fn new<T: AsRef<str>, L: AsRef<str>>(texts: &'a [T], labels: &'a [L]) -> Result<Self> {
        if texts.len() != labels.len() {
            return Err(Error::Shape {
                what: "the labels, one for each text".to_owned(),
                expected: vec![texts.len()],
                got: vec![labels.len()],
            });
        }
        Ok(Self {
            texts: texts.iter().map(AsRef::as_ref).collect(),
            labels: labels.iter().map(AsRef::as_ref).collect(),
        })
    }

    /// The texts.
    pub fn texts(&self) -> &[&'a str] {
        &self.texts
    }

    /// The label of each text.
    pub fn labels(&self) -> &[&'a str] {
        &self.labels
    }

    /// The number of texts.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// Each label once, in the order of their characters.
    pub fn distinct_labels(&self) -> Vec<&'a str> {
        let mut labels = self.labels.clone();
        labels.sort_unstable();
        labels.dedup();
        labels
    }

    /// Two parts, each in the order of the texts: the rest, and a fraction of the texts of every label, drawn by `seed`. Of a
    /// label with `n` texts `round(test_fraction n)` go to the second part, but at most `n - 1`.
    ///
    /// # Errors
    /// [`Error::Param`] unless `test_fraction` is above 0 and below 1.
    ///
    /// ```
    /// use nlp_rnn::LabelledTexts;
    /// let names: Vec<String> = (0..10).map(|n| n.to_string()).collect();
    /// let labels = ["a", "a", "a", "a", "a", "a", "b", "b", "b", "b"];
    /// let (train, test) = LabelledTexts::new(&names, &labels)?.split(0.5, 7)?;
    /// assert_eq!(train.labels(), ["a", "a", "a", "b", "b"]);
    /// assert_eq!(test.labels(), ["a", "a", "a", "b", "b"]);
    /// # Ok::<(), guide_core::Error>(())
    /// ```
    pub fn split(&self, test_fraction: f32, seed: u64) -> Result<(Self, Self)> {
        let (rest, drawn) = stratified_holdout(&self.labels, test_fraction, seed)?;
        Ok((self.select(&rest), self.select(&drawn)))
    }

    fn select(&self, places: &[usize]) -> Self {
        Self {
            texts: places.iter().map(|&place| self.texts[place]).collect(),
            labels: places.iter().map(|&place| self.labels[place]).collect(),
        }
    }
}

/// The labels that occur, in the order of their characters, and the class of each text.
///
/// # Errors
/// [`Error::Unsuitable`] for fewer than two labels.
pub(crate) fn classes<'a>(
    data: &LabelledTexts<'a>,
    algorithm: &'static str,
) -> Result<(Vec<&'a str>, Vec<u32>)> {
    let names = data.distinct_labels();
    if names.len() < 2 {
        return Err(Error::Unsuitable {
            algorithm,
            needed: match names.first() {
                None => "texts; there are none".to_owned(),
                Some(only) => format!("texts of at least two labels; all have `{only}`"),
            },
        });
    }
    let class = |label: &&str| names.binary_search(label).ok().map(|class| class as u32);
    let classes = data.labels().iter().filter_map(class).collect();
    Ok((names, classes))
}

/// The validation texts whose label is one of `names`, the class of each, and how many texts have another label.
///
/// # Errors
/// [`Error::Empty`] if no text is left.
pub(crate) fn known_labels<'a>(
    validation: &LabelledTexts<'a>,
    names: &[&str],
) -> Result<(Vec<&'a str>, Vec<u32>, usize)> {
    let class = |label: &str| names.binary_search(&label).ok().map(|class| class as u32);
    let pairs = validation.texts().iter().zip(validation.labels());
    let known = pairs.filter_map(|(text, label)| Some((*text, class(label)?)));
    let (texts, classes): (Vec<&str>, Vec<u32>) = known.unzip();
    if texts.is_empty() {
        return Err(Error::empty(
            "the list of validation texts with a label that the training texts have",
        ));
    }
    let n_unknown = validation.len() - texts.len();
    Ok((texts, classes, n_unknown))
}

/// The share of the texts that each class has.
pub(crate) fn shares(classes: &[u32], n_classes: usize) -> Vec<f32> {
    let mut counts = vec![0_usize; n_classes];
    for &class in classes {
        counts[class as usize] += 1;
    }
    let share = |&count: &usize| count as f32 / classes.len() as f32;
    counts.iter().map(share).collect()
}
