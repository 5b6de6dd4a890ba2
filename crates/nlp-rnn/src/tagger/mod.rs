//! Joint tagger of slots and intents: BiLSTM with characters (Lample et al. 2016; Ma, Hovy 2016), Stack-Propagation (Qin et al. 2019), CRF.

mod attention;
mod chars;
mod check;
mod example;
#[cfg(test)]
mod long_and_best_tests;
mod memory;
mod model;
mod net;
mod params;
mod passes;
#[cfg(test)]
mod tests;
mod train;
mod version1;
mod windows;

pub use model::{Tagged, TaggedText, Tagger, TaggerReport};
pub use params::TaggerParams;
pub use train::TaggerData;
