//! The field against sums over all sequences, central differences, extreme scores, and one and two threads.
#![allow(clippy::unwrap_used)]

use guide_core::testing::same_for_one_and_two_threads;
use guide_core::{Error, seeded};
use proptest::prelude::*;
use rand::RngExt;

use super::{AllowedTags, Crf, CrfScores, TagBatch};

/// A field and a batch with random numbers up to `size`.
struct Case {
    k: usize,
    steps: usize,
    lengths: Vec<usize>,
    start: Vec<f32>,
    transitions: Vec<f32>,
    end: Vec<f32>,
    emissions: Vec<f32>,
    tags: Vec<u32>,
}

impl Case {
    fn new(k: usize, lengths: &[usize], size: f32, seed: u64) -> Self {
        let mut rng = seeded(seed);
        let steps = lengths.iter().copied().max().unwrap_or(0) + (seed % 2) as usize;
        let mut random = |n: usize| -> Vec<f32> {
            (0..n)
                .map(|_| size * (2.0 * rng.random::<f32>() - 1.0))
                .collect()
        };
        let (start, transitions, end) = (random(k), random(k * k), random(k));
        let emissions = random(lengths.len() * steps * k);
        let tags = (0..lengths.len() * steps)
            .map(|_| rng.random_range(0..k) as u32)
            .collect();
        let lengths = lengths.to_vec();
        Self {
            k,
            steps,
            lengths,
            start,
            transitions,
            end,
            emissions,
            tags,
        }
    }

    fn scores(&self) -> CrfScores<'_> {
        CrfScores {
            start: &self.start,
            transitions: &self.transitions,
            end: &self.end,
        }
    }

    fn batch(&self) -> TagBatch<'_> {
        TagBatch::new(self.k, self.steps, &self.emissions, &self.lengths).unwrap()
    }

    fn crf(&self, allowed: Option<&AllowedTags>) -> Crf {
        let mut crf = match allowed {
            None => Crf::new(self.k).unwrap(),
            Some(allowed) => Crf::constrained(allowed.clone()).unwrap(),
        };
        crf.set_scores(self.scores()).unwrap();
        crf
    }

    fn tags(&self, row: usize) -> &[u32] {
        &self.tags[row * self.steps..row * self.steps + self.lengths[row]]
    }

    /// The score of a sequence, term by term.
    fn score(&self, row: usize, tags: &[u32]) -> f64 {
        let mut score = 0.0;
        for (t, &tag) in tags.iter().enumerate() {
            let tag = tag as usize;
            score += f64::from(self.emissions[(row * self.steps + t) * self.k + tag]);
            score += f64::from(match t.checked_sub(1) {
                None => self.start[tag],
                Some(before) => self.transitions[tags[before] as usize * self.k + tag],
            });
        }
        score
            + tags
                .last()
                .map_or(0.0, |&last| f64::from(self.end[last as usize]))
    }

    /// All allowed sequences of a sentence with their scores, in the order of counting with the last word as the highest digit.
    fn sequences(&self, row: usize, allowed: Option<&AllowedTags>) -> Vec<(Vec<u32>, f64)> {
        let length = self.lengths[row];
        let n = self.k.pow(length as u32);
        let digits = |number: usize| {
            (0..length)
                .map(|t| (number / self.k.pow(t as u32) % self.k) as u32)
                .collect()
        };
        let all = (0..n)
            .map(digits)
            .filter(|tags: &Vec<u32>| allowed.is_none_or(|allowed| allowed.allows(tags)));
        all.map(|tags| (tags.clone(), self.score(row, &tags)))
            .collect()
    }
}

fn log_sum(values: &[f64]) -> f64 {
    let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    most + values
        .iter()
        .map(|value| (value - most).exp())
        .sum::<f64>()
        .ln()
}

