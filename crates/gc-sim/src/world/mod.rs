//! The made-up organisation and its conversations.
//!
//! - A day is rendered to JSON once, when it is first asked for, and kept.
//! - The same configuration and the same present give the same bytes.
//! - A day has two editions: as first exported, and after late changes.

mod config;
mod curve;
mod day;
mod dice;
mod directory;
mod facets;
mod floor;
mod id;
mod json;
mod loaded;
mod model;
mod names;
mod story;
mod value;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use gc_core::Day;
use jiff::Timestamp;
use uuid::Uuid;

pub use config::WorldConfig;
pub(crate) use day::{Edition, Record, RenderedDay, Renderer};
pub(crate) use directory::{Directory, Named, User};
pub(crate) use facets::{Facets, SegmentDimension};
pub(crate) use floor::{
    Course, Floor, FloorQueue, render, render_media, render_records, topic_word,
};
pub(crate) use loaded::{load, read_records};
pub use model::{ModelField, model_fields};
pub use story::UNKNOWN_FIELDS;

/// A day's edition and its rendering, made when first asked for.
#[derive(Clone, Debug)]
struct Slot {
    edition: Edition,
    rendered: Arc<OnceLock<Arc<RenderedDay>>>,
}

impl Slot {
    fn new(edition: Edition) -> Self {
        Self {
            edition,
            rendered: Arc::default(),
        }
    }
}

/// The world: every day of it, in its present edition.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) config: WorldConfig,
    pub(crate) directory: Directory,
    pub(crate) now: Timestamp,
    slots: Mutex<BTreeMap<Day, Slot>>,
    /// Days whose records were loaded from a file.
    loaded: BTreeMap<Day, Arc<RenderedDay>>,
    generation: AtomicU64,
}

impl World {
    pub(crate) fn new(
        config: WorldConfig,
        now: Timestamp,
        loaded: BTreeMap<Day, Arc<RenderedDay>>,
    ) -> Self {
        let days = config.first_day.through(config.last_day);
        let slots = days.map(|day| (day, Slot::new(Edition::First))).collect();
        let directory = Directory::new(config.seed);
        let (slots, generation) = (Mutex::new(slots), AtomicU64::new(0));
        Self {
            config,
            directory,
            now,
            slots,
            loaded,
            generation,
        }
    }

    /// Returns every day that has or may have conversations, with its edition.
    pub(crate) fn days(&self) -> BTreeMap<Day, Edition> {
        let slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let mut days: BTreeMap<_, _> = slots
            .iter()
            .map(|(day, slot)| (*day, slot.edition))
            .collect();
        for day in self.loaded.keys() {
            days.entry(*day).or_insert(Edition::First);
        }
        days
    }

    /// Returns a number that changes whenever a day does.
    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Switches a day to the edition after late changes; returns whether the world has the day.
    pub(crate) fn apply_late_changes(&self, day: Day) -> bool {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(slot) = slots.get_mut(&day) else {
            return false;
        };
        if slot.edition == Edition::First {
            *slot = Slot::new(Edition::Late);
            self.generation.fetch_add(1, Ordering::AcqRel);
        }
        true
    }

    /// Returns a day, rendering it if nobody has asked for it before: call it off the async threads.
    pub(crate) fn day(&self, day: Day) -> Option<Arc<RenderedDay>> {
        if let Some(loaded) = self.loaded.get(&day) {
            return Some(Arc::clone(loaded));
        }
        let slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = slots.get(&day)?.clone();
        drop(slots);
        let render = || {
            let now = self.now.as_millisecond();
            let renderer = Renderer {
                config: &self.config,
                directory: &self.directory,
                now,
            };
            Arc::new(renderer.render(day, slot.edition))
        };
        Some(Arc::clone(slot.rendered.get_or_init(render)))
    }

    /// Returns the day that holds conversation `id`, and its place there.
    pub(crate) fn find(&self, id: &str) -> Option<(Arc<RenderedDay>, usize)> {
        let made = id.parse::<Uuid>().ok().and_then(|id| {
            let start = id::day_number(self.config.seed, id).checked_mul(86_400_000)?;
            Timestamp::from_millisecond(start).ok().map(Day::of)
        });
        let days = self.loaded.keys().copied().chain(made);
        days.filter_map(|day| self.day(day)).find_map(|day| {
            let place = day.records.iter().position(|record| day.id(record) == id)?;
            Some((day, place))
        })
    }
}
