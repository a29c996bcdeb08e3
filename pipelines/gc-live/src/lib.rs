//! The live archive.
mod error;
mod intake;
mod settings;
mod snapshots;
mod spooler;
pub use error::Error;
