//! Bags of visual words: an inverted file that knows for each word the pictures that have it.

use std::sync::OnceLock;

use guide_core::{Scored, kernels};

/// Each word with how often it is there, by word.
pub(super) fn count(mut words: Vec<u32>) -> Vec<(u32, u32)> {
    words.sort_unstable();
    let runs = words.chunk_by(|a, b| a == b);
    runs.map(|run| (run[0], run.len() as u32)).collect()
}

/// For each word the pictures (by position) that have it, with how often.
#[derive(Clone, Debug)]
pub(super) struct InvertedFile {
    pictures_of: Vec<Vec<(u32, u32)>>, // [n_words]
    n_pictures: usize,
    /// What every new picture changes, so it is computed by the first search after.
    weights: OnceLock<Weights>,
}

#[derive(Clone, Debug)]
struct Weights {
    idf: Vec<f32>,   // [n_words]
    norms: Vec<f32>, // [n_pictures]
}

impl InvertedFile {
    pub(super) fn new(n_words: usize) -> Self {
        Self {
            pictures_of: vec![Vec::new(); n_words],
            n_pictures: 0,
            weights: OnceLock::new(),
        }
    }

    /// Adds the next picture. Its words must be known ones.
    pub(super) fn add(&mut self, bag: &[(u32, u32)]) {
        for &(word, times) in bag {
            self.pictures_of[word as usize].push((self.n_pictures as u32, times));
        }
        self.n_pictures += 1;
        self.weights.take();
    }

    /// The `n` pictures with the largest cosine `Σ q_w p_w / (|q| |p|)` of `times * idf`, of those that share a word.
    pub(super) fn search(
        &self,
        bag: &[(u32, u32)],
        n: usize,
        keep: impl Fn(u32) -> bool,
    ) -> Vec<Scored<u32>> {
        let weights = self.weights.get_or_init(|| self.weigh());
        let mut scores = vec![0.0; self.n_pictures];
        let mut norm = 0.0;
        for &(word, times) in bag {
            let idf = weights.idf[word as usize];
            norm += (times as f32 * idf).powi(2);
            for &(picture, there) in &self.pictures_of[word as usize] {
                scores[picture as usize] += times as f32 * idf * there as f32 * idf;
            }
        }
        for (score, picture_norm) in scores.iter_mut().zip(&weights.norms) {
            if *score > 0.0 {
                *score /= norm.sqrt() * picture_norm;
            }
        }
        kernels::top_k(&scores, n, |picture| {
            scores[picture as usize] > 0.0 && keep(picture)
        })
    }

    fn weigh(&self) -> Weights {
        let idf = |pictures: &Vec<_>| (self.n_pictures as f32 / pictures.len() as f32).ln_1p();
        // A word that no picture has weighs nothing.
        let idf = self
            .pictures_of
            .iter()
            .map(|pictures| match pictures.len() {
                0 => 0.0,
                _ => idf(pictures),
            });
        let idf: Vec<f32> = idf.collect();
        let mut norms = vec![0.0; self.n_pictures];
        for (pictures, idf) in self.pictures_of.iter().zip(&idf) {
            for &(picture, times) in pictures {
                norms[picture as usize] += (times as f32 * idf).powi(2);
            }
        }
        norms
            .iter_mut()
            .for_each(|norm: &mut f32| *norm = norm.sqrt());
        Weights { idf, norms }
    }
}
