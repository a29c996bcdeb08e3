//! The last snapshot of each conversation: those in use in memory, all of them in the spool.

use gc_sink::spool::{Group, Snapshot, SpoolReader, Stream};
use gc_stream::{Body, Event, Origin, Standing};
use hashlink::{LinkedHashMap, LruCache};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::error::Error;

/// How many bytes of snapshots are held in memory; the others are read when they are needed.
const HELD_BYTES: usize = 16 * 1024 * 1024;
/// How many changed snapshots wait to be written: what a restart has to read again.
const WAITING: usize = 4_000;
/// How long a conversation that has ended is remembered: its wrap-up comes after its end.
const ENDED_FOR: SignedDuration = SignedDuration::from_hours(2);
/// How long a conversation of which nothing is heard is remembered.
const IDLE_FOR: SignedDuration = SignedDuration::from_hours(24 * 60);
/// How many conversations are remembered at most.
const MOST: u32 = 100_000;
/// How many records are read at a time.
const READ_BYTES: usize = 4 * 1024 * 1024;

/// A snapshot as the spool keeps it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Kept {
    pub(crate) conversation_id: String,
    pub(crate) topic: String,
    pub(crate) standing: Standing,
    /// The body as received.
    pub(crate) body: Box<RawValue>,
    pub(crate) updated_at: Timestamp,
}

impl Kept {
    pub(crate) fn parse(snapshot: &Snapshot) -> Option<Self> {
        // One that an earlier version wrote differently is as good as none.
        serde_json::from_str(&snapshot.record).ok()
    }

    fn size(&self) -> usize {
        self.body.get().len() + self.topic.len() + 512
    }
}

/// The last snapshot of each conversation.
#[derive(Debug)]
pub(crate) struct Snapshots {
    held: LruCache<String, Kept>,
    held_bytes: usize,
    /// Those that differ from what the spool has, in the order of change.
    changed: LinkedHashMap<String, ()>,
    /// The last event that is reflected here.
    reflected: i64,
}

impl Snapshots {
    pub(crate) fn new() -> Self {
        Self {
            held: LruCache::new_unbounded(),
            held_bytes: 0,
            changed: LinkedHashMap::new(),
            reflected: 0,
        }
    }

    /// Reads again the events that the snapshots in the spool do not reflect.
    pub(crate) fn replay(&mut self, spool: &SpoolReader) -> Result<(), Error> {
        self.reflected = spool.snapshots_reflect()?;
        loop {
            let first = self.reflected + 1;
            let records = spool.records(Stream::Events, first, i64::MAX, READ_BYTES)?;
            let Some(last) = records.last() else {
                return Ok(());
            };
            self.reflected = last.sequence;
            for record in &records {
                if let Ok(event) = serde_json::from_slice::<Event>(&record.bytes) {
                    self.reflect(event);
                }
            }
        }
    }

    fn reflect(&mut self, event: Event) {
        let Some(topic) = event
            .topic
            .as_deref()
            .filter(|_| event.origin == Origin::Live)
        else {
            return;
        };
        let body = Body::parse(topic, event.payload.get());
        let Some(key) = body.snapshot_key() else {
            return;
        };
        let reading = body.read(None, event.received_at);
        if let (Some(conversation_id), Some(standing)) = (reading.conversation_id, reading.standing)
        {
            self.hold(
                key,
                Kept {
                    conversation_id,
                    topic: topic.to_owned(),
                    standing,
                    body: event.payload,
                    updated_at: event.received_at,
                },
            );
        }
    }

    /// Returns the last snapshot of `key`.
    pub(crate) fn find(&mut self, group: &Group<'_>, key: &str) -> Result<Option<&Kept>, Error> {
        if !self.held.contains_key(key) {
            let found = group.snapshot(key)?;
            if let Some(kept) = found.as_ref().and_then(Kept::parse) {
                self.held_bytes += kept.size();
                self.held.insert(key.to_owned(), kept);
            }
        }
        Ok(self.held.get(key))
    }

    /// Keeps a snapshot in place of the one before; `sequence` is that of its event.
    pub(crate) fn keep(
        &mut self,
        group: &mut Group<'_>,
        key: String,
        kept: Kept,
        sequence: i64,
    ) -> Result<(), Error> {
        self.hold(key, kept);
        self.reflected = sequence;
        if self.changed.len() >= WAITING || self.held_bytes > HELD_BYTES {
            self.save(group)?;
            self.shrink();
        }
        Ok(())
    }

    fn hold(&mut self, key: String, kept: Kept) {
        self.held_bytes += kept.size();
        self.changed.insert(key.clone(), ());
        if let Some(before) = self.held.insert(key, kept) {
            self.held_bytes -= before.size();
        }
    }

    /// Writes what has changed to the spool.
    pub(crate) fn save(&mut self, group: &mut Group<'_>) -> Result<(), Error> {
        while let Some((key, ())) = self.changed.pop_front() {
            if let Some(kept) = self.held.peek(&key) {
                group.keep_snapshot(&Snapshot {
                    updated_at: kept.updated_at,
                    ended: kept.standing.ended,
                    record: serde_json::to_string(kept).map_err(Error::Report)?,
                    key,
                })?;
            }
        }
        Ok(group.snapshots_reflect(self.reflected)?)
    }

    /// Lets go of the snapshots used longest ago. Only after they were saved.
    fn shrink(&mut self) {
        while self.held_bytes > HELD_BYTES * 3 / 4
            && let Some((_, kept)) = self.held.remove_lru()
        {
            self.held_bytes -= kept.size();
        }
    }

    /// Forgets, here and in the spool, what no event will come for.
    pub(crate) fn forget(group: &mut Group<'_>, now: Timestamp) -> Result<(), Error> {
        Ok(group.forget_snapshots(now - ENDED_FOR, now - IDLE_FOR, MOST)?)
    }

    /// Takes note that history says the conversation of `key` has ended.
    pub(crate) fn end(
        &mut self,
        group: &mut Group<'_>,
        key: &str,
        ended_at: Timestamp,
    ) -> Result<(), Error> {
        let Some(kept) = self.find(group, key)? else {
            return Ok(());
        };
        if !kept.standing.ended && kept.updated_at <= ended_at {
            let mut kept = kept.clone();
            kept.standing.end();
            self.hold(key.to_owned(), kept);
        }
        Ok(())
    }
}
