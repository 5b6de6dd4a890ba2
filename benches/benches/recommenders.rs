//! Training and asking: ids read `algorithm/what/data`.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use guide_core::Fit;
use recsys_cf::{ItemCosine, KnnParams};
use recsys_core::{
    Duplicates, Interactions, Pair, RatingPredictor, Recommender, UserId, evaluate_ratings, split,
    testing,
};
use recsys_mf::Svd;
use shopping_guide::demo::DemoShop;
use shopping_guide::{Guide, Query};

/// As many users, items and ratings as MovieLens 100K.
const LIKE_ML_100K: (usize, usize, usize) = (943, 1682, 100_000);

fn ratings(c: &mut Criterion) {
    let (users, items, n) = LIKE_ML_100K;
    let parts = split::ratio(&testing::ratings_with_taste(users, items, n, 1), 0.2, 1);
    let Ok(parts) = parts else {
        panic!("the generated ratings split")
    };
    let Ok(train) = Interactions::new(&parts.train, Duplicates::Last) else {
        panic!("and make a matrix")
    };
    let pairs: Vec<Pair> = parts
        .test
        .users()
        .iter()
        .zip(parts.test.items())
        .map(|(&u, &i)| (Some(u), Some(i)))
        .collect();

    let mut group = c.benchmark_group("knn-basic/fit-and-test/like-ml-100k");
    group
        .sample_size(10)
        .throughput(Throughput::Elements(pairs.len() as u64));
    for (name, user_based) in [("users", true), ("items", false)] {
        group.bench_function(name, |bench| {
            bench.iter(|| {
                let model = KnnParams::basic()
                    .user_based(user_based)
                    .fit(black_box(&train));
                model.map(|model| model.predict_batch(&pairs))
            });
        });
    }
    group.finish();

    let mut group = c.benchmark_group("svd/like-ml-100k");
    group
        .sample_size(10)
        .throughput(Throughput::Elements(20 * train.len() as u64));
    group.bench_function("fit", |bench| {
        bench.iter(|| Svd::params().fit(black_box(&train)))
    });
    let Ok(model) = Svd::params().fit(&train) else {
        panic!("svd trains")
    };
    group.throughput(Throughput::Elements(pairs.len() as u64));
    group.bench_function("test", |bench| {
        bench.iter(|| evaluate_ratings(&model, black_box(&parts.test)))
    });
    group.finish();
}

fn guide(c: &mut Criterion) {
    let Ok(shop) = DemoShop::params().generate() else {
        panic!("the demo shop is made")
    };
    let builder = Guide::builder().catalog(shop.catalog).events(shop.events);
    let Ok(guide) = builder.build() else {
        panic!("its guide is built")
    };
    let shoppers: Vec<String> = guide.shoppers().take(100).map(str::to_owned).collect();
    let mut group = c.benchmark_group("guide/demo-shop");
    group
        .sample_size(20)
        .throughput(Throughput::Elements(shoppers.len() as u64));
    group.bench_function("recommend-100-shoppers", |bench| {
        bench.iter(|| {
            shoppers
                .iter()
                .map(|s| guide.recommend(&Query::shopper(s)))
                .collect::<Vec<_>>()
        });
    });
    group.finish();
}

fn neighbours(c: &mut Criterion) {
    let (users, items, n) = LIKE_ML_100K;
    let records = testing::ratings_with_taste(users, items, n, 2);
    let Ok(data) = Interactions::new(&records, Duplicates::Last) else {
        panic!("the ratings make a matrix")
    };
    let mut group = c.benchmark_group("item-cosine/like-ml-100k");
    group.sample_size(10);
    group.bench_function("fit", |bench| {
        bench.iter(|| ItemCosine::params().fit(black_box(&data)))
    });
    let Ok(model) = ItemCosine::params().fit(&data) else {
        panic!("item-cosine trains")
    };
    let everyone: Vec<UserId> = (0..users as u32).map(UserId).collect();
    group.bench_function("recommend-all", |bench| {
        bench.iter(|| model.recommend_batch(black_box(&everyone), 20, &data));
    });
    group.finish();
}

criterion_group!(recommenders, ratings, neighbours, guide);
criterion_main!(recommenders);
