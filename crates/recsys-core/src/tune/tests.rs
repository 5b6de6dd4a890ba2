//! Searches over a hill whose lowest point is known, and validation parts by hand.

use std::sync::Mutex;

use guide_core::testing::same_for_one_and_two_threads;
use serde::{Deserialize, Serialize};

use super::*;
use crate::testing::{Table, small_ratings};
use crate::{
    Basis, Duplicates, Ids, ItemId, Model, Prediction, RatingPredictor, Records, RecordsBuilder,
    UserId, Values, split,
};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Shape {
    Bowl,
    Ridge,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Hill {
    x: f32,
    y: f32,
    shape: Shape,
    n_epochs: usize,
}

impl Params for Hill {
    fn validate(&self) -> Result<()> {
        ensure::not_negative("x", self.x)
    }
}

const BASE: Hill = Hill {
    x: 0.0,
    y: 0.0,
    shape: Shape::Ridge,
    n_epochs: 1,
};

/// 0 at its lowest, at x = 3 and y = 0.1 of the bowl; more epochs come nearer.
fn depth(hill: &Hill) -> Result<f64> {
    let y = if hill.shape == Shape::Bowl {
        hill.y
    } else {
        1.0
    };
    let far = f64::from((hill.x - 3.0).powi(2) + (y - 0.1).powi(2));
    Ok(far + 1.0 / hill.n_epochs as f64)
}

fn outcomes<P>(tuned: &Tuned<P>) -> Vec<(Settings, usize, std::result::Result<f64, String>)> {
    let trials = tuned.trials.iter();
    trials
        .map(|t| (t.settings.clone(), t.round, t.outcome.clone()))
        .collect()
}

#[test]
fn a_grid_tries_every_combination() {
    let tuner = Tuner::new(BASE, Goal::Minimize)
        .one_of("x", [1, 3, 5])
        .one_of("shape", ["ridge", "bowl"]);
    let tuned = tuner.run(&Search::Grid, depth).unwrap();
    assert_eq!(tuned.trials.len(), 6);
    assert_eq!((tuned.params.x, &tuned.params.shape), (3.0, &Shape::Bowl));
    assert_eq!(
        (tuned.best, tuned.trials[3].outcome.clone()),
        (3, Ok(tuned.value))
    );
    let first = [
        ("x".to_owned(), "1".to_owned()),
        ("shape".to_owned(), "ridge".to_owned()),
    ];
    assert_eq!(tuned.trials[0].settings, first);
    let worst = Tuner {
        goal: Goal::Maximize,
        ..tuner
    }
    .run(&Search::Grid, depth)
    .unwrap();
    assert_eq!(
        (worst.params.x, worst.best),
        (1.0, 0),
        "of the equal ones at 1 and 5 the first"
    );
}

#[test]
fn random_draws_stay_in_their_ranges_and_depend_on_the_seed_alone() {
    let tuner = Tuner::new(BASE, Goal::Minimize)
        .uniform("x", 2.0, 4.0)
        .log_uniform("y", 0.001, 10.0)
        .integers("n_epochs", 5, 9)
        .one_of("shape", ["bowl"]);
    let run = |seed| {
        tuner
            .run(
                &Search::Random {
                    n_trials: 200,
                    seed,
                },
                depth,
            )
            .unwrap()
    };
    let trials = same_for_one_and_two_threads(|| outcomes(&run(1)));
    assert_eq!(trials.len(), 200);
    assert_eq!(
        trials,
        outcomes(
            &tuner
                .clone()
                .parallel(false)
                .run(
                    &Search::Random {
                        n_trials: 200,
                        seed: 1
                    },
                    depth
                )
                .unwrap()
        )
    );
    assert_ne!(trials, outcomes(&run(2)));
    let values = |place: usize| -> Vec<f32> {
        trials
            .iter()
            .map(|t| t.0[place].1.parse().unwrap())
            .collect()
    };
    assert!(values(0).iter().all(|x| (2.0..=4.0).contains(x)));
    let below = values(1).iter().filter(|&&y| y < 0.1).count();
    assert!(
        (80..120).contains(&below),
        "half of the logarithms lie below 0.1: {below}"
    );
    let mut epochs = values(2);
    epochs.sort_unstable_by(f32::total_cmp);
    epochs.dedup();
    assert_eq!(epochs, [5.0, 6.0, 7.0, 8.0, 9.0]);
    let best = run(1);
    let lowest = trials
        .iter()
        .map(|t| *t.2.as_ref().unwrap())
        .fold(f64::INFINITY, f64::min);
    assert_eq!(best.value, lowest);
    assert_eq!(depth(&best.params).unwrap(), lowest);
    let few = Tuner::new(BASE, Goal::Minimize).one_of("x", [1, 2]).run(
        &Search::Random {
            n_trials: 50,
            seed: 1,
        },
        depth,
    );
    assert_eq!(few.unwrap().trials.len(), 2, "repetitions are tried once");
}

#[test]
fn halving_gives_the_best_more_and_ends_with_all() {
    let tuner = Tuner::new(BASE, Goal::Minimize)
        .uniform("x", 0.0, 6.0)
        .one_of("shape", ["bowl"]);
    let search = |min, max| Search::Halving {
        n_trials: 27,
        seed: 3,
        resource: "n_epochs".into(),
        min,
        max,
        factor: 3,
    };
    let tuned = same_for_one_and_two_threads(|| {
        let tuned = tuner.run(&search(1, 20), depth).unwrap();
        (outcomes(&tuned), tuned.best, tuned.params)
    });
    let (trials, best, params) = tuned;
    let rounds: Vec<(usize, usize)> = (0..4)
        .map(|r| (r, trials.iter().filter(|t| t.1 == r).count()))
        .collect();
    assert_eq!(rounds, [(0, 27), (1, 9), (2, 3), (3, 1)]);
    let epochs = |round| {
        &trials
            .iter()
            .find(|t| t.1 == round)
            .unwrap()
            .0
            .last()
            .unwrap()
            .1
    };
    assert_eq!(
        [epochs(0), epochs(1), epochs(2), epochs(3)],
        ["1", "3", "9", "20"]
    );
    assert_eq!((best, params.n_epochs), (39, 20));
    let nearest = trials[..27]
        .iter()
        .map(|t| (t.0[0].1.parse::<f32>().unwrap() - 3.0).abs())
        .fold(f32::INFINITY, f32::min);
    assert_eq!((params.x - 3.0).abs(), nearest);
    let one_round = tuner.run(&search(20, 20), depth).unwrap();
    assert_eq!((one_round.trials.len(), one_round.params.x), (27, params.x));
}

#[test]
fn failing_trials_are_recorded_and_never_the_best() {
    let tuner = Tuner::new(BASE, Goal::Maximize).one_of("x", ["-1", "1", "2", "4"]);
    let tuned = tuner
        .run(&Search::Grid, |hill| {
            if hill.x == 4.0 {
                Ok(f64::NAN)
            } else {
                Ok(f64::from(hill.x))
            }
        })
        .unwrap();
    assert_eq!((tuned.params.x, tuned.value), (2.0, 2.0));
    let reason = |place: usize| tuned.trials[place].outcome.clone().unwrap_err();
    assert_eq!(
        reason(0),
        "parameter `x` must be finite and not negative, but is -1"
    );
    assert_eq!(reason(3), "the measure is NaN");
    let error = tuner
        .run(&Search::Grid, |_| Err(Error::empty("it")))
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        "tuning needs a trial that succeeds, but all failed, the last with: it is empty"
    );
}

