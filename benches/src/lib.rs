//! What the benches of algorithms share: two data sets, and one function each for training, predicting and recommending.
//!
//! Ids read `what/algorithm/data`, so that `cargo bench -p benches -- fit/svd` trains one algorithm and nothing else.

use std::cell::LazyCell;
use std::hint::black_box;
use std::ops::Deref;
use std::time::Duration;

use criterion::{Criterion, SamplingMode, Throughput};
use guide_core::Fit;
use recsys_core::{
    Duplicates, Interactions, Pair, RatingPredictor, Recommender, UserId, split, testing,
};

/// Few samples and short ones: all benches together take minutes.
pub fn quick() -> Criterion {
    Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
}

/// Generated ratings, a fifth of them held out.
pub struct Set {
    /// The last part of the ids.
    pub name: &'static str,
    /// To train on.
    pub train: Interactions,
    /// To predict.
    pub pairs: Vec<Pair>,
}

impl Set {
    /// As many users, items and ratings as MovieLens 100K.
    pub fn like_ml_100k() -> Self {
        Self::new("like-ml-100k", 943, 1682, 100_000)
    }

    /// A tenth of the ratings, for what takes long.
    pub fn of_10k() -> Self {
        Self::new("10k", 300, 500, 10_000)
    }

    fn new(name: &'static str, n_users: usize, n_items: usize, n: usize) -> Self {
        let records = testing::ratings_with_taste(n_users, n_items, n, 1);
        let parts = split::ratio(&records, 0.2, 1).expect("the ratings split");
        let pairs = parts.test.users().iter().zip(parts.test.items());
        Self {
            name,
            train: Interactions::new(&parts.train, Duplicates::Refuse).expect("a matrix"),
            pairs: pairs
                .map(|(&user, &item)| (Some(user), Some(item)))
                .collect(),
        }
    }
}

/// Times one call after another of `work` on what `subject` gives, which handles so many `elements`. The subject is made when
/// the bench is run and not when it is filtered out, and before the clock starts.
fn time<S: Copy, T>(
    c: &mut Criterion,
    id: String,
    elements: usize,
    subject: impl Fn() -> S,
    work: impl Fn(S) -> T,
) {
    let (what, rest) = id.split_once('/').unwrap_or(("", &id));
    let mut group = c.benchmark_group(what);
    group
        .sampling_mode(SamplingMode::Flat)
        .throughput(Throughput::Elements(elements as u64));
    group.bench_function(rest, |bench| {
        let subject = subject();
        bench.iter(|| work(black_box(subject)));
    });
    group.finish();
}

/// `fit/name/set`: training, in interactions times passes a second. Returns the model, trained when it is first asked.
pub fn fit<'a, P: Fit<Interactions>>(
    c: &mut Criterion,
    name: &str,
    set: &'a Set,
    n_epochs: usize,
    params: &'a P,
) -> LazyCell<P::Model, impl FnOnce() -> P::Model + use<'a, P>> {
    let train = |data| match params.fit(data) {
        Ok(model) => model,
        Err(error) => panic!("{error}"),
    };
    let id = format!("fit/{name}/{}", set.name);
    time(c, id, n_epochs * set.train.len(), || &set.train, train);
    LazyCell::new(move || train(&set.train))
}

/// `predict/name/set`: the ratings of the held-out pairs.
pub fn predict<M: RatingPredictor>(
    c: &mut Criterion,
    name: &str,
    set: &Set,
    model: &impl Deref<Target = M>,
) {
    let id = format!("predict/{name}/{}", set.name);
    let predict = |model: &M| model.predict_batch(&set.pairs);
    time(c, id, set.pairs.len(), || &**model, predict);
}

/// `recommend/name/set`: the best 20 of all items for every user, in users a second.
pub fn recommend<M: Recommender>(
    c: &mut Criterion,
    name: &str,
    set: &Set,
    model: &impl Deref<Target = M>,
) {
    let everyone: Vec<UserId> = (0..set.train.n_users() as u32).map(UserId).collect();
    let id = format!("recommend/{name}/{}", set.name);
    let recommend = |model: &M| model.recommend_batch(&everyone, 20, &set.train);
    time(c, id, everyone.len(), || &**model, recommend);
}
