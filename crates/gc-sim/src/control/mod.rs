//! The strings behind the simulated platform.

mod live;

use std::collections::BTreeMap;
use std::sync::Arc;

use gc_core::Day;
use jiff::Timestamp;

use crate::entities::entities;
use crate::platform::Platform;
use crate::world::RenderedDay;
use crate::{LoggedRequest, Rule};

pub use live::LiveConversation;

/// Sees into a running simulator and changes it. Clones control the same one.
#[derive(Clone, Debug)]
pub struct Control(Arc<Platform>);

impl Control {
    pub(crate) fn new(platform: Arc<Platform>) -> Self {
        Self(platform)
    }

    /// Returns the present of the world: the time when the simulator started.
    pub fn now(&self) -> Timestamp {
        self.0.world.now
    }

    /// Returns every day of the world.
    pub fn days(&self) -> Vec<Day> {
        self.0.world.days().into_keys().collect()
    }

    /// Returns up to when jobs have the data.
    pub fn watermark(&self) -> Timestamp {
        self.0.watermark()
    }

    /// Moves the watermark; jobs made from now on have the data up to it, and who is subscribed to
    /// its topic hears of it.
    pub fn set_watermark(&self, watermark: Timestamp) {
        self.0.set_watermark(watermark);
        self.0.tell_watermark();
    }

    /// Lets the changes to a day happen that the platform makes after a first export: some
    /// conversations gain a wrap-up, a survey, an evaluation or another note, open ones end, two
    /// appear late. Nothing happens to days of hand-made records.
    pub fn apply_late_changes(&self, day: Day) {
        self.0.world.apply_late_changes(day);
    }

    /// Returns what a complete export of `day` holds: the conversations that started on it, live
    /// ones after those of the history, as the platform has them now, whatever the watermark. Renders the day if nobody has asked before.
    pub fn conversations(&self, day: Day) -> Conversations {
        let live = self.0.live.day(day, self.0.live.clock.now());
        Conversations(self.0.world.day(day).into_iter().chain(live).collect())
    }

    /// Returns all that a list (`queues`, `users`, `wrapup_codes`, …) can show, whatever its state; nothing
    /// for a list that there is not.
    pub fn entities(&self, list: &str) -> Vec<serde_json::Value> {
        entities(&self.0, list).unwrap_or_default()
    }

    /// Returns the ids of the jobs that hold a slot: not deleted, failed or expired.
    pub fn live_jobs(&self) -> Vec<String> {
        self.0.jobs.live()
    }

    /// Returns the requests made so far, in order of arrival.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.0.log().clone()
    }

    /// Returns how many requests each operation had, by `GET /api/v2/…/{jobId}`.
    pub fn request_counts(&self) -> BTreeMap<String, u64> {
        self.0.counts().clone()
    }

    /// Forgets the requests made so far.
    pub fn clear_requests(&self) {
        self.0.log().clear();
        self.0.counts().clear();
    }

    /// Makes all tokens useless.
    pub fn revoke_tokens(&self) {
        self.0.tokens.revoke_all();
    }

    /// Takes a permission from the client, such as `analytics:conversationDetail:view`.
    pub fn deny(&self, permission: &str) {
        self.0.denied().insert(permission.to_owned());
    }

    /// Gives a permission back.
    pub fn allow(&self, permission: &str) {
        self.0.denied().remove(permission);
    }

    /// Adds a fault, after those there are.
    pub fn add_fault(&self, rule: Rule) {
        self.0.faults.add(rule);
    }

    /// Ends all faults.
    pub fn clear_faults(&self) {
        self.0.faults.clear();
    }
}

/// The conversations that started on a day, in order of their start.
#[derive(Clone, Debug)]
pub struct Conversations(Vec<Arc<RenderedDay>>);

impl Conversations {
    /// Returns how many there are.
    pub fn len(&self) -> usize {
        self.0.iter().map(|day| day.records.len()).sum()
    }

    /// Returns whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the JSON of each, with attributes.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let records = self
            .0
            .iter()
            .flat_map(|day| day.records.iter().map(move |one| (day, one)));
        records.map(|(day, record)| day.json(record))
    }

    /// Returns the id of each; empty where a hand-made record has none.
    pub fn ids(&self) -> Vec<String> {
        let records = self
            .0
            .iter()
            .flat_map(|day| day.records.iter().map(move |one| (day, one)));
        records
            .map(|(day, record)| day.id(record).to_owned())
            .collect()
    }

    /// Returns how much JSON they are together, in bytes.
    pub fn bytes_total(&self) -> usize {
        self.iter().map(<[u8]>::len).sum()
    }
}
