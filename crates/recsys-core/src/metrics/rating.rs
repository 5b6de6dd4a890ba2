//! Errors of predicted ratings.

use guide_core::{Error, Result};

use super::ensure_finite;
use crate::UserId;

/// Mean squared error: `Σ (r − r̂)² / n`.
///
/// # Errors
/// [`Error::Empty`] without a rating, [`Error::Shape`] for slices of different lengths, [`Error::NotFinite`] for a rating or
/// estimate that is not finite.
///
/// ```
/// assert_eq!(recsys_core::metrics::mse(&[1.0, 4.0], &[2.0, 2.0])?, 2.5);
/// # Ok::<(), guide_core::Error>(())
/// ```
pub fn mse(ratings: &[f32], estimates: &[f32]) -> Result<f64> {
    mean_of(ratings, estimates, |error| error * error)
}

/// Root mean squared error: `√(Σ (r − r̂)² / n)`.
///
/// # Errors
/// As [`mse`].
///
/// ```
/// assert_eq!(recsys_core::metrics::rmse(&[1.0, 4.0], &[3.0, 2.0])?, 2.0);
/// # Ok::<(), guide_core::Error>(())
/// ```
pub fn rmse(ratings: &[f32], estimates: &[f32]) -> Result<f64> {
    mse(ratings, estimates).map(f64::sqrt)
}

/// Mean absolute error: `Σ |r − r̂| / n`.
///
/// # Errors
/// As [`mse`].
///
/// ```
/// assert_eq!(recsys_core::metrics::mae(&[1.0, 4.0], &[2.0, 2.0])?, 1.5);
/// # Ok::<(), guide_core::Error>(())
/// ```
pub fn mae(ratings: &[f32], estimates: &[f32]) -> Result<f64> {
    mean_of(ratings, estimates, f64::abs)
}

/// Fraction of concordant pairs, as `surprise.accuracy.fcp` counts it (after Koren and Sill, 2013, section 5.2).
///
/// Of each user's pairs with `r_i > r_j`, `nc_u` have `r̂_i > r̂_j` and the others, ties too, are `nd_u`. With `nc` the mean of
/// the `nc_u` above 0 and `nd` the mean of the `nd_u` above 0, `FCP = nc / (nc + nd)`. (The paper sums over users instead.)
///
/// `None` where no user has two different ratings.
///
/// # Errors
/// As [`mse`].
///
/// ```
/// use recsys_core::{UserId, metrics::fcp};
/// // User 0: 3 > 1 and 3 > 2 are kept, 2 > 1 is a tie. User 1: one pair, turned round. nc = 2 / 1 user, nd = 2 / 2 users.
/// let users = [0, 0, 0, 1, 1].map(UserId);
/// let share = fcp(&users, &[1.0, 2.0, 3.0, 5.0, 1.0], &[2.0, 2.0, 2.5, 3.0, 4.0])?;
/// assert_eq!(share, Some(2.0 / 3.0));
/// # Ok::<(), guide_core::Error>(())
/// ```
pub fn fcp(users: &[UserId], ratings: &[f32], estimates: &[f32]) -> Result<Option<f64>> {
    comparable(ratings, estimates)?;
    same_length(users, estimates)?;
    let mut order: Vec<usize> = (0..users.len()).collect();
    order.sort_by_key(|&index| users[index]);
    let (mut concordant, mut discordant) = (Counts::default(), Counts::default());
    for of_user in order.chunk_by(|&a, &b| users[a] == users[b]) {
        let (mut kept, mut turned) = (0_u64, 0_u64);
        for (position, &i) in of_user.iter().enumerate() {
            for &j in &of_user[position + 1..] {
                let (low, high) = if ratings[i] < ratings[j] {
                    (i, j)
                } else {
                    (j, i)
                };
                if ratings[low] < ratings[high] {
                    let same = estimates[low] < estimates[high];
                    *if same { &mut kept } else { &mut turned } += 1;
                }
            }
        }
        concordant.add(kept);
        discordant.add(turned);
    }
    let (nc, nd) = (concordant.mean(), discordant.mean());
    Ok((nc + nd > 0.0).then(|| nc / (nc + nd)))
}

/// A sum over the users who have any.
#[derive(Default)]
struct Counts {
    sum: u64,
    users: u64,
}

impl Counts {
    fn add(&mut self, count: u64) {
        self.sum += count;
        self.users += u64::from(count > 0);
    }

    fn mean(&self) -> f64 {
        if self.users == 0 {
            0.0
        } else {
            self.sum as f64 / self.users as f64
        }
    }
}

fn mean_of(ratings: &[f32], estimates: &[f32], of_error: fn(f64) -> f64) -> Result<f64> {
    comparable(ratings, estimates)?;
    let errors = ratings
        .iter()
        .zip(estimates)
        .map(|(&r, &e)| f64::from(r) - f64::from(e));
    Ok(errors.map(of_error).sum::<f64>() / ratings.len() as f64)
}

fn comparable(ratings: &[f32], estimates: &[f32]) -> Result<()> {
    same_length(ratings, estimates)?;
    ensure_finite("rating", ratings)?;
    ensure_finite("estimate", estimates)
}

fn same_length<T>(ratings: &[T], estimates: &[f32]) -> Result<()> {
    if ratings.len() != estimates.len() {
        return Err(Error::Shape {
            what: "estimates".to_owned(),
            expected: vec![ratings.len()],
            got: vec![estimates.len()],
        });
    }
    if ratings.is_empty() {
        return Err(Error::empty("the set of rated pairs"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_and_unequal_lengths_are_refused() {
        assert_eq!(
            rmse(&[], &[]).unwrap_err().to_string(),
            "the set of rated pairs is empty"
        );
        let error = mae(&[1.0], &[]).unwrap_err().to_string();
        assert_eq!(error, "estimates: expected shape [1], got [0]");
        assert!(fcp(&[UserId(0)], &[1.0], &[]).is_err());
        assert!(fcp(&[], &[1.0], &[1.0]).is_err());
    }

    #[test]
    fn what_is_not_finite_is_refused_by_its_place() {
        let (good, bad) = ([1.0, 2.0], [3.0, f32::NAN]);
        for error in [rmse, mse, mae] {
            let message = |ratings, estimates| error(ratings, estimates).unwrap_err().to_string();
            assert_eq!(
                message(&good, &bad),
                "estimate 1 is NaN, which is not finite"
            );
            assert_eq!(message(&bad, &good), "rating 1 is NaN, which is not finite");
        }
        let users = [UserId(0), UserId(0)];
        let error = fcp(&users, &good, &[f32::INFINITY, 1.0]).unwrap_err();
        assert_eq!(error.to_string(), "estimate 0 is inf, which is not finite");
    }

    #[test]
    fn fcp_of_equal_ratings_is_undefined() {
        let users = [UserId(0), UserId(0), UserId(1)];
        assert_eq!(
            fcp(&users, &[3.0, 3.0, 1.0], &[1.0, 2.0, 3.0]).unwrap(),
            None
        );
        assert_eq!(
            fcp(&users, &[3.0, 4.0, 1.0], &[1.0, 2.0, 3.0]).unwrap(),
            Some(1.0)
        );
        assert_eq!(
            fcp(&users, &[3.0, 4.0, 1.0], &[2.0, 2.0, 3.0]).unwrap(),
            Some(0.0)
        );
    }
}
