//! What all requests share.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gc_core::{Day, Interval};
use jiff::{Timestamp, ToSpan};

use crate::fault::Script;
use crate::jobs::{Jobs, Pace};
use crate::live::Live;
use crate::select::{Ask, Selection};
use crate::tokens::Tokens;
use crate::world::{World, load};
use crate::{Error, SimConfig};

/// How many selections of the query are kept for its next pages.
const KEPT_SELECTIONS: usize = 8;

/// A request that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoggedRequest {
    /// The method, such as `GET`.
    pub method: String,
    /// The path, without the query.
    pub path: String,
}

/// The simulated platform.
#[derive(Debug)]
pub(crate) struct Platform {
    pub(crate) config: SimConfig,
    pub(crate) world: World,
    pub(crate) tokens: Tokens,
    pub(crate) jobs: Jobs,
    pub(crate) faults: Script,
    pub(crate) live: Live,
    watermark: Mutex<Timestamp>,
    denied: Mutex<BTreeSet<String>>,
    log: Mutex<Vec<LoggedRequest>>,
    counts: Mutex<BTreeMap<String, u64>>,
    selections: Mutex<VecDeque<(String, Arc<Selection>)>>,
}

impl Platform {
    pub(crate) fn new(mut config: SimConfig) -> Result<Self, Error> {
        let now = config.clock.now();
        let loaded = config
            .records
            .as_deref()
            .map(load)
            .transpose()?
            .unwrap_or_default();
        let noon = config.world.last_day.back(1).start() + 12.hours();
        let faults = Script::new(std::mem::take(&mut config.faults));
        let world = World::new(config.world.clone(), now, loaded);
        let live = std::mem::take(&mut config.live);
        let live = Live::new(live, &config.world, &world.directory, now);
        Ok(Self {
            watermark: Mutex::new(config.watermark.unwrap_or(noon)),
            denied: Mutex::new(config.denied.iter().cloned().collect()),
            world,
            live,
            config,
            faults,
            tokens: Tokens::default(),
            jobs: Jobs::default(),
            log: Mutex::default(),
            counts: Mutex::default(),
            selections: Mutex::default(),
        })
    }

    /// Returns up to when jobs have the data: as it was set, or as it follows the world's clock.
    pub(crate) fn watermark(&self) -> Timestamp {
        let set = *lock(&self.watermark);
        let lag = self.live.config.watermark_lag;
        let follows = lag.and_then(|lag| self.live.clock.timestamp().checked_sub(lag).ok());
        follows.map_or(set, |follows| set.max(follows))
    }

    pub(crate) fn set_watermark(&self, watermark: Timestamp) {
        *lock(&self.watermark) = watermark;
    }

    pub(crate) fn denied(&self) -> MutexGuard<'_, BTreeSet<String>> {
        lock(&self.denied)
    }

    pub(crate) fn log(&self) -> MutexGuard<'_, Vec<LoggedRequest>> {
        lock(&self.log)
    }

    pub(crate) fn counts(&self) -> MutexGuard<'_, BTreeMap<String, u64>> {
        lock(&self.counts)
    }

    pub(crate) fn pace(&self) -> Pace {
        Pace {
            queued_polls: self.config.job_queued_polls,
            pending_polls: self.config.job_pending_polls,
            slots: self.config.concurrent_jobs,
        }
    }

    /// Chooses records off the async threads.
    pub(crate) async fn choose(self: &Arc<Self>, ask: Ask) -> Selection {
        let platform = Arc::clone(self);
        let chosen = tokio::task::spawn_blocking(move || {
            Selection::choose(&platform.world, &platform.live, &ask)
        })
        .await;
        chosen.unwrap_or_default()
    }

    /// Chooses records, or returns those chosen for the same `key` before.
    pub(crate) async fn choose_once(self: &Arc<Self>, key: String, ask: Ask) -> Arc<Selection> {
        let key = format!("{} {key}", self.world.generation());
        let known = lock(&self.selections)
            .iter()
            .find(|(known, _)| *known == key)
            .cloned();
        if let Some((_, selection)) = known {
            return selection;
        }
        let selection = Arc::new(self.choose(ask).await);
        let mut kept = lock(&self.selections);
        kept.truncate(KEPT_SELECTIONS - 1);
        kept.push_front((key, Arc::clone(&selection)));
        selection
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Reads `start/end` as the platform does; times without an offset are UTC.
pub(crate) fn parse_interval(text: &str) -> Option<Interval> {
    let (start, end) = text.split_once('/')?;
    let interval = Interval {
        start: instant(start)?,
        end: instant(end)?,
    };
    (interval.start < interval.end).then_some(interval)
}

fn instant(text: &str) -> Option<Timestamp> {
    let day = || text.parse::<Day>().ok().map(Day::start);
    text.parse()
        .ok()
        .or_else(|| format!("{text}Z").parse().ok())
        .or_else(day)
}
