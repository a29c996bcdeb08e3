#![cfg(test)]
//! The simulator against its own claims, over real sockets.

mod binary;
mod client;
mod directory;
mod faults;
mod jobs;
mod limits;
mod live;
mod query;
mod records;
mod world;
