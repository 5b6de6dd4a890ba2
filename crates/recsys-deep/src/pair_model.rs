//! What both models over pairs of vectors do the same way.

/// Writes what a model with the fields `ids`, `net` and `parts` answers from its network, and its files of weights.
macro_rules! pair_model {
    ($model:ty, $name:literal) => {
        impl $model {
            /// The table of its layers, as Keras prints it.
            pub fn summary(&self) -> nn_core::Summary {
                self.net.summary($name)
            }

            /// Its weights as a `safetensors` file. The names are `product.users.weight`, `product.items.weight`,
            /// `tower.users.weight` and `tower.items.weight` for the vectors (one row more than there are users or items, the last
            /// for unknown ones), `head.layers.0.weight`, `head.layers.0.bias` and so on for the hidden layers, `head.out.weight`
            /// and `head.out.bias`; parts that the network has not are left out. Layers lie as in PyTorch, `[out, in]`.
            ///
            /// # Errors
            /// [`Error::Io`](guide_core::Error::Io) with the path.
            pub fn save_weights(
                &self,
                path: impl AsRef<std::path::Path>,
            ) -> guide_core::Result<()> {
                nn_core::save_safetensors(&self.net.weights, path)
            }

            /// Takes the weights of such a file, for the same users and items in the same order and layers of the same widths.
            ///
            /// # Errors
            /// As [`nn_core::load_safetensors`]; the model is then as it was.
            pub fn load_weights(
                &mut self,
                path: impl AsRef<std::path::Path>,
            ) -> guide_core::Result<()> {
                nn_core::load_safetensors(&mut self.net.weights, path)?;
                self.parts = crate::scorer::ItemParts::default();
                Ok(())
            }
        }

        impl recsys_core::Model for $model {
            fn ids(&self) -> &std::sync::Arc<recsys_core::Ids> {
                &self.ids
            }
        }

        impl recsys_core::Recommender for $model {
            /// As the network gives them: logits, or ratings that are not moved onto the scale.
            fn score_items(
                &self,
                user: recsys_core::UserId,
                scores: &mut [f32],
            ) -> guide_core::Result<()> {
                recsys_core::ensure_user(self, user)?;
                assert_eq!(scores.len(), self.ids.items.len(), "scores and items");
                let vector = crate::scorer::user_vector(&self.net, user.index());
                crate::scorer::score_all(&self.net, &self.parts, &vector, scores);
                Ok(())
            }

            fn recommend_batch(
                &self,
                users: &[recsys_core::UserId],
                n: usize,
                seen: &recsys_core::Interactions,
            ) -> guide_core::Result<Vec<Vec<guide_core::Scored<recsys_core::ItemId>>>> {
                users
                    .iter()
                    .try_for_each(|&user| recsys_core::ensure_user(self, user))?;
                let n_items = self.ids.items.len();
                let (net, parts) = (&self.net, &self.parts);
                Ok(crate::scorer::recommend_batch(
                    net, parts, n_items, users, n, seen,
                ))
            }
        }
    };
}
pub(crate) use pair_model;
