use guide_core::testing::{refuses, refuses_not_finite, same_for_one_and_two_threads};
use guide_core::{Error, Params};
use proptest::prelude::*;

use super::descriptor::{Compare, Descriptor, LANES, ROWS};
use super::*;

fn by_hand<D: Copy>(
    query: &[D],
    train: &[D],
    k: usize,
    distance: impl Fn(&D, &D) -> f32,
) -> Vec<Vec<Match>> {
    let ranked = query.iter().enumerate().map(|(q, a)| {
        let mut all = train.iter().enumerate().map(|(t, b)| Match {
            query: q as u32,
            train: t as u32,
            distance: distance(a, b),
        });
        let mut all = all.by_ref().collect::<Vec<_>>();
        all.sort_by(|a, b| a.distance.total_cmp(&b.distance));
        all.truncate(k);
        all
    });
    ranked.collect()
}

fn byte_distance(a: &[u8; 128], b: &[u8; 128]) -> f32 {
    let squares = a
        .iter()
        .zip(b)
        .map(|(a, b)| u32::from(a.abs_diff(*b)).pow(2));
    (squares.sum::<u32>() as f32).sqrt()
}

fn bit_distance(a: &[u64; 4], b: &[u64; 4]) -> f32 {
    a.iter()
        .zip(b)
        .map(|(a, b)| (a ^ b).count_ones())
        .sum::<u32>() as f32
}

fn float_distance<const N: usize>(a: &[f32; N], b: &[f32; N]) -> f32 {
    a.iter()
        .zip(b)
        .map(|(a, b)| (a - b) * (a - b))
        .sum::<f32>()
        .sqrt()
}

/// Descriptors of which some are equal, so that ties happen.
fn bytes(n: usize, seed: u64) -> Vec<[u8; 128]> {
    words(n, seed)
        .iter()
        .map(|words| std::array::from_fn(|i| (words[i % 4] >> (8 * (i / 4 % 8))) as u8))
        .collect()
}

fn words(n: usize, seed: u64) -> Vec<[u64; 4]> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed ^ (mixed >> 27)
    };
    let mut rows = (0..n)
        .map(|_| std::array::from_fn(|_| next()))
        .collect::<Vec<_>>();
    for row in 0..n / 3 {
        rows[n - 1 - row] = rows[row];
    }
    rows
}

fn floats<const N: usize>(n: usize, seed: u64) -> Vec<[f32; N]> {
    words(n, seed)
        .iter()
        .map(|words| {
            std::array::from_fn(|i| ((words[i % 4] >> (i / 4)) as u8) as f32 / 100.0 - 1.0)
        })
        .collect()
}

/// The extremes, where a sum of products is largest.
#[test]
fn the_farthest_bytes_are_exact() {
    let found = nearest(&[[255; 128], [0; 128]], &[[255; 128], [0; 128]], 2).unwrap();
    let farthest = (128.0f32 * 255.0 * 255.0).sqrt();
    let distances = found.iter().flatten().map(|m| (m.train, m.distance));
    assert_eq!(
        distances.collect::<Vec<_>>(),
        [(0, 0.0), (1, farthest), (1, 0.0), (0, farthest)]
    );
    let apart = nearest(&[[u64::MAX; 4]], &[[0; 4]], 1).unwrap();
    assert_eq!(apart[0][0].distance, 256.0);
}

fn keys_twice<D: Compare>(
    queries: &[D],
    train: &[D],
    plain: impl Fn(&[D; ROWS], &[D::Panel], &mut [descriptor::Keys]),
) {
    let queries = std::array::from_fn(|i| queries[i]);
    let panels = train.as_chunks::<LANES>().0.iter().map(D::pack);
    let panels = panels.collect::<Vec<_>>();
    let mut fast = vec![[[-1; LANES]; ROWS]; panels.len()];
    let mut slow = fast.clone();
    D::keys(&queries, &panels, &mut fast);
    plain(&queries, &panels, &mut slow);
    assert_eq!(fast, slow);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn all_find_what_the_definition_finds(
        n_query in 0usize..150, n_train in 0usize..600, k in 0usize..5, seed: u64,
    ) {
        let (q, t) = (bytes(n_query, seed), bytes(n_train, seed ^ 1));
        prop_assert_eq!(nearest(&q, &t, k).unwrap(), by_hand(&q, &t, k, byte_distance));
        let (q, t) = (words(n_query, seed), words(n_train, seed ^ 1));
        prop_assert_eq!(nearest(&q, &t, k).unwrap(), by_hand(&q, &t, k, bit_distance));
        let (q, t) = (floats::<64>(n_query, seed), floats::<64>(n_train, seed ^ 1));
        prop_assert_eq!(nearest(&q, &t, k).unwrap(), by_hand(&q, &t, k, float_distance));
        let (q, t) = (floats::<128>(n_query, seed), floats::<128>(n_train, seed ^ 1));
        prop_assert_eq!(nearest(&q, &t, k).unwrap(), by_hand(&q, &t, k, float_distance));
    }

    #[test]
    fn fast_and_plain_keys_are_the_same(n_panels in 0usize..6, seed: u64) {
        let n = n_panels * LANES;
        keys_twice(&bytes(ROWS, seed), &bytes(n, seed ^ 1), scalar::byte_keys);
        keys_twice(&words(ROWS, seed), &words(n, seed ^ 1), scalar::bit_keys);
        keys_twice(&floats::<64>(ROWS, seed), &floats(n, seed ^ 1), scalar::float_keys);
        keys_twice(&floats::<3>(ROWS, seed), &floats(n, seed ^ 1), scalar::float_keys);
    }

    #[test]
    fn cross_check_is_the_mutual_nearest(
        n_query in 0usize..300, n_train in 0usize..90, seed: u64,
    ) {
        let (q, t) = (words(n_query, seed), words(n_train, seed ^ 1));
        let params = MatchParams::default().ratio(None).cross_check(true);
        let forth = by_hand(&q, &t, 1, bit_distance);
        let back = by_hand(&t, &q, 1, bit_distance);
        let mutual = forth.into_iter().flatten();
        let mutual = mutual.filter(|m| back[m.train as usize][0].train == m.query);
        prop_assert_eq!(match_features(&q, &t, &params).unwrap(), mutual.collect::<Vec<_>>());
    }
}

