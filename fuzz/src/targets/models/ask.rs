//! Questions to a model that was loaded: none may panic, and each is answered with finite numbers or an error.

use guide_core::{Persist, Scored};
use recsys_core::{
    Explain, FoldIn, ItemId, Model, RatingPredictor, Recommender, SimilarItems, SimilarUsers,
    UserId,
};
use shopping_guide::Query;

use super::saved::picture;
use crate::targets::{answers, finite, vectors};

/// What a question finds to be wrong.
type Asked = Result<(), String>;

/// A model that can be asked.
pub trait Ask {
    /// Asks all that the model can do.
    ///
    /// # Errors
    /// What is wrong with an answer.
    fn ask(&self) -> Asked;
}

/// Says which questions a model answers.
macro_rules! asked {
    ($($model:ty: $($question:ident),+;)+) => {
        $(impl Ask for $model {
            fn ask(&self) -> Asked {
                $($question(self)?;)+
                Ok(())
            }
        })+
    };
}

asked! {
    recsys_cf::CoClustering: predicts, recommends, folds_in, explains;
    recsys_cf::Ease: recommends, folds_in, similar_items, similar_users, explains;
    recsys_cf::ItemTop: recommends, folds_in, similar_items, similar_users, explains;
    recsys_cf::Knn: predicts, recommends, folds_in, similar_items, similar_users, explains;
    recsys_cf::SlopeOne: predicts, recommends, folds_in, similar_users, explains;
    recsys_mf::Als: predicts, recommends, folds_in, similar_items, similar_users, explains;
    recsys_mf::Baseline: predicts, recommends, folds_in, explains;
    recsys_mf::Bpr: recommends, folds_in, similar_items, similar_users, explains;
    recsys_mf::GraphFilter: recommends, folds_in, explains;
    recsys_mf::Ials: recommends, folds_in, similar_items, similar_users, explains;
    recsys_mf::Lmf: recommends, folds_in, similar_items, similar_users, explains;
    recsys_mf::Nmf: predicts, recommends, folds_in, similar_items, similar_users, explains;
    recsys_mf::Popular: predicts, recommends, folds_in, explains;
    recsys_mf::PureSvd: recommends, folds_in, similar_items, similar_users, explains;
    recsys_mf::Random: predicts, recommends;
    recsys_mf::Svd: predicts, recommends, folds_in, similar_items, similar_users, explains;
    recsys_mf::Svdpp: predicts, recommends, folds_in, similar_items, similar_users, explains;
    recsys_deep::Dmf: recommends, folds_in, similar_items;
    recsys_deep::Ncf: predicts, recommends, folds_in;
    recsys_deep::NeuMf: recommends, folds_in;
}

/// The first and the last user, and one that the model does not know.
fn users<M: Model>(model: &M) -> [UserId; 3] {
    let n = model.n_users() as u32;
    [0, n.saturating_sub(1), n].map(UserId)
}

/// The first and the last item, and one that the model does not know.
fn items<M: Model>(model: &M) -> [ItemId; 3] {
    let n = model.n_items() as u32;
    [0, n.saturating_sub(1), n].map(ItemId)
}

/// Pairs of [`users`] and [`items`].
fn pairs<M: Model>(model: &M) -> impl Iterator<Item = (UserId, ItemId)> {
    let items = items(model);
    users(model)
        .into_iter()
        .flat_map(move |user| items.map(|item| (user, item)))
}

fn finite_scores<I>(what: &str, hits: guide_core::Result<Vec<Scored<I>>>) -> Asked {
    hits.unwrap_or_default()
        .iter()
        .try_for_each(|hit| finite(what, hit.score))
}

fn predicts<M: RatingPredictor>(model: &M) -> Asked {
    for (user, item) in pairs(model) {
        finite("a rating", model.predict(Some(user), Some(item)).rating)?;
        finite(
            "a rating without a user",
            model.predict(None, Some(item)).rating,
        )?;
        finite(
            "a rating without an item",
            model.predict(Some(user), None).rating,
        )?;
    }
    finite("a rating of nothing", model.predict(None, None).rating)
}

