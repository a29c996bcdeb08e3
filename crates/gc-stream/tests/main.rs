#![cfg(test)]
//! The stream against the simulated platform, and against one that refuses what it would not.

mod combined;
mod coverage;
mod ear;
mod faults;
mod handshakes;
mod life;
mod pressure;
mod proxies;
mod renewals;
mod stand_in;
