//! How a conversation stands, by its last snapshot.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sonic_rs::{JsonContainerTrait as _, JsonValueTrait as _, Value};

use crate::subject::LEGS;

/// How a conversation stands, by its last snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Standing {
    /// Whether all its legs are disconnected or terminated.
    pub ended: bool,
    /// `waiting` in a queue, `alerting` an agent, `connected` or `held` with one, `ivr`, `dialing`, `open` when
    /// none of these, `ended`.
    pub state: String,
    /// The queue it was last in.
    pub queue_id: Option<String>,
    /// Its media, in order of appearance.
    pub media_types: Vec<String>,
    /// The first connection of a participant, or the first sight of the conversation where none tells.
    pub started_at: Timestamp,
    /// Since when it waits in a queue; none when it does not.
    pub waiting_since: Option<Timestamp>,
    /// How long it waited in queues before that, in milliseconds; none when it was in no queue.
    pub waited_ms: Option<i64>,
}

impl Standing {
    /// Returns for how long the conversation has waited in queues so far, in whole seconds; none when it was in
    /// none.
    pub fn waiting_seconds(&self, now: Timestamp) -> Option<i64> {
        let waiting = self.waiting_since.map(|since| millis(since, now));
        let waited = self.waited_ms.or(waiting.map(|_| 0))?;
        Some((waited + waiting.unwrap_or(0)) / 1_000)
    }

    /// Takes note that the conversation has ended, as another source says.
    pub fn end(&mut self) {
        self.ended = true;
        "ended".clone_into(&mut self.state);
        self.waiting_since = None;
    }

    /// Reads a snapshot. `medium` is that of a topic that carries one alone.
    pub(crate) fn of(
        snapshot: &Value,
        medium: Option<&'static str>,
        received_at: Timestamp,
    ) -> Self {
        let mut found = Found::default();
        let participants = snapshot
            .get("participants")
            .and_then(|list| list.as_array());
        for participant in participants.into_iter().flat_map(|list| list.iter()) {
            found.participant(participant, medium);
        }
        found.standing(received_at)
    }
}

/// A leg: one connection of one participant.
struct Leg<'a> {
    value: &'a Value,
    purpose: &'a str,
}

impl Leg<'_> {
    fn state(&self) -> &str {
        text(self.value, "state").unwrap_or_default()
    }

    fn is_over(&self) -> bool {
        matches!(self.state(), "disconnected" | "terminated")
    }

    /// Returns how near the leg brings its conversation to an agent, with the word for it.
    fn rank(&self) -> (u8, &'static str) {
        let is_agent = matches!(self.purpose, "agent" | "user");
        let is_held = self.value.get("held").and_then(Value::as_bool) == Some(true);
        match self.state() {
            "connected" if is_agent && is_held => (5, "held"),
            "connected" if is_agent => (6, "connected"),
            "alerting" | "offering" | "contacting" | "dialing" if is_agent => (4, "alerting"),
            _ if self.is_over() => (0, "open"),
            _ if self.purpose == "acd" => (3, "waiting"),
            "dialing" | "contacting" => (2, "dialing"),
            _ if matches!(self.purpose, "ivr" | "workflow" | "bot") => (1, "ivr"),
            _ => (0, "open"),
        }
    }
}

#[derive(Default)]
struct Found {
    legs: usize,
    over: usize,
    best: (u8, &'static str),
    queue_id: Option<String>,
    media_types: Vec<String>,
    started_at: Option<Timestamp>,
    waiting_since: Option<Timestamp>,
    waited_ms: Option<i64>,
}

impl Found {
    fn participant(&mut self, participant: &Value, medium: Option<&'static str>) {
        let purpose = text(participant, "purpose").unwrap_or_default();
        if let Some(queue) = queue_of(participant) {
            self.queue_id = Some(queue.to_owned());
        }
        for name in ["connectedTime", "startTime"] {
            self.start(time(participant, name));
        }
        let mut leg = |value, medium: &str| self.leg(participant, &Leg { value, purpose }, medium);
        if let Some(medium) = medium {
            leg(participant, medium);
            return;
        }
        for kind in &LEGS {
            let list = participant.get(kind.list).and_then(|list| list.as_array());
            for value in list.into_iter().flat_map(|list| list.iter()) {
                leg(value, kind.medium);
            }
        }
    }

    fn leg(&mut self, participant: &Value, leg: &Leg<'_>, medium: &str) {
        self.legs += 1;
        self.over += usize::from(leg.is_over());
        self.best = self.best.max(leg.rank());
        if !self.media_types.iter().any(|known| known == medium) {
            self.media_types.push(medium.to_owned());
        }
        let connected = time(leg.value, "connectedTime");
        self.start(connected);
        if leg.purpose == "acd" {
            self.wait(
                leg,
                connected.or_else(|| time(participant, "connectedTime")),
                participant,
            );
        }
    }

    fn wait(&mut self, leg: &Leg<'_>, since: Option<Timestamp>, participant: &Value) {
        let end = time(leg.value, "disconnectedTime").or_else(|| time(participant, "endTime"));
        match (since, end) {
            (Some(since), Some(end)) => {
                self.waited_ms = Some(self.waited_ms.unwrap_or(0) + millis(since, end));
            }
            (Some(since), None) if !leg.is_over() => self.waiting_since = Some(since),
            _ => {}
        }
    }

    fn start(&mut self, time: Option<Timestamp>) {
        self.started_at = match (self.started_at, time) {
            (Some(known), Some(time)) => Some(known.min(time)),
            (known, time) => known.or(time),
        };
    }

    fn standing(self, received_at: Timestamp) -> Standing {
        let ended = self.legs > 0 && self.over == self.legs;
        let state = match self.best.1 {
            _ if ended => "ended",
            "" => "open",
            state => state,
        };
        Standing {
            ended,
            state: state.to_owned(),
            queue_id: self.queue_id,
            media_types: self.media_types,
            started_at: self.started_at.unwrap_or(received_at),
            // An agent who has taken it ends the waiting, whatever the queue's leg says.
            waiting_since: self.waiting_since.filter(|_| !ended && self.best.0 < 5),
            waited_ms: self.waited_ms,
        }
    }
}

fn queue_of(participant: &Value) -> Option<&str> {
    let nested = || text(participant.get("queue")?, "id");
    text(participant, "queueId")
        .or_else(nested)
        .filter(|id| !id.is_empty())
}

fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name)?.as_str()
}

fn time(value: &Value, name: &str) -> Option<Timestamp> {
    text(value, name)?.parse().ok()
}

fn millis(from: Timestamp, to: Timestamp) -> i64 {
    let length: SignedDuration = to.duration_since(from);
    i64::try_from(length.as_millis()).unwrap_or(0).max(0)
}
