//! Evaluation.
mod sampled;
pub use sampled::SampledCase;
