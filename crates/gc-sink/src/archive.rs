//! An archive: where it lies, and reading and listing what is in it.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::TryStreamExt as _;
use gc_core::Day;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{Error as StoreError, GetOptions, ObjectMeta, ObjectStore, ObjectStoreExt as _};
use tokio::time::timeout;
use tokio_util::task::TaskTracker;

use crate::bucket::{Aborted, Bucket};
use crate::root::{Root, open_bucket};
use crate::{Error, Lease, Replacement, Scope, Version, layout};

/// How long uploads that were given up are waited for, until the store has forgotten them.
const FAREWELL: Duration = Duration::from_secs(20);

/// An archive: a folder, or a prefix of a bucket. Cheap to clone.
///
/// ```
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// let folder = tempfile::tempdir().unwrap();
/// let archive = gc_sink::Archive::open(folder.path().to_str().unwrap()).await?;
/// assert!(archive.partition_files("conversations").await?.is_empty());
/// # Ok::<_, gc_sink::Error>(()) }).unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct Archive {
    root: Arc<str>,
    pub(crate) store: Arc<dyn ObjectStore>,
    /// The folder, when the archive lies on disk; writing then goes around `store`.
    pub(crate) folder: Option<Arc<std::path::Path>>,
    /// The bucket, when the archive lies in one.
    pub(crate) bucket: Option<Bucket>,
    /// Uploads that were dropped and are being aborted.
    pub(crate) aborts: TaskTracker,
}

/// What earlier runs had left, and is gone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Temporary files on disk.
    pub files: u64,
    /// Uploads to a bucket.
    pub uploads: u64,
    /// Why the store does not say which uploads there are, in its own word; none when it does.
    pub unlisted: Option<String>,
}

/// An object as it was read.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Its content.
    pub bytes: Bytes,
    /// Which version it was, for [`Archive::compare_and_swap`].
    pub version: Version,
}

/// A data file as it was listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartitionFile {
    /// Where it lies.
    pub path: Path,
    /// Its size.
    pub bytes: u64,
}

impl Archive {
    /// Opens the archive at `root`: a folder, which is created when missing, `file:///folder`, or
    /// `s3://bucket/prefix` with the usual `AWS_*` variables.
    ///
    /// # Errors
    ///
    /// When the name is of no use, the folder cannot be created, the bucket does not exist, or the
    /// store refuses or cannot be reached.
    pub async fn open(root: &str) -> Result<Self, Error> {
        if let Root::Folder(folder) = Root::parse(root)? {
            let create = move || {
                std::fs::create_dir_all(&folder).map_err(Error::disk("create the folder", &folder))
            };
            blocking(create).await?;
        }
        let absent = || Error::Root {
            problem: "the folder was removed".to_owned(),
        };
        Self::find(root).await?.ok_or_else(absent)
    }

    /// Opens the archive at `root` as [`Archive::open`] does, but creates nothing; none when there is
    /// no such folder.
    ///
    /// # Errors
    ///
    /// As [`Archive::open`].
    pub async fn find(root: &str) -> Result<Option<Self>, Error> {
        match Root::parse(root)? {
            Root::Folder(folder) => blocking(move || Self::find_folder(&folder)).await,
            Root::Bucket { bucket, prefix } => {
                let bucket = open_bucket(&bucket, &prefix)?;
                let archive = Self {
                    bucket: Some(bucket.clone()),
                    ..Self::new(root, bucket.to_store())
                };
                archive.probe().await?;
                Ok(Some(archive))
            }
        }
    }

    fn find_folder(folder: &std::path::Path) -> Result<Option<Self>, Error> {
        if !folder
            .try_exists()
            .map_err(Error::disk("look at", folder))?
        {
            return Ok(None);
        }
        let folder = folder
            .canonicalize()
            .map_err(Error::disk("open the folder", folder))?;
        let root = folder.display().to_string();
        let store =
            LocalFileSystem::new_with_prefix(&folder).map_err(|source| Error::Configure {
                root: root.clone(),
                source,
            })?;
        Ok(Some(Self {
            folder: Some(folder.into()),
            ..Self::new(&root, Arc::new(store))
        }))
    }

    fn new(root: &str, store: Arc<dyn ObjectStore>) -> Self {
        Self {
            root: root.into(),
            store,
            folder: None,
            bucket: None,
            aborts: TaskTracker::new(),
        }
    }

    /// Makes an archive of any store that supports conditional writes, for instance one in memory.
    pub fn with_store(store: Arc<dyn ObjectStore>) -> Self {
        Self::new(&store.to_string(), store)
    }

    /// Returns what to call the archive in messages.
    pub fn root(&self) -> &str {
        &self.root
    }

    /// Asks for one object, so that a wrong bucket or key is reported before any work is done.
    async fn probe(&self) -> Result<(), Error> {
        let path = layout::scope_file();
        match self.store.get(&path).await {
            Ok(_) => Ok(()),
            Err(error @ StoreError::NotFound { .. })
                if error.to_string().contains("NoSuchBucket") =>
            {
                Err(Error::Bucket {
                    root: self.root.to_string(),
                })
            }
            Err(StoreError::NotFound { .. }) => Ok(()),
            Err(error) => Err(Error::store("read", &path)(error)),
        }
    }

