#![doc = include_str!("../README.md")]

mod recurrent;
mod simd;

pub use recurrent::{
    Biases, Cell, GateOrder, InputColumns, MaskedOutput, Mode, OutputColumns, Recurrent, RecurrentParams, RecurrentStack,
    RecurrentWeights, Reset, Squash, StackParams, StackState, StackWeights, State, Steps,
};
