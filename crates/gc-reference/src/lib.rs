//! Names for ids: the lists of queues, users and other entities, from the platform to Arrow rows.
//!
//! - [`TABLES`] names every list that is kept: its endpoint, how it is asked, its columns. To keep
//!   another one, add a line there and its fields in [`schema`].
//! - [`Lister`] gives the pages of a list, however the list is paged.
//! - [`EntityDecoder`] turns pages into rows; [`merge`] puts them together with the rows of an
//!   earlier reading, so that what the platform lists no longer keeps its name.
//!
//! An entity is its `id`: of one that comes more than once the last reading counts.
//!
//! Not guaranteed: that a list is of one moment. An entity that is made, renamed or removed while its
//! list is read may move between pages and be missed until the next reading.

mod error;
mod lister;
mod merge;
mod page;
mod rows;
pub mod schema;
mod table;

pub use error::{Error, MergeError};
pub use gc_arrow::add_counts;
pub use lister::{Lister, Pages};
pub use merge::{Merged, merge};
pub use page::{BrokenPage, Page};
pub use rows::{EXPORTED_AT_COLUMN, EntityDecoder, ID_COLUMN, Listed, SetAside, table_schema};
pub use table::{Paging, QUEUES, Reading, TABLES, Table};
