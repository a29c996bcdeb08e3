//! Who is told of what happens on the way to the platform: the count of requests, and the watcher.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use gc_auth::Observer;
use gc_core::{Day, Progress, Step};

/// How many requests were sent, for a day or for a run.
#[derive(Debug, Default)]
pub(crate) struct Tally(AtomicU64);

impl Tally {
    pub(crate) fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Counts the requests of one day and passes on what delays them.
pub(crate) struct DayObserver {
    pub(crate) day: Day,
    pub(crate) tally: Arc<Tally>,
    pub(crate) progress: Arc<dyn Progress>,
}

impl fmt::Debug for DayObserver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DayObserver").field(&self.day).finish()
    }
}

impl Observer for DayObserver {
    fn sent(&self, _operation: &'static str) {
        self.tally.0.fetch_add(1, Ordering::Relaxed);
    }

    fn waiting(&self, reason: &str, duration: Duration) {
        self.progress.step(
            self.day,
            Step::Waiting {
                reason: reason.to_owned(),
                duration,
            },
        );
    }

    fn recovered(&self, what: &str) {
        self.progress.step(
            self.day,
            Step::Recovered {
                what: what.to_owned(),
            },
        );
    }
}

/// Counts the requests that belong to no day.
#[derive(Debug)]
pub(crate) struct RunObserver(pub(crate) Arc<Tally>);

impl Observer for RunObserver {
    fn sent(&self, _operation: &'static str) {
        self.0.0.fetch_add(1, Ordering::Relaxed);
    }

    fn waiting(&self, reason: &str, duration: Duration) {
        tracing::info!(reason, seconds = duration.as_secs(), "waiting");
    }

    fn recovered(&self, what: &str) {
        tracing::warn!(what, "recovered");
    }
}
