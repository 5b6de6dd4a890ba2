//! A model whose every score is known.

use std::sync::Arc;

use guide_core::Result;

use crate::{Ids, Model, Recommender, UserId, ensure_user};

/// A model that reads its scores from a table: for tests of what measures or serves models.
///
/// ```
/// use recsys_core::{Recommender, UserId, testing::Table};
/// let model = Table::new(&[&[0.1, 0.9]]);
/// assert_eq!(model.recommend(UserId(0), 1, &[])?[0].score, 0.9);
/// # Ok::<(), guide_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Table {
    ids: Arc<Ids>,
    pub(crate) scores: Vec<Vec<f32>>, // [n_users][n_items]
}

impl Table {
    /// A row of scores for each user; users and items are called by their numbers.
    ///
    /// # Panics
    /// If there is no row, or one has another length than the first.
    pub fn new(scores: &[&[f32]]) -> Self {
        let n_items = scores[0].len();
        assert!(scores.iter().all(|row| row.len() == n_items), "equal rows");
        Self {
            ids: Arc::new(Ids::numbered(scores.len(), n_items)),
            scores: scores.iter().map(|row| row.to_vec()).collect(),
        }
    }
}

impl Model for Table {
    fn ids(&self) -> &Arc<Ids> {
        &self.ids
    }
}

impl Recommender for Table {
    fn score_items(&self, user: UserId, scores: &mut [f32]) -> Result<()> {
        ensure_user(self, user)?;
        scores.copy_from_slice(&self.scores[user.index()]);
        Ok(())
    }
}
