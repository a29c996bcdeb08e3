//! What to do about each error.

use std::error::Error as StdError;
use std::io;

use gc_core::{Class, Classify};
use object_store::Error as StoreError;
use rusqlite::ErrorCode;

use crate::Error;
use crate::store_refusal::refusal_remedy;

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

    #[test]
    fn full_disk_asks_for_space() {
        let full = io::Error::from_raw_os_error(28);
        let error = Error::disk("write", "/archive/x")(full);
        let class = error.class();
        assert!(
            matches!(&class, Class::Operator { remedy } if remedy.contains("free space")),
            "{class:?}"
        );
    }
}
