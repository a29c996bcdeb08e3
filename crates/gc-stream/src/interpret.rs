//! What an event says, alone and against the last snapshot of its conversation.
//!
//! The feed sends snapshots without a word on what happened. So a conversation is `created` when it is seen
//! for the first time, `ended` when all its legs have become disconnected, and `updated` in between and
//! after (a wrap-up comes after the end). One that has ended when it is first seen is `ended`.

use jiff::Timestamp;
use sonic_rs::{JsonValueTrait as _, Value};

use crate::diff::{self, Change};
use crate::event::ChangeKind;
use crate::standing::Standing;
use crate::subject::{Subject, medium_of_part};

/// What an event says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// The topic with `{id}` in place of each id.
    pub topic_kind: String,
    /// The conversation it is about.
    pub conversation_id: Option<String>,
    /// The queue it is about: the topic's, else the one in the body.
    pub queue_id: Option<String>,
    /// The media of its conversation, in order of appearance.
    pub media_types: Vec<String>,
    /// What happened to the conversation.
    pub change_kind: ChangeKind,
    /// What is different from the last snapshot.
    pub changes: Vec<Change>,
    /// How the conversation stands, where the event is a snapshot of one.
    pub standing: Option<Standing>,
}

/// An event's body, parsed once.
#[derive(Debug)]
pub struct Body<'a> {
    subject: Subject<'a>,
    value: Value,
}

impl<'a> Body<'a> {
    /// Parses a body. It must be JSON and not be nested deeply; any other is read as empty.
    pub fn parse(topic: &'a str, body: &str) -> Self {
        Self {
            subject: Subject::of(topic),
            value: sonic_rs::from_str(body).unwrap_or_default(),
        }
    }

    /// Returns the conversation that the body is about.
    pub fn conversation_id(&self) -> Option<&str> {
        let name = if self.subject.shape.is_some() {
            "id"
        } else {
            "conversationId"
        };
        let nested = || self.value.get("conversation")?.get("id");
        self.value
            .get(name)
            .or_else(nested)
            .and_then(|id| id.as_str())
    }

    /// Returns the name under which this snapshot is kept; none when it is no snapshot.
    pub fn snapshot_key(&self) -> Option<String> {
        let shape = self.subject.shape?;
        Some(format!("{} {shape}", self.conversation_id()?))
    }

    /// Says what the event says against the last snapshot of its conversation, and whether that had ended.
    pub fn read(&self, previous: Option<(&Self, bool)>, received_at: Timestamp) -> Reading {
        let conversation_id = self.conversation_id().map(str::to_owned);
        let standing = self
            .snapshot_key()
            .map(|_| Standing::of(&self.value, self.medium(), received_at));
        let text = |name: &str| self.value.get(name).and_then(|text| text.as_str());
        let queue = self
            .subject
            .queue
            .or_else(|| text("queueId"))
            .map(str::to_owned);
        let in_body = || {
            standing
                .as_ref()
                .and_then(|standing| standing.queue_id.clone())
        };
        Reading {
            topic_kind: self.subject.kind.clone(),
            queue_id: queue.or_else(in_body),
            media_types: match &standing {
                Some(standing) => standing.media_types.clone(),
                None => text("mediaType")
                    .map(str::to_lowercase)
                    .into_iter()
                    .collect(),
            },
            change_kind: change_kind(standing.as_ref(), previous.map(|(_, ended)| ended)),
            changes: previous
                .map(|(old, _)| diff::changes(&old.value, &self.value))
                .unwrap_or_default(),
            conversation_id,
            standing,
        }
    }

    /// Returns the medium of a topic that carries one medium alone.
    fn medium(&self) -> Option<&'static str> {
        let shape = self.subject.shape?;
        medium_of_part(shape.strip_prefix("conversations.")?)
    }
}

fn change_kind(standing: Option<&Standing>, had_ended: Option<bool>) -> ChangeKind {
    match (standing, had_ended) {
        (None, _) => ChangeKind::Other,
        (Some(standing), None | Some(false)) if standing.ended => ChangeKind::Ended,
        (Some(_), None) => ChangeKind::Created,
        (Some(_), Some(_)) => ChangeKind::Updated,
    }
}

