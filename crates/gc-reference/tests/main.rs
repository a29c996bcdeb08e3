#![cfg(test)]
//! Lists of a simulated platform, and of one that misbehaves.

mod lists;
mod merging;
mod odd;
mod support;
