//! What can go wrong with an archive, and what to do about it.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::path::PathBuf;

use arrow::datatypes::DataType;
use arrow::error::ArrowError;
use gc_core::{Class, Classify};
use jiff::Timestamp;
use object_store::Error as StoreError;
use parquet::errors::ParquetError;
use rusqlite::ErrorCode;

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
        move |source| match source.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::SpoolDamaged { folder }
            }
            _ => Self::Spool {
                action,
                folder,
                source,
            },
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

impl Classify for Error {
    fn class(&self) -> Class {
        match self {
            Self::Root { .. } => {
                Class::operator("give --out a folder, file:///folder or s3://bucket/prefix")
            }
            Self::Configure { .. } => {
                Class::operator("check the AWS_* variables of the environment")
            }
            Self::Bucket { .. } => Class::operator(
                "create the bucket, or check its name, AWS_REGION and AWS_ENDPOINT_URL",
            ),
            Self::Setting { .. } => Class::operator("change that variable of the environment"),
            Self::NoCredentials { .. } => Class::operator(
                "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run where the cloud hands out credentials",
            ),
            Self::Refused { code, .. } => Class::operator(refusal_remedy(code)),
            Self::Store { source, .. } => store_class(source),
            Self::Disk { source, .. } => disk_class(source),
            Self::Held { .. } | Self::SpoolHeld { .. } => Class::Held,
            Self::NoSpool { .. } => Class::operator("check --spool; gc-live archive makes a spool"),
            Self::SpoolVersion { found, known, .. } if found > known => {
                Class::operator("use the version of the program that made it, or a later one")
            }
            Self::SpoolVersion { .. } => Class::operator(
                "let the version that made it empty it by one run, or give another --spool; nothing was changed",
            ),
            Self::SpoolDamaged { .. } => Class::operator(
                "keep the folder for a repair with `sqlite3 spool.sqlite .recover`, and give another --spool to go on",
            ),
            Self::Spool { source, .. } => spool_class(source),
            Self::SpoolDisk { .. } => Class::operator(
                "check that --spool names a folder on a local disk that may be written",
            ),
            Self::LeaseLost { .. } | Self::UploadForgotten { .. } => Class::TRANSIENT,
            Self::OtherScope { .. } => Class::operator(
                "use the flags this archive was made with, or make a second archive with another --out",
            ),
            Self::NewerFormat { .. } => {
                Class::operator("use the version of the program that wrote it, or a later one")
            }
            Self::Json { path, .. } => Class::operator(format!(
                "restore {path} from a backup, or move it away when no run is active"
            )),
            Self::Unreadable { .. } => Class::Data,
            Self::Task(_)
            | Self::Encode(_)
            | Self::Arrange(_)
            | Self::Rows { .. }
            | Self::UnknownType(_)
            | Self::Forgotten { .. } => Class::Bug,
        }
    }
}

fn spool_class(error: &rusqlite::Error) -> Class {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => Class::operator(
            "free space where the spool lies; everything that counted as received is in it",
        ),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Class::TRANSIENT,
        Some(
            ErrorCode::CannotOpen
            | ErrorCode::PermissionDenied
            | ErrorCode::ReadOnly
            | ErrorCode::SystemIoFailure,
        ) => Class::operator(
            "check that the disk of the spool is well, has space, and may be written by this user",
        ),
        _ => Class::Bug,
    }
}

fn store_class(error: &StoreError) -> Class {
    match error {
        StoreError::NotFound { .. } => {
            Class::operator("check that the bucket exists and was not emptied meanwhile")
        }
        StoreError::NotImplemented { .. } | StoreError::NotSupported { .. } => Class::operator(
            "use a store that supports conditional writes (If-None-Match and If-Match)",
        ),
        _ => io_cause(error).map_or(Class::TRANSIENT, disk_class),
    }
}

/// What stores say when there is no room, by whatever status they say it.
const FULL: [&str; 6] = [
    "QuotaExceeded",
    "InsufficientStorage",
    "XMinioStorageFull",
    "XMinioAdminBucketQuotaExceeded",
    "StorageFull",
    "ServerOutOfCapacity",
];
/// What stores say to somebody who is in the wrong region.
const ELSEWHERE: [&str; 3] = [
    "AuthorizationHeaderMalformed",
    "PermanentRedirect",
    "IllegalLocationConstraintException",
];

/// Returns the code of a refusal, which the client reports as a general failure for listings.
fn refusal(error: &StoreError) -> Option<String> {
    let refused = matches!(
        error,
        StoreError::PermissionDenied { .. } | StoreError::Unauthenticated { .. }
    );
    let text = error.to_string();
    let code = code_in(&text);
    let is_final = code.is_some_and(|code| FULL.contains(&code) || ELSEWHERE.contains(&code));
    if text.contains("507 Insufficient Storage") && !is_final {
        return Some(FULL[1].to_owned());
    }
    if text.contains("incorrectly configured region") {
        return Some(ELSEWHERE[1].to_owned());
    }
    let refused = refused || is_final || text.contains("403 Forbidden");
    refused.then(|| code.unwrap_or("no permission").to_owned())
}

