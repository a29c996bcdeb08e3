//! Many events at once, for measurements: rendered beforehand, only their ids change.
//!
//! - A burst waits for sockets that are slow; it drops nothing.
//! - Its conversations go through all the snapshots of a real call, but analytics does not know them.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Utf8Bytes;
use uuid::{Builder, Uuid};

use super::log::Event;
use super::socket::Item;
use super::template::{Template, choose};
use crate::platform::Platform;

/// How many events are made between two looks at the clock and the subscriptions.
const ROUND: u64 = 256;
/// The number of queues a burst goes to.
const QUEUES: usize = 12;
/// How many calls are tried to find one whose snapshots all have the length that is asked for.
const PATTERNS: u64 = 200;

/// Many events at once.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Burst {
    /// How many.
    pub events: u64,
    /// How long the text of each is, in bytes; a snapshot that is longer stays as it is.
    /// Default: 4,096.
    pub bytes: usize,
    /// How many are sent in a second. Default: as many as the sockets take.
    pub per_second: Option<f64>,
    /// How many conversations are open at a time. Default: 500.
    pub conversations: u64,
    /// Whether the events are written to the log. Default: no.
    pub log: bool,
}

impl Burst {
    /// Returns a burst of `events` as fast as the sockets take them.
    pub fn new(events: u64) -> Self {
        Self {
            events,
            bytes: 4_096,
            per_second: None,
            conversations: 500,
            log: false,
        }
    }
}

impl Default for Burst {
    fn default() -> Self {
        Self::new(10_000)
    }
}

/// What became of a burst.
#[derive(Clone, Copy, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct BurstReport {
    /// How many events were made.
    pub events: u64,
    /// How often one was given to a socket: one that no channel was subscribed to counts nothing.
    pub sent: u64,
    /// How many seconds it took until the last one was given away.
    pub seconds: f64,
}

/// A burst under way.
#[derive(Debug)]
struct Volley {
    burst: Burst,
    templates: Vec<Template>,
    queues: Vec<Uuid>,
    /// What the ids of this burst are made from.
    number: u64,
}

/// The ids of one event.
#[derive(Clone, Copy, Debug)]
struct Ids {
    conversation: Uuid,
    queue: Uuid,
    correlation: Uuid,
    step: usize,
}

impl Volley {
    /// Returns the ids of the event at `place`: conversations take turns, each goes on step by step.
    fn ids(&self, place: u64) -> Ids {
        let lanes = self.burst.conversations.max(1);
        let steps = u64::try_from(self.templates.len()).unwrap_or(1).max(1);
        let (lane, round) = (place % lanes, place / lanes);
        let nth = |bound: usize, place: u64| {
            usize::try_from(place % u64::try_from(bound.max(1)).unwrap_or(1)).unwrap_or(0)
        };
        Ids {
            conversation: made(self.number, lane << 32 | (round / steps), 1),
            queue: self.queues[nth(self.queues.len(), lane)],
            correlation: made(self.number, place, 2),
            step: nth(self.templates.len(), round),
        }
    }
}

/// Returns an id of version 4 that is different for each number.
fn made(burst: u64, number: u64, kind: u8) -> Uuid {
    let mut bytes = [0; 16];
    bytes[..4].copy_from_slice(&burst.to_be_bytes()[4..]);
    bytes[4] = kind;
    bytes[9..].copy_from_slice(&number.to_be_bytes()[1..]);
    Builder::from_random_bytes(bytes).into_uuid()
}

impl Platform {
    /// Sends a burst.
    pub(crate) async fn burst(&self, burst: Burst) -> BurstReport {
        let volley = self.load(burst);
        let began = Instant::now();
        let mut report = BurstReport::default();
        while report.events < burst.events {
            let count = self.round(burst, report.events);
            for place in report.events..report.events + count {
                report.sent += self.send(&volley, place).await;
            }
            report.events += count;
            wait(burst, report.events, began).await;
        }
        report.seconds = began.elapsed().as_secs_f64();
        report
    }

    /// Returns how many events go out before the next look at the clock.
    fn round(&self, burst: Burst, done: u64) -> u64 {
        let round = if burst.per_second.is_some_and(|rate| rate < 10_000.0) {
            1
        } else {
            ROUND
        };
        round.min(burst.events - done)
    }

    fn load(&self, burst: Burst) -> Volley {
        let floor = self.live.floor();
        let queues: Vec<Uuid> = floor
            .queues()
            .iter()
            .take(QUEUES)
            .map(|one| one.id)
            .collect();
        let now = self.live.clock.now();
        let patterns =
            (0..PATTERNS).map(|number| floor.pattern(&self.world.directory, now, number));
        let templates = choose(patterns, queues[0], burst.bytes);
        drop(floor);
        Volley {
            burst,
            templates,
            queues,
            number: self.live.hub.log.number(),
        }
    }

    /// Sends one event; returns to how many sockets.
    async fn send(&self, volley: &Volley, place: u64) -> u64 {
        let ids = volley.ids(place);
        let topic = format!("v2.routing.queues.{}.conversations", ids.queue);
        let sockets = self.live.hub.queues(&topic);
        if sockets.is_empty() && !volley.burst.log {
            return 0;
        }
        let template = &volley.templates[ids.step];
        let frame = template.fill(ids.conversation, ids.queue, ids.correlation);
        let sequence = self.note(volley.burst, &topic, ids, &frame);
        let mut sent = 0;
        for socket in sockets {
            let item = Item::Event {
                frame: frame.clone(),
                sequence,
                again: false,
            };
            sent += u64::from(socket.send(item).await.is_ok());
        }
        sent
    }

    /// Notes an event where the burst is to be in the log; returns its number there, or 0.
    fn note(&self, burst: Burst, topic: &str, ids: Ids, frame: &Utf8Bytes) -> u64 {
        if !burst.log {
            return 0;
        }
        let sequence = self.live.hub.log.number();
        let event = Event {
            topic: topic.to_owned(),
            conversation: Some(ids.conversation.to_string()),
            correlation: ids.correlation,
            frame: frame.clone(),
            at: self.live.clock.now(),
            sent_at: self.config.clock.now(),
        };
        self.live.hub.log.note(sequence, &event);
        sequence
    }
}

/// Waits until it is time for the next event, where a burst has a rate.
async fn wait(burst: Burst, done: u64, began: Instant) {
    let Some(rate) = burst.per_second.filter(|rate| *rate > 0.0) else {
        return tokio::task::yield_now().await;
    };
    let done = Duration::from_secs(done).as_secs_f64() / rate;
    let due = began + Duration::try_from_secs_f64(done).unwrap_or_default();
    // The clock's grain is a millisecond; shorter waits are made up for later.
    if due > Instant::now() + Duration::from_millis(1) {
        tokio::time::sleep_until(due).await;
    }
}
