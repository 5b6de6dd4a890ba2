//! The guide on the demo shop: building it, and answering.

use benches::quick;
use criterion::{Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use guide_demo::DemoShop;
use shopping_guide::{Guide, Query};

fn guide(c: &mut Criterion) {
    let params = DemoShop::params().n_products(800).n_shoppers(1200);
    let shop = params.generate().expect("the demo shop is made");
    let build = || {
        let builder = Guide::builder().catalog(shop.catalog.clone());
        let built = builder.events(shop.events.clone()).build();
        built.expect("its guide is built")
    };
    let mut group = c.benchmark_group("guide");
    group.sampling_mode(SamplingMode::Flat);
    group.bench_function("build/800-products", |bench| bench.iter(build));

    let guide = build();
    let shoppers: Vec<String> = guide.shoppers().take(100).map(str::to_owned).collect();
    group.throughput(Throughput::Elements(shoppers.len() as u64));
    group.bench_function("recommend/100-shoppers", |bench| {
        bench.iter(|| {
            let answers = shoppers.iter().map(|s| guide.recommend(&Query::shopper(s)));
            answers.collect::<Vec<_>>()
        });
    });
    group.finish();
}

criterion_group!(name = whole; config = quick(); targets = guide);
criterion_main!(whole);
