//! What a run is told to do, checked before it begins.

use std::collections::BTreeSet;
use std::sync::Arc;

use gc_analytics::{Filter, Via};
use gc_core::{Clock, Day, Progress};
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

/// The request to stop: cancelled on Ctrl-C or SIGTERM.
pub type Interruption = CancellationToken;

/// Which way to take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Route {
    /// The job for days that the watermark has passed, the query for the rest.
    #[default]
    Auto,
    /// Always this way.
    Always(Via),
}

impl Route {
    /// Returns the way to take for `day`.
    pub(crate) fn for_day(self, day: Day, watermark: Timestamp) -> Via {
        match self {
            Self::Auto => Via::for_day(day, watermark),
            Self::Always(via) => via,
        }
    }
}

/// Whether an export asks for the names of ids first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Names {
    /// Yes, all tables of them.
    #[default]
    Refreshed,
    /// No, they stay as they are.
    Left,
}

/// What an export is told to do.
#[derive(Debug)]
pub struct ExportSettings {
    /// The root of the archive: a folder, `file:///…` or `s3://bucket/prefix`.
    pub root: String,
    /// The way to the platform.
    pub client: gc_auth::Config,
    /// The first day to export.
    pub first: Day,
    /// The last day to export, included.
    pub last: Day,
    /// Which way to take.
    pub route: Route,
    /// The media to keep; all when there is none.
    pub media: BTreeSet<String>,
    /// The tables to keep, `conversations` among them; none for those that the archive was made for, in a new one
    /// `conversations` alone.
    pub tables: Option<BTreeSet<String>>,
    /// How many days back from the day after `last` to read again what the archive holds already;
    /// `None` settles nothing, not even days known to be incomplete.
    pub settle: Option<BTreeSet<u32>>,
    /// Rows in a page of a job's results; pages of the query hold at most 100.
    pub page_size: u32,
    /// Whether to ask for the names of ids first.
    pub names: Names,
    /// Whether to stop after showing what would be done.
    pub dry_run: bool,
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
    /// Who watches.
    pub progress: Arc<dyn Progress>,
    /// The request to stop.
    pub interruption: Interruption,
}

impl ExportSettings {
    /// Rows in a page unless told otherwise.
    ///
    /// Source: field reports, 1000 is usual and 2000 at most safe, 2026.
    pub const DEFAULT_PAGE_SIZE: u32 = 1_000;
    /// The largest page that a job was seen to give.
    pub const MAX_PAGE_SIZE: u32 = 10_000;
    /// The days back that are read again unless told otherwise: wrap-ups and surveys come within
    /// days, reprocessing after 48 hours and more, evaluations within weeks.
    pub const DEFAULT_SETTLE: [u32; 5] = [1, 2, 3, 7, 30];

    /// Makes the settings of an export of the days from `first` to `last`, all else by default.
    pub fn new(root: impl Into<String>, client: gc_auth::Config, first: Day, last: Day) -> Self {
        Self {
            root: root.into(),
            client,
            first,
            last,
            route: Route::default(),
            media: BTreeSet::new(),
            tables: None,
            settle: Some(BTreeSet::from(Self::DEFAULT_SETTLE)),
            page_size: Self::DEFAULT_PAGE_SIZE,
            names: Names::default(),
            dry_run: false,
            clock: Arc::new(gc_core::SystemClock),
            progress: Arc::new(gc_core::Silent),
            interruption: Interruption::new(),
        }
    }

    pub(crate) fn filter(&self) -> Filter {
        Filter::for_media(self.media.iter().cloned())
    }
}

/// What a verification is told to do.
#[derive(Debug)]
pub struct VerifySettings {
    /// The root of the archive.
    pub root: String,
    /// The way to the platform.
    pub client: gc_auth::Config,
    /// The first day to verify.
    pub first: Day,
    /// The last day to verify, included.
    pub last: Day,
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
    /// The request to stop.
    pub interruption: Interruption,
}

/// What a run over the tables of names is told to do.
#[derive(Debug)]
pub struct ReferenceSettings {
    /// The root of the archive.
    pub root: String,
    /// The way to the platform.
    pub client: gc_auth::Config,
    /// The tables to replace; none for all.
    pub tables: Option<BTreeSet<String>>,
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
    /// The request to stop.
    pub interruption: Interruption,
}
