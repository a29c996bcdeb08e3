//! Events, and the columns of their table.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, ListBuilder, RecordBatch, StringBuilder, StructBuilder, TimestampMillisecondBuilder,
};
use arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef, TimeUnit};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use xxhash_rust::xxh3::Xxh3;

use crate::diff::Change;

/// What happened to a conversation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChangeKind {
    /// It was seen for the first time.
    Created,
    /// It changed, or was sent again as it was.
    Updated,
    /// All its legs have become disconnected.
    Ended,
    /// The event is no snapshot of a conversation.
    #[default]
    Other,
}

/// Where an event comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// The platform pushed it.
    Live,
    /// It was fetched from history to repair a gap: a state, not an event.
    Backfill,
}

/// One event, as it is archived. In JSON its fields are named as its columns.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// 32 hexadecimal digits that make a duplicate visible.
    pub event_id: String,
    /// When the frame was read from the socket.
    pub received_at: Timestamp,
    /// The topic; none for a backfill.
    pub topic: Option<String>,
    /// The topic with `{id}` in place of each id.
    pub topic_kind: String,
    /// The conversation it is about.
    pub conversation_id: Option<String>,
    /// The queue it is about.
    pub queue_id: Option<String>,
    /// The media of its conversation, in order of appearance.
    pub media_types: Vec<String>,
    /// The platform's own id of the event.
    pub correlation_id: Option<String>,
    /// The body as received.
    pub payload: Box<RawValue>,
    /// Where it comes from.
    pub origin: Origin,
    /// What happened to the conversation.
    pub change_kind: ChangeKind,
    /// What is different from the last snapshot.
    pub changes: Vec<Change>,
}

/// Returns the hash that makes a duplicate visible: equal for events of one topic with the same correlation id and
/// the same body.
pub fn event_id(topic: &str, correlation_id: Option<&str>, body: &str) -> u128 {
    let mut hash = Xxh3::new();
    for part in [topic, correlation_id.unwrap_or_default(), body] {
        hash.update(&(part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hash.digest128()
}

/// Returns the columns of the table of events.
pub fn event_schema() -> SchemaRef {
    let text = |name| Field::new(name, DataType::Utf8, true);
    let time = DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into()));
    let changes = DataType::Struct(change_fields());
    let list = |name, item| Field::new_list(name, Field::new("item", item, true), true);
    Arc::new(Schema::new(vec![
        Field::new("eventId", DataType::Utf8, true),
        Field::new("receivedAt", time, true),
        text("topic"),
        text("topicKind"),
        text("conversationId"),
        text("queueId"),
        list("mediaTypes", DataType::Utf8),
        text("correlationId"),
        text("payload"),
        text("origin"),
        text("changeKind"),
        list("changes", changes),
    ]))
}

fn change_fields() -> Fields {
    let text = |name| Field::new(name, DataType::Utf8, true);
    Fields::from(vec![text("path"), text("previousValue"), text("value")])
}

/// Turns events into columns.
#[derive(Debug)]
pub struct EventBatch {
    event_id: StringBuilder,
    received_at: TimestampMillisecondBuilder,
    topic: StringBuilder,
    topic_kind: StringBuilder,
    conversation_id: StringBuilder,
    queue_id: StringBuilder,
    media_types: ListBuilder<StringBuilder>,
    correlation_id: StringBuilder,
    payload: StringBuilder,
    origin: StringBuilder,
    change_kind: StringBuilder,
    changes: ListBuilder<StructBuilder>,
}

impl Default for EventBatch {
    fn default() -> Self {
        let texts = || Box::new(StringBuilder::new()) as Box<dyn arrow::array::ArrayBuilder>;
        let change = StructBuilder::new(change_fields(), vec![texts(), texts(), texts()]);
        Self {
            event_id: StringBuilder::new(),
            received_at: TimestampMillisecondBuilder::new().with_timezone("UTC"),
            topic: StringBuilder::new(),
            topic_kind: StringBuilder::new(),
            conversation_id: StringBuilder::new(),
            queue_id: StringBuilder::new(),
            media_types: ListBuilder::new(StringBuilder::new()),
            correlation_id: StringBuilder::new(),
            payload: StringBuilder::new(),
            origin: StringBuilder::new(),
            change_kind: StringBuilder::new(),
            changes: ListBuilder::new(change),
        }
    }
}

impl EventBatch {
    /// Adds an event.
    pub fn push(&mut self, event: &Event) {
        self.event_id.append_value(&event.event_id);
        self.received_at
            .append_value(event.received_at.as_millisecond());
        self.topic.append_option(event.topic.as_deref());
        self.topic_kind.append_value(&event.topic_kind);
        self.conversation_id
            .append_option(event.conversation_id.as_deref());
        self.queue_id.append_option(event.queue_id.as_deref());
        self.media_types
            .append_value(event.media_types.iter().map(Some));
        self.correlation_id
            .append_option(event.correlation_id.as_deref());
        self.payload.append_value(event.payload.get());
        self.origin.append_value(event.origin.as_str());
        self.change_kind.append_value(event.change_kind.as_str());
        for change in &event.changes {
            self.push_change(change);
        }
        self.changes.append(true);
    }

    fn push_change(&mut self, change: &Change) {
        let values = [
            Some(&change.path),
            change.previous_value.as_ref(),
            change.value.as_ref(),
        ];
        let fields = self.changes.values();
        for (field, value) in values.into_iter().enumerate() {
            if let Some(field) = fields.field_builder::<StringBuilder>(field) {
                field.append_option(value);
            }
        }
        fields.append(true);
    }

    /// Returns the events added so far, and begins anew.
    pub fn finish(&mut self) -> RecordBatch {
        let columns: Vec<ArrayRef> = vec![
            Arc::new(self.event_id.finish()),
            Arc::new(self.received_at.finish()),
            Arc::new(self.topic.finish()),
            Arc::new(self.topic_kind.finish()),
            Arc::new(self.conversation_id.finish()),
            Arc::new(self.queue_id.finish()),
            Arc::new(self.media_types.finish()),
            Arc::new(self.correlation_id.finish()),
            Arc::new(self.payload.finish()),
            Arc::new(self.origin.finish()),
            Arc::new(self.change_kind.finish()),
            Arc::new(self.changes.finish()),
        ];
        RecordBatch::try_new(event_schema(), columns)
            .expect("the builders are those of the schema, and each got one value an event")
    }
}

impl Origin {
    /// Returns `live` or `backfill`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Backfill => "backfill",
        }
    }
}

impl ChangeKind {
    /// Returns `created`, `updated`, `ended` or `other`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Ended => "ended",
            Self::Other => "other",
        }
    }
}
