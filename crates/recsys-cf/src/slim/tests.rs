use guide_core::testing::{params_have_effect, refuses, same_for_one_and_two_threads};
use recsys_core::testing::{self, Agreement, History, checkerboard, small_ratings};
use recsys_core::{Duplicates, Recommender, UserId};

use super::*;

fn fit(data: &Interactions) -> Result<ItemTop> {
    Slim::params().l2_regularization(50.0).fit(data)
}

fn small() -> Interactions {
    Interactions::new(&small_ratings(1), Duplicates::Refuse).unwrap()
}

#[test]
fn keeps_the_contracts() {
    testing::recommender(fit);
    testing::fold_in(History::Weights, Agreement::Scores(1e-5), fit);
    testing::explain(1e-5, fit);
    testing::solves_checkerboard(&checkerboard(), fit);
    testing::similar_items(&checkerboard(), fit);
    testing::similar_users(&checkerboard(), fit);
    testing::persist(&fit(&small()).unwrap(), |model| {
        (model.recommend(UserId(3), 5, &[]).unwrap(), model.clone())
    });
}

fn dense_gram(data: &Interactions) -> Vec<Vec<f64>> {
    let n = data.n_items();
    let mut gram = vec![vec![0.0; n]; n];
    for user in (0..data.n_users() as u32).map(UserId) {
        for (i, x) in data.history_of(user) {
            for (j, y) in data.history_of(user) {
                gram[i.index()][j.index()] += f64::from(x) * f64::from(y);
            }
        }
    }
    gram
}

#[test]
fn meets_the_conditions_of_the_optimum() {
    let data = small();
    let (l1, l2) = (3.0, 5.0);
    let params = Slim::params().l1_regularization(3.0).l2_regularization(5.0);
    let model = params.n_epochs(1000).tolerance(1e-7).fit(&data).unwrap();
    let gram = dense_gram(&data);
    let n = data.n_items();
    let mut weights = vec![vec![0.0; n]; n];
    for (from, row) in weights.iter_mut().enumerate() {
        for hit in model.neighbours_of(ItemId(from as u32)).unwrap() {
            row[hit.id.index()] = f64::from(hit.score);
        }
    }
    let (mut zeros, mut others) = (0, 0);
    for to in 0..n {
        for from in (0..n).filter(|&from| from != to) {
            let explained: f64 = (0..n).map(|k| gram[from][k] * weights[k][to]).sum();
            let pull = gram[from][to] - explained - l2 * weights[from][to] - l1;
            if weights[from][to] > 0.0 {
                assert!(pull.abs() < 1e-3, "{from} to {to}: {pull}");
                others += 1;
            } else {
                assert!(pull < 1e-3, "{from} to {to}: {pull}");
                zeros += 1;
            }
        }
        assert_eq!(weights[to][to], 0.0);
    }
    assert!(zeros > 100 && others > 100, "{zeros} {others}");
}

#[test]
fn candidates_are_the_nearest_by_cosine() {
    let data = small();
    let model = Slim::params().n_candidates(Some(3)).fit(&data).unwrap();
    let gram = dense_gram(&data);
    let mut spoken_for = vec![Vec::new(); data.n_items()];
    for from in (0..data.n_items() as u32).map(ItemId) {
        for hit in model.neighbours_of(from).unwrap() {
            spoken_for[hit.id.index()].push(from.index());
        }
    }
    for (to, speakers) in spoken_for.iter().enumerate() {
        let cosine = |from: usize| gram[from][to] / gram[from][from].sqrt();
        let nearer = |than: usize| {
            let others = (0..data.n_items()).filter(|&from| from != to);
            others
                .filter(|&from| cosine(from) > cosine(than) + 1e-6)
                .count()
        };
        assert!(!speakers.is_empty() && speakers.iter().all(|&from| nearer(from) < 3));
    }
}

#[test]
fn parameters_have_effect_or_are_refused() {
    let changes = [
        ("l1_regularization", "5"),
        ("l2_regularization", "5"),
        ("n_candidates", "3"),
        ("n_epochs", "1"),
        ("tolerance", "0.1"),
        ("k", "2"),
        ("max_bytes", "1000"),
    ];
    let base = Slim::params().l2_regularization(1.0);
    params_have_effect(&base, &changes, |params| {
        let model = params.fit(&small()).ok();
        model.map(|model| model.recommend(UserId(0), 40, &[]).unwrap())
    });
    let bad = [
        ("l1_regularization", "-1"),
        ("l2_regularization", "-1"),
        ("n_candidates", "0"),
        ("n_epochs", "0"),
        ("tolerance", "0"),
        ("k", "0"),
        ("max_bytes", "-1"),
    ];
    refuses(&Slim::params(), &bad);
}

#[test]
fn k_keeps_the_largest_of_each_item() {
    let columns = |model: &ItemTop| {
        let mut columns = vec![Vec::new(); 40];
        for from in (0..40).map(ItemId) {
            for hit in model.neighbours_of(from).unwrap() {
                columns[hit.id.index()].push(Scored {
                    id: from,
                    score: hit.score,
                });
            }
        }
        columns
            .iter_mut()
            .for_each(|column| column.sort_by(Scored::order));
        columns
    };
    let all = columns(&fit(&small()).unwrap());
    let few = Slim::params().l2_regularization(50.0).k(Some(3));
    for (few, all) in columns(&few.fit(&small()).unwrap()).iter().zip(all) {
        assert!(all.len() > 3 && few[..] == all[..3]);
    }
}

#[test]
fn too_much_memory_is_refused_with_the_bytes() {
    // Tea with the cup and the cup with tea, and each with itself; the pot alone.
    let data = testing::events(&[("ann", "tea"), ("ann", "cup"), ("bob", "pot")]);
    let params = Slim::params().max_bytes(39);
    let error = params.fit(&data).unwrap_err().to_string();
    assert_eq!(
        error,
        "SLIM of 3 items needs 40 bytes, above max_bytes = 39"
    );
    assert!(params.max_bytes(40).fit(&data).is_ok());
}

#[test]
fn same_bits_on_one_and_two_threads_and_ended_early() {
    // Two chunks of items.
    let data = Interactions::new(
        &testing::ratings_with_taste(300, 600, 6000, 1),
        Duplicates::Refuse,
    );
    let data = data.unwrap();
    let model = same_for_one_and_two_threads(|| fit(&data).unwrap());
    let ended = Slim::params()
        .l2_regularization(50.0)
        .fit_with(&data, &AtOnce);
    let ended = ended.unwrap();
    let spoken_for = |model: &ItemTop| {
        let hits = (0..600).flat_map(|from| model.neighbours_of(ItemId(from)).unwrap().to_vec());
        let mut items: Vec<ItemId> = hits.map(|hit| hit.id).collect();
        items.sort_unstable();
        items
    };
    let whole = spoken_for(&model);
    let first: Vec<ItemId> = whole.iter().copied().filter(|item| item.0 < 512).collect();
    assert!(first.len() < whole.len());
    assert_eq!(spoken_for(&ended), first);
}

/// Ends a training after the first report.
struct AtOnce;

impl Progress for AtOnce {
    fn epoch(&self, _: &guide_core::EpochReport) -> std::ops::ControlFlow<()> {
        std::ops::ControlFlow::Break(())
    }
}
