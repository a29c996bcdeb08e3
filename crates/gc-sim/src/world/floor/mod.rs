//! The live floor: conversations that begin, move and end while the simulator runs.
//!
//! - A conversation's whole [`Course`] is known when it begins; time only uncovers it.
//! - The same seed, start and steps give the same conversations.
//! - Live conversations begin after those of the history: the floor opens when the simulator starts.

mod course;
mod leg;
mod media;
mod plot;
mod record;
mod serving;
mod shape;
mod snapshot;

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::dice::Dice;
use super::directory::Directory;
use super::story::Media;
use super::{day, id};

pub(crate) use course::{Course, FloorQueue};
pub(crate) use media::{render_media, topic_word};
use plot::Stage;
use record::record;
pub(crate) use snapshot::render;

/// Which part of the world live conversations take their chance from.
const PLACE: u64 = 5;
/// Which part of the world queues that are added take their chance from.
const QUEUE_PLACE: u64 = 6;
/// Which part of the world arrivals take their chance from.
const ARRIVAL_PLACE: u64 = 7;
/// From where on the indices of a day's conversations are those of live ones.
const FIRST_INDEX: u32 = 0x8000_0000;
/// Which media an added queue serves: all.
const ALL_MEDIA: &str = "vcbem";

/// A change that is due: when, of which conversation, the how manieth.
type Due = Reverse<(i64, usize, usize)>;

/// The conversations of the floor, those to come included.
#[derive(Debug)]
pub(crate) struct Floor {
    seed: u64,
    pace: f64,
    /// The mean time between two arrivals, in milliseconds of the world; none arrive without.
    gap: Option<f64>,
    arrivals: Dice,
    next_arrival: i64,
    queues: Vec<FloorQueue>,
    busy: Vec<i64>,
    courses: Vec<Arc<Course>>,
    places: HashMap<Uuid, usize>,
    due: BinaryHeap<Due>,
}

impl Floor {
    /// Opens the floor at `start`.
    pub(crate) fn new(
        seed: u64,
        directory: &Directory,
        start: i64,
        pace: f64,
        gap: Option<f64>,
    ) -> Self {
        let queues = directory.queues.iter().map(|queue| FloorQueue {
            id: queue.id,
            name: queue.name.to_owned(),
            division: queue.division,
            serves: queue.serves.to_owned(),
        });
        Self {
            seed,
            pace,
            gap,
            arrivals: Dice::at(seed, [ARRIVAL_PLACE, 0, 0]),
            next_arrival: start + 1,
            queues: queues.collect(),
            busy: vec![start; directory.users.len()],
            courses: Vec::new(),
            places: HashMap::new(),
            due: BinaryHeap::new(),
        }
    }

    pub(crate) fn queues(&self) -> &[FloorQueue] {
        &self.queues
    }

    /// Opens a queue that serves all media.
    pub(crate) fn add_queue(&mut self, directory: &Directory, name: &str) -> Uuid {
        let number = u64::try_from(self.queues.len()).unwrap_or(0);
        let mut dice = Dice::at(self.seed, [QUEUE_PLACE, number, 0]);
        let id = dice.id();
        self.queues.push(FloorQueue {
            id,
            name: name.to_owned(),
            division: dice.pick(&directory.divisions).id,
            serves: ALL_MEDIA.to_owned(),
        });
        id
    }

    /// Lets nobody come any more.
    pub(crate) fn close(&mut self) {
        self.gap = None;
    }

    /// Returns when something happens next.
    pub(crate) fn next_due(&self) -> Option<i64> {
        let change = self.due.peek().map(|Reverse((at, _, _))| *at);
        let arrival = self.gap.map(|_| self.next_arrival);
        change.into_iter().chain(arrival).min()
    }

    /// Returns the next change up to `until`, and the conversation it happens to.
    pub(crate) fn next(&mut self, directory: &Directory, until: i64) -> Option<(i64, Arc<Course>)> {
        while self.gap.is_some() && self.next_arrival <= self.next_due()?.min(until) {
            self.arrive(directory);
        }
        let Reverse((at, place, number)) = *self.due.peek().filter(|due| due.0.0 <= until)?;
        self.due.pop();
        let course = Arc::clone(&self.courses[place]);
        if let Some(next) = course.changes.get(number + 1) {
            self.due.push(Reverse((*next, place, number + 1)));
        }
        Some((at, course))
    }

    fn arrive(&mut self, directory: &Directory) {
        let (start, place) = (self.next_arrival, self.courses.len());
        let index = FIRST_INDEX.saturating_add(u32::try_from(place).unwrap_or(0));
        let mut dice = Dice::at(self.seed, [PLACE, u64::from(index), 0]);
        let day = start.div_euclid(86_400_000);
        let id = id::of(self.seed, day, index, dice.id());
        let course = self.tell(directory, dice, id, start, None);
        if let Some(first) = course.changes.first() {
            self.due.push(Reverse((*first, place, 0)));
        }
        self.courses.push(Arc::new(course));
        self.places.insert(id, place);
        self.next_arrival = start + self.draw_gap();
    }

    fn tell(
        &mut self,
        directory: &Directory,
        dice: Dice,
        id: Uuid,
        start: i64,
        media: Option<Media>,
    ) -> Course {
        let mut stage = Stage {
            directory,
            queues: &self.queues,
            busy: &mut self.busy,
            pace: self.pace,
        };
        plot::tell(&mut stage, dice, id, start, media)
    }

    /// Tells a call that is in no list: a pattern for events that stand for no conversation.
    pub(crate) fn pattern(&self, directory: &Directory, start: i64, number: u64) -> Course {
        let mut busy = self.busy.clone();
        let mut stage = Stage {
            directory,
            queues: &self.queues[..1],
            busy: &mut busy,
            pace: self.pace,
        };
        let dice = Dice::at(self.seed, [PLACE, number, 1]);
        plot::tell(&mut stage, dice, Uuid::nil(), start, Some(Media::Voice))
    }

    /// Draws the time to the next arrival: mostly short, now and then long.
    fn draw_gap(&mut self) -> i64 {
        let share = self.arrivals.between(1, 1_000_000);
        let thousandths = Duration::from_micros(share.unsigned_abs()).as_secs_f64();
        let millis = -thousandths.ln() * self.gap.unwrap_or_default();
        let gap = Duration::try_from_secs_f64(millis / 1000.0).unwrap_or(Duration::MAX);
        i64::try_from(gap.as_millis())
            .unwrap_or(i64::MAX / 4)
            .max(1)
    }

    /// Returns the conversations that have begun, in order of their start.
    pub(crate) fn courses(&self) -> &[Arc<Course>] {
        &self.courses
    }

    pub(crate) fn find(&self, id: Uuid) -> Option<Arc<Course>> {
        let place = self.places.get(&id)?;
        self.courses.get(*place).map(Arc::clone)
    }
}

/// Renders conversations as analytics knows them at `known`; what began later is absent.
pub(crate) fn render_records<'c>(
    courses: impl Iterator<Item = &'c Arc<Course>>,
    known: i64,
) -> Arc<day::RenderedDay> {
    let begun = courses.filter(|course| course.start <= known);
    Arc::new(day::render_all(begun.map(|course| record(course)), known))
}
