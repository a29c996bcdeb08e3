//! From a notice to the spool: what is an event is read against its conversation's last snapshot, what
//! is none is set aside, and what is heard or not goes into the ledger.

use std::collections::BTreeMap;

use gc_sink::quarantine_line;
use gc_sink::spool::{Group, SpoolReader};
use gc_stream::{Body, Event, EventFrame, Notice, Origin, Reading, Twins, event_id};
use jiff::Timestamp;
use serde_json::value::RawValue;

use crate::error::Error;
use crate::latency::Latencies;
use crate::snapshots::{Kept, Snapshots};

/// What came in, as far as it is durable.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counts {
    /// How long each event took from the socket to the disk.
    pub(crate) latencies: Latencies,
    pub(crate) events: u64,
    pub(crate) duplicates: u64,
    pub(crate) quarantined: u64,
    pub(crate) bytes: u64,
    pub(crate) channels: u64,
    pub(crate) reconnects: u64,
    /// Each topic that was refused, with the reason.
    pub(crate) rejected: BTreeMap<String, String>,
}

/// Takes notices in.
#[derive(Debug)]
pub(crate) struct Intake {
    twins: Twins,
    snapshots: Snapshots,
    counts: Counts,
    /// When the events were received that are not durable yet.
    waiting: Vec<Timestamp>,
}

impl Intake {
    /// Begins where the spool left off.
    pub(crate) fn resume(spool: &SpoolReader) -> Result<Self, Error> {
        let mut snapshots = Snapshots::new();
        snapshots.replay(spool)?;
        Ok(Self {
            twins: Twins::default(),
            snapshots,
            counts: Counts::default(),
            waiting: Vec::new(),
        })
    }

    pub(crate) fn counts(&self) -> &Counts {
        &self.counts
    }

    pub(crate) fn snapshots(&mut self) -> &mut Snapshots {
        &mut self.snapshots
    }

    /// Takes one notice into a group.
    pub(crate) fn take(&mut self, group: &mut Group<'_>, notice: Notice) -> Result<(), Error> {
        match notice {
            Notice::Event(frame) => self.event(group, &frame)?,
            Notice::Junk(junk) => {
                group.alive(junk.link.number(), junk.received_at);
                group.set_aside(junk.received_at, &quarantine_line(&junk.frame, junk.reason))?;
                self.counts.quarantined += 1;
            }
            Notice::Alive { link, at } => group.alive(link.number(), at),
            Notice::Up { link, topics, at } => {
                for topic in topics.iter() {
                    self.counts.rejected.remove(topic);
                }
                self.twins.up(link.number(), at);
                group.up(link.number(), &topics, at)?;
            }
            Notice::Down {
                link,
                last_frame_at,
                heard_until,
                cause,
            } => {
                tracing::info!(%link, %cause, "link down");
                self.twins.down(link.number(), last_frame_at);
                group.down(link.number(), heard_until, &cause.to_string())?;
            }
            Notice::Rejected { topic, reason, .. } => {
                tracing::warn!(topic, reason, "topic refused");
                self.counts.rejected.insert(topic, reason);
            }
            Notice::ChannelOpened => self.counts.channels += 1,
            Notice::Reconnected { .. } => self.counts.reconnects += 1,
            _ => {}
        }
        Ok(())
    }

    fn event(&mut self, group: &mut Group<'_>, frame: &EventFrame) -> Result<(), Error> {
        let (topic, body, at) = (frame.topic.as_str(), frame.body(), frame.received_at);
        let correlation_id = frame.correlation_id.as_deref();
        let link = frame.link.number();
        group.alive(link, at);
        let id = event_id(topic, correlation_id, body);
        if self.twins.is_copy(link, topic, correlation_id, body, at) || group.knows(id) {
            self.counts.duplicates += 1;
            return Ok(());
        }
        let body = Body::parse(topic, frame.body());
        let key = body.snapshot_key();
        let reading = match &key {
            Some(key) => {
                let kept = self.snapshots.find(group, key)?;
                let previous =
                    kept.map(|kept| (Body::parse(&kept.topic, &kept.body), kept.standing.ended));
                body.read(previous.as_ref().map(|(body, ended)| (body, *ended)), at)
            }
            None => body.read(None, at),
        };
        let standing = reading.standing.clone();
        let Some(event) = event(frame, id, reading) else {
            group.set_aside(
                at,
                &quarantine_line(frame.text().as_bytes(), "event body is no json"),
            )?;
            self.counts.quarantined += 1;
            return Ok(());
        };
        let record = serde_json::to_vec(&event).map_err(Error::Report)?;
        let Some(sequence) = group.append(at, id, &record)? else {
            return Ok(());
        };
        self.waiting.push(at);
        self.counts.events += 1;
        self.counts.bytes += record.len() as u64;
        if let (Some(key), Some(standing), Some(conversation_id)) =
            (key, standing, event.conversation_id)
        {
            let kept = Kept {
                conversation_id,
                topic: frame.topic.clone(),
                standing,
                body: frame.body().to_owned(),
                updated_at: at,
            };
            self.snapshots.keep(group, key, kept, sequence)?;
        }
        Ok(())
    }

    /// Takes note that all that was taken in is durable.
    pub(crate) fn committed(&mut self, now: Timestamp) {
        for received_at in self.waiting.drain(..) {
            self.counts.latencies.add(now.duration_since(received_at));
        }
    }

    /// Writes the snapshots that have changed, and forgets those of conversations long over.
    pub(crate) fn tidy(&mut self, group: &mut Group<'_>, now: Timestamp) -> Result<(), Error> {
        self.snapshots.save(group)?;
        Snapshots::forget(group, now)
    }
}

/// Makes the event of a frame; none when its body is JSON to the one parser and not to the other.
fn event(frame: &EventFrame, id: u128, reading: Reading) -> Option<Event> {
    let payload = RawValue::from_string(frame.body().to_owned()).ok()?;
    Some(Event {
        event_id: format!("{id:032x}"),
        received_at: frame.received_at,
        topic: Some(frame.topic.clone()),
        topic_kind: reading.topic_kind,
        conversation_id: reading.conversation_id,
        queue_id: reading.queue_id,
        media_types: reading.media_types,
        correlation_id: frame.correlation_id.clone(),
        payload,
        origin: Origin::Live,
        change_kind: reading.change_kind,
        changes: reading.changes,
    })
}
