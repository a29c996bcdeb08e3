//! Compare and swap: small objects that change only from the version somebody has seen.
//!
//! A store does it by conditional PUT. On disk, writers take an exclusive lock on a file beside the
//! object and compare its content.

use std::fs::File;
use std::io;
use std::io::Write as _;
use std::path::{Path as FilePath, PathBuf};

use bytes::Bytes;
use object_store::path::Path;
use object_store::{
    Error as StoreError, ObjectMeta, ObjectStore as _, PutMode, PutOptions, UpdateVersion,
};
use xxhash_rust::xxh3::xxh3_128;

use crate::archive::blocking;
use crate::replacement::{create_folder, sync_folder};
use crate::{Archive, Error};

/// Which version of a small object was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version(Known);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Known {
    /// On disk: the hash of the content.
    Content(u128),
    /// In a store: what the store calls it.
    Object(UpdateVersion),
}

impl Version {
    pub(crate) fn of_content(bytes: &[u8]) -> Self {
        Self(Known::Content(xxh3_128(bytes)))
    }

    pub(crate) fn of_object(meta: ObjectMeta) -> Self {
        Self(Known::Object(UpdateVersion {
            e_tag: meta.e_tag,
            version: meta.version,
        }))
    }
}

/// How a compare and swap ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Swap {
    /// The object is now as given, in this version.
    Won(Version),
    /// The object was not in the expected version; nothing was changed.
    Lost,
}

impl Archive {
    /// Writes an object if it still is in the `expected` version; none means that it does not exist.
    ///
    /// Of any number of callers that expect the same version exactly one wins.
    ///
    /// # Errors
    ///
    /// When the store refuses or fails; the object may then be in either version.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped the object may be in either version.
    pub async fn compare_and_swap(
        &self,
        path: &Path,
        expected: Option<&Version>,
        bytes: Bytes,
    ) -> Result<Swap, Error> {
        let expected = expected.cloned();
        match &self.folder {
            Some(folder) => {
                let target = folder.join(path.as_ref());
                blocking(move || swap_on_disk(&target, expected.as_ref(), &bytes)).await
            }
            None => self.swap_in_store(path, expected, bytes).await,
        }
    }

    async fn swap_in_store(
        &self,
        path: &Path,
        expected: Option<Version>,
        bytes: Bytes,
    ) -> Result<Swap, Error> {
        let mode = match expected {
            Some(Version(Known::Object(version))) => PutMode::Update(version),
            Some(Version(Known::Content(_))) => return Ok(Swap::Lost),
            None => PutMode::Create,
        };
        let updates = mode != PutMode::Create;
        match self
            .store
            .put_opts(path, bytes.clone().into(), PutOptions::from(mode))
            .await
        {
            Ok(put) => Ok(Swap::Won(Version(Known::Object(put.into())))),
            Err(StoreError::AlreadyExists { .. } | StoreError::Precondition { .. }) => {
                self.own_words(path, &bytes).await
            }
            Err(StoreError::NotFound { .. }) if updates => Ok(Swap::Lost),
            Err(error) => Err(Error::store("write", path)(error)),
        }
    }

    /// A write whose answer was lost is repeated by the client and then refused, because the first one
    /// succeeded. Whoever reads back the own words has won.
    async fn own_words(&self, path: &Path, bytes: &Bytes) -> Result<Swap, Error> {
        Ok(match self.read(path).await? {
            Some(stored) if stored.bytes == bytes => Swap::Won(stored.version),
            _ => Swap::Lost,
        })
    }
}

fn swap_on_disk(
    target: &FilePath,
    expected: Option<&Version>,
    bytes: &[u8],
) -> Result<Swap, Error> {
    let folder = target.parent().unwrap_or(target);
    create_folder(folder)?;
    let lock = beside(target, "lock");
    let guard = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&lock)
        .map_err(Error::disk("open", &lock))?;
    guard.lock().map_err(Error::disk("lock", &lock))?;
    if read_if_present(target)?
        .as_deref()
        .map(Version::of_content)
        .as_ref()
        != expected
    {
        return Ok(Swap::Lost);
    }
    // The name is always the same: only the holder of the lock writes it.
    let temporary = beside(target, "new");
    write_synced(&temporary, bytes).map_err(Error::disk("write", &temporary))?;
    std::fs::rename(&temporary, target).map_err(Error::disk("write", target))?;
    sync_folder(folder)?;
    Ok(Swap::Won(Version::of_content(bytes)))
}

fn beside(target: &FilePath, extension: &str) -> PathBuf {
    let mut name = target.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    name.into()
}

fn read_if_present(path: &FilePath) -> Result<Option<Vec<u8>>, Error> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::disk("read", path)(error)),
    }
}

fn write_synced(path: &FilePath, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
