//! Objects that nobody sees until they are committed.
//!
//! - On disk: a file in `_gc/tmp/<dataset>/`, then sync, rename, sync of the folder.
//! - In a store: one PUT when small, else a multipart upload that is completed.
//!
//! A replacement that is dropped, or whose process dies, leaves nothing that a reader could see. A
//! killed process leaves its temporary file or an incomplete multipart upload: [`Archive::sweep`] removes
//! both.

use std::fs::{File, Permissions};
use std::io;
use std::io::Write as _;
use std::mem;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use object_store::path::Path;
use object_store::{
    Attributes, Error as StoreError, MultipartUpload, ObjectStore, PutPayload, PutResult,
    Result as StoreResult, WriteMultipart,
};
use tempfile::NamedTempFile;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::task::TaskTracker;

use crate::archive::blocking;
use crate::{Archive, Error, layout};

/// The size of each part of a multipart upload; 10,000 parts of it are 80 GiB.
const PART_BYTES: usize = 8 * 1024 * 1024;

/// Parts under way at once: enough for the round trip, few enough for memory.
const PARTS_AT_ONCE: usize = 4;

/// How long the parts of an upload that is given up are waited for.
const PATIENCE_WITH_PARTS: Duration = Duration::from_secs(10);

/// An object that nobody sees until it is committed.
#[derive(Debug)]
pub struct Replacement {
    place: Place,
    written: u64,
}

#[derive(Debug)]
enum Place {
    Disk(DiskFile),
    Store(Upload),
}

impl Replacement {
    pub(crate) async fn begin(archive: &Archive, dataset: &str, path: Path) -> Result<Self, Error> {
        let place = match &archive.folder {
            Some(root) => {
                let folder = root.join(layout::temporary_folder(dataset).as_ref());
                let target = root.join(path.as_ref());
                Place::Disk(blocking(move || DiskFile::begin(&folder, target)).await?)
            }
            None => Place::Store(Upload::new(archive, path)),
        };
        Ok(Self { place, written: 0 })
    }

    /// Returns how many bytes were written so far.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Appends bytes.
    ///
    /// # Errors
    ///
    /// When the disk is full, or the store refuses or fails. The replacement is of no use after that.
    ///
    /// # Cancel safety
    ///
    /// Not cancel safe: drop the replacement with the future.
    pub async fn write(&mut self, bytes: Bytes) -> Result<(), Error> {
        self.written += bytes.len() as u64;
        match &mut self.place {
            Place::Disk(file) => file.write(bytes).await,
            Place::Store(upload) => upload.write(bytes).await,
        }
    }

    /// Makes the object durable and visible, in place of what was there, and returns its size in bytes.
    ///
    /// # Errors
    ///
    /// When the disk is full, or the store refuses or fails. What was there is then still there, except
    /// that a store whose answer was lost may have made the new object visible: whole, in any case.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped either the old or the new object is there.
    pub async fn commit(self) -> Result<u64, Error> {
        match self.place {
            Place::Disk(file) => file.commit().await?,
            Place::Store(upload) => upload.commit().await?,
        }
        Ok(self.written)
    }

    /// Leaves what was there as it is and removes what was written.
    ///
    /// # Errors
    ///
    /// When the store fails to abort the upload; nothing of it is visible all the same.
    pub async fn abort(self) -> Result<(), Error> {
        match self.place {
            Place::Disk(file) => file.abort().await,
            Place::Store(upload) => upload.abort().await,
        }
    }
}

#[derive(Debug)]
struct DiskFile {
    /// None only while a write is under way or has failed.
    file: Option<NamedTempFile>,
    target: PathBuf,
}

impl DiskFile {
    fn begin(folder: &FilePath, target: PathBuf) -> Result<Self, Error> {
        create_folder(folder)?;
        // Temporary files are private by default; data files are for whom the user's umask lets in.
        let file = tempfile::Builder::new()
            .permissions(Permissions::from_mode(0o666))
            .tempfile_in(folder)
            .map_err(Error::disk("create a temporary file in", folder))?;
        Ok(Self {
            file: Some(file),
            target,
        })
    }

    async fn write(&mut self, bytes: Bytes) -> Result<(), Error> {
        let mut file = self.take()?;
        let target = self.target.clone();
        let work = move || match file.write_all(&bytes) {
            Ok(()) => Ok(file),
            Err(error) => Err(Error::disk("write", target)(error)),
        };
        self.file = Some(blocking(work).await?);
        Ok(())
    }

    async fn commit(mut self) -> Result<(), Error> {
        let file = self.take()?;
        let target = mem::take(&mut self.target);
        blocking(move || {
            let folder = target.parent().unwrap_or(&target);
            create_folder(folder)?;
            file.as_file()
                .sync_all()
                .map_err(Error::disk("write", &target))?;
            file.persist(&target)
                .map_err(|failed| Error::disk("write", &target)(failed.error))?;
            sync_folder(folder)
        })
        .await
    }

    async fn abort(self) -> Result<(), Error> {
        blocking(move || {
            drop(self);
            Ok(())
        })
        .await
    }

    fn take(&mut self) -> Result<NamedTempFile, Error> {
        let gone = || io::Error::other("an earlier write failed");
        self.file
            .take()
            .ok_or_else(|| Error::disk("write", &self.target)(gone()))
    }
}

/// Creates a folder with those above it, and makes each new name durable.
pub(crate) fn create_folder(folder: &FilePath) -> Result<(), Error> {
    if folder
        .try_exists()
        .map_err(Error::disk("look at", folder))?
    {
        return Ok(());
    }
    let above = folder.parent().unwrap_or(folder);
    create_folder(above)?;
    match std::fs::create_dir(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            Err(Error::disk("create the folder", folder)(error))
        }
        _ => sync_folder(above),
    }
}