/// Likelihoods, marginals and gradients against sums over all sequences.
fn equals_enumeration(case: &Case, allowed: Option<&AllowedTags>) {
    let mut crf = case.crf(allowed);
    let batch = case.batch();
    let (k, n) = (case.k, case.lengths.len());
    let mut gradient = vec![7.0; case.emissions.len()];
    let scale = 0.5;
    let loss = crf.learn(&batch, &case.tags, scale, &mut gradient).unwrap();
    let likelihoods = crf.log_likelihoods(&batch, &case.tags).unwrap();
    let marginals = crf.marginals(&batch).unwrap();
    let mut decoded = vec![7; n * case.steps];
    let best_scores = crf.decode(&batch, &mut decoded).unwrap();

    let mut expected_loss = 0.0;
    let mut emissions = vec![0.0; case.emissions.len()];
    let (mut start, mut transitions, mut end) = (vec![0.0; k], vec![0.0; k * k], vec![0.0; k]);
    for row in 0..n {
        let all = case.sequences(row, allowed);
        let scores: Vec<f64> = all.iter().map(|(_, score)| *score).collect();
        let sum = log_sum(&scores);
        let likelihood = case.score(row, case.tags(row)) - sum;
        let close = |a: f64, b: f64| (a - b).abs() <= 1e-9 * b.abs().max(1.0);
        assert!(
            close(likelihoods[row], likelihood),
            "{} is {likelihood}",
            likelihoods[row]
        );
        expected_loss -= likelihood;
        let mut best = &all[0];
        for sequence in &all {
            if sequence.1 > best.1 {
                best = sequence;
            }
        }
        let from = row * case.steps;
        assert!(
            close(best_scores[row], best.1),
            "{} is {}",
            best_scores[row],
            best.1
        );
        let found = &decoded[from..from + case.lengths[row]];
        assert!(
            close(case.score(row, found), best.1),
            "{found:?} is not the best, {:?}",
            best.0
        );
        assert!(
            decoded[from + case.lengths[row]..from + case.steps]
                .iter()
                .all(|&tag| tag == 0)
        );
        let observed = (case.tags(row).to_vec(), -1.0);
        let expected = all
            .iter()
            .map(|(tags, score)| (tags.clone(), (score - sum).exp()));
        for (tags, probability) in expected.chain([observed]) {
            let Some((&first, &last)) = tags.first().zip(tags.last()) else {
                continue;
            };
            start[first as usize] += probability;
            end[last as usize] += probability;
            for (t, &tag) in tags.iter().enumerate() {
                emissions[(from + t) * k + tag as usize] += probability;
            }
            for pair in tags.windows(2) {
                transitions[pair[0] as usize * k + pair[1] as usize] += probability;
            }
        }
    }
    assert!((loss - expected_loss).abs() <= 1e-9 * expected_loss.abs().max(1.0));
    let near = |what: &str, got: &[f32], expected: &[f64], scale: f64| {
        for (index, (&got, &expected)) in got.iter().zip(expected).enumerate() {
            let expected = scale * expected;
            assert!(
                (f64::from(got) - expected).abs() < 2e-6,
                "{what} {index} is {got}, not {expected}"
            );
        }
    };
    near("emission", &gradient, &emissions, 0.5);
    near("start", crf.gradients().start, &start, 0.5);
    near("end", crf.gradients().end, &end, 0.5);
    near("transition", crf.gradients().transitions, &transitions, 0.5);
    for row in 0..n {
        for t in 0..case.lengths[row] {
            let word = (row * case.steps + t) * k;
            emissions[word + case.tags(row)[t] as usize] += 1.0;
        }
    }
    near("marginal", &marginals, &emissions, 1.0);
}

#[test]
fn equals_the_sum_over_all_sequences() {
    for (seed, (k, lengths)) in [
        (1, &[3, 0, 1][..]),
        (2, &[5, 1, 4]),
        (3, &[4, 2, 0, 4]),
        (5, &[3, 4, 1]),
    ]
    .into_iter()
    .enumerate()
    {
        for size in [0.0, 0.3, 3.0] {
            equals_enumeration(&Case::new(k, lengths, size, seed as u64), None);
        }
    }
}

