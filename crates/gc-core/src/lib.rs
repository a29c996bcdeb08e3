//! The words that two or more crates of the workspace share, and nothing else.
//!
//! - [`Day`] and [`Interval`]: which stretch of time is meant. Always UTC, always half open.
//! - [`Class`] and [`Classify`]: what an error asks for (a retry, a person, nothing).
//! - [`Clock`]: where the time of day comes from.
//! - [`Progress`]: how a library reports work to whoever watches it.
//! - [`Verdict`]: what is known about a partition's completeness.
//!
//! This crate knows no HTTP, no Arrow and no command line.

mod class;
mod clock;
mod interval;
mod progress;
mod verdict;

pub use class::{Class, Classify, describe};
pub use clock::{Clock, FixedClock, SystemClock};
pub use interval::{Day, Interval, ParseDayError};
pub use progress::{Progress, Silent, Step};
pub use verdict::Verdict;
