//! Live: every conversation event, archived as it happens, and a ledger of what could not be seen.
//!
//! This library is the program `gc-live` without its command line: [`archive`], [`fill`], [`gaps`] and
//! [`status`]. Here the feed of events (`gc-stream`), history (`gc-analytics`) and the archive (`gc-sink`)
//! meet.

mod archive;
mod backfill;
mod error;
mod fill;
mod flusher;
mod intake;
mod latency;
mod look;
mod report;
mod settings;
mod snapshots;
mod spooler;
mod storage;

pub use archive::archive;
pub use error::Error;
pub use fill::fill;
pub use latency::LatencySummary;
pub use look::{gaps, status};
pub use report::{
    ArchiveReport, Failure, FillReport, GapsReport, OpenConversation, RejectedTopic, StatusReport,
};
pub use settings::{ArchiveSettings, FillSettings, FlushLimits};
pub use storage::EVENTS;
