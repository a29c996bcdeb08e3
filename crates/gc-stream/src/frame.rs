//! What a frame is: an event, control, or junk. The payload is looked over, not copied.
//!
//! - Every byte of an event has been checked to be JSON, nested at most [`MAX_DEPTH`] levels deep,
//!   so that whoever reads its body may recurse.
//! - Topic, version and metadata may hold more than is known, and fields may be missing that
//!   nobody needs.

use std::ops::Range;

use gc_arrow::is_shallow;
use sonic_rs::{JsonValueTrait, LazyValue};

/// How deep the arrays and objects of a frame may nest. A conversation has some ten levels.
pub(crate) const MAX_DEPTH: usize = 100;

/// The topic of heartbeats and pongs.
///
/// Source: official SDK templates (platform-client-sdk-common), `NotificationHandler`.
const CHANNEL_TOPIC: &str = "channel.metadata";

/// The prefix of the topics by which the platform speaks of itself.
const SYSTEM_PREFIX: &str = "v2.system.";

/// What a frame is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Frame {
    Event {
        topic: String,
        correlation_id: Option<String>,
        /// Where `eventBody` stands.
        body: Range<usize>,
    },
    Control(Control),
    /// Neither, and why.
    Junk(&'static str),
}

/// What the platform says about the socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Control {
    /// A heartbeat, or something that asks for nothing.
    Alive,
    /// The answer to a ping.
    Pong,
    /// The socket will be closed in about a minute.
    Closing,
    /// The channel has lost its topics, or is gone.
    Gone,
    /// The token that made the channel was revoked.
    Revoked,
}

/// The fields of the envelope.
#[derive(Default)]
struct Envelope<'a> {
    topic: Option<String>,
    body: Option<LazyValue<'a>>,
    metadata: Option<LazyValue<'a>>,
    result: Option<LazyValue<'a>>,
}

/// Returns what a text frame on the channel `channel_id` is.
pub(crate) fn parse(text: &str, channel_id: &str) -> Frame {
    if !is_shallow(text.as_bytes(), MAX_DEPTH) {
        return Frame::Junk("nested too deep");
    }
    let Some(envelope) = Envelope::read(text) else {
        return Frame::Junk("not a json object");
    };
    let body = envelope.body.filter(|body| !body.is_null());
    match (envelope.topic, body) {
        (Some(topic), body) if is_control(&topic) => {
            Frame::Control(control(&topic, body.as_ref(), channel_id))
        }
        (Some(_), None) => Frame::Junk("no event body"),
        (Some(topic), Some(body)) => Frame::Event {
            correlation_id: envelope.metadata.as_ref().and_then(correlation_id),
            body: range_in(text, body.as_raw_str()),
            topic,
        },
        (None, _) => match envelope.result {
            Some(result) => Frame::Control(answer(&result)),
            None => Frame::Junk("no topic"),
        },
    }
}

impl<'a> Envelope<'a> {
    /// Reads the fields that matter; none when the text is not one JSON object.
    fn read(text: &'a str) -> Option<Self> {
        let (mut envelope, mut end) = (Self::default(), None);
        for entry in sonic_rs::to_object_iter(text) {
            let (key, value) = entry.ok()?;
            end = Some(range_in(text, value.as_raw_str()).end);
            match key.as_ref() {
                "topicName" => envelope.topic = value.as_str().map(str::to_owned),
                "eventBody" => envelope.body = Some(value),
                "metadata" => envelope.metadata = Some(value),
                "result" => envelope.result = Some(value),
                _ => {}
            }
        }
        // The iterator ends at the brace and does not look beyond.
        let rest = end.map_or(text, |end| text.get(end..).unwrap_or_default());
        let is_whole = rest
            .chars()
            .filter(|c| !c.is_ascii_whitespace())
            .eq(match end {
                Some(_) => "}".chars(),
                None => "{}".chars(),
            });
        is_whole.then_some(envelope)
    }
}

