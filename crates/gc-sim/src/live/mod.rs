//! The live half: the floor's conversations as events on channels and sockets.
//!
//! - The floor's clock is the world's; heartbeats and the life of channels go by real time.
//! - Events go to sockets that are open when they happen; nothing is kept for later.
//! - The log says of every event to which sockets it was really written.

mod burst;
mod channels;
mod clock;
mod config;
mod counts;
mod fault;
mod frame;
mod hub;
mod log;
mod play;
mod socket;
mod subscription;
mod topic;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use gc_core::{Day, Interval};
use jiff::Timestamp;
use uuid::Uuid;

use crate::world::{Course, Directory, Floor, RenderedDay, WorldConfig, render_records};
use clock::WorldClock;

pub use burst::{Burst, BurstReport};
pub use config::{EventLog, LiveConfig, LiveRate, Running};
pub use counts::LiveCounts;
pub use fault::{Garbage, LiveFault, LiveTarget};
pub use hub::ChannelInfo;
pub(crate) use hub::{Hub, NotSubscribed};
pub use log::LiveEvent;
pub(crate) use socket::{Ticket, run as run_socket};
pub(crate) use subscription::{Judged, Rejection};

/// The live half of the platform.
#[derive(Debug)]
pub(crate) struct Live {
    pub(crate) config: LiveConfig,
    pub(crate) hub: Hub,
    pub(crate) clock: WorldClock,
    floor: Mutex<Floor>,
    turn: Mutex<()>,
    /// The midnight before the floor opened: no day before it has live conversations.
    opened: Timestamp,
    paused: AtomicBool,
}

impl Live {
    pub(crate) fn new(
        config: LiveConfig,
        world: &WorldConfig,
        directory: &Directory,
        start: Timestamp,
    ) -> Self {
        let (seed, from) = (world.seed, start.as_millisecond());
        let floor = Floor::new(seed, directory, from, config.pace, config.gap());
        Self {
            hub: Hub::new(&config),
            clock: WorldClock::new(start, config.speed, config.running == Running::ByItself),
            config,
            floor: Mutex::new(floor),
            turn: Mutex::default(),
            opened: Day::of(start).start(),
            paused: AtomicBool::new(false),
        }
    }

    pub(crate) fn floor(&self) -> MutexGuard<'_, Floor> {
        self.floor.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns whether the floor moves by itself.
    fn goes(&self) -> bool {
        self.config.running == Running::ByItself && !self.paused.load(Ordering::Acquire)
    }

    /// Stops the floor and its clock, or lets them go on.
    pub(crate) fn pause(&self, paused: bool) {
        self.paused.store(paused, Ordering::Release);
        if self.config.running == Running::Driven {
            return;
        }
        if paused {
            self.clock.stop();
        } else {
            self.clock.go();
        }
    }

    /// Returns how long nothing will happen, at most `longest`.
    fn idle(&self, longest: Duration) -> Duration {
        let due = self.floor().next_due().filter(|_| self.goes());
        due.and_then(|due| self.clock.until(due))
            .map_or(longest, |due| due.min(longest))
    }

    fn has_queue(&self, id: Uuid) -> bool {
        self.floor().queues().iter().any(|queue| queue.id == id)
    }

    /// Returns up to when look-ups know of changes, in milliseconds since 1970.
    pub(crate) fn known(&self) -> i64 {
        let delay = i64::try_from(self.config.query_delay.as_millis()).unwrap_or(i64::MAX);
        self.clock.now().saturating_sub(delay)
    }

    /// Returns up to when the query knows of changes. Where the clock goes, that moves on once a
    /// second, and not at all for intervals that lie before the floor opened: the pages of a query
    /// are chosen once as long as nothing has changed.
    pub(crate) fn known_in(&self, interval: Interval) -> i64 {
        if interval.end <= self.opened {
            return self.opened.as_millisecond();
        }
        let known = self.known();
        match self.config.running {
            Running::Driven => known,
            Running::ByItself => known - known.rem_euclid(1000),
        }
    }

    /// Returns the live conversations that started on a day, as they were known at `known`.
    pub(crate) fn day(&self, day: Day, known: i64) -> Option<Arc<RenderedDay>> {
        let (from, to) = (
            day.start().as_millisecond(),
            day.next().start().as_millisecond(),
        );
        let courses = self.started(from, to);
        (!courses.is_empty()).then(|| render_records(courses.iter(), known))
    }

    /// Returns the live conversations that started in a stretch, in order of their start.
    pub(crate) fn started(&self, from: i64, to: i64) -> Vec<Arc<Course>> {
        let floor = self.floor();
        let all = floor.courses();
        let first = all.partition_point(|course| course.start < from);
        let end = all.partition_point(|course| course.start < to);
        all[first..end].to_vec()
    }

    /// Returns one live conversation alone, as it was known at `known`.
    pub(crate) fn find(&self, id: &str, known: i64) -> Option<Arc<RenderedDay>> {
        let course = self.floor().find(id.parse().ok()?)?;
        let found = render_records(std::iter::once(&course), known);
        (!found.records.is_empty()).then_some(found)
    }
}
