#![cfg(test)]
//! The client against a scripted server on loopback.

mod answers;
mod errors;
mod limits;
mod repeats;
mod secrets;
mod server;
mod tokens;
mod watcher;
