//! The simulated platform: a made-up organisation behind the REST endpoints that exporters use.
//!
//! - [`Sim::start`] serves it on a real socket; [`Control`] sees into it and changes it.
//! - The world is seeded: the same [`WorldConfig`] and the same present give the same bytes.
//! - Limits, texts and habits are the platform's, each with its source where it is written down.
//! - [`Faults`] make it misbehave on request.
//!
//! - The live half ([`LiveConfig`]) is a floor of conversations that begin, move and end while the
//!   simulator runs: as events on notification channels and their sockets, and as the same
//!   conversations in analytics. [`Control::events`] is the truth about every event.
//!
//! What is *not* simulated: `availabletopics`, events on topics other than those of conversations
//! and of the jobs' watermark (they can be subscribed to, and [`Control::emit`] sends on them), divisions that hide rows, aggregates, and filters on
//! anything but the dimensions named in `filter.rs`.

mod config;
mod control;
mod entities;
mod error;
mod fault;
mod filter;
mod http;
mod jobs;
mod line;
mod live;
mod platform;
mod select;
mod sim;
mod tokens;
mod world;

pub use config::{CLIENT_ID, CLIENT_SECRET, SimConfig};
pub use control::{Control, Conversations, LiveConversation};
pub use error::Error;
pub use fault::{Fault, Faults, Rule, RuleBuilder, When};
pub use live::{
    Burst, BurstReport, ChannelInfo, EventLog, Garbage, LiveConfig, LiveCounts, LiveEvent,
    LiveFault, LiveRate, LiveTarget, Running,
};
pub use platform::LoggedRequest;
pub use sim::Sim;
pub use world::{ModelField, UNKNOWN_FIELDS, WorldConfig, model_fields};
