//! Item-item neighbours for events (Sarwar, Karypis, Konstan, Riedl, 2001; Deshpande, Karypis, 2004).

mod model;
mod params;
#[cfg(test)]
mod tests;
mod train;

pub(crate) use model::Recipe;
pub use model::{ItemTop, ItemTopWeights};
pub use params::{ItemSimilarity, ItemTopParams, Weighting};

/// Writes a named method: a type with the functions `params` and `implicit`, which give [`ItemTopParams`].
macro_rules! method {
    ($(#[$doc:meta])* $name:ident: $weighting:ident, $similarity:ident, $($setting:ident = $value:literal),+) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name;

        impl $name {
            /// The default parameters of this method.
            pub fn params() -> ItemTopParams {
                Self::implicit()$(.$setting($value))+
            }

            /// The defaults of implicit 0.7.3: the weights as they are, and its `K = 20`, which counts the item itself among
            /// its neighbours.
            pub fn implicit() -> ItemTopParams {
                ItemTopParams::implicit()
                    .weighting(Weighting::$weighting)
                    .similarity(ItemSimilarity::$similarity)
            }
        }
    };
}

method! {
    /// `item-cosine`: `w_ji = Σ_u m_u v_uj v_ui / (√(Σ_u m_u v_uj² Σ_u m_u v_ui²) + s)`, the `k` largest of each item `j`. By default
    /// a user of `n_u` items counts `m_u = 1/√n_u`, `s` is 3 and `k` 20; [`ItemCosine::implicit`] has the plain cosine.
    ///
    /// Quick to train, and every recommendation explains itself by an item the shopper had. Without `s`, two items of one user
    /// each have the cosine 1, and where users have few items such pairs fill the lists.
    ///
    /// ```
    /// use guide_core::Fit;
    /// use recsys_cf::ItemCosine;
    /// use recsys_core::{Duplicates, Explain, FoldIn, Interactions, ItemId, Part, Records, Recommender, UserId, Values};
    /// let mut records = Records::builder();
    /// for (user, item) in [("ann", "pen"), ("ann", "ink"), ("bob", "pen"), ("bob", "ink"), ("cy", "pen"), ("cy", "cup")] {
    ///     records.push(user, item, Values::default())?;
    /// }
    /// let events = Interactions::new(&records.finish(), Duplicates::Sum)?;
    /// let model = ItemCosine::implicit().k(10).fit(&events)?;
    ///
    /// // Three had the pen, two the ink, two of them both: 2 / √(3 · 2). One had pen and cup: 1 / √(3 · 1).
    /// let cy = UserId(2);
    /// let hits = model.recommend(cy, 1, events.items_of(cy))?;
    /// assert_eq!(hits[0].id, ItemId(1));
    /// assert!((hits[0].score - 2.0 / 6.0_f32.sqrt()).abs() < 1e-6);
    /// assert_eq!(model.explain(cy, ItemId(1))?[0].from, Part::Item(ItemId(0)));
    ///
    /// // A shopper who was not there.
    /// let hits = model.recommend_for(&[(ItemId(2), 1.0)], 1, &[ItemId(2)])?;
    /// assert_eq!(hits[0].id, ItemId(0));
    /// # Ok::<(), guide_core::Error>(())
    /// ```
    ItemCosine: Plain, Cosine, k = 20, shrinkage = 3.0, user_exponent = 0.5
}

method! {
    /// `item-tfidf`: the cosine of [`Weighting::Tfidf`] weights. By default a user of `n_u` items counts `n_u^-¼`, the shrinkage is
    /// 20 and `k` 20; [`ItemTfidf::implicit`] has the plain cosine.
    ///
    /// ```
    /// use guide_core::Fit;
    /// use recsys_cf::ItemTfidf;
    /// use recsys_core::{ItemId, testing::events};
    /// let data = events(&[
    ///     ("ann", "pen"), ("ann", "ink"), ("bob", "pen"), ("bob", "cup"), ("bob", "mug"), ("cy", "pot"),
    /// ]);
    /// let model = ItemTfidf::implicit().fit(&data)?;
    /// // Of five items ann has two, bob three, who so says less: the pen is (a, b), the ink (a, 0).
    /// let (a, b) = ((5.0_f32 / 3.0).ln(), (5.0_f32 / 4.0).ln());
    /// let hit = model.neighbours_of(ItemId(0))?[0];
    /// assert_eq!(hit.id, ItemId(1));
    /// assert!((hit.score - a / (a * a + b * b).sqrt()).abs() < 1e-6);
    /// # Ok::<(), guide_core::Error>(())
    /// ```
    ItemTfidf: Tfidf, Cosine, k = 20, shrinkage = 20.0, user_exponent = 0.25
}

method! {
    /// `item-bm25`: the dot product of [`Weighting::Bm25`] weights. By default it is raised to the power 1.5 and `k` is 100;
    /// [`ItemBm25::implicit`] has the plain product.
    ///
    /// ```
    /// use guide_core::Fit;
    /// use recsys_cf::ItemBm25;
    /// use recsys_core::{ItemId, testing::events};
    /// let data = events(&[
    ///     ("ann", "pen"), ("ann", "ink"), ("bob", "pen"), ("bob", "cup"), ("bob", "mug"), ("cy", "pot"),
    /// ]);
    /// let model = ItemBm25::implicit().fit(&data)?;
    /// // The pen has 2 events, the ink 1, all five items 1.2 on average: K₁ (1 − B + B l / 1.2) is 1.8 and 1.05.
    /// let a = (5.0_f32 / 3.0).ln(); // ann has two of five items
    /// let hit = model.neighbours_of(ItemId(0))?[0];
    /// assert_eq!(hit.id, ItemId(1));
    /// assert!((hit.score - 2.2 / 2.8 * 2.2 / 2.05 * a * a).abs() < 1e-6);
    /// # Ok::<(), guide_core::Error>(())
    /// ```
    ItemBm25: Bm25, Dot, k = 100, amplify = 1.5
}
