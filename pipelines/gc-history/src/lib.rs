//! History: every conversation of a day in its own Parquet file, proven complete, corrected when
//! the platform corrects itself.
//!
//! This library is the program `gc-history` without its command line: [`export`], [`verify`] and
//! [`status`] each take their settings and return a [`Report`], [`reference()`] a [`ReferenceReport`]. Here
//! the sources of conversations (`gc-analytics`) and of names (`gc-reference`) meet the archive (`gc-sink`).

mod archive;
mod day;
mod error;
mod export;
mod names;
mod observe;
mod plan;
mod pump;
mod reference;
mod registry;
mod report;
mod settings;
mod status;
mod tables;
mod text;
mod verify;

pub use archive::{CONVERSATIONS, companions, table_names, take_lease};
pub use error::Error;
pub use export::export;
pub use plan::{Plan, PlannedDay, Reason};
pub use reference::{REFERENCE, reference, reference_names};
pub use registry::{LeaseRegistry, free_inherited};
pub use report::{Failure, Outcome, PartitionReport, Report, Totals};
pub use settings::{ExportSettings, Interruption, Names, ReferenceSettings, Route, VerifySettings};
pub use status::status;
pub use tables::{Problem, ReferenceReport, TableReport, TableTotals};
pub use verify::verify;
