//! Live: what was sent is archived once, what was not heard is written down and repaired.

mod crash;
mod folding;
mod hour;
pub(crate) mod stage;
mod storage;
mod terminal;

pub(crate) use stage::{Live, counted, floor, rows, wait_until};
