//! What can go wrong with an archive.

use std::fmt;
use std::io;
use std::path::PathBuf;

use arrow::datatypes::DataType;
use arrow::error::ArrowError;
use jiff::Timestamp;
use object_store::Error as StoreError;
use parquet::errors::ParquetError;
use rusqlite::ErrorCode;

use crate::store_refusal::{lacks_credentials, refusal};

/// Who holds a lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The machine's name.
    pub host: String,
    /// The process on it.
    pub pid: u32,
    /// Since when.
    pub since: Timestamp,
    /// When the lease expires unless it is renewed.
    pub expires: Timestamp,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            host,
            pid,
            since,
            expires,
        } = self;
        write!(
            f,
            "process {pid} on {host} since {since:.0}, until {expires:.0} unless renewed"
        )
    }
}

/// What can go wrong with an archive.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The text that names the archive is of no use.
    #[error("open archive: {problem}")]
    Root {
        /// What is wrong with it.
        problem: String,
    },
    /// A variable of the environment says something that will not do.
    #[error("configure the store: {problem}")]
    Setting {
        /// What is wrong with it.
        problem: String,
    },
    /// There is nothing to prove with who is asking.
    #[error("find credentials for the store")]
    NoCredentials {
        /// What the store's client says.
        #[source]
        source: StoreError,
    },
    /// The settings of the store do not fit together.
    #[error("configure the store of {root}")]
    Configure {
        /// The archive.
        root: String,
        /// What the store's client says.
        #[source]
        source: StoreError,
    },
    /// The bucket does not exist.
    #[error("open {root}: there is no such bucket")]
    Bucket {
        /// The archive.
        root: String,
    },
    /// The object store refused. Its answer is cut down to a code: it may quote what was signed.
    #[error("{action} {path}: the store refused ({code})")]
    Refused {
        /// What was attempted.
        action: &'static str,
        /// The object.
        path: String,
        /// The store's own word for why.
        code: String,
    },
    /// The store does not know an upload any more that was to become an object.
    #[error("write {path}: the store does not know the upload any more")]
    UploadForgotten {
        /// The object.
        path: String,
    },
    /// The object store failed.
    #[error("{action} {path}")]
    Store {
        /// What was attempted.
        action: &'static str,
        /// The object.
        path: String,
        /// What the store's client says.
        #[source]
        source: StoreError,
    },
    /// The file system failed or refused.
    #[error("{action} {}", path.display())]
    Disk {
        /// What was attempted.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the operating system says.
        #[source]
        source: io::Error,
    },
    /// A piece of work on another thread did not end.
    #[error("finish work on another thread")]
    Task(#[source] tokio::task::JoinError),
    /// Another run holds the lease.
    #[error("take the lease of {dataset}: held by {}", holder_text(holder.as_ref()))]
    Held {
        /// The dataset.
        dataset: String,
        /// Who it is; none when that run has only just begun.
        holder: Option<Holder>,
    },
    /// The lease expired without renewal, or another run took it.
    #[error("keep the lease of {dataset}: it was lost")]
    LeaseLost {
        /// The dataset.
        dataset: String,
    },
    /// The archive was made for something else.
    #[error("use the archive: it holds {found}, this run would write {wanted}")]
    OtherScope {
        /// What the archive holds.
        found: String,
        /// What this run wants.
        wanted: String,
    },
    /// A newer version of the program wrote this.
    #[error("read {path}: format version {found}, this program knows up to {known}")]
    NewerFormat {
        /// The object.
        path: String,
        /// Its version.
        found: u32,
        /// The newest version this program knows.
        known: u32,
    },
    /// An object of the archive's own is damaged.
    #[error("read {path}")]
    Json {
        /// The object.
        path: String,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// A Parquet file cannot be read.
    #[error("read {path}")]
    Unreadable {
        /// The object.
        path: String,
        /// What is wrong with it.
        #[source]
        source: ParquetError,
    },
    /// Rows cannot be written as Parquet.
    #[error("encode rows as Parquet")]
    Encode(#[source] ParquetError),
    /// Rows cannot be sorted or filtered.
    #[error("arrange rows")]
    Arrange(#[source] ArrowError),
    /// The rows do not fit the dataset: a column is missing, of a wrong type, or a key is null.
    #[error("use the rows of {dataset}: {problem}")]
    Rows {
        /// The dataset.
        dataset: String,
        /// What does not fit.
        problem: String,
    },
    /// A column has a type that no dataset uses.
    #[error("hash a column of type {0}")]
    UnknownType(DataType),
    /// Another process writes to the spool.
    #[error("open the spool in {}: another process has it", folder.display())]
    SpoolHeld {
        /// The spool's folder.
        folder: PathBuf,
    },
    /// There is no spool where one was expected.
    #[error("find a spool in {}", folder.display())]
    NoSpool {
        /// The folder.
        folder: PathBuf,
    },
    /// The spool is of another version, or the database is no spool at all.
    #[error("open the spool in {}: version {found}, this program knows version {known}", folder.display())]
    SpoolVersion {
        /// The spool's folder.
        folder: PathBuf,
        /// Its version; 0 for a database that is no spool.
        found: u32,
        /// The version this program knows.
        known: u32,
    },
    /// The spool's database is damaged.
    #[error("open the spool in {}: its database is damaged", folder.display())]
    SpoolDamaged {
        /// The spool's folder.
        folder: PathBuf,
    },
    /// The spool's database failed or refused.
    #[error("{action} the spool in {}", folder.display())]
    Spool {
        /// What was attempted.
        action: &'static str,
        /// The spool's folder.
        folder: PathBuf,
        /// What the database says.
        #[source]
        source: rusqlite::Error,
    },
    /// The file system failed or refused in the spool's folder.
    #[error("{action} {}", path.display())]
    SpoolDisk {
        /// What was attempted.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the operating system says.
        #[source]
        source: io::Error,
    },
    /// A row group was admitted and never appended.
    #[error("finish a partition of {dataset}: {admitted} rows admitted, {appended} appended")]
    Forgotten {
        /// The dataset.
        dataset: String,
        /// Rows that the day's index holds.
        admitted: u64,
        /// Rows in the file.
        appended: u64,
    },
}

fn holder_text(holder: Option<&Holder>) -> String {
    holder.map_or_else(
        || "a run that has only just begun".to_owned(),
        Holder::to_string,
    )
}

impl Error {
    /// Wraps the failure of `action` on the object at `path`.
    pub(crate) fn store(
        action: &'static str,
        path: &object_store::path::Path,
    ) -> impl FnOnce(StoreError) -> Self + use<> {
        let path = path.to_string();
        move |source| match refusal(&source) {
            Some(code) => Self::Refused { action, path, code },
            None if lacks_credentials(&source) => Self::NoCredentials { source },
            None => Self::Store {
                action,
                path,
                source,
            },
        }
    }

    /// Wraps the failure of `action` on the file at `path`.
    pub(crate) fn disk(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Disk {
            action,
            path,
            source,
        }
    }

    /// Wraps the failure of `action` on the spool in `folder`.
    pub(crate) fn spool(
        action: &'static str,
        folder: PathBuf,
    ) -> impl FnOnce(rusqlite::Error) -> Self + use<> {
        move |source| {
            let is_damage = matches!(
                source.sqlite_error_code(),
                Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
            );
            // What was written cannot be unpacked.
            let is_garbled = matches!(source, rusqlite::Error::FromSqlConversionFailure(..));
            if is_damage || is_garbled {
                return Self::SpoolDamaged { folder };
            }
            Self::Spool {
                action,
                folder,
                source,
            }
        }
    }

    /// Wraps the failure of `action` on a file of the spool.
    pub(crate) fn spool_disk(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::SpoolDisk {
            action,
            path,
            source,
        }
    }

    /// Returns whether it is the spool that failed, and not the archive.
    pub fn is_of_the_spool(&self) -> bool {
        matches!(
            self,
            Self::SpoolHeld { .. }
                | Self::NoSpool { .. }
                | Self::SpoolVersion { .. }
                | Self::SpoolDamaged { .. }
                | Self::Spool { .. }
                | Self::SpoolDisk { .. }
        )
    }

    /// Returns whether the content of a file is at fault, rather than the way to it.
    pub fn is_damage(&self) -> bool {
        match self {
            Self::Unreadable { .. } | Self::UnknownType(_) => true,
            // The Parquet reader gave up on what it found.
            Self::Task(failure) => failure.is_panic(),
            _ => false,
        }
    }
}
