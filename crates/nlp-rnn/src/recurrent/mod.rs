//! Recurrent layers: RNN, LSTM and GRU over batches of sequences `[n, steps, width]`.

mod backward;
mod forward;
mod layer;
mod params;
mod parts;
mod sequence;
mod stack;
mod weight_gradients;
mod weights;

pub use layer::Recurrent;
pub use params::{Biases, Cell, GateOrder, MaskedOutput, RecurrentParams, Reset, Squash};
pub(crate) use sequence::fitting;
pub use sequence::{InputColumns, OutputColumns, State, Steps};
pub use stack::{RecurrentStack, StackParams, StackState};
pub use weights::RecurrentIds;
