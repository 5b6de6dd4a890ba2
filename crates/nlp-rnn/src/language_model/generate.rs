//! Texts that a language model writes: drawn word by word, or the most probable one by beam search.

use guide_core::{Error, Params, Result, Rng, ensure, seeded};
use nn_core::{Activation, Mode};
use rand::RngExt;
use serde::{Deserialize, Serialize};

use super::evaluate::Memory;
use super::net::Work;
use super::{ContinuousCache, LanguageModel};
use crate::{StackState, State, Steps};

/// How a text is written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Generation {
    /// Words to write (default 20).
    pub n_words: usize,
    /// Logits are divided by this, at least 1e-6: below 1 likely words become likelier (default 1).
    pub temperature: f32,
    /// Draws among so many of the most probable words; 0 for all (default 0). Not with a beam search.
    pub top_k: usize,
    /// Texts that a beam search keeps; 1 draws at random instead (default 1).
    pub beam: usize,
    /// Whether the text ends with its first sentence (default true).
    pub one_sentence: bool,
    /// A cache of the words written and prompted (default none); drawing only.
    pub cache: Option<ContinuousCache>,
    /// Seed of the draws.
    pub seed: u64,
}

impl Default for Generation {
    fn default() -> Self {
        Self {
            n_words: 20,
            temperature: 1.0,
            top_k: 0,
            beam: 1,
            one_sentence: true,
            cache: None,
            seed: 0,
        }
    }
}

guide_core::setters!(Generation {
    n_words: usize,
    temperature: f32,
    top_k: usize,
    beam: usize,
    one_sentence: bool,
    cache: Option<ContinuousCache>,
    seed: u64,
});

/// The lowest temperature. Scores divided by a smaller one could be infinite.
const MIN_TEMPERATURE: f32 = 1e-6;

/// Words of a prompt that are read in one pass; the state goes on from pass to pass, so that memory does not grow with the prompt.
const PROMPT_PASS: usize = 512;

impl Params for Generation {
    fn validate(&self) -> Result<()> {
        ensure::within("n_words", self.n_words, 1, 1 << 20)?;
        ensure::within("temperature", self.temperature, MIN_TEMPERATURE, f32::MAX)?;
        ensure::within("beam", self.beam, 1, 1 << 10)?;
        if self.beam > 1 && self.top_k > 0 {
            let expected = "0 with a `beam`, which does not draw";
            return Err(Error::param("top_k", self.top_k, expected));
        }
        if self.beam > 1 && self.cache.is_some() {
            return Err(Error::param("beam", self.beam, "1 with a `cache`"));
        }
        self.cache.map_or(Ok(()), |cache| cache.validate())
    }
}

impl LanguageModel {
    /// Goes on from the words of `prompt` (from the start of a sentence if it is empty). Unknown words of the prompt stand as `<unk>`,
    /// which is never written.
    ///
    /// # Errors
    /// Bad parameters.
    pub fn generate(&self, prompt: &[&str], generation: &Generation) -> Result<Vec<String>> {
        generation.validate()?;
        let words = if generation.beam > 1 {
            self.beam_search(prompt, generation)
        } else {
            self.draw(prompt, generation)
        };
        let name = |word: &u32| self.vocabulary.word(*word).to_owned();
        Ok(words.iter().map(name).collect())
    }

    /// The numbers of a prompt, after the end of a sentence.
    fn prompt(&self, prompt: &[&str]) -> Vec<u32> {
        let known = |word: &&str| self.vocabulary.id(word).unwrap_or(self.unknown);
        [self.end]
            .into_iter()
            .chain(prompt.iter().map(known))
            .collect()
    }

    /// Reads `words` of one text and returns the scores of what may follow the last of them, `<unk>` apart. `visit` gets each hidden
    /// state with the number of its word in `words`.
    fn read(
        &self,
        words: &[u32],
        state: &mut StackState,
        work: &mut Work,
        visit: &mut dyn FnMut(&[f32], usize),
    ) -> Vec<f32> {
        let (pass, width) = ((&self.weights, Mode::Infer), self.net.width());
        for (number, part) in words.chunks(PROMPT_PASS).enumerate() {
            let steps = Steps::full(1, part.len());
            self.net.forward(pass, part, steps, state, work);
            let places = number * PROMPT_PASS..;
            let states = work.hidden().chunks_exact(width).zip(places);
            states.for_each(|(hidden, place)| visit(hidden, place));
        }
        let last = work.hidden().len() - width;
        let mut logits = Vec::new();
        self.net
            .score(&self.weights, &work.hidden()[last..], &mut logits);
        logits[self.unknown as usize] = f32::NEG_INFINITY;
        logits
    }

