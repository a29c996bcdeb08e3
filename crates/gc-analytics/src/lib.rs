//! History: the conversations of a day, from the platform to Arrow rows with a verdict.
//!
//! - [`Platform`] is the platform's side: the watermark, the count, jobs and queries.
//! - [`Source`] gives the pages of one day, by [`JobSource`] or [`QuerySource`].
//! - [`RowDecoder`] turns a page into rows with the columns of [`conversation_schema`].
//! - [`Evidence`] judges the day.
//!
//! A conversation belongs to the UTC day on which it started, whichever way it came; what else an
//! answer holds is left out and counted.
//!
//! Not guaranteed: that pages do not repeat rows. Whoever keeps them merges by `conversationId`.

mod derived;
mod envelope;
mod error;
mod evidence;
mod filter;
mod flat;
mod glance;
mod job;
mod page;
mod platform;
mod query;
mod question;
mod rows;
pub mod schema;
mod source;
mod split;

pub use envelope::BrokenPage;
pub use error::{Error, RegistryError};
pub use evidence::Evidence;
pub use filter::Filter;
pub use flat::{FLAT_TABLES, FlatTable};
pub use gc_arrow::add_counts;
pub use glance::Glance;
pub use job::{JobRegistry, JobSource};
pub use page::Page;
pub use platform::{IDS_AT_ONCE, Platform};
pub use query::QuerySource;
pub use question::QUERY_PAGE_SIZE;
pub use rows::{
    EXPORTED_AT_COLUMN, RowDecoder, Rows, SOURCE_COLUMN, SetAside, conversation_schema,
};
pub use source::{Source, Via, has_passed};
pub use split::WALL;
