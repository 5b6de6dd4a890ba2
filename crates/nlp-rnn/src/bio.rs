//! BIO tags (IOB2, Ramshaw and Marcus 1995): their spans, and the scores of found spans, by the rules of seqeval and conlleval.

use std::collections::BTreeMap;
use std::fmt;

use guide_core::{Error, Result};
use serde::Serialize;

/// What an `I-` tag means that does not continue a span of its kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SpanRule {
    /// Nothing: only `B-` begins a span. seqeval's strict mode with IOB2.
    #[default]
    Strict,
    /// It begins a span. The rule of conlleval and of seqeval's default mode.
    Conlleval,
}

/// A run of words of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span<'t> {
    /// First word.
    pub start: usize,
    /// The word after the last.
    pub end: usize,
    /// Kind, for example `color`.
    pub kind: &'t str,
}

/// A tag in its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BioTag<'t> {
    /// `O`: no span.
    Outside,
    /// `B-kind`: the first word of a span.
    Begin(&'t str),
    /// `I-kind`: a further word of a span.
    Inside(&'t str),
}

impl<'t> BioTag<'t> {
    /// Parses `O`, `B-kind` or `I-kind`.
    ///
    /// # Errors
    /// [`Error::Unknown`] for anything else.
    ///
    /// ```
    /// use nlp_rnn::BioTag;
    /// assert_eq!(BioTag::parse("B-fromloc.city_name")?, BioTag::Begin("fromloc.city_name"));
    /// assert!(BioTag::parse("E-color").is_err());
    /// # Ok::<(), guide_core::Error>(())
    /// ```
    pub fn parse(tag: &'t str) -> Result<Self> {
        let kind = |prefix| {
            tag.strip_prefix(prefix)
                .filter(|kind: &&str| !kind.is_empty())
        };
        match (tag, kind("B-"), kind("I-")) {
            ("O", ..) => Ok(Self::Outside),
            (_, Some(kind), _) => Ok(Self::Begin(kind)),
            (.., Some(kind)) => Ok(Self::Inside(kind)),
            _ => Err(Error::unknown("tag, expected O, B-kind or I-kind:", tag)),
        }
    }
}

/// The spans of a sentence, from left to right.
///
/// ```
/// use nlp_rnn::{Span, SpanRule, spans};
/// let tags = ["B-color", "I-color", "I-brand", "O"];
/// assert_eq!(spans(&tags, SpanRule::Strict)?, [Span { start: 0, end: 2, kind: "color" }]);
/// assert_eq!(spans(&tags, SpanRule::Conlleval)?.len(), 2);
/// # Ok::<(), guide_core::Error>(())
/// ```
///
/// # Errors
/// As [`BioTag::parse`].
pub fn spans<T: AsRef<str>>(tags: &[T], rule: SpanRule) -> Result<Vec<Span<'_>>> {
    let mut spans: Vec<Span<'_>> = Vec::new();
    for (word, tag) in tags.iter().enumerate() {
        let begin = |kind| Span {
            start: word,
            end: word + 1,
            kind,
        };
        match BioTag::parse(tag.as_ref())? {
            BioTag::Outside => {}
            BioTag::Begin(kind) => spans.push(begin(kind)),
            BioTag::Inside(kind) => match spans.last_mut() {
                Some(span) if span.end == word && span.kind == kind => span.end += 1,
                _ if rule == SpanRule::Conlleval => spans.push(begin(kind)),
                _ => {}
            },
        }
    }
    Ok(spans)
}

/// The number of `I-` tags that do not continue a span of their kind, which IOB2 does not allow.
///
/// ```
/// assert_eq!(nlp_rnn::broken_tags(&["O", "I-a", "I-a", "B-b", "I-a"])?, 2);
/// # Ok::<(), guide_core::Error>(())
/// ```
///
/// # Errors
/// As [`BioTag::parse`].
pub fn broken_tags<T: AsRef<str>>(tags: &[T]) -> Result<usize> {
    let mut broken = 0;
    let mut open = None;
    for tag in tags {
        match BioTag::parse(tag.as_ref())? {
            BioTag::Outside => open = None,
            BioTag::Begin(kind) => open = Some(kind),
            BioTag::Inside(kind) => {
                broken += usize::from(open != Some(kind));
                open = Some(kind);
            }
        }
    }
    Ok(broken)
}

