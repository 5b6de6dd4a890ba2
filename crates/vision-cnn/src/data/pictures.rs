//! Pictures of one size with their labels, held as bytes.

use std::ops::Range;

use guide_core::{Dataset, Error, Result, holdout, stratified_holdout};

/// One set of classes for all pictures: the article type, say, or the colour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labels {
    name: String,
    classes: Vec<String>,
    of: Vec<u32>,
}

impl Labels {
    /// Labels of the name `name` (of a column, say). The picture `i` has the class `classes[of[i]]`.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] if a picture has a class that is not there; [`Error::Duplicate`] for a class named twice.
    pub fn new(name: impl Into<String>, classes: Vec<String>, of: Vec<u32>) -> Result<Self> {
        if let Some(&class) = of.iter().find(|&&class| class as usize >= classes.len()) {
            return Err(Error::out_of_range("class", class as usize, classes.len()));
        }
        let mut sorted: Vec<&String> = classes.iter().collect();
        sorted.sort_unstable();
        if let Some(twice) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(Error::Duplicate {
                what: "class".to_owned(),
                id: twice[0].clone(),
            });
        }
        let name = name.into();
        Ok(Self { name, classes, of })
    }

    /// Labels from the text of each picture. Classes are the different texts, sorted by their bytes.
    pub(crate) fn from_texts(name: &str, texts: &[String]) -> Self {
        let mut classes: Vec<String> = texts.to_vec();
        classes.sort_unstable();
        classes.dedup();
        let of = texts
            .iter()
            .map(|text| classes.partition_point(|class| class < text) as u32);
        Self {
            name: name.to_owned(),
            of: of.collect(),
            classes,
        }
    }

    /// The name of the labels: the column they come from, or `class`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The names of the classes.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// The class of each picture.
    pub fn of(&self) -> &[u32] {
        &self.of
    }

    /// How many pictures each class has.
    pub fn counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.classes.len()];
        for &class in &self.of {
            counts[class as usize] += 1;
        }
        counts
    }

    fn select(&self, places: &[usize]) -> Self {
        Self {
            name: self.name.clone(),
            classes: self.classes.clone(),
            of: places.iter().map(|&place| self.of[place]).collect(),
        }
    }
}

/// One picture of [`Pictures`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Picture<'a> {
    /// Its bytes, `[height, width, channels]`.
    pub pixels: &'a [u8],
    /// Its place among the pictures.
    pub index: usize,
}

/// Pictures of one size, `[n, height, width, channels]` bytes, with zero, one or several sets of labels.
///
/// Bytes take a quarter of the memory of `f32`: 12,000 pictures of 80 x 60 x 3 are 172.8 MB. They become `f32` when a batch is
/// made ([`PictureBatches`](crate::PictureBatches)).
///
/// ```
/// use vision_cnn::{Labels, Pictures};
/// // Two grey pictures of 1 x 2 pixels.
/// let labels = Labels::new("class", vec!["dark".into(), "light".into()], vec![1, 0])?;
/// let pictures = Pictures::new([1, 2, 1], vec![250, 240, 3, 4], vec![labels])?;
/// assert_eq!((pictures.len(), pictures.pixels(1)), (2, &[3, 4][..]));
/// assert_eq!(pictures.labels("class")?.counts(), [1, 1]);
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pictures {
    size: [usize; 3],
    pixels: Vec<u8>,
    n: usize,
    labels: Vec<Labels>,
    names: Vec<String>,
    texts: Vec<(String, Vec<String>)>,
}

