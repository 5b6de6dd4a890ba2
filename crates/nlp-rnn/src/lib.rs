#![doc = include_str!("../README.md")]

mod recurrent;
mod simd;

pub use recurrent::{
    Biases, Cell, GateOrder, InputColumns, MaskedOutput, OutputColumns, Recurrent, RecurrentIds,
    RecurrentParams, RecurrentStack, Reset, Squash, StackParams, StackState, State, Steps,
};
