#![cfg(test)]
//! The archive and its promises, over memory, disk and, when asked for, a real bucket.

mod content;
mod disk_errors;
mod encoder;
mod lease;
mod manifest;
mod partition;
mod scope;
mod spool;
mod stores;
mod suite;
mod support;