impl Pictures {
    /// Pictures of the size `[height, width, channels]` from their bytes, one picture after the other.
    ///
    /// # Errors
    /// [`Error::Param`] unless there are 1 or 3 channels and at least one row and column; [`Error::Shape`] if the bytes are
    /// no whole number of pictures, or labels differ from the pictures in number; [`Error::Duplicate`] for two sets of
    /// labels of one name.
    pub fn new(size: [usize; 3], pixels: Vec<u8>, labels: Vec<Labels>) -> Result<Self> {
        let len = check_size(size)?;
        let n = pixels.len() / len;
        if !pixels.len().is_multiple_of(len) {
            return Err(Error::Shape {
                what: format!("bytes of pictures of {size:?}"),
                expected: vec![n, len],
                got: vec![pixels.len()],
            });
        }
        for (number, one) in labels.iter().enumerate() {
            if one.of.len() != n {
                return Err(Error::Shape {
                    what: format!("labels `{}`, one for each picture", one.name),
                    expected: vec![n],
                    got: vec![one.of.len()],
                });
            }
            if labels[..number].iter().any(|other| other.name == one.name) {
                return Err(Error::Duplicate {
                    what: "labels".to_owned(),
                    id: one.name.clone(),
                });
            }
        }
        Ok(Self {
            size,
            pixels,
            n,
            labels,
            names: Vec::new(),
            texts: Vec::new(),
        })
    }

    /// The same with a name for each picture (a file, an id) and columns of text.
    pub(crate) fn with_texts(
        mut self,
        names: Vec<String>,
        texts: Vec<(String, Vec<String>)>,
    ) -> Self {
        debug_assert!(names.len() == self.n);
        debug_assert!(texts.iter().all(|(_, texts)| texts.len() == self.n));
        (self.names, self.texts) = (names, texts);
        self
    }

    /// Height, width and channels.
    pub fn size(&self) -> [usize; 3] {
        self.size
    }

    /// The number of pictures.
    pub fn len(&self) -> usize {
        self.n
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.n == 0
    }

    /// The bytes of one picture, `[height, width, channels]`.
    ///
    /// # Panics
    /// Past the end, as slices do.
    pub fn pixels(&self, index: usize) -> &[u8] {
        &self.pixels[self.range(index)]
    }

    /// The bytes of all pictures, `[n, height, width, channels]`.
    pub fn all_pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// All sets of labels.
    pub fn all_labels(&self) -> &[Labels] {
        &self.labels
    }

    /// The labels of this name.
    ///
    /// # Errors
    /// [`Error::Unknown`] with the names that are there.
    pub fn labels(&self, name: &str) -> Result<&Labels> {
        let found = self.labels.iter().find(|labels| labels.name == name);
        found.ok_or_else(|| {
            let known: Vec<&str> = self.labels.iter().map(Labels::name).collect();
            Error::unknown(
                format!("labels (there are: {})", known.join(", ")),
                name.to_owned(),
            )
        })
    }

    /// The name of a picture: the file in its class folder, the value of the catalogue's picture column. `None` for pictures
    /// without names (MNIST, CIFAR-10) and past the end.
    pub fn name(&self, index: usize) -> Option<&str> {
        self.names.get(index).map(String::as_str)
    }

    /// A column of text that was kept, one value for each picture; see [`CatalogueParams::kept`](crate::CatalogueParams::kept).
    pub fn texts(&self, column: &str) -> Option<&[String]> {
        let found = self.texts.iter().find(|(name, _)| name == column);
        found.map(|(_, texts)| texts.as_slice())
    }

    /// Some of the pictures, in this order, with all classes.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] for a picture that is not there.
    pub fn select(&self, places: &[usize]) -> Result<Self> {
        if let Some(&place) = places.iter().find(|&&place| place >= self.n) {
            return Err(Error::out_of_range("picture", place, self.n));
        }
        let mut pixels = Vec::with_capacity(places.len() * self.picture_len());
        for &place in places {
            pixels.extend_from_slice(self.pixels(place));
        }
        let texts = |texts: &[String]| -> Vec<String> {
            let selected = places.iter().filter_map(|&place| texts.get(place));
            selected.cloned().collect()
        };
        Ok(Self {
            size: self.size,
            pixels,
            n: places.len(),
            labels: self.labels.iter().map(|one| one.select(places)).collect(),
            names: texts(&self.names),
            texts: self
                .texts
                .iter()
                .map(|(name, column)| (name.clone(), texts(column)))
                .collect(),
        })
    }