/// More sentences than a shard holds, which share their sums.
#[test]
fn several_shards_add_up() {
    let lengths: Vec<usize> = (0..29).map(|row| row % 4).collect();
    equals_enumeration(&Case::new(3, &lengths, 1.0, 4), None);
}

/// Scores whose exponentials leave the range of `f64`: the sums fall back to pairs.
#[test]
fn extreme_scores_are_exact() {
    for size in [90.0, 900.0, 5000.0] {
        for seed in 0..6 {
            equals_enumeration(&Case::new(3, &[4, 3, 2], size, seed), None);
        }
    }
    // The best tag of the first word hardly leads on.
    let mut case = Case::new(2, &[3], 0.0, 0);
    case.emissions[0] = 2000.0;
    case.transitions = vec![-1500.0, -1500.0, 0.0, 300.0];
    equals_enumeration(&case, None);
}

#[test]
fn constraints_leave_only_allowed_sequences() {
    let allowed = AllowedTags::iob2(&["O", "B-a", "I-a", "B-b"]).unwrap();
    for (seed, size) in [(1, 1.0), (2, 4.0), (3, 900.0)] {
        let mut case = Case::new(4, &[4, 3, 1, 0], size, seed);
        for row in 0..4 {
            let tags = [1, 2, 2, 3];
            let from = row * case.steps;
            case.tags[from..from + case.lengths[row]].copy_from_slice(&tags[..case.lengths[row]]);
        }
        equals_enumeration(&case, Some(&allowed));
        let mut decoded = vec![0; case.tags.len()];
        case.crf(Some(&allowed))
            .decode(&case.batch(), &mut decoded)
            .unwrap();
        for row in 0..4 {
            assert!(allowed.allows(&decoded[row * case.steps..][..case.lengths[row]]));
        }
    }
    let case = Case::new(4, &[2], 1.0, 2);
    let mut gradient = vec![0.0; case.emissions.len()];
    let refused = case
        .crf(Some(&allowed))
        .learn(&case.batch(), &[0, 2], 1.0, &mut gradient);
    let message = refused.unwrap_err().to_string();
    assert!(
        message.contains("sentence 0 has [0, 2], refused at word 1"),
        "{message}"
    );
}

#[test]
fn gradients_equal_central_differences() {
    let case = Case::new(4, &[5, 3, 1], 1.0, 2);
    let mut crf = case.crf(None);
    let mut gradient = vec![0.0; case.emissions.len()];
    crf.learn(&case.batch(), &case.tags, 1.0, &mut gradient)
        .unwrap();
    let loss = |case: &Case| -> f64 {
        let likelihoods = case
            .crf(None)
            .log_likelihoods(&case.batch(), &case.tags)
            .unwrap();
        -likelihoods.iter().sum::<f64>()
    };
    type Field = fn(&mut Case) -> &mut Vec<f32>;
    let fields: [(Field, &[f32]); 4] = [
        (|case| &mut case.emissions, &gradient),
        (|case| &mut case.start, crf.gradients().start),
        (|case| &mut case.transitions, crf.gradients().transitions),
        (|case| &mut case.end, crf.gradients().end),
    ];
    for (field, gradient) in fields {
        for (index, &expected) in gradient.iter().enumerate() {
            let at = |shift: f32| {
                let mut case = Case::new(4, &[5, 3, 1], 1.0, 2);
                field(&mut case)[index] += shift;
                loss(&case)
            };
            let slope = (at(1e-2) - at(-1e-2)) / 2e-2;
            assert!(
                (slope - f64::from(expected)).abs() < 1e-4,
                "{slope} and {expected}"
            );
        }
    }
}