#[test]
fn bad_spaces_and_searches_are_refused() {
    let new = || Tuner::new(BASE, Goal::Minimize);
    let message =
        |tuner: Tuner<Hill>, search: &Search| tuner.run(search, depth).unwrap_err().to_string();
    let grid = &Search::Grid;
    assert_eq!(message(new(), grid), "the space of parameters is empty");
    assert_eq!(
        message(new().one_of("z", [1]), grid),
        "no parameter `z`; known: x, y, shape, n_epochs"
    );
    assert!(
        message(new().one_of("shape", ["cone"]), grid)
            .starts_with("parameter `shape` must be readable")
    );
    assert_eq!(
        message(new().one_of("x", [0; 0]), grid),
        "the list of values for `x` is empty"
    );
    assert_eq!(
        message(new().one_of("x", [1]).one_of("x", [2]), grid),
        "duplicate field of the space: x"
    );
    assert_eq!(
        message(new().uniform("x", 0.0, 1.0), grid),
        "parameter `x` must be a list of values, for a grid, but is a range"
    );
    let random = &Search::Random {
        n_trials: 5,
        seed: 0,
    };
    for tuner in [
        new().uniform("x", 1.0, 0.0),
        new().uniform("x", 0.0, f32::INFINITY),
        new().uniform("x", f32::NAN, 1.0),
        new().log_uniform("x", 0.0, 1.0),
        new().integers("x", 2, 1),
    ] {
        assert!(message(tuner, random).starts_with("parameter `x` must be a range"));
    }
    let none = &Search::Random {
        n_trials: 0,
        seed: 0,
    };
    assert!(message(new().one_of("x", [1]), none).contains("`n_trials`"));
    let halving = |resource: &str, min, max, factor| {
        let search = Search::Halving {
            n_trials: 5,
            seed: 0,
            resource: resource.into(),
            min,
            max,
            factor,
        };
        message(new().one_of("x", [1]), &search)
    };
    assert!(halving("x", 1, 2, 3).contains("`resource`"));
    assert!(halving("epochs", 1, 2, 3).contains("no parameter `epochs`"));
    assert!(halving("n_epochs", 0, 2, 3).contains("`min`"));
    assert!(halving("n_epochs", 3, 2, 3).contains("`max`"));
    assert!(halving("n_epochs", 1, 2, 1).contains("`factor`"));
}

