//! The inner loops beside their plain twins: ids read `kernel/size/form`.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use guide_core::kernels::{axpy, dot, gemv, matmul, rating_step, scalar, top_k};
use guide_core::ndarray::Array2;
use guide_core::seeded;
use rand::RngExt;

fn numbers(n: usize, seed: u64) -> Vec<f32> {
    let mut rng = seeded(seed);
    (0..n).map(|_| rng.random_range(-1.0..1.0)).collect()
}

fn vectors(c: &mut Criterion) {
    for n in [64, 100, 1000] {
        let (a, b) = (numbers(n, 1), numbers(n, 2));
        let (mut p, mut q) = (a.clone(), b.clone());
        let mut group = c.benchmark_group(format!("dot/{n}"));
        group.throughput(Throughput::Elements(n as u64));
        group.bench_function("simd", |bench| {
            bench.iter(|| dot(black_box(&a), black_box(&b)))
        });
        group.bench_function("scalar", |bench| {
            bench.iter(|| scalar::dot(black_box(&a), black_box(&b)))
        });
        group.finish();
        let mut group = c.benchmark_group(format!("axpy/{n}"));
        group.throughput(Throughput::Elements(n as u64));
        group.bench_function("simd", |bench| {
            bench.iter(|| axpy(black_box(1e-9), black_box(&a), &mut p))
        });
        group.bench_function("scalar", |bench| {
            bench.iter(|| scalar::axpy(black_box(1e-9), black_box(&a), &mut p));
        });
        group.finish();
        let mut group = c.benchmark_group(format!("rating_step/{n}"));
        group.throughput(Throughput::Elements(n as u64));
        group.bench_function("simd", |bench| {
            bench.iter(|| rating_step(&mut p, &mut q, 1.0, 1.0, black_box(1e-9), 1.0))
        });
        group.bench_function("scalar", |bench| {
            bench.iter(|| scalar::rating_step(&mut p, &mut q, 1.0, 1.0, black_box(1e-9), 1.0));
        });
        group.finish();
    }
}

fn matrices(c: &mut Criterion) {
    let (items, dim) = (20_000, 64);
    let (table, query) = (numbers(items * dim, 3), numbers(dim, 4));
    let mut scores = vec![0.0; items];
    let mut group = c.benchmark_group("gemv/20000x64");
    group.throughput(Throughput::Elements((items * dim) as u64));
    group.bench_function("simd", |bench| {
        bench.iter(|| gemv(&table, black_box(&query), &mut scores))
    });
    group.bench_function("scalar", |bench| {
        bench.iter(|| scalar::gemv(&table, black_box(&query), &mut scores))
    });
    group.finish();

    for n in [64, 256, 512] {
        let a = Array2::from_shape_fn((n, n), |(i, j)| ((i * 7 + j) as f32).sin());
        let mut group = c.benchmark_group(format!("matmul/{n}x{n}x{n}"));
        group
            .sample_size(20)
            .throughput(Throughput::Elements((2 * n * n * n) as u64));
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
    let scores = numbers(40_000, 5);
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
}

criterion_group!(kernels, vectors, matrices, selection);
criterion_main!(kernels);
