//! Coordinate descent for the weights of one item.

use guide_core::kernels;

use super::SlimParams;
use super::gram::Gram;
use crate::sparse::Best;

/// A place that no candidate has.
const NOWHERE: u32 = u32::MAX;

/// Solves for one item after the other in the same memory.
#[derive(Debug)]
pub(super) struct Solver<'a> {
    params: &'a SlimParams,
    gram: &'a Gram,
    /// Of each item its place among the candidates, or [`NOWHERE`].
    places: Vec<u32>, // [n_items]
    candidates: Vec<u32>,
    weights: Vec<f32>, // [n_candidates]
    /// `G_ji − Σ_k G_jk w_k` of each candidate `j`.
    gradient: Vec<f32>, // [n_candidates]
    /// Rows of `G` among the candidates, of those that ever had a weight.
    rows: Vec<f32>, // [n_rows, n_candidates]
    /// Of each candidate its row, or [`NOWHERE`].
    row_of: Vec<u32>, // [n_candidates]
    best: Best,
}

impl<'a> Solver<'a> {
    pub(super) fn new(params: &'a SlimParams, gram: &'a Gram) -> Self {
        Self {
            params,
            gram,
            places: vec![NOWHERE; gram.n_items()],
            candidates: Vec::new(),
            weights: Vec::new(),
            gradient: Vec::new(),
            rows: Vec::new(),
            row_of: Vec::new(),
            best: Best::default(),
        }
    }

    /// The weights above 0 with which other items speak for `item`, largest first.
    ///
    /// A sweep over all candidates finds those that take part, sweeps over these alone follow until nothing changes, and a
    /// sweep over all that changes nothing either ends it.
    pub(super) fn solve(&mut self, item: u32) -> Vec<(u32, f32)> {
        self.choose(item);
        let all: Vec<usize> = (0..self.candidates.len()).collect();
        let mut active: Option<Vec<usize>> = None;
        for _ in 0..self.params.n_epochs {
            let largest = self.sweep(active.as_ref().unwrap_or(&all));
            let settled = largest <= self.params.tolerance;
            active = match active {
                None if settled => break,
                None => Some(
                    all.iter()
                        .copied()
                        .filter(|&a| self.weights[a] > 0.0)
                        .collect(),
                ),
                Some(_) if settled => None,
                some => some,
            };
        }
        for &candidate in &self.candidates {
            self.places[candidate as usize] = NOWHERE;
        }
        let n = self.params.k.unwrap_or(usize::MAX);
        let weights = self.weights.iter().copied();
        let best = self.best.of(n, &self.candidates, weights);
        best.iter().map(|hit| (hit.id, hit.score)).collect()
    }

    /// Sets out with all weights 0.
    fn choose(&mut self, item: u32) {
        // All weights and all of G are at least 0, so that no gradient ever exceeds its value at the start.
        let speaks = |&&(_, shared): &&(u32, f32)| shared > self.params.l1_regularization;
        let row = self.gram.row(item).iter();
        let mut chosen: Vec<(u32, f32)> = row.filter(speaks).copied().collect();
        if let Some(n) = self.params.n_candidates.filter(|&n| n < chosen.len()) {
            let others: Vec<u32> = chosen.iter().map(|entry| entry.0).collect();
            // The cosine, but for a factor that all have in common.
            let cosine = |&(other, shared): &(u32, f32)| shared / self.gram.diagonal(other).sqrt();
            let best = self.best.of(n, &others, chosen.iter().map(cosine));
            let mut kept: Vec<u32> = best.iter().map(|hit| hit.id).collect();
            kept.sort_unstable();
            chosen.retain(|(other, _)| kept.binary_search(other).is_ok());
        }
        self.candidates.clear();
        self.gradient.clear();
        for (place, &(other, shared)) in (0..).zip(&chosen) {
            self.places[other as usize] = place;
            self.candidates.push(other);
            self.gradient.push(shared);
        }
        self.rows.clear();
        self.row_of.clear();
        self.row_of.resize(chosen.len(), NOWHERE);
        self.weights.clear();
        self.weights.resize(chosen.len(), 0.0);
    }

    /// Sets each weight at `places` to its best with the others fixed; returns the largest change.
    fn sweep(&mut self, places: &[usize]) -> f32 {
        let SlimParams {
            l1_regularization: l1,
            l2_regularization: l2,
            ..
        } = *self.params;
        let mut largest = 0.0_f32;
        for &place in places {
            let diagonal = self.gram.diagonal(self.candidates[place]);
            let old = self.weights[place];
            let without_own = self.gradient[place] + diagonal * old;
            let new = (without_own - l1).max(0.0) / (diagonal + l2);
            if new != old {
                self.weights[place] = new;
                self.subtract(place, new - old);
                largest = largest.max((new - old).abs());
            }
        }
        largest
    }

    /// Takes `change` times a row of `G` from the gradient.
    fn subtract(&mut self, place: usize, change: f32) {
        let n = self.candidates.len();
        if self.row_of[place] == NOWHERE {
            let start = self.rows.len();
            self.row_of[place] = (start / n) as u32;
            self.rows.resize(start + n, 0.0);
            let candidate = self.candidates[place];
            for &(other, shared) in self.gram.row(candidate) {
                let other = self.places[other as usize];
                if other != NOWHERE {
                    self.rows[start + other as usize] = shared;
                }
            }
            self.rows[start + place] = self.gram.diagonal(candidate);
        }
        let start = self.row_of[place] as usize * n;
        kernels::axpy(-change, &self.rows[start..start + n], &mut self.gradient);
    }
}
