//! The inner loops beside their plain twins: ids read `kernel/size/form`.

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use guide_core::kernels::{
    axpy, dot, gemv, matmul, pair_step, rating_step, residual_pull, scalar, squared_distance, top_k,
};
use guide_core::ndarray::Array2;
use guide_core::{Metric, VectorIndex, Vectors, seeded};
use rand::RngExt;

fn numbers(n: usize, seed: u64) -> Vec<f32> {
    let mut rng = seeded(seed);
    (0..n).map(|_| rng.random_range(-1.0..1.0)).collect()
}

fn table(rows: usize, columns: usize, seed: u64) -> Array2<f32> {
    let numbers = numbers(rows * columns, seed);
    Array2::from_shape_vec((rows, columns), numbers).expect("as many numbers as cells")
}

/// Times a kernel and its plain twin, which work on `state` and handle so many `elements`.
fn both<S, T>(
    c: &mut Criterion,
    id: String,
    elements: usize,
    state: &mut S,
    simd: impl Fn(&mut S) -> T,
    plain: impl Fn(&mut S) -> T,
) {
    let mut group = c.benchmark_group(id);
    group.throughput(Throughput::Elements(elements as u64));
    group.bench_function("simd", |bench| bench.iter(|| simd(black_box(state))));
    group.bench_function("scalar", |bench| bench.iter(|| plain(black_box(state))));
    group.finish();
}

fn vectors(c: &mut Criterion) {
    for n in [64, 100, 1000] {
        let (a, b) = (numbers(n, 1), numbers(n, 2));
        let read = &mut (a.clone(), b.clone());
        both(
            c,
            format!("dot/{n}"),
            n,
            read,
            |(a, b)| dot(a, b),
            |(a, b)| scalar::dot(a, b),
        );
        both(
            c,
            format!("squared_distance/{n}"),
            n,
            read,
            |(a, b)| squared_distance(a, b),
            |(a, b)| scalar::squared_distance(a, b),
        );
        // Steps so small that the numbers stay as they are, however often they are made.
        let written = &mut (a.clone(), b, a);
        both(
            c,
            format!("axpy/{n}"),
            n,
            written,
            |(x, y, _)| axpy(1e-9, x, y),
            |(x, y, _)| scalar::axpy(1e-9, x, y),
        );
        both(
            c,
            format!("rating_step/{n}"),
            n,
            written,
            |(p, q, _)| rating_step(p, q, 1.0, 1.0, 1e-9, 1.0),
            |(p, q, _)| scalar::rating_step(p, q, 1.0, 1.0, 1e-9, 1.0),
        );
        both(
            c,
            format!("pair_step/{n}"),
            n,
            written,
            |(u, i, j)| pair_step(u, i, j, 1e-9, 1.0),
            |(u, i, j)| scalar::pair_step(u, i, j, 1e-9, 1.0),
        );
    }
}

fn matrices(c: &mut Criterion) {
    let (items, dim) = (20_000, 64);
    both(
        c,
        format!("gemv/{items}x{dim}"),
        items * dim,
        &mut (
            numbers(items * dim, 3),
            numbers(dim, 4),
            vec![0.0_f32; items],
        ),
        |(a, x, y)| gemv(a, x, y),
        |(a, x, y)| scalar::gemv(a, x, y),
    );

    // The history of one user: its items' rows, their weights and targets, and the vector that is sought.
    for (items, dim) in [(20, 64), (100, 64), (100, 128)] {
        let (rows, weights) = (numbers(items * dim, 5), vec![1.0_f32; items]);
        both(
            c,
            format!("residual_pull/{items}x{dim}"),
            items * dim,
            &mut (rows, weights, numbers(dim, 6), vec![0.0_f32; dim]),
            |(rows, weights, x, out)| residual_pull(rows, weights, weights, x, out),
            |(rows, weights, x, out)| scalar::residual_pull(rows, weights, weights, x, out),
        );
    }

    for n in [64, 256, 512] {
        let a = table(n, n, 7);
        let mut group = c.benchmark_group(format!("matmul/{n}x{n}x{n}"));
        group.throughput(Throughput::Elements((2 * n * n * n) as u64));
        group.bench_function("gemm", |bench| {
            bench.iter(|| matmul(black_box(a.view()), a.view()))
        });
        if n <= 64 {
            group.bench_function("scalar", |bench| {
                bench.iter(|| scalar::matmul(black_box(a.view()), a.view()));
            });
        }
        group.finish();
    }
}

fn selection(c: &mut Criterion) {
    let scores = numbers(40_000, 8);
    let mut group = c.benchmark_group("top_k/40000-n20");
    group.bench_function("partial", |bench| {
        bench.iter(|| top_k(black_box(&scores), 20, |_| true))
    });
    group.bench_function("full-sort", |bench| {
        bench.iter(|| {
            let mut order: Vec<u32> = (0..scores.len() as u32).collect();
            order.sort_unstable_by(|&a, &b| scores[b as usize].total_cmp(&scores[a as usize]));
            order.truncate(20);
            order
        });
    });
    group.finish();

    let vectors = Vectors::new(table(20_000, 64, 9), Metric::Cosine).expect("finite numbers");
    let queries = table(256, 64, 10);
    let mut group = c.benchmark_group("search_batch/256-of-20000x64");
    group.throughput(Throughput::Elements(queries.nrows() as u64));
    group.bench_function("batch", |bench| {
        bench.iter(|| vectors.search_batch(black_box(queries.view()), 10, |_, _| true))
    });
    group.bench_function("one-by-one", |bench| {
        bench.iter(|| {
            let rows = queries.outer_iter();
            let hits = rows.map(|row| vectors.search(&row.to_vec(), 10, &|_| true));
            hits.collect::<Vec<_>>()
        });
    });
    group.finish();
}

/// Shorter than criterion's own, and as many samples as small differences need.
fn short() -> Criterion {
    Criterion::default()
        .sample_size(30)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
}

criterion_group!(name = kernels; config = short(); targets = vectors, matrices, selection);
criterion_main!(kernels);