/// Returns where `part`, a slice of `whole`, stands in it.
fn range_in(whole: &str, part: &str) -> Range<usize> {
    let start = part.as_ptr().addr().saturating_sub(whole.as_ptr().addr());
    start..start + part.len()
}

fn correlation_id(metadata: &LazyValue<'_>) -> Option<String> {
    let id = metadata.get("CorrelationId")?;
    id.as_str().map(str::to_owned)
}

fn is_control(topic: &str) -> bool {
    topic == CHANNEL_TOPIC || topic.starts_with(SYSTEM_PREFIX)
}

/// Returns what a control frame says.
///
/// Source: official .NET SDK 270.0.0, `notificationMappings.json` and `SystemMessageSystemMessage`.
fn control(topic: &str, body: Option<&LazyValue<'_>>, channel_id: &str) -> Control {
    let field = |name: &str| {
        let value = body?.get(name)?;
        value.as_str().map(str::to_owned)
    };
    let Some(system) = topic.strip_prefix(SYSTEM_PREFIX) else {
        let is_pong = field("message").as_deref() == Some("pong");
        return if is_pong {
            Control::Pong
        } else {
            Control::Alive
        };
    };
    if field("channelId").is_some_and(|id| id != channel_id) {
        return Control::Alive;
    }
    let kind = match system.split('.').next() {
        Some(word @ ("socket_closing" | "no_longer_subscribed" | "token_revoked")) => {
            word.to_owned()
        }
        _ => field("systemTopicType").unwrap_or_default(),
    };
    match kind.as_str() {
        "socket_closing" => Control::Closing,
        "no_longer_subscribed" => Control::Gone,
        "token_revoked" => Control::Revoked,
        _ => Control::Alive,
    }
}

