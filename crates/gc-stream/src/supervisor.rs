//! The supervisor: shares the topics out over lanes, and picks up new queues.

use std::collections::HashSet;
use std::sync::Arc;

use gc_core::{Class, Classify, describe};
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::channel::Refusal;
use crate::directory::Directory;
use crate::error::Error;
use crate::lane::Lane;
use crate::notice::Notice;
use crate::outlet::{self, Notices, Outlet};
use crate::settings::StreamSettings;
use crate::shared::{Report, Shared};
use crate::topic::Entry;

/// Orders that may wait for a lane that is in trouble; what does not fit comes with the next list.
const ORDERS: usize = 16;

/// Reports that may wait for the supervisor: a few from each lane.
const REPORTS: usize = 64;

/// Listens to what the settings select, from now until `cancel`.
///
/// The notices have to be read to their end, also after `cancel`: they are bounded. The task ends
/// with them, and with an error when a person has to act before anything can be heard (credentials,
/// permissions, unknown queues, too many topics); once there has been a link, everything is tried
/// for ever.
pub fn listen(
    settings: StreamSettings,
    cancel: CancellationToken,
) -> (Notices, JoinHandle<Result<(), Error>>) {
    let (outlet, notices) = outlet::outlet(settings.bytes_in_flight);
    let task = tokio::spawn(Box::pin(run(settings, outlet, cancel)));
    (notices, task)
}

/// A lane as the supervisor sees it.
#[derive(Debug)]
struct Post {
    orders: mpsc::Sender<Vec<Entry>>,
    /// How many entries it wants.
    wanted: usize,
}

#[derive(Debug)]
struct Supervisor {
    shared: Arc<Shared>,
    directory: Directory,
    lanes: JoinSet<Result<(), Error>>,
    posts: Vec<Post>,
    /// Entries that a lane has, or that have no room.
    known: HashSet<String>,
    reports: mpsc::Receiver<(usize, Report)>,
    start: Start,
}

/// What the lanes report of their start.
#[derive(Debug, Default)]
struct Start {
    reported: usize,
    heard: usize,
    refusal: Option<Refusal>,
}

async fn run(
    settings: StreamSettings,
    outlet: Outlet,
    cancel: CancellationToken,
) -> Result<(), Error> {
    let directory = Directory::new(settings.client.clone());
    let entries = tokio::select! {
        entries = first_list(&settings, &directory) => entries?,
        () = cancel.cancelled() => return Ok(()),
    };
    let room = settings.room();
    if entries.len() > room {
        let topics = entries.len();
        return Err(Error::TooManyTopics { topics, room });
    }
    let stop = cancel.child_token();
    let mut supervisor = Supervisor::new(settings, directory, outlet, stop.clone(), &entries);
    let ended = supervisor.watch().await;
    stop.cancel();
    let stopped = supervisor.join().await;
    ended.and(stopped)
}

/// Returns what to subscribe to, trying for as long as the platform cannot be reached.
async fn first_list(settings: &StreamSettings, directory: &Directory) -> Result<Vec<Entry>, Error> {
    let mut failures = 0;
    loop {
        match settings.selection.entries(directory).await {
            Ok(entries) if entries.is_empty() => return Err(Error::NoQueues),
            Err(error) if matches!(error.class(), Class::Transient { .. }) => {
                failures += 1;
                tracing::warn!(
                    error = describe(&error),
                    "queues not listed, will be tried again"
                );
                sleep(settings.backoff.wait(failures)).await;
            }
            listed => return listed,
        }
    }
}

impl Supervisor {
    fn new(
        settings: StreamSettings,
        directory: Directory,
        outlet: Outlet,
        stop: CancellationToken,
        entries: &[Entry],
    ) -> Self {
        let (report_sender, reports) = mpsc::channel(REPORTS);
        let count = entries.len().div_ceil(settings.topics_per_channel.max(1));
        let spare = settings.max_channels.saturating_sub(count).max(1);
        let share = entries.len().div_ceil(count.max(1));
        let known = entries.iter().map(|entry| entry.id.clone()).collect();
        let shared = Shared::new(settings, outlet, report_sender, stop, spare);
        let mut supervisor = Self {
            shared: Arc::new(shared),
            directory,
            lanes: JoinSet::new(),
            posts: Vec::new(),
            known,
            reports,
            start: Start::default(),
        };
        for share in entries.chunks(share.max(1)) {
            supervisor.open_lane(share.to_vec());
        }
        supervisor
    }

    fn open_lane(&mut self, entries: Vec<Entry>) {
        let (orders, receiver) = mpsc::channel(ORDERS);
        let (number, wanted) = (self.posts.len(), entries.len());
        let lane = Lane::new(number, Arc::clone(&self.shared), entries, receiver);
        self.lanes.spawn(lane.run());
        self.posts.push(Post { orders, wanted });
    }