    /// The same pictures with the classes of `other`, by their names: for a test part that was read on its own.
    ///
    /// # Errors
    /// [`Error::Unknown`] for labels or a class that `other` does not have.
    ///
    /// ```
    /// use vision_cnn::{Labels, Pictures};
    /// let of = |classes: &[&str], of: &[u32]| {
    ///     let classes = classes.iter().map(|class| class.to_string()).collect();
    ///     Pictures::new([1, 1, 1], vec![0; of.len()], vec![Labels::new("class", classes, of.to_vec())?])
    /// };
    /// let (train, test) = (of(&["coat", "hat"], &[0, 1, 1])?, of(&["hat"], &[0])?);
    /// assert_eq!(test.with_classes_of(&train)?.labels("class")?.of(), [1]);
    /// assert!(train.with_classes_of(&test).is_err());
    /// # Ok::<(), guide_core::Error>(())
    /// ```
    pub fn with_classes_of(&self, other: &Self) -> Result<Self> {
        let mut pictures = self.clone();
        for labels in &mut pictures.labels {
            let known = other.labels(&labels.name)?;
            let place = |class: &String| known.classes.iter().position(|other| other == class);
            let places: Vec<Option<usize>> = labels.classes.iter().map(place).collect();
            for class in &mut labels.of {
                let name = &labels.classes[*class as usize];
                let Some(place) = places[*class as usize] else {
                    return Err(Error::unknown(format!("class of `{}`", labels.name), name));
                };
                *class = place as u32;
            }
            labels.classes.clone_from(&known.classes);
        }
        Ok(pictures)
    }

    /// The places of a training and of a test part, both ascending, drawn by `seed`: `round(test_fraction n)` pictures are
    /// the test part.
    ///
    /// # Errors
    /// [`Error::Param`] unless both parts have pictures.
    pub fn split(&self, test_fraction: f32, seed: u64) -> Result<(Vec<usize>, Vec<usize>)> {
        holdout(self.n, test_fraction, seed)
    }

    /// The same by class: of a class with `k` pictures `round(test_fraction k)`, but at most `k - 1`, are the test part.
    ///
    /// # Errors
    /// [`Error::Unknown`] for labels that are not there; [`Error::Param`] unless the fraction is above 0 and below 1.
    ///
    /// ```
    /// use vision_cnn::{Labels, Pictures};
    /// let labels = Labels::new("class", vec!["a".into(), "b".into()], vec![0, 0, 0, 0, 1, 1, 1, 1])?;
    /// let pictures = Pictures::new([1, 1, 1], vec![0; 8], vec![labels])?;
    /// let (train, test) = pictures.split_by("class", 0.25, 7)?;
    /// assert_eq!((train.len(), test.len()), (6, 2));
    /// assert!(test[0] < 4 && test[1] >= 4); // one of each class
    /// # Ok::<(), guide_core::Error>(())
    /// ```
    pub fn split_by(
        &self,
        labels: &str,
        test_fraction: f32,
        seed: u64,
    ) -> Result<(Vec<usize>, Vec<usize>)> {
        stratified_holdout(&self.labels(labels)?.of, test_fraction, seed)
    }

    /// Bytes of one picture.
    pub(crate) fn picture_len(&self) -> usize {
        self.size.iter().product()
    }

    fn range(&self, index: usize) -> Range<usize> {
        let len = self.picture_len();
        index * len..(index + 1) * len
    }
}

impl<'a> Dataset for &'a Pictures {
    type Item = Picture<'a>;

    fn len(&self) -> usize {
        self.n
    }

    fn get(&self, index: usize) -> Picture<'a> {
        let pixels = self.pixels(index);
        Picture { pixels, index }
    }
}