/// Makes the names in a folder durable.
pub(crate) fn sync_folder(folder: &FilePath) -> Result<(), Error> {
    File::open(folder)
        .and_then(|file| file.sync_all())
        .map_err(Error::disk("sync the folder", folder))
}

#[derive(Debug)]
struct Upload {
    store: Arc<dyn ObjectStore>,
    path: Path,
    attributes: Attributes,
    /// Where an upload that is dropped goes to be aborted.
    aborts: TaskTracker,
    /// What was written, until it is too much for one PUT.
    pending: Vec<Bytes>,
    pending_bytes: usize,
    multipart: Option<WriteMultipart>,
    /// The upload being begun: whoever is dropped in between must not lose it.
    beginning: Option<JoinHandle<StoreResult<Box<dyn MultipartUpload>>>>,
}

impl Upload {
    fn new(archive: &Archive, path: Path) -> Self {
        let bucket = archive.bucket.as_ref();
        Self {
            store: Arc::clone(&archive.store),
            attributes: bucket.map_or_else(Attributes::new, |bucket| bucket.attributes(&path)),
            aborts: archive.aborts.clone(),
            path,
            pending: Vec::new(),
            pending_bytes: 0,
            multipart: None,
            beginning: None,
        }
    }

    async fn write(&mut self, bytes: Bytes) -> Result<(), Error> {
        if self.multipart.is_none() {
            self.pending_bytes += bytes.len();
            self.pending.push(bytes);
            return if self.pending_bytes > PART_BYTES {
                self.go_multipart().await
            } else {
                Ok(())
            };
        }
        self.put(bytes).await
    }

    async fn go_multipart(&mut self) -> Result<(), Error> {
        let (store, path) = (Arc::clone(&self.store), self.path.clone());
        let options = mem::take(&mut self.attributes).into();
        let begin = async move { store.put_multipart_opts(&path, options).await };
        let upload = self.beginning.insert(self.aborts.spawn(begin)).await;
        self.beginning = None;
        let upload = upload.map_err(Error::Task)?;
        let upload = upload.map_err(Error::store("write", &self.path))?;
        self.multipart = Some(WriteMultipart::new_with_chunk_size(upload, PART_BYTES));
        for bytes in mem::take(&mut self.pending) {
            self.put(bytes).await?;
        }
        Ok(())
    }

    async fn put(&mut self, mut bytes: Bytes) -> Result<(), Error> {
        let Some(multipart) = &mut self.multipart else {
            return Ok(());
        };
        while !bytes.is_empty() {
            let waited = multipart.wait_for_capacity(PARTS_AT_ONCE).await;
            waited.map_err(Error::store("write", &self.path))?;
            multipart.put(bytes.split_to(bytes.len().min(PART_BYTES)));
        }
        Ok(())
    }

    async fn commit(mut self) -> Result<(), Error> {
        let ended = match self.multipart.take() {
            // Once begun it ends one way or the other, whatever becomes of this future.
            Some(multipart) => {
                let ended = self.aborts.spawn(complete(multipart)).await;
                ended.map_err(Error::Task)?
            }
            None => {
                let payload = PutPayload::from_iter(mem::take(&mut self.pending));
                let options = mem::take(&mut self.attributes).into();
                self.store.put_opts(&self.path, payload, options).await
            }
        };
        match ended {
            Ok(_) => Ok(()),
            Err(StoreError::NotFound { .. }) => Err(self.forgotten()),
            Err(error) => Err(Error::store("write", &self.path)(error)),
        }
    }

    /// The store does not know the upload any more: it has completed it and the answer was lost, or
    /// somebody has aborted it.
    fn forgotten(&self) -> Error {
        Error::UploadForgotten {
            path: self.path.to_string(),
        }
    }

    async fn abort(mut self) -> Result<(), Error> {
        let taken_back = self.take_back().await;
        taken_back.map_err(Error::store("abort the upload of", &self.path))
    }

    /// Makes the store forget the upload, if there is one.
    fn take_back(&mut self) -> impl Future<Output = StoreResult<()>> + use<> {
        let (beginning, multipart) = (self.beginning.take(), self.multipart.take());
        async move {
            if let Some(beginning) = beginning
                && let Ok(Ok(mut upload)) = beginning.await
            {
                upload.abort().await?;
            }
            match multipart {
                Some(multipart) => give_up(multipart).await,
                None => Ok(()),
            }
        }
    }
}

/// Ends an upload with all its parts, or takes it back.
async fn complete(mut multipart: WriteMultipart) -> StoreResult<PutResult> {
    match multipart.wait_for_capacity(0).await {
        // The last part is the only one under way now: when it fails, or the completion, no other part can
        // come after the upload has been taken back.
        Ok(()) => multipart.finish().await,
        Err(error) => {
            give_up(multipart).await?;
            Err(error)
        }
    }
}

/// Takes an upload back, after its parts: one that arrives later would be kept.
async fn give_up(mut multipart: WriteMultipart) -> StoreResult<()> {
    let parts = async { while multipart.wait_for_capacity(0).await.is_err() {} };
    // A store that takes longer keeps the upload until the next sweep.
    drop(timeout(PATIENCE_WITH_PARTS, parts).await);
    match multipart.abort().await {
        Ok(()) | Err(StoreError::NotFound { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

impl Drop for Upload {
    /// Tells the store to forget the parts; whoever releases the lease waits for that.
    fn drop(&mut self) {
        if (self.multipart.is_some() || self.beginning.is_some())
            && let Ok(runtime) = Handle::try_current()
        {
            let taken_back = self.take_back();
            drop(self.aborts.spawn_on(taken_back, &runtime));
        }
    }
}
