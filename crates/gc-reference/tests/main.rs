#![cfg(test)]
//! Lists of a simulated platform, and of one that misbehaves.
