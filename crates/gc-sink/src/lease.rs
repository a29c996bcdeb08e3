//! One run at a time on one dataset.
//!
//! The lease is a small JSON object that changes by compare and swap only. It lives for 30 seconds and
//! is renewed every 10. On disk its holder also keeps a file lock, which the operating system drops with
//! the process: a killed run never blocks the next one on the same machine.
//!
//! - Two runs never both hold an unexpired lease.
//! - What a holder carries (a job on a platform, say) stays listed until it is put down, by that holder
//!   or by a later one: so what a crash left behind gets freed.
//! - A released lease stays in place, marked as free: removing it could hit the next holder's.

use std::fs::{File, TryLockError};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use gc_core::Clock;
use jiff::{SignedDuration, Timestamp};
use object_store::path::Path;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::archive::blocking;
use crate::manifest::parse_versioned;
use crate::replacement::create_folder;
use crate::{Archive, Error, Holder, Swap, Version, layout};

/// How long a lease lives without renewal.
const TIME_TO_LIVE: SignedDuration = SignedDuration::from_secs(30);
/// How often it is renewed: two renewals may fail before it expires.
const RENEW_EVERY: Duration = Duration::from_secs(10);
/// How soon a failed renewal is tried again.
const RETRY_AFTER: Duration = Duration::from_secs(1);
/// How often the start of another run is waited out, and for how long each.
const ATTEMPTS: u32 = 5;
const ATTEMPT_PAUSE: Duration = Duration::from_millis(40);
/// The newest version of the lease's JSON that this program knows.
const FORMAT_VERSION: u32 = 1;

/// The right to change one dataset of an archive, held until released or lost.
#[derive(Debug)]
pub struct Lease {
    inner: Arc<Inner>,
    inherited: Vec<String>,
    renewal: JoinHandle<()>,
    /// Locked for as long as this process lives; only on disk.
    _alive: Option<File>,
}

#[derive(Debug)]
struct Inner {
    archive: Archive,
    dataset: String,
    path: Path,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    /// The expiry in milliseconds since 1970, readable while a change is under way.
    expires_ms: AtomicI64,
    lost: CancellationToken,
}

#[derive(Debug)]
struct State {
    record: Record,
    version: Version,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    format_version: u32,
    /// A random name, new for each lease.
    holder: Uuid,
    host: String,
    pid: u32,
    program_version: String,
    acquired_at: Timestamp,
    expires_at: Timestamp,
    #[serde(default)]
    released: bool,
    #[serde(default)]
    resources: Vec<String>,
}

impl Lease {
    /// Takes the lease of `dataset`, or says who holds it. Call it within a Tokio runtime.
    ///
    /// # Errors
    ///
    /// [`Error::Held`] when another run holds it; else when the store refuses or fails.
    pub async fn acquire(
        archive: &Archive,
        dataset: &str,
        clock: Arc<dyn Clock>,
        program_version: &str,
    ) -> Result<Self, Error> {
        let path = layout::lease_file(dataset);
        let mut holder = None;
        for attempt in 0..ATTEMPTS {
            if attempt > 0 {
                sleep(ATTEMPT_PAUSE).await;
            }
            let life = lock_life(archive, dataset).await?;
            let present = read(archive, &path).await?;
            let record = Record::new(clock.now(), program_version, present.as_ref());
            if let Some((other, _)) = present
                .as_ref()
                .filter(|(other, _)| !other.is_free(&record, &life))
            {
                holder = Some(other.holder());
                continue;
            }
            if matches!(life, Life::Elsewhere) {
                continue;
            }
            let expected = present.as_ref().map(|(_, version)| version);
            if let Swap::Won(version) = archive
                .compare_and_swap(&path, expected, record.to_bytes())
                .await?
            {
                let inner = Inner::new(archive, dataset, clock, State { record, version });
                return Ok(Self::hold(inner, life.into_file()).await);
            }
        }
        Err(Error::Held {
            dataset: dataset.to_owned(),
            holder,
        })
    }