#[test]
fn trials_see_the_training_part_alone() {
    let records = small_ratings(1);
    let outer = split::by_time(&records, 0.2).unwrap();
    let validation = Validation::new(&outer.train, Duplicates::Refuse, |train| {
        split::ratio(train, 0.25, 1)
    })
    .unwrap();
    assert_eq!(
        validation.train.len() + validation.rows.len(),
        outer.train.len()
    );
    assert_eq!(validation.rows.len(), validation.records.len());
    let test_pairs = outer.test.users().iter().zip(outer.test.items());
    for (&user, &item) in test_pairs {
        assert!(!validation.train.contains(user, item) && !validation.rows.contains(user, item));
    }
    let measured = Mutex::new(0);
    let tuner = Tuner::new(BASE, Goal::Minimize).one_of("x", [1, 2, 3]);
    tuner
        .run(&Search::Grid, |_| {
            *measured.lock().unwrap() += 1;
            Ok(validation.train.len() as f64)
        })
        .unwrap();
    assert_eq!(measured.into_inner().unwrap(), 3);
}

/// Ratings of user "0" for the named items of a catalogue of four.
fn rated(items: &[(&str, f32)]) -> Records {
    let mut records = RecordsBuilder::from_ids(&Ids::numbered(1, 4));
    for &(item, rating) in items {
        let rating = Some(rating);
        let values = Values {
            rating,
            ..Values::default()
        };
        records.push("0", item, values).unwrap();
    }
    records.finish()
}

#[test]
fn a_given_validation_part_is_measured_by_hand() {
    let (train, own) = (rated(&[("0", 5.0)]), rated(&[("2", 4.0)]));
    let validation = Validation::given(&train, own.clone(), Duplicates::Refuse).unwrap();
    assert_eq!(
        (validation.records.clone(), validation.train.len()),
        (own, 1)
    );
    // Of the items that are new, 1 comes before 2 and 3 behind it; 1 and 3 are all that can be drawn.
    let model = Table::new(&[&[9.0, 5.0, 4.0, 1.0]]);
    let rank = |measure| validation.rank(&model, measure).unwrap();
    let second = 1.0 / 3_f64.log2();
    assert_eq!(rank(RankingMeasure::Ndcg { k: 2 }), second);
    assert_eq!(rank(RankingMeasure::Ndcg { k: 1 }), 0.0);
    assert_eq!(rank(RankingMeasure::Recall { k: 1 }), 0.0);
    assert_eq!(rank(RankingMeasure::Recall { k: 2 }), 1.0);
    let (n_negatives, seed) = (2, 7);
    let hit_rate = |k| RankingMeasure::SampledHitRate {
        k,
        n_negatives,
        seed,
    };
    assert_eq!((rank(hit_rate(1)), rank(hit_rate(2))), (0.0, 1.0));
    let ndcg = RankingMeasure::SampledNdcg {
        k: 2,
        n_negatives,
        seed,
    };
    assert_eq!(rank(ndcg), second);
    let too_many = RankingMeasure::SampledNdcg {
        k: 2,
        n_negatives: 3,
        seed,
    };
    assert!(validation.rank(&model, too_many).is_err());
}

#[test]
fn ratings_are_measured_by_their_error() {
    struct Three(std::sync::Arc<Ids>);
    impl Model for Three {
        fn ids(&self) -> &std::sync::Arc<Ids> {
            &self.0
        }
    }
    impl RatingPredictor for Three {
        fn predict(&self, _: Option<UserId>, _: Option<ItemId>) -> Prediction {
            Prediction {
                rating: 3.0,
                basis: Basis::Model,
            }
        }
    }
    let (train, own) = (rated(&[("0", 5.0)]), rated(&[("2", 4.0), ("3", 5.0)]));
    let model = Three(std::sync::Arc::clone(train.ids()));
    let validation = Validation::given(&train, own, Duplicates::Refuse).unwrap();
    assert_eq!(validation.rmse(&model).unwrap(), 2.5_f64.sqrt());
}
