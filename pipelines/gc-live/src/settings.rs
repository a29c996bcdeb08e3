//! What a run is told to do, checked before it begins.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use gc_core::{Clock, SystemClock};
use gc_stream::Selection;
use tokio_util::sync::CancellationToken;

/// When what was received is written to the archive: at the first of the three.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlushLimits {
    /// The oldest event that is not in a file yet is so old (default 60 s), or `rows`, or `bytes`.
    pub age: Duration,
    /// So many events are not in a file yet (default 50,000), or `age`, or `bytes`.
    pub rows: u64,
    /// Events of so many bytes are not in a file yet (default 64 MiB), or `age`, or `rows`.
    pub bytes: u64,
}

impl Default for FlushLimits {
    fn default() -> Self {
        Self {
            age: Duration::from_secs(60),
            rows: 50_000,
            bytes: 64 * 1024 * 1024,
        }
    }
}

/// What an archiver is told to do.
#[derive(Debug)]
pub struct ArchiveSettings {
    /// The root of the archive.
    pub root: String,
    /// The folder of the spool.
    pub spool: PathBuf,
    /// The way to the platform.
    pub client: gc_auth::Config,
    /// What to listen to.
    pub selection: Selection,
    /// When to write to the archive.
    pub flush: FlushLimits,
    /// How long to run; until told to stop when there is none.
    pub duration: Option<Duration>,
    /// How long after its end the query may be trusted with a gap (default one minute). Jobs are
    /// trusted once their watermark has passed it.
    pub history_lag: Duration,
    /// How often gaps are looked at (default one minute).
    pub fill_every: Duration,
    /// How often the list of queues is read again (default three minutes).
    pub refresh: Duration,
    /// How long a socket may be silent before it is asked for a sign of life (default 35 s).
    pub ping_after: Duration,
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
    /// The request to stop.
    pub interruption: CancellationToken,
}

impl ArchiveSettings {
    /// Makes the settings of an archiver of everything, all else by default.
    pub fn new(
        root: impl Into<String>,
        spool: impl Into<PathBuf>,
        client: gc_auth::Config,
    ) -> Self {
        Self {
            root: root.into(),
            spool: spool.into(),
            client,
            selection: Selection::default(),
            flush: FlushLimits::default(),
            duration: None,
            history_lag: FillSettings::DEFAULT_LAG,
            fill_every: Duration::from_secs(60),
            refresh: Duration::from_secs(180),
            ping_after: Duration::from_secs(35),
            clock: Arc::new(SystemClock),
            interruption: CancellationToken::new(),
        }
    }
}

/// What a repair is told to do.
#[derive(Debug)]
pub struct FillSettings {
    /// The root of the archive.
    pub root: String,
    /// The folder of the spool.
    pub spool: PathBuf,
    /// The way to the platform.
    pub client: gc_auth::Config,
    /// How long after its end the query may be trusted with a gap.
    pub history_lag: Duration,
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
    /// The request to stop.
    pub interruption: CancellationToken,
}

impl FillSettings {
    /// How long after its end the query may be trusted with a gap, unless told otherwise. What it
    /// missed all the same, the job adds when the watermark has passed the gap.
    pub const DEFAULT_LAG: Duration = Duration::from_secs(60);

    /// Makes the settings of a repair, all else by default.
    pub fn new(
        root: impl Into<String>,
        spool: impl Into<PathBuf>,
        client: gc_auth::Config,
    ) -> Self {
        Self {
            root: root.into(),
            spool: spool.into(),
            client,
            history_lag: Self::DEFAULT_LAG,
            clock: Arc::new(SystemClock),
            interruption: CancellationToken::new(),
        }
    }
}
