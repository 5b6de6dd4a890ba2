//! What a recommender answers, as recorded beside its committed model file.

use guide_core::testing::Answers;

use super::done;
use crate::{
    Explain, FoldIn, ItemId, Model, RatingPredictor, Recommender, SimilarItems, SimilarUsers,
    UserId,
};

/// Users whose answers are recorded: the first few.
const N_USERS: u32 = 4;

/// The answers of a recommender to fixed questions, for [`guide_core::testing::SavedModels`]: one method a trait.
///
/// # Panics
/// If the model answers with an error.
pub struct Recorded<'m, M>(&'m M, Answers);

impl<'m, M: Model> Recorded<'m, M> {
    /// Begins with the names of the model's users and items.
    pub fn of(model: &'m M) -> Self {
        let mut answers = Answers::default();
        answers.words("users", model.ids().users.names());
        answers.words("items", model.ids().items.names());
        Self(model, answers)
    }

    /// All answers.
    pub fn answers(self) -> guide_core::Result<Answers> {
        Ok(self.1)
    }

    fn users(&self) -> impl Iterator<Item = UserId> + use<M> {
        (0..N_USERS.min(self.0.n_users() as u32)).map(UserId)
    }

    fn items(&self) -> impl Iterator<Item = ItemId> + use<M> {
        (0..self.0.n_items() as u32).map(ItemId)
    }

    /// Two histories: one of two items, one of all even items with rising values.
    fn histories(&self) -> [Vec<(ItemId, f32)>; 2] {
        let even = self.items().filter(|item| item.0 % 2 == 0);
        [
            vec![(ItemId(0), 2.0), (ItemId(1), 4.0)],
            even.map(|item| (item, (1 + item.0 % 5) as f32)).collect(),
        ]
    }
}

impl<M: RatingPredictor> Recorded<'_, M> {
    /// Ratings of every item by some users, and by an unknown one.
    #[must_use]
    pub fn ratings(mut self) -> Self {
        let users = self.users().map(Some).chain([None]);
        let pairs = users.flat_map(|user| {
            self.items()
                .map(Some)
                .chain([None])
                .map(move |item| (user, item))
        });
        let ratings: Vec<f32> = pairs
            .map(|(user, item)| self.0.predict(user, item).rating)
            .collect();
        self.1.numbers("ratings", ratings);
        self
    }
}

impl<M: Recommender> Recorded<'_, M> {
    /// Scores of every item for some users.
    #[must_use]
    pub fn scores(mut self) -> Self {
        let mut all = Vec::new();
        for user in self.users() {
            let mut scores = vec![0.0; self.0.n_items()];
            done(self.0.score_items(user, &mut scores));
            all.extend(scores);
        }
        self.1.numbers("scores", all);
        self
    }
}

impl<M: FoldIn> Recorded<'_, M> {
    /// Scores of every item for shoppers who are not in the model.
    #[must_use]
    pub fn fold_in(mut self) -> Self {
        let mut all = Vec::new();
        for history in self.histories() {
            let mut scores = vec![0.0; self.0.n_items()];
            done(self.0.score_for(&history, &mut scores));
            all.extend(scores);
        }
        self.1.numbers("scores of new shoppers", all);
        self
    }
}

impl<M: SimilarItems> Recorded<'_, M> {
    /// Similarities of the items most like the first two.
    #[must_use]
    pub fn similar_items(mut self) -> Self {
        let hits = self
            .items()
            .take(2)
            .flat_map(|item| done(self.0.similar_items(item, 3)));
        let scores: Vec<f32> = hits.map(|hit| hit.score).collect();
        self.1.numbers("similar items", scores);
        self
    }
}

impl<M: SimilarUsers> Recorded<'_, M> {
    /// Similarities of the users most like the first two.
    #[must_use]
    pub fn similar_users(mut self) -> Self {
        let hits = self
            .users()
            .take(2)
            .flat_map(|user| done(self.0.similar_users(user, 3)));
        let scores: Vec<f32> = hits.map(|hit| hit.score).collect();
        self.1.numbers("similar users", scores);
        self
    }
}

impl<M: Explain> Recorded<'_, M> {
    /// The parts of the first user's scores of two items, in falling order.
    #[must_use]
    pub fn explanations(mut self) -> Self {
        let parts = self
            .items()
            .take(2)
            .flat_map(|item| done(self.0.explain(UserId(0), item)));
        let amounts: Vec<f32> = parts.map(|part| part.amount).collect();
        self.1.numbers("parts of scores", amounts);
        self
    }
}