/// Counts of spans and the scores from them. A score whose divisor is 0 is 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SpanCounts {
    /// True spans.
    pub n_true: u64,
    /// Spans that were found.
    pub found: u64,
    /// Found spans whose words and kind are those of a true one.
    pub correct: u64,
}

impl SpanCounts {
    /// `correct / found`.
    pub fn precision(&self) -> f64 {
        share(self.correct, self.found)
    }

    /// `correct / n_true`.
    pub fn recall(&self) -> f64 {
        share(self.correct, self.n_true)
    }

    /// `2 correct / (found + n_true)`, the harmonic mean of precision and recall.
    pub fn f1(&self) -> f64 {
        share(2 * self.correct, self.found + self.n_true)
    }
}

fn share(part: u64, of: u64) -> f64 {
    if of == 0 {
        0.0
    } else {
        part as f64 / of as f64
    }
}

/// How well tags of sentences were found. [`fmt::Display`] prints the table of kinds.
///
/// ```
/// use nlp_rnn::{SpanReport, SpanRule};
/// let mut report = SpanReport::new(SpanRule::Strict);
/// report.add(&["B-color", "O"], &["B-color", "B-brand"])?;
/// report.add(&["O"], &["O"])?;
/// assert_eq!((report.overall.precision(), report.overall.recall()), (0.5, 1.0));
/// assert_eq!((report.word_accuracy(), report.sentence_accuracy()), (2.0 / 3.0, 0.5));
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct SpanReport {
    rule: SpanRule,
    /// Of all kinds together: micro averages.
    pub overall: SpanCounts,
    /// Of each kind that is true or found somewhere.
    pub kinds: BTreeMap<String, SpanCounts>,
    /// Sentences.
    pub sentences: u64,
    /// Sentences all of whose tags are right.
    pub right_sentences: u64,
    /// Words.
    pub words: u64,
    /// Words whose tag is right.
    pub right_words: u64,
    /// `I-` tags among the true ones that do not continue a span.
    pub broken_true: u64,
    /// `I-` tags among the found ones that do not continue a span.
    pub broken_found: u64,
}

impl SpanReport {
    /// A report on no sentence.
    pub fn new(rule: SpanRule) -> Self {
        Self {
            rule,
            ..Self::default()
        }
    }

    /// Counts a sentence.
    ///
    /// # Errors
    /// [`Error::Shape`] if there are not as many tags found as true, [`Error::Unknown`] as [`BioTag::parse`]; the report is then as it was.
    pub fn add<A: AsRef<str>, B: AsRef<str>>(&mut self, truth: &[A], found: &[B]) -> Result<()> {
        if truth.len() != found.len() {
            return Err(Error::Shape {
                what: "the tags found in a sentence".to_owned(),
                expected: vec![truth.len()],
                got: vec![found.len()],
            });
        }
        let (true_spans, found_spans) = (spans(truth, self.rule)?, spans(found, self.rule)?);
        self.broken_true += broken_tags(truth)? as u64;
        self.broken_found += broken_tags(found)? as u64;
        for span in &true_spans {
            self.kind(span.kind).n_true += 1;
        }
        for span in &found_spans {
            self.kind(span.kind).found += 1;
            if true_spans.binary_search(span).is_ok() {
                self.kind(span.kind).correct += 1;
                self.overall.correct += 1;
            }
        }
        self.overall.n_true += true_spans.len() as u64;
        self.overall.found += found_spans.len() as u64;
        let pairs = truth.iter().zip(found);
        let right = pairs.filter(|(a, b)| a.as_ref() == b.as_ref()).count();
        self.sentences += 1;
        self.right_sentences += u64::from(right == truth.len());
        self.words += truth.len() as u64;
        self.right_words += right as u64;
        Ok(())
    }

    fn kind(&mut self, kind: &str) -> &mut SpanCounts {
        if !self.kinds.contains_key(kind) {
            self.kinds.insert(kind.to_owned(), SpanCounts::default());
        }
        self.kinds.entry(kind.to_owned()).or_default()
    }

    /// Share of the words whose tag is right.
    pub fn word_accuracy(&self) -> f64 {
        share(self.right_words, self.words)
    }

    /// Share of the sentences all of whose tags are right.
    pub fn sentence_accuracy(&self) -> f64 {
        share(self.right_sentences, self.sentences)
    }

    /// Mean F1 of the kinds, whatever their number of spans.
    pub fn macro_f1(&self) -> f64 {
        let sum: f64 = self.kinds.values().map(SpanCounts::f1).sum();
        if self.kinds.is_empty() {
            0.0
        } else {
            sum / self.kinds.len() as f64
        }
    }
}

