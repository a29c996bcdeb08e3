//! The truth about every event: what it was, and to which sockets it was really written.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde::Serialize;
use tokio_tungstenite::tungstenite::Utf8Bytes;
use uuid::Uuid;
use xxhash_rust::xxh3::xxh3_64;

use super::config::EventLog;

/// An event that was generated.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct LiveEvent {
    /// Its number; later events have higher ones.
    pub sequence: u64,
    /// Its topic.
    pub topic: String,
    /// The conversation it is about, if it is about one.
    pub conversation_id: Option<String>,
    /// The correlation id of its frame.
    pub correlation_id: Uuid,
    /// The time of the world when it happened.
    pub at: Timestamp,
    /// The time of [`SimConfig::clock`](crate::SimConfig::clock) when it was handed to the sockets.
    pub sent_at: Timestamp,
    /// The text of its frame, where the log keeps it.
    pub frame: Option<String>,
    /// The XXH3 hash (64 bits) of the frame's text.
    #[serde(serialize_with = "hex")]
    pub frame_hash: u64,
    /// The length of the frame's text, in bytes.
    pub frame_bytes: usize,
    /// The channels to whose sockets it was written, once for each time; one that was cut may have
    /// lost the last of them on the way.
    pub written: Vec<String>,
}

fn hex<S: serde::Serializer>(hash: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{hash:016x}"))
}

/// An event about to be sent.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) topic: String,
    pub(crate) conversation: Option<String>,
    pub(crate) correlation: Uuid,
    pub(crate) frame: Utf8Bytes,
    /// The time of the world, in milliseconds since 1970.
    pub(crate) at: i64,
    /// The time of the machine.
    pub(crate) sent_at: Timestamp,
}

/// An entry of the log; the text is shared with the sockets' queues.
#[derive(Debug)]
struct Entry {
    event: LiveEvent,
    frame: Option<Utf8Bytes>,
}

/// The log.
#[derive(Debug)]
pub(crate) struct Log {
    keeps: EventLog,
    max: usize,
    next: AtomicU64,
    entries: Mutex<VecDeque<Entry>>,
}

impl Log {
    pub(crate) fn new(keeps: EventLog, max: usize) -> Self {
        Self {
            keeps,
            max,
            next: AtomicU64::new(1),
            entries: Mutex::default(),
        }
    }

    /// Returns the number of a new event.
    pub(crate) fn number(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// Notes an event.
    pub(crate) fn note(&self, sequence: u64, event: &Event) {
        if self.keeps == EventLog::Off {
            return;
        }
        let frame = (self.keeps == EventLog::Frames).then(|| event.frame.clone());
        let event = LiveEvent {
            sequence,
            topic: event.topic.clone(),
            conversation_id: event.conversation.clone(),
            correlation_id: event.correlation,
            at: Timestamp::from_millisecond(event.at).unwrap_or(Timestamp::MAX),
            sent_at: event.sent_at,
            frame: None,
            frame_hash: xxh3_64(event.frame.as_bytes()),
            frame_bytes: event.frame.len(),
            written: Vec::new(),
        };
        let mut entries = self.lock();
        if entries.len() >= self.max {
            entries.pop_front();
        }
        // Publishers may overtake one another between number and note.
        let place = entries.partition_point(|entry| entry.event.sequence < sequence);
        entries.insert(place, Entry { event, frame });
    }

    /// Notes that events were written to the socket of a channel.
    pub(crate) fn written(&self, sequences: &[u64], channel: &str) {
        if self.keeps == EventLog::Off {
            return;
        }
        let mut entries = self.lock();
        for sequence in sequences {
            let place = entries.binary_search_by_key(sequence, |entry| entry.event.sequence);
            if let Some(entry) = place.ok().and_then(|place| entries.get_mut(place)) {
                entry.event.written.push(channel.to_owned());
            }
        }
    }

    /// Returns the events after number `sequence`, as far as they are kept.
    pub(crate) fn since(&self, sequence: u64) -> Vec<LiveEvent> {
        let entries = self.lock();
        let from = entries.partition_point(|entry| entry.event.sequence <= sequence);
        let told = entries.range(from..).map(|entry| LiveEvent {
            frame: entry.frame.as_ref().map(ToString::to_string),
            ..entry.event.clone()
        });
        told.collect()
    }

    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