    /// Watches over the lanes until the program stops or one of them gives up.
    async fn watch(&mut self) -> Result<(), Error> {
        let (stop, shared) = (self.shared.stop.clone(), Arc::clone(&self.shared));
        let refresh = self.shared.settings.refresh;
        let mut list_at = Instant::now() + refresh;
        loop {
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = shared.outlet.closed() => return Ok(()),
                Some((lane, report)) = self.reports.recv() => self.take(lane, report).await?,
                Some(ended) = self.lanes.join_next() => ended.map_err(|_| Error::Task)??,
                () = sleep_until(list_at), if self.shared.settings.selection.is_everything() => {
                    tokio::select! {
                        () = Box::pin(self.list()) => {}
                        () = stop.cancelled() => return Ok(()),
                    }
                    list_at = Instant::now() + refresh;
                }
            }
        }
    }

    async fn take(&mut self, lane: usize, report: Report) -> Result<(), Error> {
        match report {
            Report::Started { heard, refusal } => self.started(heard, refusal),
            Report::Apart { wanted, rest } => {
                if let Some(post) = self.posts.get_mut(lane) {
                    post.wanted = wanted;
                }
                self.place(rest).await;
                Ok(())
            }
        }
    }

    /// Ends the run when every lane has started and not one topic is heard.
    fn started(&mut self, heard: usize, refusal: Option<Refusal>) -> Result<(), Error> {
        let start = &mut self.start;
        start.reported += 1;
        start.heard += heard;
        start.refusal = start.refusal.take().or(refusal);
        if start.heard > 0 || start.reported < self.posts.len() {
            return Ok(());
        }
        let Refusal {
            reason,
            permissions,
        } = start.refusal.take().unwrap_or_default();
        Err(Error::AllRejected {
            count: self.posts.iter().map(|post| post.wanted).sum(),
            reason,
            permissions,
        })
    }

    /// Lists the queues again and places those that are new.
    async fn list(&mut self) {
        let selection = &self.shared.settings.selection;
        let entries = match selection.entries(&self.directory).await {
            Ok(entries) => entries,
            Err(error) => {
                tracing::warn!(error = describe(&error), "queues not listed, new ones wait");
                return;
            }
        };
        let new: Vec<Entry> = entries
            .into_iter()
            .filter(|entry| !self.known.contains(&entry.id))
            .collect();
        if !new.is_empty() {
            tracing::info!(count = new.len(), "new topics");
            self.place(new).await;
        }
    }

    /// Gives entries to lanes that have room, and to new lanes.
    async fn place(&mut self, mut entries: Vec<Entry>) {
        let limit = self.shared.settings.topics_per_channel;
        for post in &mut self.posts {
            let room = limit.saturating_sub(post.wanted).min(entries.len());
            if room == 0 {
                continue;
            }
            let share: Vec<Entry> = entries.drain(..room).collect();
            let ids: Vec<String> = share.iter().map(|entry| entry.id.clone()).collect();
            match post.orders.try_send(share) {
                Ok(()) => {
                    post.wanted += ids.len();
                    self.known.extend(ids);
                }
                Err(error) => entries.extend(error.into_inner()),
            }
        }
        while !entries.is_empty() && self.posts.len() < self.shared.settings.steady_channels() {
            let rest = entries.split_off(limit.max(1).min(entries.len()));
            self.known
                .extend(entries.iter().map(|entry| entry.id.clone()));
            self.take_spare();
            self.open_lane(entries);
            entries = rest;
        }
        self.turn_away(entries).await;
    }

    /// A lane more is a channel less for renewals, down to one.
    fn take_spare(&self) {
        let spare = &self.shared.spare;
        if spare.available_permits() > 1
            && let Ok(permit) = spare.try_acquire()
        {
            permit.forget();
        }
    }

    /// Tells of topics that no channel has room for.
    async fn turn_away(&mut self, entries: Vec<Entry>) {
        if entries.is_empty() {
            return;
        }
        let room = self.shared.settings.room();
        tracing::error!(
            count = entries.len(),
            room,
            "topics without room on any channel"
        );
        for entry in entries {
            self.known.insert(entry.id);
            for topic in entry.topics {
                let (reason, permissions) = ("no room on any channel".to_owned(), Vec::new());
                let notice = Notice::Rejected {
                    topic,
                    reason,
                    permissions,
                };
                self.shared.tell(notice).await;
            }
        }
    }

    /// Waits for the lanes to end.
    async fn join(&mut self) -> Result<(), Error> {
        let mut result = Ok(());
        while let Some(ended) = self.lanes.join_next().await {
            result = result.and(ended.map_err(|_| Error::Task).flatten());
        }
        result
    }
}
