//! History: every conversation of a day in its own Parquet file, proven complete, corrected when
//! the platform corrects itself.
//!
//! This library is the program `gc-history` without its command line: [`export`], [`verify`] and
//! [`status`] each take their settings and return a [`Report`]. Here the source of conversations
//! (`gc-analytics`) and the archive (`gc-sink`) meet.

mod archive;
mod day;
mod error;
mod export;
mod observe;
mod plan;
mod pump;
mod registry;
mod report;
mod settings;
mod status;
mod text;
mod verify;

pub use archive::{CONVERSATIONS, companions, table_names, tell_swept};
pub use error::Error;
pub use export::export;
pub use plan::{Plan, PlannedDay, Reason};
pub use registry::{LeaseRegistry, free_inherited};
pub use report::{Failure, Outcome, PartitionReport, Report, Totals};
pub use settings::{ExportSettings, Interruption, Route, VerifySettings};
pub use status::status;
pub use verify::verify;
