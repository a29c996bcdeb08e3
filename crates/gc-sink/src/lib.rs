//! The archive and its promises: Parquet partitions that are replaced whole, and what is known about them.
//!
//! - [`Archive`]: a folder or a bucket; [`layout`] says where everything lies in it.
//! - [`Replacement`]: an object that nobody sees until it is committed.
//! - [`Lease`]: one run at a time on one dataset; [`Scope`]: one kind of content in one archive.
//! - [`PartitionWriter`]: one partition being replaced, from row groups built on any number of
//!   threads to the [`Committed`] receipt that alone can write a [`Manifest`].
//! - [`Companion`]: a table that is made from a partition's rows in the same pass.
//! - [`spool::Spool`]: what was received and is not yet in a sealed file, on local disk.
//! - [`SmallTable`]: a table without partitions, one small file that is replaced whole.
//! - [`FileEncoder`]: a Parquet file from batches, for tails, backfills and small tables.
//! - [`row_hashes`] and [`Digest`]: what a row and a partition hold, whatever the order.
//!
//! Invariants:
//!
//! - A reader that lists `<dataset>/date=*/*.parquet` sees each partition as it was before a commit or as
//!   it is after, never anything between, whenever the program stops.
//! - Order of a commit: quarantine, companions, data file, manifest. There is no manifest without its file.
//!
//! Not guaranteed: that a process which is suspended for longer than its lease, between the last check
//! and the commit, loses the race; its commit is still whole, and the next run re-verifies the file.
//!
//! This crate knows no hosts, tokens, endpoints nor any vendor.

mod archive;
mod bucket;
mod classify;
mod companion;
mod content;
mod data_file;
mod dataset;
mod digest;
mod encoder;
mod error;
mod index;
pub mod layout;
mod lease;
mod manifest;
mod order;
mod parquet_options;
mod partition;
mod present;
mod quarantine;
mod receipt;
mod replacement;
mod root;
mod row_group;
mod scope;
pub mod spool;
mod store_refusal;
mod swap;
mod table;

pub use archive::{Archive, PartitionFile, Stored, Swept};
pub use companion::{Companion, Derive};
pub use content::row_hashes;
pub use dataset::Dataset;
pub use digest::{Digest, ParseDigestError};
pub use encoder::FileEncoder;
pub use error::{Error, Holder};
pub use lease::Lease;
pub use manifest::{Account, Change, Contents, DataFile, Manifest, Requests, TableFile};
pub use object_store::path::Path;
pub use parquet_options::WriteOptions;
pub use partition::PartitionWriter;
pub use present::Recount;
pub use quarantine::{compress_lines, quarantine_line};
pub use receipt::{Committed, Finished};
pub use replacement::Replacement;
pub use row_group::{Admitted, EncodedRowGroup, RowGroupBuilder, RowGroups};
pub use scope::Scope;
pub use swap::{Swap, Version};
pub use table::SmallTable;
