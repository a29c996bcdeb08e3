//! Conversations as large as they are asked for.

use super::super::json::JsonWriter;
use super::super::model::{EndpointStat, Metric, Model as _, Property};
use super::super::value::Time;
use super::{Story, metric};

/// What conversations measure without growing, in bytes: asking for less changes nothing.
const NATURAL_SIZE: u32 = 4_800;
/// How large a supervisor who listens in is in JSON, in bytes.
const LISTENER_SIZE: i64 = 2_700;

/// Lets supervisors listen in until the conversation has about the size asked for.
pub(super) fn grow(story: &mut Story<'_>, target: u32) {
    if target <= NATURAL_SIZE {
        return;
    }
    let spread = story.dice.between(400, 1_600);
    let mut out = JsonWriter::default();
    story.conversation.write(&mut out);
    let size = i64::try_from(out.bytes.len()).unwrap_or(i64::MAX);
    let missing = i64::from(target) * spread / 1000 - size;
    // Rounded up or down by chance, so that the mean comes out right.
    for _ in 0..(missing + story.dice.below(LISTENER_SIZE)) / LISTENER_SIZE {
        story.listener();
    }
}

impl Story<'_> {
    /// Adds a supervisor who listens to the whole conversation, with what endpoints report of it.
    fn listener(&mut self) {
        let start = self
            .conversation
            .conversation_start
            .map_or(self.now, |start| start.0);
        let length = (self.now - start).max(1_000);
        let mut session = self.session();
        self.same_address(&mut session);
        session.metrics = (1..=8).flat_map(|part| beat(start, length, part)).collect();
        session.media_endpoint_stats = (1..=3)
            .map(|part| self.beat_stat(start, length, part))
            .collect();
        for part in 0..3 {
            let mut segment = self.phase("monitoring", 0);
            segment.segment_start = Some(Time(start + length * part / 3));
            segment.segment_end = Some(Time(start + length * (part + 1) / 3));
            segment.properties.push(Property {
                property_type: Some("integer".into()),
                property: Some("listeningPart".into()),
                value: Some(part.to_string().into()),
                unknown: Vec::new(),
            });
            session.segments.push(segment);
        }
        let user = self.dice.pick(&self.directory.users);
        let (name, id) = (user.name.clone(), user.id);
        self.join("user", Some(name.into()), session);
        if let Some(listener) = self.conversation.participants.last_mut() {
            listener.user_id = Some(id.into());
        }
    }

    fn beat_stat(&mut self, start: i64, length: i64, part: i64) -> EndpointStat {
        self.endpoint_stat(start + length * part / 3)
    }
}

fn beat(start: i64, length: i64, part: i64) -> [Metric; 2] {
    let at = start + length * part / 8;
    [
        metric("tMonitoring", length / 8, at),
        metric("oMessageTurn", part, at),
    ]
}
