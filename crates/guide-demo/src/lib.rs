#![doc = include_str!("../README.md")]

pub mod report;
mod shop;

pub use shop::{DemoParams, DemoShop};
