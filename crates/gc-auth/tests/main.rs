#![cfg(test)]
//! The client against a scripted server on loopback.

mod answers;
mod errors;
mod limits;
mod proxies;
mod repeats;
mod secrets;
mod server;
mod tls;
mod tokens;
mod upgrades;
mod watcher;
