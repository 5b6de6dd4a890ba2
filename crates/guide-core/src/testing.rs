//! Checks that every algorithm inherits: same bits on any thread count, parameters that are refused by name and value,
//! model files that survive corruption and forgery.

mod saved_models;

use std::fmt::Debug;

use rand::RngExt;

use crate::model_file::{decode_payload, encode_payload, write_parts};
use crate::{Error, Params, Persist, Result, Rng, by_name, seeded};

pub use saved_models::{Answers, SavedModels};

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

/// Asserts that `validate` refuses `params` with each field in `bad` set to its bad value, naming the field, the value and
/// what is accepted.
///
/// # Panics
/// If a bad value passes, or the error names another field, another value or no range.
pub fn refuses<P: Params>(params: &P, bad: &[(&str, &str)]) {
    for &(field, value) in bad {
        let refused = by_name::set(params, field, value).and_then(|changed| changed.validate());
        names_what_it_refuses(refused, field, value);
    }
}

/// Asserts that `validate` refuses `params` with each of the `f32` fields (or `Option<f32>` that are `Some`) set to NaN and
/// to the infinities, as [`refuses`] does. Values that no text can set, but a program can.
///
/// # Panics
/// If such a value passes, the error names something else, or a field is no `f32`.
pub fn refuses_not_finite<P: Params>(params: &P, fields: &[&str]) {
    for field in fields {
        for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let refused = with_number(params, field, value).validate();
            names_what_it_refuses(refused, field, &value.to_string());
        }
    }
}

fn names_what_it_refuses(refused: Result<()>, field: &str, value: &str) {
    match refused {
        Err(Error::Param {
            name,
            value: told,
            expected,
        }) => {
            assert_eq!(name, field, "the error names another field");
            // Another spelling of a number or a list is the same value.
            let number = |text: &str| text.parse::<f32>().ok();
            let bare = |text: &str| text.split_whitespace().collect::<String>();
            let same = number(&told).is_some_and(|told| Some(told) == number(value));
            assert!(
                same || bare(&told) == bare(value),
                "`{field}` = {value} was refused as {told}"
            );
            assert!(
                !expected.trim().is_empty(),
                "the error says not what `{field}` may be"
            );
        }
        other => panic!("`{field}` = {value} was not refused: {other:?}"),
    }
}