    /// Reads a small object; none when there is no such object.
    ///
    /// # Errors
    ///
    /// When the store refuses or fails.
    pub async fn read(&self, path: &Path) -> Result<Option<Stored>, Error> {
        let found = match self.store.get_opts(path, GetOptions::default()).await {
            Err(StoreError::NotFound { .. }) => return Ok(None),
            found => found.map_err(Error::store("read", path))?,
        };
        let meta = found.meta.clone();
        let bytes = found.bytes().await.map_err(Error::store("read", path))?;
        let version = match self.folder {
            Some(_) => Version::of_content(&bytes),
            None => Version::of_object(meta),
        };
        Ok(Some(Stored { bytes, version }))
    }

    /// Replaces a small object atomically. Only for whoever holds the lease of `dataset`.
    ///
    /// # Errors
    ///
    /// When the disk is full, or the store refuses or fails. What was there is then still there, except
    /// that a store whose answer was lost may have made the new object visible: whole, in any case.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped either the old or the new object is there.
    pub async fn write(&self, dataset: &str, path: Path, bytes: Bytes) -> Result<(), Error> {
        let mut replacement = self.replace(dataset, path).await?;
        replacement.write(bytes).await?;
        replacement.commit().await?;
        Ok(())
    }

    /// Removes an object; one that is not there is removed already.
    pub(crate) async fn remove(&self, path: &Path) -> Result<(), Error> {
        match self.store.delete(path).await {
            Ok(()) | Err(StoreError::NotFound { .. }) => Ok(()),
            Err(error) => Err(Error::store("remove", path)(error)),
        }
    }

    /// Returns what is known of an object without reading it; none when there is no such object.
    pub(crate) async fn head(&self, path: &Path) -> Result<Option<ObjectMeta>, Error> {
        match self.store.head(path).await {
            Ok(meta) => Ok(Some(meta)),
            Err(StoreError::NotFound { .. }) => Ok(None),
            Err(error) => Err(Error::store("look at", path)(error)),
        }
    }

    /// Lists every object under a folder.
    pub(crate) async fn list(&self, folder: &Path) -> Result<Vec<ObjectMeta>, Error> {
        let listing = self.store.list(Some(folder));
        listing
            .try_collect()
            .await
            .map_err(Error::store("list", folder))
    }

    /// Begins an object that nobody sees before it is committed. Only for whoever holds the lease of
    /// `dataset`.
    ///
    /// # Errors
    ///
    /// When the temporary file cannot be created.
    pub async fn replace(&self, dataset: &str, path: Path) -> Result<Replacement, Error> {
        Replacement::begin(self, dataset, path).await
    }

    /// Returns the data file of each day of `dataset`, by one listing.
    ///
    /// # Errors
    ///
    /// When the store refuses or fails.
    pub async fn partition_files(
        &self,
        dataset: &str,
    ) -> Result<BTreeMap<Day, PartitionFile>, Error> {
        let listed = self.list(&layout::dataset_folder(dataset)).await?;
        let files = listed.into_iter().filter_map(|meta| {
            let day = layout::day_of_data_file(dataset, &meta.location)?;
            Some((
                day,
                PartitionFile {
                    path: meta.location,
                    bytes: meta.size,
                },
            ))
        });
        Ok(files.collect())
    }

    /// Stores the report of a run, replacing an earlier one of the same run.
    ///
    /// # Errors
    ///
    /// When the store refuses or fails.
    pub async fn write_run_report(
        &self,
        lease: &Lease,
        run_id: &str,
        json: Bytes,
    ) -> Result<(), Error> {
        let dataset = lease.dataset();
        self.write(dataset, layout::run_report_file(dataset, run_id), json)
            .await
    }

    /// Removes what dead runs on the leased dataset left: temporary files on disk, or uploads to a bucket.
    ///
    /// A store may keep its uploads to itself; [`Swept::unlisted`] then says why, and it is up to the
    /// bucket to forget them.
    ///
    /// # Errors
    ///
    /// When the folder of temporary files cannot be read or changed, or the store refuses or fails.
    pub async fn sweep(&self, lease: &Lease) -> Result<Swept, Error> {
        if let Some(folder) = &self.folder {
            let folder = folder.join(layout::temporary_folder(lease.dataset()).as_ref());
            let files = blocking(move || sweep_folder(&folder)).await?;
            return Ok(Swept {
                files,
                ..Swept::default()
            });
        }
        let Some(bucket) = &self.bucket else {
            return Ok(Swept::default());
        };
        let mut folders = layout::folders(lease.dataset()).to_vec();
        // Tables of one scope are written together, under one lease.
        let scope = Scope::read(self).await?;
        let tables = scope.map(|scope| scope.tables).unwrap_or_default();
        if tables.contains(lease.dataset()) {
            folders.extend(tables.iter().map(|table| layout::dataset_folder(table)));
        }
        Ok(match bucket.abort_uploads(&folders).await? {
            Aborted::All(uploads) => Swept {
                uploads,
                ..Swept::default()
            },
            Aborted::Unlisted(reason) => Swept {
                unlisted: Some(reason),
                ..Swept::default()
            },
        })
    }

    /// Waits until the store has forgotten the uploads that were dropped, but not forever.
    pub(crate) async fn farewell(&self) {
        self.aborts.close();
        // What is left then is found by the next sweep.
        drop(timeout(FAREWELL, self.aborts.wait()).await);
    }
}

fn sweep_folder(folder: &std::path::Path) -> Result<u64, Error> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        entries => entries.map_err(Error::disk("list", folder))?,
    };
    let mut removed = 0;
    for entry in entries {
        let path = entry.map_err(Error::disk("list", folder))?.path();
        std::fs::remove_file(&path).map_err(Error::disk("remove", &path))?;
        removed += 1;
    }
    Ok(removed)
}

/// Runs `work`, which may block, off the async threads.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(Error::Task)?
}