#[test]
fn same_bits_on_one_and_two_threads() {
    let lengths: Vec<usize> = (0..50).map(|row| 3 + row % 9).collect();
    let case = Case::new(7, &lengths, 1.0, 6);
    same_for_one_and_two_threads(|| {
        let mut crf = case.crf(None);
        let mut gradient = vec![0.0; case.emissions.len()];
        let loss = crf
            .learn(&case.batch(), &case.tags, 0.1, &mut gradient)
            .unwrap();
        let mut tags = vec![0; case.tags.len()];
        crf.decode(&case.batch(), &mut tags).unwrap();
        let found = crf.gradients();
        let all = gradient
            .iter()
            .chain(found.start)
            .chain(found.transitions)
            .chain(found.end);
        (
            loss.to_bits(),
            all.map(|value| value.to_bits()).collect::<Vec<_>>(),
            tags,
        )
    });
}

/// A second step with a smaller batch and other scores gives what a new field gives.
#[test]
fn buffers_keep_nothing_of_the_step_before() {
    let (large, small) = (
        Case::new(3, &[6; 20], 1.0, 1),
        Case::new(3, &[2, 3], 1.0, 3),
    );
    let mut crf = large.crf(None);
    let learn = |crf: &mut Crf, case: &Case| {
        crf.set_scores(case.scores()).unwrap();
        let mut gradient = vec![0.0; case.emissions.len()];
        let loss = crf
            .learn(&case.batch(), &case.tags, 1.0, &mut gradient)
            .unwrap();
        (loss, gradient, crf.gradients().transitions.to_vec())
    };
    learn(&mut crf, &large);
    assert_eq!(learn(&mut crf, &small), learn(&mut small.crf(None), &small));
}

/// On a tie the lower tag wins.
#[test]
fn ties_go_to_the_lower_tag() {
    let case = Case::new(3, &[3], 0.0, 0);
    let mut tags = vec![9; 3];
    case.crf(None).decode(&case.batch(), &mut tags).unwrap();
    assert_eq!(tags, [0, 0, 0]);
}

#[test]
fn bad_input_is_refused() {
    let case = Case::new(2, &[2, 1], 1.0, 0);
    let message = |result: guide_core::Result<()>| result.unwrap_err().to_string();
    let mut emissions = case.emissions.clone();
    emissions[1] = f32::NAN;
    let batch = TagBatch::new(2, 2, &emissions, &[2, 1]).map(|_| ());
    assert_eq!(
        message(batch),
        "in sentence 0 emission 1 is NaN, which is not finite"
    );
    emissions = case.emissions.clone();
    emissions[7] = f32::INFINITY; // in the padding
    assert!(TagBatch::new(2, 2, &emissions, &[2, 1]).is_ok());
    let long = TagBatch::new(2, 2, &emissions, &[3, 1]).map(|_| ());
    assert_eq!(
        message(long),
        "the length of a sentence 3 is out of range: there are 3"
    );
    assert!(matches!(
        TagBatch::new(2, 3, &emissions, &[2, 1]),
        Err(Error::Shape { .. })
    ));
    let crf = Crf::new(2).unwrap();
    let unset = crf.log_likelihoods(&case.batch(), &case.tags).map(|_| ());
    assert_eq!(
        message(unset),
        "crf needs its scores to be set before it is used"
    );
    let crf = case.crf(None);
    let unknown = crf
        .log_likelihoods(&case.batch(), &[0, 2, 0, 0])
        .map(|_| ());
    assert_eq!(message(unknown), "tag 2 is out of range: there are 2");
    let padding = crf.log_likelihoods(&case.batch(), &[0, 1, 0, 9]);
    assert!(padding.is_ok(), "tags in the padding are not read");
    let mut scores = case.scores();
    scores.end = &[f32::NEG_INFINITY, 0.0];
    let refused = Crf::new(2).unwrap().set_scores(scores);
    assert_eq!(
        message(refused),
        "`end` score 0 is -inf, which is not finite"
    );
    assert!(matches!(Crf::new(0), Err(Error::Param { .. })));
    assert!(AllowedTags::iob2(&["I-a"]).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn random_fields_equal_enumeration(
        k in 1..5usize, lengths in prop::collection::vec(0..5usize, 1..12), size in 0.0..30.0f32, seed in 0..1000u64,
    ) {
        equals_enumeration(&Case::new(k, &lengths, size, seed), None);
    }
}
