//! Checks that every algorithm inherits: same bits on any thread count, parameters that are refused by name, model files
//! that survive corruption.

use std::fmt::Debug;

use rand::RngExt;

use crate::{Error, Params, Persist, Result, by_name, seeded};

/// Runs `work` on a pool of `n_threads` threads.
///
/// # Panics
/// If the pool cannot be built.
pub fn on_threads<T: Send>(n_threads: usize, work: impl FnOnce() -> T + Send) -> T {
    match rayon::ThreadPoolBuilder::new()
        .num_threads(n_threads)
        .build()
    {
        Ok(pool) => pool.install(work),
        Err(reason) => panic!("no pool of {n_threads} threads: {reason}"),
    }
}

/// Asserts that `work` gives the same value on one and on two threads, and returns it.
///
/// # Panics
/// If it does not.
pub fn same_for_one_and_two_threads<T: PartialEq + Debug + Send>(work: impl Fn() -> T + Sync) -> T {
    let one = on_threads(1, &work);
    let two = on_threads(2, &work);
    assert!(one == two, "one and two threads differ");
    one
}

/// Asserts that `validate` refuses `params` with each field in `bad` set to its bad value, naming the field.
///
/// # Panics
/// If a bad value passes, or the error names another field.
pub fn refuses<P: Params>(params: &P, bad: &[(&str, &str)]) {
    for &(field, value) in bad {
        let refused = by_name::set(params, field, value).and_then(|changed| changed.validate());
        match refused {
            Err(Error::Param { name, .. }) => {
                assert_eq!(name, field, "the error names another field")
            }
            other => panic!("`{field}` = {value} was not refused: {other:?}"),
        }
    }
}

/// Asserts that each change of a field in `changes` changes what `answer` (train and ask) makes of `params`.
///
/// # Panics
/// If a field is unknown, its value cannot be read, or the answer stays the same.
pub fn params_have_effect<P: Params, A: PartialEq>(
    params: &P,
    changes: &[(&str, &str)],
    answer: impl Fn(&P) -> A,
) {
    let before = answer(params);
    assert!(
        before == answer(params),
        "the answer differs without a change"
    );
    for &(field, value) in changes {
        match by_name::set(params, field, value) {
            Ok(changed) => {
                assert!(
                    answer(&changed) != before,
                    "`{field}` = {value} has no effect"
                );
            }
            Err(error) => panic!("{error}"),
        }
    }
}

/// Damages the model file of `model` in `n` random ways (flipped bits, cut ends, grown ends, overwritten spans) and
/// asserts that each gives an error or, where the damage missed everything, a model.
///
/// # Panics
/// If writing fails, or if a damaged file is read without an error although its bytes differ.
pub fn survives_corruption<M: Persist>(model: &M, n: usize, seed: u64) {
    let mut bytes = Vec::new();
    if let Err(reason) = model.write_to(&mut bytes) {
        panic!("cannot write the model: {reason}");
    }
    let mut rng = seeded(seed);
    for round in 0..n {
        let mut damaged = bytes.clone();
        match rng.random_range(0..4) {
            0 => {
                let at = rng.random_range(0..damaged.len());
                damaged[at] ^= 1 << rng.random_range(0..8);
            }
            1 => damaged.truncate(rng.random_range(0..bytes.len())),
            2 => damaged.extend((0..rng.random_range(1..64)).map(|_| rng.random::<u8>())),
            _ => {
                let at = rng.random_range(0..damaged.len());
                let end = (at + rng.random_range(1..16)).min(damaged.len());
                damaged[at..end].fill_with(|| rng.random());
            }
        }
        let read: Result<M> = M::read_from(&mut damaged.as_slice());
        assert!(
            damaged == bytes || read.is_err(),
            "damage of round {round} went unseen"
        );
    }
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    use super::*;

    #[derive(Clone, Serialize, Deserialize)]
    struct Line {
        slope: f32,
        ignored: f32,
    }

    impl Params for Line {
        fn validate(&self) -> Result<()> {
            Ok(())
        }
    }

    #[test]
    #[should_panic(expected = "`ignored` = 2 has no effect")]
    fn a_parameter_without_effect_is_found() {
        let line = Line {
            slope: 1.0,
            ignored: 1.0,
        };
        params_have_effect(&line, &[("slope", "2")], |line| line.slope);
        params_have_effect(&line, &[("slope", "2"), ("ignored", "2")], |line| {
            line.slope
        });
    }
}
