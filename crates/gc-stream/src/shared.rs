//! What all lanes share, and what they report.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;

use crate::channel::{Channels, Refusal};
use crate::link::Surroundings;
use crate::notice::{LinkId, Notice};
use crate::outlet::Outlet;
use crate::settings::StreamSettings;
use crate::topic::Entry;

/// What all lanes share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) settings: StreamSettings,
    pub(crate) channels: Channels,
    pub(crate) outlet: Outlet,
    pub(crate) reports: mpsc::Sender<(usize, Report)>,
    pub(crate) stop: CancellationToken,
    /// Channels that may be made ahead of the end of others.
    pub(crate) spare: Arc<Semaphore>,
    has_started: AtomicBool,
    next_link: AtomicU64,
}

/// What a lane reports to the supervisor.
#[derive(Debug)]
pub(crate) enum Report {
    /// The first answer about its topics: how many are heard, and why one is not.
    Started {
        heard: usize,
        refusal: Option<Refusal>,
    },
    /// Combined topics were taken apart: so many entries it wants now, and these have no room.
    Apart { wanted: usize, rest: Vec<Entry> },
}

impl Shared {
    pub(crate) fn new(
        settings: StreamSettings,
        outlet: Outlet,
        reports: mpsc::Sender<(usize, Report)>,
        stop: CancellationToken,
        spare: usize,
    ) -> Self {
        let channels = Channels::new(settings.client.clone(), Arc::clone(&settings.clock));
        Self {
            settings,
            channels,
            outlet,
            reports,
            stop,
            spare: Arc::new(Semaphore::new(spare)),
            has_started: AtomicBool::new(false),
            next_link: AtomicU64::new(1),
        }
    }

    /// Tells the rest of the program; when nobody listens, the links end by themselves.
    pub(crate) async fn tell(&self, notice: Notice) {
        let _deaf = self.outlet.send(notice).await;
    }

    /// Reports to the supervisor, which is there for as long as there are lanes.
    pub(crate) async fn report(&self, lane: usize, report: Report) {
        let _gone = self.reports.send((lane, report)).await;
    }

    /// Takes note that there was a link: from now on no failure ends the run.
    pub(crate) fn start(&self) {
        self.has_started.store(true, Ordering::Relaxed);
    }

    pub(crate) fn has_started(&self) -> bool {
        self.has_started.load(Ordering::Relaxed)
    }

    pub(crate) fn next_link(&self) -> LinkId {
        LinkId(self.next_link.fetch_add(1, Ordering::Relaxed))
    }

    /// Returns what a link needs besides its socket.
    pub(crate) fn surroundings(&self) -> Surroundings {
        Surroundings {
            outlet: self.outlet.clone(),
            clock: Arc::clone(&self.settings.clock),
            ping_after: self.settings.ping_after,
            pong_within: self.settings.pong_within,
            stop: self.stop.clone(),
        }
    }
}
