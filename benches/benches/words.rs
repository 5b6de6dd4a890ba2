//! Words: cutting text, one pass of training over a small text, and the neighbours of words.

use benches::quick;
use criterion::{Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use guide_core::ndarray::Array2;
use guide_core::{Fit, Rng, seeded};
use nlp_embed::{
    Architecture, Characters, Chinese, Glove, Phrases, Tokenize, TrainingText, Vocabulary,
    Whitespace, Word2Vec, WordVectors, Words,
};
use rand::RngExt;

/// Sentences of 20 words out of 5,000, the frequent ones first, as in language: `n` words in all.
fn sentences(n: usize) -> Vec<Vec<String>> {
    let mut rng = seeded(1);
    let word = |rng: &mut Rng| {
        let rank = 5000f32.powf(rng.random::<f32>()) as usize; // the word of rank r with a chance of 1 / r
        format!("w{rank}")
    };
    let sentence = |_| (0..20).map(|_| word(&mut rng)).collect();
    (0..n / 20).map(sentence).collect()
}

fn tokenize(c: &mut Criterion) {
    let english =
        "A warm Coat made of wool, size 38 (USB-C heated!), for $19.99 only. ".repeat(100);
    let chinese = "我想买14寸的笔记本电脑，USB-C接口，300元以内。".repeat(100);
    let mut group = c.benchmark_group("tokenize");
    let cutters: [(&str, &dyn Tokenize, &str); 4] = [
        ("whitespace/english", &Whitespace, &english),
        ("words/english", &Words::default(), &english),
        ("characters/chinese", &Characters, &chinese),
        ("chinese/chinese", &Chinese::new(), &chinese),
    ];
    for (name, tokenizer, text) in cutters {
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(name, |bench| {
            bench.iter(|| {
                let mut tokens = 0;
                tokenizer.tokenize(text, &mut |_| tokens += 1);
                tokens
            });
        });
    }
    group.finish();
}

fn train(c: &mut Criterion) {
    let n = 50_000;
    let sentences = sentences(n);
    // All of some thousand words: with few of them word2vec takes the way of small vocabularies.
    let vocabulary = Vocabulary::params().min_count(1).build(&sentences);
    let vocabulary = vocabulary.expect("the words are counted");
    let text = TrainingText {
        vocabulary: &vocabulary,
        sentences: &sentences,
    };
    let mut group = c.benchmark_group("fit");
    group.sampling_mode(SamplingMode::Flat);
    group.throughput(Throughput::Elements(n as u64));
    for (name, architecture) in [
        ("skip-gram/50k-words", Architecture::SkipGram),
        ("cbow/50k-words", Architecture::Cbow),
    ] {
        let params = Word2Vec::params().architecture(architecture).epochs(1);
        group.bench_function(name, |bench| {
            bench.iter(|| params.fit(&text).expect("it trains"))
        });
    }
    let params = Glove::params().epochs(1);
    group.bench_function("glove/50k-words", |bench| {
        bench.iter(|| params.fit(&text).expect("it trains"))
    });
    let params = Phrases::params();
    group.bench_function("phrases/50k-words", |bench| {
        bench.iter(|| params.fit(&sentences).expect("they are found"))
    });
    group.bench_function("vocabulary/50k-words", |bench| {
        bench.iter(|| Vocabulary::params().build(&sentences));
    });
    group.finish();
}

fn nearest(c: &mut Criterion) {
    let n = 50_000;
    let mut rng = seeded(2);
    let words = Vocabulary::from_counts((0..n).map(|word| (format!("w{word}"), 1)));
    let rows = Array2::from_shape_fn((n, 100), |_| rng.random_range(-1.0..1.0));
    let vectors = WordVectors::new(words.expect("no word twice"), rows);
    let vectors = vectors.expect("the numbers are finite");
    let mut group = c.benchmark_group("nearest");
    group.throughput(Throughput::Elements(n as u64));
    group.bench_function("cosine/50k-words", |bench| {
        bench.iter(|| vectors.nearest("w7", 10).expect("it is known"));
    });
    group.bench_function("analogy/50k-words", |bench| {
        bench.iter(|| vectors.analogy(&["w1", "w2"], &["w3"], 10));
    });
    group.bench_function("analogy-mul/50k-words", |bench| {
        bench.iter(|| vectors.analogy_mul(&["w1", "w2"], &["w3"], 10));
    });
    group.finish();
}

criterion_group!(name = words; config = quick(); targets = tokenize, train, nearest);
criterion_main!(words);