    async fn hold(inner: Inner, alive: Option<File>) -> Self {
        let inner = Arc::new(inner);
        let inherited = inner.state.lock().await.record.resources.clone();
        let renewal = tokio::spawn(Arc::clone(&inner).keep_renewing());
        Self {
            inner,
            inherited,
            renewal,
            _alive: alive,
        }
    }

    /// Returns the dataset it is for.
    pub fn dataset(&self) -> &str {
        &self.inner.dataset
    }

    /// Returns what earlier holders carried and did not put down. It stays listed until it is put down.
    pub fn inherited(&self) -> &[String] {
        &self.inherited
    }

    /// Returns a token that is cancelled once the lease is lost: stop writing then.
    pub fn lost(&self) -> &CancellationToken {
        &self.inner.lost
    }

    /// Writes into the lease that this run has to free `resource`. Do it before anything can go wrong.
    ///
    /// # Errors
    ///
    /// When the lease is lost, or the store refuses or fails.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped the resource may or may not be listed.
    pub async fn carry(&self, resource: &str) -> Result<(), Error> {
        self.inner
            .change(|record| {
                if !record.resources.iter().any(|listed| listed == resource) {
                    record.resources.push(resource.to_owned());
                }
            })
            .await
    }

    /// Writes into the lease that `resource` is free.
    ///
    /// # Errors
    ///
    /// When the lease is lost, or the store refuses or fails.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped the resource may or may not be listed.
    pub async fn put_down(&self, resource: &str) -> Result<(), Error> {
        self.inner
            .change(|record| record.resources.retain(|listed| listed != resource))
            .await
    }

    /// Proves that the lease is held, by renewing it. Call it right before a commit.
    ///
    /// # Errors
    ///
    /// [`Error::LeaseLost`], or when the store refuses or fails.
    pub async fn ensure_held(&self) -> Result<(), Error> {
        self.inner.change(|_| ()).await
    }

    /// Gives the lease back, once the store has forgotten the uploads that were given up. Resources that were not put down stay listed for the next holder.
    ///
    /// # Errors
    ///
    /// When the lease was lost before, or the store refuses or fails; it expires by itself then.
    pub async fn release(self) -> Result<(), Error> {
        // Uploads that were given up end while nobody else may sweep them away.
        self.inner.archive.farewell().await;
        self.renewal.abort();
        self.inner.change(|record| record.released = true).await
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.renewal.abort();
    }
}

impl Inner {
    fn new(archive: &Archive, dataset: &str, clock: Arc<dyn Clock>, state: State) -> Self {
        Self {
            archive: archive.clone(),
            dataset: dataset.to_owned(),
            path: layout::lease_file(dataset),
            clock,
            expires_ms: AtomicI64::new(state.record.expires_at.as_millisecond()),
            state: Mutex::new(state),
            lost: CancellationToken::new(),
        }
    }

    /// Changes and renews the record. The lock makes carrying and renewing take turns.
    async fn change(&self, change: impl FnOnce(&mut Record)) -> Result<(), Error> {
        let mut state = self.state.lock().await;
        if self.lost.is_cancelled() {
            return Err(self.lose());
        }
        let mut next = state.record.clone();
        change(&mut next);
        next.expires_at = expiry(self.clock.now());
        // The second attempt is for the case that an earlier write succeeded and its answer was lost.
        for _ in 0..2 {
            let bytes = next.to_bytes();
            match self
                .archive
                .compare_and_swap(&self.path, Some(&state.version), bytes)
                .await?
            {
                Swap::Won(version) => {
                    self.expires_ms
                        .store(next.expires_at.as_millisecond(), Ordering::Relaxed);
                    *state = State {
                        record: next,
                        version,
                    };
                    return Ok(());
                }
                Swap::Lost => match read(&self.archive, &self.path).await? {
                    Some((found, version)) if found.holder == next.holder => {
                        state.version = version;
                    }
                    _ => break,
                },
            }
        }
        Err(self.lose())
    }