/// Returns the conversation whose snapshot is kept as `key`.
pub fn conversation_of(key: &str) -> &str {
    key.rsplit_once(' ')
        .map_or(key, |(conversation, _)| conversation)
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUEUE: &str = "v2.routing.queues.q-1.conversations";

    fn snapshot(customer: &str, agent: &str) -> String {
        format!(
            r#"{{"id":"c-1","participants":[
                {{"id":"1","purpose":"customer","calls":[{{"id":"l1","state":"{customer}","connectedTime":"2026-11-21T10:00:00.000Z"}}]}},
                {{"id":"2","purpose":"acd","queueId":"q-9","calls":[{{"id":"l2","state":"disconnected","connectedTime":"2026-11-21T10:00:05.000Z","disconnectedTime":"2026-11-21T10:00:25.000Z"}}]}},
                {{"id":"3","purpose":"agent","userId":"u","calls":[{{"id":"l3","state":"{agent}","held":false}}]}}]}}"#
        )
    }

    fn now() -> Timestamp {
        "2026-11-21T10:01:00Z".parse().unwrap()
    }

    #[test]
    fn conversation_is_created_updated_ended_and_updated_after() {
        let states = [
            ("connected", "alerting"),
            ("connected", "connected"),
            ("disconnected", "disconnected"),
        ];
        let bodies: Vec<Body<'_>> = states
            .iter()
            .map(|(one, two)| Body::parse(QUEUE, &snapshot(one, two)))
            .collect();
        let first = bodies[0].read(None, now());
        assert_eq!(first.change_kind, ChangeKind::Created);
        assert_eq!(first.changes, []);
        assert_eq!(
            (first.queue_id.as_deref(), first.media_types),
            (Some("q-1"), vec!["voice".to_owned()])
        );
        let second = bodies[1].read(Some((&bodies[0], false)), now());
        assert_eq!(second.change_kind, ChangeKind::Updated);
        assert_eq!(second.changes[0].path, "participants[agent].calls[0].state");
        assert_eq!(
            bodies[2].read(Some((&bodies[1], false)), now()).change_kind,
            ChangeKind::Ended
        );
        assert_eq!(
            bodies[2].read(Some((&bodies[2], true)), now()).change_kind,
            ChangeKind::Updated
        );
        assert_eq!(bodies[2].read(None, now()).change_kind, ChangeKind::Ended);
    }

    #[test]
    fn standing_knows_the_wait_and_the_queue_last_seen() {
        let body = Body::parse(QUEUE, &snapshot("connected", "connected"));
        let standing = body.read(None, now()).standing.unwrap();
        assert_eq!(
            (standing.state.as_str(), standing.ended),
            ("connected", false)
        );
        assert_eq!(standing.queue_id.as_deref(), Some("q-9"));
        assert_eq!(standing.waiting_seconds(now()), Some(20));
        assert_eq!(standing.started_at.to_string(), "2026-11-21T10:00:00Z");
    }

    #[test]
    fn topic_of_one_medium_has_its_legs_in_the_participants() {
        let topic = "v2.users.u-1.conversations.messages";
        let body = r#"{"id":"c","participants":[{"id":"1","purpose":"acd","state":"connected","connectedTime":"2026-11-21T10:00:30Z","queue":{"id":"q"}}]}"#;
        let reading = Body::parse(topic, body).read(None, now());
        assert_eq!(reading.media_types, ["message"]);
        assert_eq!(reading.queue_id.as_deref(), Some("q"));
        let standing = reading.standing.unwrap();
        assert_eq!(
            (standing.state.as_str(), standing.waiting_seconds(now())),
            ("waiting", Some(30))
        );
        let key = Body::parse(topic, body).snapshot_key().unwrap();
        assert_eq!(key, "c conversations.messages");
        assert_eq!(conversation_of(&key), "c");
    }

    #[test]
    fn what_is_no_snapshot_is_other() {
        let detail = Body::parse(
            "v2.detail.events.conversation.c.acd.end",
            r#"{"conversationId":"c","mediaType":"VOICE","queueId":"q","eventTime":1}"#,
        );
        let reading = detail.read(None, now());
        assert_eq!(reading.change_kind, ChangeKind::Other);
        assert_eq!(reading.conversation_id.as_deref(), Some("c"));
        assert_eq!(
            (reading.queue_id.as_deref(), reading.media_types),
            (Some("q"), vec!["voice".to_owned()])
        );
        for (topic, body) in [
            (QUEUE, "[]"),
            (QUEUE, r#"{"participants":7}"#),
            ("", "null"),
            ("x", "\"text\""),
        ] {
            let reading = Body::parse(topic, body).read(None, now());
            assert_eq!(
                (reading.change_kind, reading.conversation_id),
                (ChangeKind::Other, None),
                "{body}"
            );
        }
    }
}