    fn draw(&self, prompt: &[&str], generation: &Generation) -> Vec<u32> {
        let mut rng = seeded(generation.seed);
        let (mut state, mut work) = (self.net.stack.state(1), Work::default());
        let width = self.net.width();
        let mut memory = generation.cache.map(|cache| Memory::new(cache, width));
        let prompt = self.prompt(prompt);
        let mut remember = |hidden: &[f32], place: usize| {
            if let (Some(memory), Some(&next)) = (&mut memory, prompt.get(place + 1)) {
                memory.push(hidden, next);
            }
        };
        let mut logits = self.read(&prompt, &mut state, &mut work, &mut remember);
        let mut written = Vec::new();
        while written.len() < generation.n_words {
            logits.iter_mut().for_each(|y| *y /= generation.temperature);
            let n_words = logits.len();
            Activation::Softmax.apply(&mut logits, n_words);
            let hidden = work.hidden()[work.hidden().len() - width..].to_vec();
            if let Some(memory) = &mut memory {
                memory.mix(&mut logits, &hidden);
                logits[self.unknown as usize] = 0.0;
            }
            let word = draw_word(&logits, generation.top_k, &mut rng);
            if let Some(memory) = &mut memory {
                memory.push(&hidden, word);
            }
            if word == self.end && generation.one_sentence {
                break;
            }
            written.push(word);
            logits = self.read(&[word], &mut state, &mut work, &mut |_, _| ());
        }
        written
    }

    /// The text with the largest sum of log probabilities that the search meets, each sum over its number of words.
    fn beam_search(&self, prompt: &[&str], generation: &Generation) -> Vec<u32> {
        struct Text {
            words: Vec<u32>,
            score: f64,
            state: StackState,
            logits: Vec<f32>,
            ended: bool,
        }
        let mut work = Work::default();
        let mut state = self.net.stack.state(1);
        let prompt = self.prompt(prompt);
        let logits = self.read(&prompt, &mut state, &mut work, &mut |_, _| ());
        let mut texts = vec![Text {
            words: Vec::new(),
            score: 0.0,
            state,
            logits,
            ended: false,
        }];
        for _ in 0..generation.n_words {
            // (score, text, next word); a text that has ended stands as it is.
            let mut next: Vec<(f64, usize, Option<u32>)> = Vec::new();
            for (number, text) in texts.iter().enumerate() {
                if text.ended {
                    next.push((text.score, number, None));
                    continue;
                }
                let mut logits: Vec<f32> = text
                    .logits
                    .iter()
                    .map(|y| y / generation.temperature)
                    .collect();
                let n_words = logits.len();
                Activation::Softmax.apply(&mut logits, n_words);
                let best = guide_core::kernels::top_k(&logits, generation.beam, |_| true);
                let follow = best.iter().filter(|hit| hit.score > 0.0);
                next.extend(follow.map(|hit| {
                    let score = text.score + f64::from(hit.score).ln();
                    (score, number, Some(hit.id))
                }));
            }
            next.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
            next.truncate(generation.beam);
            if next.iter().all(|(_, _, word)| word.is_none()) {
                break;
            }
            let follow = |&(score, number, word): &(f64, usize, Option<u32>)| {
                let text = &texts[number];
                let mut next = Text {
                    words: text.words.clone(),
                    score,
                    state: StackState {
                        layers: text.state.layers.iter().map(State::clone).collect(),
                    },
                    logits: text.logits.clone(),
                    ended: text.ended,
                };
                if let Some(word) = word {
                    next.ended = word == self.end && generation.one_sentence;
                    if !next.ended {
                        next.words.push(word);
                        let state = &mut next.state;
                        next.logits = self.read(&[word], state, &mut work, &mut |_, _| ());
                    }
                }
                next
            };
            let mut follow = follow;
            texts = next.iter().map(&mut follow).collect();
        }
        let mean =
            |text: &Text| text.score / (text.words.len() + usize::from(text.ended)).max(1) as f64;
        let best = texts.iter().max_by(|a, b| mean(a).total_cmp(&mean(b)));
        best.map(|text| text.words.clone()).unwrap_or_default()
    }
}

/// A word drawn by its probability, among the `top_k` most probable ones where that is not 0.
fn draw_word(probabilities: &[f32], top_k: usize, rng: &mut Rng) -> u32 {
    let best: Vec<(u32, f32)> = if top_k == 0 {
        (0..).zip(probabilities.iter().copied()).collect()
    } else {
        let best = guide_core::kernels::top_k(probabilities, top_k, |_| true);
        best.into_iter().map(|hit| (hit.id, hit.score)).collect()
    };
    let total: f64 = best.iter().map(|&(_, p)| f64::from(p)).sum();
    let mut left = rng.random::<f64>() * total;
    for &(word, p) in &best {
        left -= f64::from(p);
        if left < 0.0 {
            return word;
        }
    }
    // What rounding leaves over: the last word that can be drawn.
    let possible = best.iter().rev().find(|(_, p)| *p > 0.0);
    possible.map_or(0, |&(word, _)| word)
}