/// Bytes of a picture of this size.
pub(crate) fn check_size(size: [usize; 3]) -> Result<usize> {
    let [height, width, channels] = size;
    for (name, side) in [("height", height), ("width", width)] {
        guide_core::ensure::within(name, side, 1, MOST_SIDE)?;
    }
    if channels != 1 && channels != 3 {
        return Err(Error::param("channels", channels, "1 (grey) or 3 (RGB)"));
    }
    Ok(height * width * channels)
}

/// The longest side of a picture that a network takes.
const MOST_SIDE: usize = 1 << 14;

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(n: usize) -> Pictures {
        let classes = vec!["even".to_owned(), "odd".to_owned()];
        let of = (0..n as u32).map(|i| i % 2).collect();
        let labels = Labels::new("parity", classes, of).unwrap();
        let pixels = (0..2 * n as u8).collect();
        let names = (0..n).map(|i| format!("{i}.png")).collect();
        let texts = (0..n).map(|i| format!("number {i}")).collect();
        Pictures::new([1, 2, 1], pixels, vec![labels])
            .unwrap()
            .with_texts(names, vec![("title".to_owned(), texts)])
    }

    #[test]
    fn selected_pictures_keep_what_belongs_to_them() {
        let some = numbered(5).select(&[3, 0]).unwrap();
        assert_eq!((some.len(), some.all_pixels()), (2, &[6, 7, 0, 1][..]));
        assert_eq!(some.labels("parity").unwrap().of(), [1, 0]);
        assert_eq!((some.name(0), some.name(2)), (Some("3.png"), None));
        assert_eq!(some.texts("title").unwrap(), ["number 3", "number 0"]);
        assert_eq!(some.texts("price"), None);
        let error = some.select(&[2]).unwrap_err().to_string();
        assert_eq!(error, "picture 2 is out of range: there are 2");
        let data = &some;
        assert_eq!(Dataset::get(&data, 1).pixels, [0, 1]);
    }

    #[test]
    fn misfits_are_refused_with_both_sides() {
        let refused = |size, n: usize, labels| Pictures::new(size, vec![0; n], labels).unwrap_err();
        let of = |of: Vec<u32>| Labels::new("a", vec!["x".to_owned()], of).unwrap();
        assert_eq!(
            refused([2, 2, 4], 16, vec![]).to_string(),
            "parameter `channels` must be 1 (grey) or 3 (RGB), but is 4"
        );
        assert!(matches!(refused([0, 2, 1], 0, vec![]), Error::Param { .. }));
        assert!(matches!(refused([2, 2, 1], 6, vec![]), Error::Shape { .. }));
        let error = refused([1, 1, 1], 2, vec![of(vec![0; 3])]).to_string();
        assert_eq!(
            error,
            "labels `a`, one for each picture: expected shape [2], got [3]"
        );
        let twice = vec![of(vec![0]), of(vec![0])];
        assert!(matches!(
            refused([1, 1, 1], 1, twice),
            Error::Duplicate { .. }
        ));
        assert!(Labels::new("a", vec!["x".to_owned()], vec![1]).is_err());
        assert!(Labels::new("a", vec!["x".to_owned(); 2], vec![0]).is_err());
        let error = numbered(2).labels("colour").unwrap_err().to_string();
        assert_eq!(error, "unknown labels (there are: parity) `colour`");
    }

    #[test]
    fn both_splits_cover_all_pictures() {
        let pictures = numbered(20);
        for (train, test) in [
            pictures.split(0.2, 3).unwrap(),
            pictures.split_by("parity", 0.2, 3).unwrap(),
        ] {
            assert_eq!((train.len(), test.len()), (16, 4));
            let mut all = [train, test].concat();
            all.sort_unstable();
            assert_eq!(all, (0..20).collect::<Vec<_>>());
        }
        assert_ne!(
            pictures.split(0.2, 3).unwrap(),
            pictures.split(0.2, 4).unwrap()
        );
        assert!(pictures.split_by("parity", 1.0, 3).is_err());
    }
}
