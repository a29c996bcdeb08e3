//! The floor in motion: changes become events.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use uuid::Uuid;

use super::fault::{Garbage, HUGE, LiveFault, LiveTarget};
use super::{frame, log::Event};
use crate::fault::Fault;
use crate::platform::Platform;
use crate::world::{Course, render, render_media, topic_word};

/// How long the floor sleeps at most, so that it notices what was changed meanwhile.
const NAP: Duration = Duration::from_millis(50);
/// How many changes are played before others get a turn.
const TURN: usize = 200;
/// The topic that tells of the jobs' watermark.
const AVAILABILITY_TOPIC: &str = "v2.analytics.conversations.details.jobs.availability";

/// What was played.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Played {
    /// Changes that could be seen on a topic.
    pub(crate) changes: usize,
    /// Events published for them.
    pub(crate) events: u64,
}

impl Platform {
    /// Moves the floor and ends channels for as long as it is not aborted.
    pub(crate) async fn live(self: Arc<Self>) {
        loop {
            self.live.hub.sweep(&self.tokens);
            let mut played = Played::default();
            if self.live.goes() {
                played = self.play(self.live.clock.now(), TURN);
            }
            if played.changes < TURN {
                tokio::time::sleep(self.live.idle(NAP)).await;
            } else {
                tokio::task::yield_now().await;
            }
        }
    }

    /// Plays what happens up to `until`, at most `most` changes that can be seen.
    pub(crate) fn play(&self, until: i64, most: usize) -> Played {
        // Two players at a time would mix up the order of events.
        let _turn = self.live.turn();
        let mut played = Played::default();
        while played.changes < most {
            let next = self.live.floor().next(&self.world.directory, until);
            let Some((at, course)) = next else { break };
            self.live.clock.advance_to(at);
            let events = self.show(&course, at);
            played.changes += usize::from(events > 0);
            played.events += events;
        }
        played
    }

    /// Publishes a conversation as it is at an instant on all topics that show it.
    fn show(&self, course: &Course, at: i64) -> u64 {
        let word = topic_word(course.media);
        let queues = course.queues(at).into_iter();
        let queues: Vec<String> = queues
            .map(|id| format!("v2.routing.queues.{id}.conversations"))
            .collect();
        let users = course.users(at).into_iter();
        let users = users.map(|id| format!("v2.users.{id}.conversations"));
        let mut events = 0;
        let (mut all, mut one) = (None, None);
        for topic in queues.iter().cloned().chain(users) {
            let media = format!("{topic}.{word}");
            if queues.contains(&topic) || self.live.hub.asked_for(&topic) {
                let body = all.get_or_insert_with(|| text(render(course, at)));
                self.publish(topic, body, Some(course.id), at);
                events += 1;
            }
            if self.live.hub.asked_for(&media) {
                let body = one.get_or_insert_with(|| text(render_media(course, at)));
                self.publish(media, body, Some(course.id), at);
                events += 1;
            }
        }
        events
    }

    /// Publishes an event, and does what a fault says of it.
    fn publish(&self, topic: String, body: &str, conversation: Option<Uuid>, at: i64) -> u64 {
        let path = (!self.faults.is_empty()).then(|| format!("/{}", topic.replace('.', "/")));
        let (sequence, channels) = self.publish_unharmed(topic, body, conversation, at);
        if let Some(path) = path {
            self.strike(&path, &channels);
        }
        sequence
    }

    /// Publishes an event; returns its number and the channels that were to have it.
    fn publish_unharmed(
        &self,
        topic: String,
        body: &str,
        conversation: Option<Uuid>,
        at: i64,
    ) -> (u64, Vec<String>) {
        let correlation = Uuid::new_v4();
        let event = Event {
            frame: frame::event(&topic, body, correlation),
            topic,
            conversation: conversation.map(|id| id.to_string()),
            correlation,
            at,
            sent_at: self.config.clock.now(),
        };
        self.live.hub.publish(&event)
    }

    fn strike(&self, path: &str, channels: &[String]) {
        let fault = match self.faults.strike("EVENT", path) {
            Some((Fault::Live(fault), _)) => fault,
            Some((Fault::TokenRevoked, _)) => LiveFault::Revoke,
            _ => return,
        };
        for channel in channels {
            self.apply(&LiveTarget::Channel(channel.clone()), &fault);
        }
    }

    /// Lets something go wrong on channels; returns how many it struck.
    pub(crate) fn apply(&self, to: &LiveTarget, fault: &LiveFault) -> usize {
        let struck = self.live.hub.apply(to, fault, &self.tokens);
        let huge = LiveFault::Garbage {
            kind: Garbage::Huge,
        };
        if *fault == huge {
            self.send_huge(to);
        }
        struck
    }

    /// Publishes an event of 2 MB on the first topic of each channel.
    fn send_huge(&self, to: &LiveTarget) {
        let channels = self.live.hub.infos().into_iter();
        for channel in channels.filter(|channel| to.means(&channel.id)) {
            let Some(topic) = channel.topics.first() else {
                continue;
            };
            let id = Uuid::new_v4();
            let body = serde_json::json!({ "id": id, "address": "x".repeat(HUGE) });
            let _told = self.publish_unharmed(
                topic.clone(),
                &body.to_string(),
                Some(id),
                self.live.clock.now(),
            );
        }
    }

    /// Publishes any body on any topic.
    pub(crate) fn emit(&self, topic: &str, body: &Value) -> u64 {
        let id = body["id"].as_str().and_then(|id| id.parse().ok());
        self.publish(
            topic.to_owned(),
            &body.to_string(),
            id,
            self.live.clock.now(),
        )
    }

    /// Tells the subscribers how far the jobs' data reach.
    pub(crate) fn tell_watermark(&self) {
        let body =
            serde_json::json!({ "dataAvailabilityDate": format!("{:.0}", self.watermark()) });
        self.emit(AVAILABILITY_TOPIC, &body);
    }
}

/// Returns what was rendered as text.
fn text(body: Vec<u8>) -> String {
    String::from_utf8(body).unwrap_or_default()
}
