#![cfg(test)]
//! The simulator against its own claims, over real sockets.

mod client;
mod directory;
mod faults;
mod jobs;
mod limits;
mod query;
mod records;
mod world;
