//! What an answer tells `tracing`, with the feature of that name; nothing without it.

/// The span of one answer. It ends when the value is dropped.
pub(crate) struct AnswerSpan {
    #[cfg(feature = "tracing")]
    span: tracing::span::EnteredSpan,
}

impl AnswerSpan {
    /// For an answer of at most `n` hits.
    pub(crate) fn new(n: usize) -> Self {
        #[cfg(not(feature = "tracing"))]
        let _ = n;
        Self {
            #[cfg(feature = "tracing")]
            span: tracing::debug_span!(
                "recommend",
                n,
                allowed = tracing::field::Empty,
                hits = tracing::field::Empty,
                rung = tracing::field::Empty
            )
            .entered(),
        }
    }

    /// Tells what the answer is.
    pub(crate) fn tell(&self, answer: &crate::Answer) {
        #[cfg(not(feature = "tracing"))]
        let _ = answer;
        #[cfg(feature = "tracing")]
        {
            self.span.record("allowed", answer.allowed);
            self.span.record("hits", answer.hits.len());
            self.span.record("rung", tracing::field::debug(answer.rung));
        }
    }
}

/// Tells of the candidates that a source gave.
pub(crate) fn candidates(source: &str, found: usize, seconds: f64) {
    #[cfg(feature = "tracing")]
    tracing::debug!(source, found, seconds, "candidates");
    #[cfg(not(feature = "tracing"))]
    let _ = (source, found, seconds);
}

/// Tells how many products a source scored exactly for its candidates, of `all`.
pub(crate) fn scored(source: &'static str, scored: usize, all: usize) {
    #[cfg(feature = "tracing")]
    tracing::debug!(source, scored, all, "products scored");
    #[cfg(not(feature = "tracing"))]
    let _ = (source, scored, all);
}

#[cfg(all(test, feature = "tracing"))]
mod tests {
    use tracing::subscriber::with_default;

    use crate::tracing_progress::tests::Lines;
    use crate::{Event, Events, Guide, GuideParams, Query};

    #[test]
    fn an_answer_is_a_span_that_tells_of_its_sources() {
        let events = Events::new([Event::purchase("a", "x"), Event::purchase("a", "y")]);
        let builder = Guide::builder().events(events.unwrap());
        let guide = builder
            .params(GuideParams::default().tune(false))
            .build()
            .unwrap();
        let lines = Lines::default();
        with_default(lines.clone(), || {
            guide.recommend(&Query::history(["x"]).n(1)).unwrap();
        });
        let heard = lines.all();
        assert_eq!(heard[..2], ["+1<0 recommend n=1", ">1"], "{heard:#?}");
        let of = |start: &str| heard.iter().filter(|line| line.starts_with(start)).count();
        assert_eq!(
            of("!0 message=products scored source=\"factors\" scored="),
            1
        );
        assert_eq!(
            of("!0 message=candidates source=\"popular\" found=1 seconds="),
            1
        );
        let end = &heard[heard.len() - 4..];
        assert_eq!(end, ["=1 allowed=1", "=1 hits=1", "=1 rung=FoldedIn", "-1"]);
    }
}
