//! The scores of a CRF in the forms that its recursions need, computed once a step.

use super::{AllowedTags, CrfScores};

/// `−∞` marks what is not allowed.
#[derive(Debug)]
pub(super) struct Tables {
    pub(super) k: usize,
    pub(super) start: Vec<f64>,
    pub(super) end: Vec<f64>,
    /// Row = the tag before.
    pub(super) scores: Vec<f64>,
    /// The largest score of each column, 0 for a column without a finite one.
    pub(super) largest: Vec<f64>,
    /// `exp(scores[i, j] − largest[j])`, from 0 to 1.
    pub(super) weights: Vec<f64>,
}

impl Tables {
    pub(super) fn new(k: usize) -> Self {
        Self {
            k,
            start: vec![0.0; k],
            end: vec![0.0; k],
            scores: vec![0.0; k * k],
            largest: vec![0.0; k],
            weights: vec![0.0; k * k],
        }
    }

    pub(super) fn set(&mut self, from: CrfScores<'_>, allowed: Option<&AllowedTags>) {
        let k = self.k;
        let masked = |score: f32, fits: bool| {
            if fits {
                f64::from(score)
            } else {
                f64::NEG_INFINITY
            }
        };
        for tag in 0..k {
            self.start[tag] = masked(
                from.start[tag],
                allowed.is_none_or(|allowed| allowed.begins(tag)),
            );
            self.end[tag] = f64::from(from.end[tag]);
        }
        self.largest.fill(f64::NEG_INFINITY);
        for i in 0..k {
            for j in 0..k {
                let fits = allowed.is_none_or(|allowed| allowed.follows(i, j));
                let score = masked(from.transitions[i * k + j], fits);
                self.scores[i * k + j] = score;
                self.largest[j] = self.largest[j].max(score);
            }
        }
        for largest in &mut self.largest {
            if *largest == f64::NEG_INFINITY {
                *largest = 0.0;
            }
        }
        for i in 0..k {
            for j in 0..k {
                self.weights[i * k + j] = (self.scores[i * k + j] - self.largest[j]).exp();
            }
        }
    }

    /// The score of these tags of a sentence; 0 of no word.
    pub(super) fn score(&self, emissions: &[f32], tags: &[u32]) -> f64 {
        let (Some(&first), Some(&last)) = (tags.first(), tags.last()) else {
            return 0.0;
        };
        let ends = self.start[first as usize] + self.end[last as usize];
        let words = emissions.chunks_exact(self.k).zip(tags);
        let words: f64 = words
            .map(|(scores, &tag)| f64::from(scores[tag as usize]))
            .sum();
        let pairs = tags
            .windows(2)
            .map(|pair| self.scores[pair[0] as usize * self.k + pair[1] as usize]);
        ends + words + pairs.sum::<f64>()
    }
}