fn recommends<M: Recommender>(model: &M) -> Asked {
    let [_, last, _] = items(model);
    for user in users(model) {
        let hits = model.recommend(user, 3, &[last]);
        if user.index() >= model.n_users() && hits.is_ok() {
            return Err(format!(
                "an unknown user got {} hits",
                hits.map_or(0, |hits| hits.len())
            ));
        }
        finite_scores("the score of a hit", hits)?;
        let scores = model.score_some(user, &[last]).unwrap_or_default();
        scores
            .into_iter()
            .try_for_each(|score| finite("a score", score))?;
    }
    Ok(())
}

fn folds_in<M: FoldIn>(model: &M) -> Asked {
    let [first, last, unknown] = items(model);
    for history in [
        vec![],
        vec![(first, 2.0), (last, 4.0)],
        vec![(unknown, 1.0)],
    ] {
        finite_scores(
            "the score of a hit for a history",
            model.recommend_for(&history, 3, &[]),
        )?;
    }
    Ok(())
}

fn similar_items<M: SimilarItems>(model: &M) -> Asked {
    items(model).into_iter().try_for_each(|item| {
        finite_scores("the score of a similar item", model.similar_items(item, 3))
    })
}

fn similar_users<M: SimilarUsers>(model: &M) -> Asked {
    users(model).into_iter().try_for_each(|user| {
        finite_scores("the score of a similar user", model.similar_users(user, 3))
    })
}

fn explains<M: Explain>(model: &M) -> Asked {
    for (user, item) in pairs(model) {
        let parts = model.explain(user, item).unwrap_or_default();
        parts
            .iter()
            .try_for_each(|part| finite("a part of a score", part.amount))?;
    }
    Ok(())
}

impl Ask for shopping_guide::Guide {
    fn ask(&self) -> Asked {
        let product = self
            .catalog()
            .products()
            .first()
            .cloned()
            .unwrap_or_default();
        let shopper = self.shoppers().next().unwrap_or_default().to_owned();
        let (name, value) = product.attributes.first().cloned().unwrap_or_default();
        let queries = [
            Query::nobody(),
            Query::shopper(&shopper),
            Query::shopper(&shopper)
                .keep_seen()
                .price_from(1.0)
                .price_to(1e9),
            Query::history([&product.id]).likes(&name, &value),
            Query::nobody()
                .context(&product.id)
                .attribute(&name, &value),
        ];
        for query in queries {
            answers::ask(self, &query)?;
        }
        for (_, weight) in self.history(&shopper).unwrap_or_default() {
            finite("the weight of a product of the history", weight)?;
        }
        let _ = self.popularity();
        Ok(())
    }
}

impl Ask for nlp_embed::WordVectors {
    fn ask(&self) -> Asked {
        vectors::sound(self)
    }
}

impl Ask for nlp_embed::Word2Vec {
    fn ask(&self) -> Asked {
        for word in ["coat", "coats", "\u{624b}\u{673a}", ""] {
            let vector = self.vector_of(word).unwrap_or_default();
            vector
                .into_iter()
                .try_for_each(|number| finite(&format!("a number of `{word}`"), number))?;
        }
        let _ = self.about();
        vectors_of(self.clone().into_parts())
    }
}

impl Ask for nlp_embed::Glove {
    fn ask(&self) -> Asked {
        vectors_of(self.clone().into_parts())
    }
}

/// Checks the vectors of a trained model. Those too long for a cosine are an error there.
fn vectors_of((words, rows): (nlp_embed::Vocabulary, guide_core::ndarray::Array2<f32>)) -> Asked {
    nlp_embed::WordVectors::new(words, rows).map_or(Ok(()), |vectors| vectors::sound(&vectors))
}

impl Ask for nlp_embed::Phrases {
    fn ask(&self) -> Asked {
        let _ = self.join(&["a", "red", "coat", "of", "the", "new", "coat", "red"]);
        self.scores()
            .into_iter()
            .try_for_each(|(_, score)| finite("the score of a phrase", score))
    }
}

