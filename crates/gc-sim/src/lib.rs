//! The simulated platform: a made-up organisation behind the REST endpoints that exporters use.
//!
//! - [`Sim::start`] serves it on a real socket; [`Control`] sees into it and changes it.
//! - The world is seeded: the same [`WorldConfig`] and the same present give the same bytes.
//! - Limits, texts and habits are the platform's, each with its source where it is written down.
//! - [`Faults`] make it misbehave on request.
//!
//! What is *not* simulated: notifications, divisions that hide rows, aggregates, and filters on
//! anything but the dimensions named in `filter.rs`.

mod config;
mod control;
mod error;
mod fault;
mod filter;
mod http;
mod jobs;
mod line;
mod platform;
mod select;
mod sim;
mod tokens;
mod world;

pub use config::{CLIENT_ID, CLIENT_SECRET, SimConfig};
pub use control::{Control, Conversations};
pub use error::Error;
pub use fault::{Fault, Faults, Rule, RuleBuilder, When};
pub use platform::LoggedRequest;
pub use sim::Sim;
pub use world::{ModelField, UNKNOWN_FIELDS, WorldConfig, model_fields};