    fn lose(&self) -> Error {
        self.lost.cancel();
        Error::LeaseLost {
            dataset: self.dataset.clone(),
        }
    }

    async fn keep_renewing(self: Arc<Self>) {
        let mut pause = RENEW_EVERY;
        while !self.lost.is_cancelled() {
            sleep(pause).await;
            pause = match timeout(self.time_left(), self.change(|_| ())).await {
                Ok(Ok(())) => RENEW_EVERY,
                Ok(Err(_)) | Err(_) => RETRY_AFTER,
            };
            if self.time_left().is_zero() {
                self.lost.cancel();
            }
        }
    }

    fn time_left(&self) -> Duration {
        let left = self.expires_ms.load(Ordering::Relaxed) - self.clock.now().as_millisecond();
        Duration::from_millis(left.try_into().unwrap_or(0))
    }
}

impl Record {
    fn new(now: Timestamp, program_version: &str, before: Option<&(Self, Version)>) -> Self {
        Self {
            format_version: FORMAT_VERSION,
            holder: Uuid::new_v4(),
            host: gethostname::gethostname().to_string_lossy().into_owned(),
            pid: std::process::id(),
            program_version: program_version.to_owned(),
            acquired_at: now,
            expires_at: expiry(now),
            released: false,
            resources: before
                .map(|(before, _)| before.resources.clone())
                .unwrap_or_default(),
        }
    }

    /// Returns whether `next` may take over, by what is known of this holder's process.
    fn is_free(&self, next: &Self, life: &Life) -> bool {
        match life {
            Life::Elsewhere => false,
            Life::Ours(_) if self.host == next.host => true,
            Life::Ours(_) | Life::Unknown => self.released || self.expires_at <= next.acquired_at,
        }
    }

    fn holder(&self) -> Holder {
        Holder {
            host: self.host.clone(),
            pid: self.pid,
            since: self.acquired_at,
            expires: self.expires_at,
        }
    }

    fn to_bytes(&self) -> Bytes {
        serde_json::to_vec_pretty(self)
            .expect("a record of plain fields is JSON")
            .into()
    }
}

fn expiry(now: Timestamp) -> Timestamp {
    now.saturating_add(TIME_TO_LIVE).unwrap_or(Timestamp::MAX)
}

async fn read(archive: &Archive, path: &Path) -> Result<Option<(Record, Version)>, Error> {
    let Some(stored) = archive.read(path).await? else {
        return Ok(None);
    };
    let record = parse_versioned(path, &stored.bytes, FORMAT_VERSION)?;
    Ok(Some((record, stored.version)))
}

/// What the file lock says about the process that holds the lease.
enum Life {
    /// Nothing: the archive does not lie on disk.
    Unknown,
    /// This process has the lock now, so no other on this machine holds the lease.
    Ours(File),
    /// Another process has it and lives.
    Elsewhere,
}

impl Life {
    fn into_file(self) -> Option<File> {
        match self {
            Self::Ours(file) => Some(file),
            Self::Unknown | Self::Elsewhere => None,
        }
    }
}

async fn lock_life(archive: &Archive, dataset: &str) -> Result<Life, Error> {
    let Some(folder) = &archive.folder else {
        return Ok(Life::Unknown);
    };
    let path = folder.join(layout::lease_lock(dataset).as_ref());
    blocking(move || {
        create_folder(path.parent().unwrap_or(&path))?;
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path);
        let file = file.map_err(Error::disk("open", &path))?;
        match file.try_lock() {
            Ok(()) => Ok(Life::Ours(file)),
            Err(TryLockError::WouldBlock) => Ok(Life::Elsewhere),
            Err(TryLockError::Error(error)) => Err(Error::disk("lock", &path)(error)),
        }
    })
    .await
}