impl Ask for nlp_rnn::LanguageModel {
    fn ask(&self) -> Asked {
        let text = vec![vec!["a", "red", "coat"], vec!["\u{624b}\u{673a}", "new"]];
        let cache = nlp_rnn::ContinuousCache::default().size(3);
        for cache in [None, Some(cache)] {
            if let Ok(got) = self.perplexity(&text, cache) {
                finite("a perplexity", got.perplexity)?;
            }
        }
        for beam in [1, 3] {
            let generation = nlp_rnn::Generation::default().n_words(4).beam(beam);
            let _ = self.generate(&["a"], &generation);
        }
        Ok(())
    }
}

impl Ask for nlp_rnn::LinearClassifier {
    fn ask(&self) -> Asked {
        classifies(self)
    }
}

impl Ask for nlp_rnn::RecurrentClassifier {
    fn ask(&self) -> Asked {
        classifies(self)
    }
}

fn classifies(model: &dyn nlp_rnn::TextClassifier) -> Asked {
    let texts = [
        "a warm red coat",
        "\u{624b}\u{673a} an oak desk, a desk",
        "",
    ];
    for answer in model.classify_batch(&texts).unwrap_or_default() {
        answer
            .probabilities()
            .iter()
            .try_for_each(|&share| finite("a probability", share))?;
    }
    Ok(())
}

impl Ask for nlp_rnn::Tagger {
    fn ask(&self) -> Asked {
        let sentences = ["find red shoes by alba", "my Red Fox", "\u{624b}\u{673a}"];
        let words = sentences.map(|sentence| sentence.split(' ').collect::<Vec<_>>());
        for (words, found) in words.iter().zip(self.tag(&words).unwrap_or_default()) {
            if words.len() != found.tags.len() {
                return Err(format!("{} tags for {words:?}", found.tags.len()));
            }
            if let Some((_, share)) = found.intent {
                finite("the probability of an intent", share)?;
            }
        }
        Ok(())
    }
}

impl Ask for nn_core::Classifier {
    fn ask(&self) -> Asked {
        let n = self.n_features();
        let x =
            guide_core::ndarray::Array2::from_shape_fn((2, n), |(_, column)| column as f32 - 1.0);
        let _ = self.predict(&x);
        let shares = self.predict_proba(&x).into_iter().flatten();
        shares
            .into_iter()
            .try_for_each(|share| finite("a probability", share))
    }
}

impl Ask for vision_features::VisualVocabulary {
    fn ask(&self) -> Asked {
        let photo = picture(0, 5);
        let _ = self.bag(&photo);
        self.vlad(&photo)
            .into_iter()
            .try_for_each(|number| finite("a number of a VLAD", number))
    }
}

impl Ask for vision_features::PictureIndex {
    fn ask(&self) -> Asked {
        for found in self
            .search(&picture(1, 6), 2, &|_| true)
            .unwrap_or_default()
        {
            finite("the score of a picture", found.score)?;
        }
        self.vocabulary().ask()
    }
}

/// Two pictures of the size that a network takes, unless they would take more than 2^22 bytes.
fn pictures_of([height, width, channels]: [usize; 3]) -> Option<vision_cnn::Pictures> {
    let len = height.checked_mul(width)?.checked_mul(channels)?;
    if len > 1 << 21 {
        return None;
    }
    let pixels = (0..2 * len).map(|i| (i * i % 251) as u8).collect();
    vision_cnn::Pictures::new([height, width, channels], pixels, vec![]).ok()
}

impl Ask for vision_cnn::PictureClassifier {
    fn ask(&self) -> Asked {
        let Some(pictures) = pictures_of(self.size()) else {
            return Ok(());
        };
        let Ok(scores) = self.classify(&pictures) else {
            return Ok(());
        };
        for head in 0..self.heads().len() {
            let mut shares = scores.probabilities(head).iter();
            shares.try_for_each(|&share| finite("a probability", share))?;
            let _ = scores.top(head, 1, 3);
        }
        Ok(())
    }
}

impl Ask for vision_cnn::PictureEmbedder {
    fn ask(&self) -> Asked {
        let pictures = pictures_of(self.size());
        let vectors = pictures.and_then(|pictures| self.embed(&pictures).ok());
        let Some(vectors) = vectors else {
            return Ok(());
        };
        let mut numbers = vectors.rows().into_iter();
        numbers.try_for_each(|&number| finite("a number of a picture", number))
    }
}
