//! Users like a user by what they have: for models that keep the interactions and no users' side.

use guide_core::{Error, Result, Scored, kernels};

use crate::{Interactions, UserId};

/// The `n` users whose rows of weights point most in the direction of `user`'s, best first, ties by user; itself and those
/// without an item in common are left out.
///
/// The cosine `Σ_i w_ui w_vi / (√Σ_i w_ui² √Σ_i w_vi²)` over each user's items, in one pass over all interactions.
///
/// # Errors
/// [`Error::OutOfRange`] for an unknown user.
///
/// ```
/// use recsys_core::{UserId, similar_by_items, testing::events};
/// let seen = events(&[("ann", "pen"), ("ann", "ink"), ("bob", "pen"), ("eve", "cup")]);
/// // One item in common: 1 / (√2 · √1). eve has none.
/// let like_ann = similar_by_items(&seen, UserId(0), 5)?;
/// assert_eq!((like_ann.len(), like_ann[0].id), (1, UserId(1)));
/// assert!((like_ann[0].score - 0.5_f32.sqrt()).abs() < 1e-6);
/// # Ok::<(), guide_core::Error>(())
/// ```
pub fn similar_by_items(
    seen: &Interactions,
    user: UserId,
    n: usize,
) -> Result<Vec<Scored<UserId>>> {
    if user.index() >= seen.n_users() {
        return Err(Error::out_of_range("user", user.index(), seen.n_users()));
    }
    let mut own = vec![0.0_f64; seen.n_items()];
    for (item, weight) in seen.history_of(user) {
        own[item.index()] = f64::from(weight);
    }
    let own_norm = own.iter().map(|w| w * w).sum::<f64>().sqrt();
    let cosine = |other: u32| {
        let other = UserId(other);
        let (mut dot, mut squares) = (0.0, 0.0);
        for (item, weight) in seen.items_of(other).iter().zip(seen.weights_of(other)) {
            let weight = f64::from(weight);
            dot += own[item.index()] * weight;
            squares += weight * weight;
        }
        if dot == 0.0 {
            0.0
        } else {
            (dot / (own_norm * squares.sqrt())) as f32
        }
    };
    let cosines: Vec<f32> = (0..seen.n_users() as u32).map(cosine).collect();
    let keep = |other: u32| other != user.0 && cosines[other as usize] > 0.0;
    let best = kernels::top_k(&cosines, n, keep).into_iter();
    Ok(best
        .map(|hit| Scored {
            id: UserId(hit.id),
            score: hit.score,
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Duplicates, Records, Values};

    #[test]
    fn weights_count_and_those_without_a_common_item_are_left_out() {
        let mut records = Records::builder();
        let rows = [
            ("a", "x", 3.0),
            ("a", "y", 4.0),
            ("b", "x", 2.0),
            ("c", "y", 2.0),
            ("d", "z", 1.0),
            ("e", "x", 0.0),
            ("f", "y", 7.0),
        ];
        for (user, item, weight) in rows {
            let weight = Some(weight);
            let values = Values {
                weight,
                ..Values::default()
            };
            records.push(user, item, values).unwrap();
        }
        let seen = Interactions::new(&records.finish(), Duplicates::Refuse).unwrap();
        let like = |user, n| {
            let hits = similar_by_items(&seen, UserId(user), n).unwrap();
            hits.iter().map(|h| (h.id.0, h.score)).collect::<Vec<_>>()
        };
        // 4·2 / (5·2) twice, the tie by user; 3·2 / (5·2); d has nothing in common, e counts for nothing.
        assert_eq!(like(0, 9), [(2, 0.8), (5, 0.8), (1, 0.6)]);
        assert_eq!(like(0, 1), [(2, 0.8)]);
        assert_eq!((like(3, 9), like(4, 9)), (vec![], vec![]));
        let error = similar_by_items(&seen, UserId(6), 1)
            .unwrap_err()
            .to_string();
        assert_eq!(error, "user 6 is out of range: there are 6");
    }
}