impl fmt::Display for SpanReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self
            .kinds
            .keys()
            .map(|kind| kind.chars().count())
            .max()
            .unwrap_or(0)
            .max(7);
        writeln!(f, "{:width$} precision  recall      f1   spans", "kind")?;
        let all = ("overall", &self.overall);
        let kinds = self
            .kinds
            .iter()
            .map(|(kind, counts)| (kind.as_str(), counts));
        for (kind, counts) in kinds.chain([all]) {
            let [precision, recall, f1] = [counts.precision(), counts.recall(), counts.f1()];
            writeln!(
                f,
                "{kind:width$} {precision:9.4} {recall:7.4} {f1:7.4} {:7}",
                counts.n_true
            )?;
        }
        let (words, sentences) = (self.word_accuracy(), self.sentence_accuracy());
        write!(f, "right words {words:.4}, right sentences {sentences:.4}")
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// The rules of conlleval, word by word: one case for each pair of neighbouring tags.
    #[test]
    fn neighbouring_tags_join_or_not() {
        let ends = |tags: &[&str], rule| -> Vec<(usize, usize)> {
            let spans = spans(tags, rule).unwrap();
            spans.iter().map(|span| (span.start, span.end)).collect()
        };
        for (tags, strict, conlleval) in [
            (["B-a", "I-a"], vec![(0, 2)], vec![(0, 2)]),
            (["B-a", "B-a"], vec![(0, 1), (1, 2)], vec![(0, 1), (1, 2)]),
            (["B-a", "I-b"], vec![(0, 1)], vec![(0, 1), (1, 2)]),
            (["B-a", "O"], vec![(0, 1)], vec![(0, 1)]),
            (["I-a", "I-a"], vec![], vec![(0, 2)]),
            (["I-a", "B-a"], vec![(1, 2)], vec![(0, 1), (1, 2)]),
            (["I-a", "I-b"], vec![], vec![(0, 1), (1, 2)]),
            (["O", "I-a"], vec![], vec![(1, 2)]),
        ] {
            assert_eq!(ends(&tags, SpanRule::Strict), strict, "{tags:?}");
            assert_eq!(ends(&tags, SpanRule::Conlleval), conlleval, "{tags:?}");
        }
    }

    /// A stray `I-` ends the span before it: what follows does not continue that span.
    #[test]
    fn a_stray_tag_ends_the_span_before_it() {
        let found = spans(&["B-a", "I-b", "I-a"], SpanRule::Strict).unwrap();
        assert_eq!(
            found,
            [Span {
                start: 0,
                end: 1,
                kind: "a"
            }]
        );
        let found = spans(&["B-a", "O", "I-a"], SpanRule::Strict).unwrap();
        assert_eq!(found.len(), 1);
    }

    #[test]
    fn the_table_has_every_kind() {
        let mut report = SpanReport::new(SpanRule::Strict);
        report
            .add(&["B-color", "O", "B-UoM"], &["B-color", "I-color", "O"])
            .unwrap();
        report
            .add(&["B-color", "I-UoM"], &["B-color", "I-color"])
            .unwrap();
        let table = report.to_string();
        let expected = "kind    precision  recall      f1   spans\n\
            UoM        0.0000  0.0000  0.0000       1\n\
            color      0.0000  0.0000  0.0000       2\n\
            overall    0.0000  0.0000  0.0000       3\n\
            right words 0.4000, right sentences 0.0000";
        assert_eq!(table, expected);
        assert_eq!((report.broken_true, report.broken_found), (1, 0));
    }

    #[test]
    fn bad_tags_are_refused_and_change_nothing() {
        let mut report = SpanReport::new(SpanRule::Conlleval);
        let message = report.add(&["O"], &["E-a"]).unwrap_err().to_string();
        assert_eq!(message, "unknown tag, expected O, B-kind or I-kind: `E-a`");
        assert!(report.add(&["O"], &["o"]).is_err());
        assert!(report.add(&["O"], &["B-"]).is_err());
        assert!(report.add(&["O", "O"], &["O"]).is_err());
        assert_eq!(
            (report.sentences, report.words, report.broken_found),
            (0, 0, 0)
        );
        let (f1, accuracy) = (report.overall.f1(), report.sentence_accuracy());
        assert_eq!((f1, accuracy, report.macro_f1()), (0.0, 0.0, 0.0));
    }
}
