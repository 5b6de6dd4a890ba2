//! Files of word vectors: text, GloVe and binary, plain and gzip. What is read is the same after it is written and read again.

use std::path::Path;

use guide_core::ndarray::array;
use nlp_embed::{InvalidUtf8, VectorFile, VectorFormat, Vocabulary, WordVectors};

use super::{Reading, ScratchFile, Target, choice, finite, gzip};

/// Reads word vectors.
pub struct WordVectorFiles {
    corpus: Vec<Vec<u8>>,
    file: ScratchFile,
    again: ScratchFile,
}

const TOKENS: &[&[u8]] = &[
    b"coat",
    b"2 3\n",
    b"1 1\n",
    b"</s>",
    b" 0.5",
    b"\t1",
    b"1e-22",
    b"3e38",
    b"-0",
    b"nan",
    b"new york",
    b"  ",
];

const TEXTS: &[&str] = &[
    "3 2\ncoat 1 0.5\nhat -0.25 1e-3\nlamp 0 1\n",
    "coat 1 0.5 0.25\nhat -0.25 1e-3 2\nnew york 0 1 3\n",
    "2 1\n1 2\n3 4\n",
    "1 2\ncoat 0.1 0.2\n",
    "2 2\r\ncoat\t1\t2\r\n\u{624b}\u{673a}  3 4 \r\n",
    "the 0.1 0.2\nthe 0.3 0.4\n",
];

const FORMATS: [VectorFormat; 5] = [
    VectorFormat::Word2VecText,
    VectorFormat::Word2VecBinary,
    VectorFormat::GensimBinary,
    VectorFormat::Glove,
    VectorFormat::Model,
];

impl WordVectorFiles {
    /// The target with its corpus.
    ///
    /// # Errors
    /// If a file of the corpus cannot be written.
    pub fn new(scratch: &Path) -> anyhow::Result<Self> {
        let file = ScratchFile::new(scratch, "vectors");
        let mut corpus: Vec<Vec<u8>> = TEXTS.iter().map(|text| text.as_bytes().to_vec()).collect();
        let words = Vocabulary::from_counts([("coat", 3), ("hat", 2), ("lamp", 1)])?;
        let vectors = WordVectors::new(words, array![[1.0, 0.5], [-0.25, 1e-3], [0.0, 1.0]])?;
        for format in FORMATS {
            vectors.write(&file.0, format)?;
            corpus.push(std::fs::read(&file.0)?);
        }
        corpus.push(gzip(TEXTS[0].as_bytes()));
        Ok(Self {
            corpus,
            file,
            again: ScratchFile::new(scratch, "again"),
        })
    }
}

impl Target for WordVectorFiles {
    fn corpus(&self) -> &[Vec<u8>] {
        &self.corpus
    }

    fn tokens(&self) -> &'static [&'static [u8]] {
        TOKENS
    }

    fn check(&self, input: &[u8]) -> Result<Reading, String> {
        let mut file = VectorFile::new(self.file.with(input)?);
        let choice = choice(input, 16);
        if let Some(format) = FORMATS.get(choice) {
            file = file.format(*format);
        }
        file = match choice {
            5 => file.limit(2),
            6 | 7 => file.invalid_utf8(InvalidUtf8::Replace),
            _ => file,
        };
        let _ = file.detect();
        let Ok((vectors, _)) = file.read_counted() else {
            return Ok(Reading::Refused);
        };
        sound(&vectors)?;
        for format in FORMATS {
            // A word with a blank has no place in these formats, and an error says so.
            if vectors.write(&self.again.0, format).is_err() {
                continue;
            }
            let again = VectorFile::new(&self.again.0).format(format).read();
            let again = again
                .map_err(|reason| format!("written as {format:?} it cannot be read: {reason}"))?;
            if vectors.vocabulary().words() != again.vocabulary().words()
                || bits(&vectors) != bits(&again)
            {
                return Err(format!("written as {format:?} and read, it differs"));
            }
        }
        Ok(Reading::Accepted)
    }
}

/// The numbers of all words. Equal bits are equal numbers, also for -0.
fn bits(vectors: &WordVectors) -> Vec<u32> {
    let rows = vectors.vectors();
    (0..vectors.len() as u32)
        .flat_map(|row| rows.row(row).iter().map(|number| number.to_bits()))
        .collect()
}

/// Checks the numbers of `vectors` and what they answer.
pub fn sound(vectors: &WordVectors) -> Result<(), String> {
    let words = vectors.vocabulary().words();
    if words.len() != vectors.len() || vectors.is_empty() || vectors.dim() == 0 {
        return Err(format!(
            "{} words, {} vectors of {} numbers",
            words.len(),
            vectors.len(),
            vectors.dim()
        ));
    }
    let all = words.iter().filter_map(|word| vectors.get(word)).flatten();
    all.copied()
        .try_for_each(|number| finite("a number", number))?;
    let (first, last) = (&words[0], &words[words.len() - 1]);
    if let Ok(similarity) = vectors.similarity(first, last) {
        finite("a similarity", similarity)?;
    }
    for hit in vectors.nearest(first, 3).unwrap_or_default() {
        finite("a similarity", hit.score)?;
    }
    let _ = vectors.analogy(&[last], &[first], 2);
    Ok(())
}