/// `params` with the `f32` in `field` set to `value`, also to one that JSON, and so [`by_name`], cannot carry.
///
/// The bytes of the field are those in which two other settings of it differ.
fn with_number<P: Params>(params: &P, field: &str, value: f32) -> P {
    let bytes_of = |repeated: u32| {
        let set = by_name::set(params, field, &f32::from_bits(repeated).to_string());
        match set.and_then(|params| encode_payload("parameters", &params)) {
            Ok(bytes) => bytes,
            Err(error) => panic!("{error}"),
        }
    };
    let (mut bytes, others) = (bytes_of(0x3f3f_3f3f), bytes_of(0x4040_4040));
    let differ: Vec<usize> = (0..bytes.len())
        .filter(|&at| bytes[at] != others[at])
        .collect();
    let [at, .., last] = differ[..] else {
        panic!("`{field}` is no f32")
    };
    assert!(
        differ.len() == 4 && last == at + 3,
        "`{field}` is no f32: it takes the bytes {differ:?}"
    );
    bytes[at..=last].copy_from_slice(&value.to_le_bytes());
    match decode_payload("parameters", &bytes) {
        Ok(params) => params,
        Err(error) => panic!("{error}"),
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

/// Forges the payload of `model` in `rounds` random ways, each under a header with the right length and checksum, and
/// returns the models that were read: what a hostile but well-formed file can make of one.
///
/// Loading must never panic. What it accepts must pass [`Persist::check`], and be written and read again to the same
/// bytes; use the returned models to see that they answer (or refuse) without a panic.
///
/// # Panics
/// If one of these does not hold, or `model` itself is not read.
pub fn refuses_forged_payloads<M: Persist>(model: &M, rounds: usize) -> Vec<M> {
    let payload = payload_of(model);
    let mut rng = seeded(0x5eed);
    let about = model.about().to_string();
    let read = |payload: &[u8]| -> Result<M> {
        let mut file = Vec::new();
        write_parts(&mut file, M::KIND, M::VERSION, &about, payload)?;
        M::read_from(&mut file.as_slice())
    };
    if let Err(reason) = read(&payload) {
        panic!("the model itself is not read: {reason}");
    }
    let forge = |_| {
        let forged = read(&forged(&payload, &mut rng)).ok()?;
        if let Err(reason) = forged.check() {
            panic!("a forged model was read, but does not fit together: {reason}");
        }
        let written = payload_of(&forged);
        match read(&written) {
            Ok(again) => assert!(
                payload_of(&again) == written,
                "a forged model changes when it is written and read again"
            ),
            Err(reason) => panic!("a forged model was read, written, and not read again: {reason}"),
        }
        Some(forged)
    };
    (0..rounds).filter_map(forge).collect()
}

fn payload_of<M: Persist>(model: &M) -> Vec<u8> {
    match encode_payload(M::KIND, model) {
        Ok(payload) => payload,
        Err(reason) => panic!("cannot write the model: {reason}"),
    }
}

/// `payload` with one to three changes: a bit, a byte that means much to the codec, a span, a cut, a doubled part.
fn forged(payload: &[u8], rng: &mut Rng) -> Vec<u8> {
    /// The ends of each length of number, and the marks of a longer number to follow.
    const TELLING: [u8; 10] = [0, 1, 2, 127, 128, 250, 251, 252, 253, 255];
    let mut bytes = payload.to_vec();
    for _ in 0..rng.random_range(1..=3) {
        if bytes.is_empty() {
            break;
        }
        // Lengths and tags stand at the front more often than not.
        let reach = if rng.random() {
            bytes.len()
        } else {
            bytes.len().min(64)
        };
        let at = rng.random_range(0..reach);
        let end = (at + rng.random_range(1..9)).min(bytes.len());
        match rng.random_range(0..6) {
            0 => bytes[at] ^= 1 << rng.random_range(0..8),
            1 => bytes[at] = TELLING[rng.random_range(0..TELLING.len())],
            2 => bytes[at] = bytes[at].wrapping_add(if rng.random() { 1 } else { 255 }),
            3 => bytes[at..end].fill_with(|| rng.random()),
            4 => bytes.truncate(at),
            _ => {
                let part = bytes[at..end].to_vec();
                bytes.splice(at..at, part);
            }
        }
    }
    bytes
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

    /// Parameters with ranges, one of them told badly where `lies` says so.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    struct Curve {
        lies: String,
        bend: f32,
        end: Option<f32>,
        n_points: usize,
    }

    impl Params for Curve {
        fn validate(&self) -> Result<()> {
            let refuse = |name, value: f32| match self.lies.as_str() {
                "value" => Err(Error::param(name, 7, "above 0")),
                "range" => Err(Error::param(name, value, " ")),
                "name" => Err(Error::param("n_points", value, "above 0")),
                _ => Err(Error::param(name, value, "finite and above 0")),
            };
            let good = |value: f32| value > 0.0 && (value.is_finite() || self.lies == "infinity");
            match self.end {
                _ if !good(self.bend) => refuse("bend", self.bend),
                Some(end) if !good(end) => refuse("end", end),
                _ => Ok(()),
            }
        }
    }

    fn curve(lies: &str) -> Curve {
        Curve {
            lies: lies.to_owned(),
            bend: 1.0,
            end: Some(2.0),
            n_points: 300,
        }
    }

    #[test]
    fn honest_refusals_pass() {
        refuses(
            &curve(""),
            &[
                ("bend", "0"),
                ("bend", "-1.50"),
                ("end", "0"),
                ("end", "NaN"),
                ("n_points", "-1"),
            ],
        );
        refuses_not_finite(&curve(""), &["bend", "end"]);
        let set = with_number(&curve(""), "end", 0.25);
        let expected = Curve {
            end: Some(0.25),
            ..curve("")
        };
        assert_eq!(set, expected);
        assert!(with_number(&curve(""), "bend", f32::NAN).bend.is_nan());
    }

    #[test]
    #[should_panic(expected = "`bend` = 0 was refused as 7")]
    fn another_value_is_found() {
        refuses(&curve("value"), &[("bend", "0")]);
    }

    #[test]
    #[should_panic(expected = "`bend` = NaN was refused as 7")]
    fn another_value_than_nan_is_found() {
        refuses_not_finite(&curve("value"), &["bend"]);
    }

    #[test]
    fn lists_are_told_in_any_spacing() {
        let refused = || Err(Error::param("hidden", "[64, 0]", "each at least 1"));
        names_what_it_refuses(refused(), "hidden", "[64,0]");
        let other = || names_what_it_refuses(refused(), "hidden", "[64,1]");
        assert!(std::panic::catch_unwind(other).is_err());
    }

    #[test]
    #[should_panic(expected = "the error says not what `bend` may be")]
    fn a_missing_range_is_found() {
        refuses(&curve("range"), &[("bend", "0")]);
    }

    #[test]
    #[should_panic(expected = "the error names another field")]
    fn another_field_is_found() {
        refuses(&curve("name"), &[("bend", "0")]);
    }

    #[test]
    #[should_panic(expected = "`bend` = inf was not refused")]
    fn an_accepted_infinity_is_found() {
        refuses_not_finite(&curve("infinity"), &["bend"]);
    }

    /// A model that can be read and then does not fit together, or answers for what it does not hold.
    #[derive(Serialize, Deserialize)]
    struct Careless {
        n: u8,
        values: Vec<f32>,
    }

    impl Persist for Careless {
        const KIND: &'static str = "careless";
        const VERSION: u16 = 1;

        fn check(&self) -> Result<()> {
            let first = self.values[usize::from(self.n)];
            assert!(first.is_finite());
            Ok(())
        }
    }

    #[test]
    #[should_panic(expected = "index out of bounds")]
    fn a_panic_on_a_forged_payload_is_found() {
        let model = Careless {
            n: 1,
            values: vec![1.0, 2.0],
        };
        refuses_forged_payloads(&model, 500);
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
