//! The strings behind the live half.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use super::Control;
use crate::live::{Burst, BurstReport, ChannelInfo, LiveCounts, LiveEvent, LiveFault, LiveTarget};
use crate::world::Course;

/// A conversation of the live floor.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LiveConversation {
    /// Its id, in events and in analytics.
    pub id: String,
    /// Its medium, as analytics spells it.
    pub media_type: &'static str,
    /// When it began.
    pub start: Timestamp,
    /// When the customer left, if that is over.
    pub end: Option<Timestamp>,
    /// When the last wrap-up was done, if that is over.
    pub over: Option<Timestamp>,
    /// The queues it has entered, in their order.
    pub queue_ids: Vec<String>,
}

impl Control {
    /// Returns the time of the live world.
    pub fn live_now(&self) -> Timestamp {
        self.0.live.clock.timestamp()
    }

    /// Plays the next `changes` that can be seen on a topic, whenever they are due, and returns how
    /// many events they were. For a floor that is [driven](crate::Running::Driven).
    pub fn live_step(&self, changes: usize) -> u64 {
        self.0.play(i64::MAX, changes).events
    }

    /// Moves the world's clock forward, plays all that is due by then, and returns how many events
    /// that were.
    pub fn live_advance(&self, by: Duration) -> u64 {
        let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        let until = self.0.live.clock.now().saturating_add(by);
        let played = self.0.play(until, usize::MAX);
        self.0.live.clock.advance_to(until);
        played.events
    }

    /// Lets nobody come any more, plays all open conversations to their end at once, and returns how
    /// many events that were.
    pub fn live_finish(&self) -> u64 {
        self.0.live.floor().close();
        self.0.play(i64::MAX, usize::MAX).events
    }

    /// Lets nobody come any more; open conversations go on.
    pub fn live_close(&self) {
        self.0.live.floor().close();
    }

    /// Stops a floor that moves by itself, and its clock.
    pub fn live_pause(&self) {
        self.0.live.pause(true);
    }

    /// Lets a floor go on that was stopped.
    pub fn live_resume(&self) {
        self.0.live.pause(false);
    }

    /// Returns the conversations that have begun, in order of their start.
    pub fn live_conversations(&self) -> Vec<LiveConversation> {
        let now = self.0.live.clock.now();
        let begun = self.0.live.started(i64::MIN, i64::MAX);
        let begun = begun.iter().filter(|course| course.start <= now);
        begun.map(|course| tell(course, now)).collect()
    }

    /// Returns the JSON of a live conversation as a complete export has it now, with attributes.
    pub fn live_record(&self, conversation_id: &str) -> Option<String> {
        let found = self.0.live.find(conversation_id, self.0.live.clock.now())?;
        let record = found.records.first()?;
        Some(String::from_utf8_lossy(found.json(record)).into_owned())
    }

    /// Returns the JSON of all live conversations, in order of their start.
    pub fn live_records(&self) -> Vec<String> {
        let told = self.live_conversations().into_iter();
        told.filter_map(|one| self.live_record(&one.id)).collect()
    }

    /// Publishes any body on any topic, and returns the number of the event.
    pub fn emit(&self, topic: &str, body: &Value) -> u64 {
        self.0.emit(topic, body)
    }

    /// Opens a queue that serves all media and is in the list from now on; returns its id.
    pub fn add_queue(&self, name: &str) -> String {
        let directory = &self.0.world.directory;
        self.0.live.floor().add_queue(directory, name).to_string()
    }

    /// Returns the id and the name of every queue.
    pub fn queues(&self) -> Vec<(String, String)> {
        let floor = self.0.live.floor();
        let queues = floor.queues().iter();
        queues
            .map(|queue| (queue.id.to_string(), queue.name.clone()))
            .collect()
    }

    /// Sends many events at once, and returns when the last one was given to the sockets.
    ///
    /// # Cancel safety
    ///
    /// Dropped in the middle, it has sent a part of the events.
    pub async fn burst(&self, burst: Burst) -> BurstReport {
        self.0.burst(burst).await
    }

    /// Returns the events generated so far, as far as the log keeps them.
    pub fn events(&self) -> Vec<LiveEvent> {
        self.events_since(0)
    }

    /// Returns the events after number `sequence`.
    pub fn events_since(&self, sequence: u64) -> Vec<LiveEvent> {
        self.0.live.hub.log.since(sequence)
    }

    /// Forgets the events generated so far; counts stay.
    pub fn clear_events(&self) {
        self.0.live.hub.log.clear();
    }

    /// Returns what happened so far, in numbers.
    pub fn live_counts(&self) -> LiveCounts {
        self.0.live.hub.counters.read()
    }

    /// Returns the channels there are.
    pub fn channels(&self) -> Vec<ChannelInfo> {
        self.0.live.hub.sweep(&self.0.tokens);
        self.0.live.hub.infos()
    }

    /// Lets something go wrong on channels, and returns how many it struck.
    pub fn live_fault(&self, to: impl Into<LiveTarget>, fault: &LiveFault) -> usize {
        self.0.apply(&to.into(), fault)
    }

    /// Forbids the client the topics that match a pattern, such as `v2.users.{id}.conversations`;
    /// subscriptions that exist stay.
    pub fn forbid_topic(&self, pattern: &str) {
        self.0.live.hub.forbid(pattern);
    }

    /// Takes a pattern back.
    pub fn permit_topic(&self, pattern: &str) {
        self.0.live.hub.permit(pattern);
    }

    /// Says what `connectUri` begins with from now on, such as `wss://localhost:9443`.
    pub fn set_connect_base(&self, base: &str) {
        self.0.live.hub.set_base(base);
    }
}

fn tell(course: &Course, now: i64) -> LiveConversation {
    let instant = |at: i64| Timestamp::from_millisecond(at).unwrap_or(Timestamp::MAX);
    let past = |at: i64| (at <= now).then(|| instant(at));
    LiveConversation {
        id: course.id.to_string(),
        media_type: course.media.name(),
        start: instant(course.start),
        end: past(course.end()),
        over: past(course.over()),
        queue_ids: course.queues(now).iter().map(Uuid::to_string).collect(),
    }
}