/// Returns what an answer to a message over the socket says; 404 is a channel that is gone.
///
/// Source: `genesys-notifications` 1.3 (`PyPI`), a client by a third party.
fn answer(result: &LazyValue<'_>) -> Control {
    let is_gone = result.as_str() == Some("404") || result.as_u64() == Some(404);
    if is_gone {
        Control::Gone
    } else {
        Control::Alive
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHANNEL: &str = "c-1";

    fn control_of(text: &str) -> Control {
        match parse(text, CHANNEL) {
            Frame::Control(control) => control,
            other => panic!("{other:?}"),
        }
    }

    fn junk_of(text: &str) -> &'static str {
        match parse(text, CHANNEL) {
            Frame::Junk(reason) => reason,
            other => panic!("{other:?}"),
        }
    }

    fn event_of(text: &str) -> (String, Option<String>, &str) {
        match parse(text, CHANNEL) {
            Frame::Event {
                topic,
                correlation_id,
                body,
            } => (topic, correlation_id, &text[body]),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn event_keeps_its_body_as_received() {
        let text = concat!(
            r#" {"topicName":"v2.routing.queues.q.conversations","version":"2","#,
            r#""eventBody": { "id" : "é\"}" },"metadata":{"type":1,"CorrelationId":"c"}} "#,
        );
        let (topic, correlation_id, body) = event_of(text);
        assert_eq!(topic, "v2.routing.queues.q.conversations");
        assert_eq!(correlation_id.as_deref(), Some("c"));
        assert_eq!(body, r#"{ "id" : "é\"}" }"#);
    }

    #[test]
    fn fields_that_nobody_needs_may_be_missing_or_new() {
        let (topic, correlation_id, body) = event_of(r#"{"eventBody":[1],"topicName":"t","x":{}}"#);
        assert_eq!((topic.as_str(), correlation_id, body), ("t", None, "[1]"));
        let text = r#"{"topicName":"t","eventBody":{},"metadata":null,"version":2}"#;
        assert_eq!(event_of(text).1, None);
        let text = r#"{"topicName":"t","eventBody":{},"metadata":{"CorrelationId":7}}"#;
        assert_eq!(event_of(text).1, None);
    }

    #[test]
    fn what_is_neither_event_nor_control_is_junk() {
        for text in [
            "",
            " ",
            "hello",
            "[]",
            "7",
            "null",
            "{",
            r#"{"topicName":"t""#,
        ] {
            assert_eq!(junk_of(text), "not a json object", "{text}");
        }
        for text in [
            r#"{"topicName":"t","eventBody":{}} x"#,
            r#"{"topicName":"t","eventBody":{}}}"#,
            r#"{"topicName":"t","eventBody":{"a":tru}}"#,
            r#"{"topicName":"t","eventBody":{"a":1,}}"#,
            "{} {}",
        ] {
            assert_eq!(junk_of(text), "not a json object", "{text}");
        }
        assert_eq!(junk_of("{}"), "no topic");
        assert_eq!(junk_of(r#"{"topicName":7,"eventBody":{}}"#), "no topic");
        assert_eq!(junk_of(r#"{"topicName":"t"}"#), "no event body");
        assert_eq!(
            junk_of(r#"{"topicName":"t","eventBody":null}"#),
            "no event body"
        );
    }

    #[test]
    fn deep_nesting_is_junk_and_brackets_in_strings_are_not_nesting() {
        let nested = |depth: usize| {
            let (open, close) = ("[".repeat(depth), "]".repeat(depth));
            format!(r#"{{"topicName":"t","eventBody":{open}{close}}}"#)
        };
        assert_eq!(event_of(&nested(MAX_DEPTH - 1)).0, "t");
        assert_eq!(junk_of(&nested(MAX_DEPTH)), "nested too deep");
        assert_eq!(junk_of(&nested(2_000_000)), "nested too deep");
        assert_eq!(junk_of(&"[".repeat(2_000_000)), "nested too deep");
        let text = format!(r#"{{"topicName":"t","eventBody":"\"{}"}}"#, "[".repeat(500));
        assert_eq!(event_of(&text).0, "t");
        let many = vec!["{}"; 500].join(",");
        let text = format!(r#"{{"topicName":"t","eventBody":[{many}]}}"#);
        assert_eq!(event_of(&text).0, "t");
    }

    #[test]
    fn platform_speaks_of_the_socket() {
        let channel = |message: &str| {
            control_of(&format!(
                r#"{{"topicName":"channel.metadata","eventBody":{{"message":"{message}"}}}}"#
            ))
        };
        assert_eq!(channel("WebSocket Heartbeat"), Control::Alive);
        assert_eq!(channel("pong"), Control::Pong);
        assert_eq!(
            control_of(r#"{"topicName":"channel.metadata"}"#),
            Control::Alive
        );
        let system = |topic: &str| {
            control_of(&format!(
                r#"{{"topicName":"v2.system.{topic}","eventBody":{{}}}}"#
            ))
        };
        assert_eq!(system("socket_closing"), Control::Closing);
        assert_eq!(system("no_longer_subscribed.c-1"), Control::Gone);
        assert_eq!(system("token_revoked.c-1"), Control::Revoked);
        assert_eq!(system("something.new"), Control::Alive);
    }

    #[test]
    fn system_message_is_for_its_own_channel() {
        let message = |channel: &str, kind: &str| {
            control_of(&format!(
                r#"{{"topicName":"v2.system.o.c","eventBody":{{"channelId":"{channel}","systemTopicType":"{kind}"}}}}"#
            ))
        };
        assert_eq!(message("c-1", "no_longer_subscribed"), Control::Gone);
        assert_eq!(message("c-1", "token_revoked"), Control::Revoked);
        assert_eq!(message("c-1", "subscription_changed"), Control::Alive);
        assert_eq!(message("c-2", "no_longer_subscribed"), Control::Alive);
    }

    #[test]
    fn answer_404_is_a_channel_that_is_gone() {
        assert_eq!(
            control_of(r#"{"result":"404","message":"x"}"#),
            Control::Gone
        );
        assert_eq!(
            control_of(r#"{"result":"200","status":"subscribed"}"#),
            Control::Alive
        );
    }
}