/// Returns the code in a store's answer.
pub(crate) fn code_in(answer: &str) -> Option<&str> {
    let (_, rest) = answer.split_once("<Code>")?;
    rest.split_once("</Code>").map(|(code, _)| code)
}

fn refusal_remedy(code: &str) -> &'static str {
    match code {
        "InvalidAccessKeyId" | "SignatureDoesNotMatch" => {
            "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        }
        "ExpiredToken" | "InvalidToken" => {
            "renew AWS_SESSION_TOKEN, with the AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY that belong to it"
        }
        "RequestTimeTooSkewed" => "set the clock of this machine",
        code if FULL.contains(&code) => {
            "free space in the store, or raise the quota of the bucket or of the account"
        }
        code if ELSEWHERE.contains(&code) => "set AWS_REGION to the region of the bucket",
        _ => {
            "let AWS_ACCESS_KEY_ID list, read, write and delete in the bucket, and use the keys of its encryption"
        }
    }
}

/// Returns whether the client was looking for credentials at the address where clouds hand them out.
fn lacks_credentials(error: &StoreError) -> bool {
    let text = error.to_string();
    ["/latest/api/token", "/latest/meta-data"]
        .iter()
        .any(|place| text.contains(place))
}

fn io_cause(error: &StoreError) -> Option<&io::Error> {
    let mut cause: Option<&(dyn StdError + 'static)> = error.source();
    while let Some(error) = cause {
        if let Some(io) = error.downcast_ref() {
            return Some(io);
        }
        cause = error.source();
    }
    None
}

fn disk_class(error: &io::Error) -> Class {
    use io::ErrorKind as Kind;
    match error.kind() {
        Kind::StorageFull | Kind::QuotaExceeded => {
            Class::operator("free space where the archive lies")
        }
        Kind::PermissionDenied | Kind::ReadOnlyFilesystem => {
            Class::operator("let this user write where the archive lies, or choose another --out")
        }
        Kind::NotFound
        | Kind::NotADirectory
        | Kind::IsADirectory
        | Kind::AlreadyExists
        | Kind::InvalidFilename => {
            Class::operator("check that --out names a folder that may be written")
        }
        Kind::Unsupported => {
            Class::operator("keep the archive on a file system that supports file locks")
        }
        _ => Class::TRANSIENT,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_operator(class: &Class, word: &str) -> bool {
        matches!(class, Class::Operator { remedy } if remedy.contains(word))
    }

    #[test]
    fn full_disk_asks_for_space() {
        let full = io::Error::from_raw_os_error(28);
        let error = Error::disk("write", "/archive/x")(full);
        assert!(is_operator(&error.class(), "free space"), "{error:?}");
    }

    #[test]
    fn refused_key_asks_for_the_key_and_unreachable_for_patience() {
        let path = object_store::path::Path::from("x");
        let answer =
            "403 Forbidden: <Code>SignatureDoesNotMatch</Code><StringToSign>AWS4</StringToSign>";
        let refused = StoreError::PermissionDenied {
            path: "x".into(),
            source: answer.into(),
        };
        let error = Error::store("read", &path)(refused);
        assert!(is_operator(&error.class(), "AWS_ACCESS_KEY_ID"));
        assert_eq!(
            gc_core::describe(&error),
            "read x: the store refused (SignatureDoesNotMatch)"
        );
        let reset = io::Error::from(io::ErrorKind::ConnectionReset);
        let unreachable = StoreError::Generic {
            store: "S3",
            source: Box::new(reset),
        };
        assert_eq!(
            Error::store("read", &path)(unreachable).class(),
            Class::TRANSIENT
        );
    }

    #[test]
    fn store_without_room_asks_for_room_by_whatever_status_it_says_so() {
        let path = object_store::path::Path::from("x");
        for answer in [
            "507 Insufficient Storage: ",
            "507 Insufficient Storage: <Error><Code>XMinioStorageFull</Code></Error>",
            "400 Bad Request: <Error><Code>XMinioAdminBucketQuotaExceeded</Code></Error>",
            "403 Forbidden: <Error><Code>QuotaExceeded</Code></Error>",
        ] {
            let full = StoreError::Generic {
                store: "S3",
                source: answer.into(),
            };
            let class = Error::store("write", &path)(full).class();
            assert!(is_operator(&class, "quota"), "{answer}: {class:?}");
        }
    }

    #[test]
    fn bucket_of_another_region_asks_for_the_region() {
        let path = object_store::path::Path::from("x");
        for answer in [
            "Received redirect without LOCATION, this normally indicates an incorrectly configured region",
            "400 Bad Request: <Error><Code>AuthorizationHeaderMalformed</Code></Error>",
        ] {
            let elsewhere = StoreError::Generic {
                store: "S3",
                source: answer.into(),
            };
            let class = Error::store("read", &path)(elsewhere).class();
            assert!(is_operator(&class, "AWS_REGION"), "{answer}: {class:?}");
        }
    }
}