/// Bit descriptors on a line: the distance is the difference of the numbers.
fn on_a_line<const N: usize>(places: [u32; N]) -> [[u64; 4]; N] {
    places.map(|place| [(1u64 << place) - 1, 0, 0, 0])
}

fn pairs(query: &[[u64; 4]], train: &[[u64; 4]], params: &MatchParams) -> Vec<(u32, u32)> {
    let matches = match_features(query, train, params).unwrap();
    matches.iter().map(|m| (m.query, m.train)).collect()
}

#[test]
fn each_parameter_takes_away_what_it_says() {
    let query = on_a_line([10, 13, 22, 40]);
    let train = on_a_line([11, 20, 24, 60]);
    let all = MatchParams::default().ratio(None).unique(false);
    // 10 -> 11 at 1, 13 -> 11 at 2, 22 -> 20 or 24 at 2 each, 40 -> 24 at 16.
    assert_eq!(
        pairs(&query, &train, &all),
        [(0, 0), (1, 0), (2, 1), (3, 2)]
    );
    // Seconds: 10, 7, 2, 20.
    let ratio = |ratio| all.clone().ratio(Some(ratio));
    assert_eq!(pairs(&query, &train, &ratio(1.0)), [(0, 0), (1, 0), (3, 2)]);
    assert_eq!(pairs(&query, &train, &ratio(0.8)), [(0, 0), (1, 0)]);
    assert_eq!(pairs(&query, &train, &ratio(0.2)), [(0, 0)]);
    assert_eq!(
        pairs(&query, &train, &all.clone().max_distance(Some(2.0))),
        [(0, 0), (1, 0), (2, 1)]
    );
    assert_eq!(
        pairs(&query, &train, &all.clone().unique(true)),
        [(0, 0), (2, 1), (3, 2)]
    );
    // The train 24 prefers 22, which prefers 20.
    assert_eq!(
        pairs(&query, &train, &all.clone().cross_check(true)),
        [(0, 0), (2, 1)]
    );
    assert_eq!(
        pairs(&query, &train, &ratio(0.2).cross_check(true)),
        [(0, 0)]
    );
}

#[test]
fn of_equally_close_queries_the_first_keeps_the_train_feature() {
    let (query, train) = (on_a_line([9, 11, 11]), on_a_line([10]));
    let params = MatchParams::default();
    // One train descriptor has no second, and passes the ratio test.
    assert_eq!(pairs(&query, &train, &params), [(0, 0)]);
    assert_eq!(pairs(&query, &train, &params.cross_check(true)), [(0, 0)]);
}

#[test]
fn of_equal_train_features_none_passes_the_ratio_test() {
    let (query, train) = (on_a_line([9]), on_a_line([9, 9]));
    assert_eq!(pairs(&query, &train, &MatchParams::default()), []);
}

#[test]
fn nothing_matches_nothing() {
    let some = on_a_line([1, 2]);
    let params = MatchParams::default().cross_check(true);
    assert_eq!(pairs(&some, &[], &params), []);
    assert_eq!(pairs(&[], &some, &params), []);
    assert_eq!(nearest(&some, &[], 2).unwrap(), [[], []]);
    assert_eq!(nearest(&some, &some, 9).unwrap()[0].len(), 2);
}

#[test]
fn not_a_number_is_refused_where_it_stands() {
    let good = [[0.0f32; 64]; 3];
    let mut bad = good;
    bad[2][7] = f32::NAN;
    let error = nearest(&bad, &good, 1).err().unwrap();
    assert_eq!(
        error.to_string(),
        "query descriptor 2: value 7 is NaN, which is not finite"
    );
    assert!(matches!(
        match_features(&good, &bad, &MatchParams::default()),
        Err(Error::NotFinite { index: 7, .. })
    ));
}

#[test]
fn bad_parameters_are_refused_by_name() {
    let params = MatchParams::default().max_distance(Some(1.0));
    assert!(params.validate().is_ok());
    refuses(
        &params,
        &[("ratio", "0"), ("ratio", "1.5"), ("max_distance", "-1")],
    );
    refuses_not_finite(&params, &["ratio", "max_distance"]);
    assert!(matches!(
        match_features::<[u64; 4]>(&[], &[], &params.ratio(Some(0.0))),
        Err(Error::Param { .. })
    ));
}

fn any_threads<D: Descriptor>(query: Vec<D>, train: Vec<D>) {
    let params = MatchParams::default().ratio(Some(1.0)).cross_check(true);
    same_for_one_and_two_threads(|| {
        let matches = match_features(&query, &train, &params).unwrap();
        (matches, nearest(&query, &train, 3).unwrap())
    });
}

#[test]
fn threads_do_not_matter() {
    any_threads(bytes(700, 1), bytes(300, 2));
    any_threads(words(700, 1), words(300, 2));
    any_threads(floats::<64>(700, 1), floats(300, 2));
}
