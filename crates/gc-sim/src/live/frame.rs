//! The texts that go over a socket.

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Utf8Bytes;
use uuid::Uuid;

/// The version of every envelope.
///
/// Source: purecloudlabs/platform-client-sdk-common, `NotificationData` and `NotificationEvent`.
const VERSION: &str = "2";
/// The topic of heartbeats and pongs.
///
/// Source: the same.
const METADATA_TOPIC: &str = "channel.metadata";

/// Returns the frame of an event; `body` is JSON.
pub(crate) fn event(topic: &str, body: &str, correlation: Uuid) -> Utf8Bytes {
    let topic = Value::from(topic);
    let text = format!(
        r#"{{"topicName":{topic},"version":"{VERSION}","eventBody":{body},"metadata":{{"CorrelationId":"{correlation}"}}}}"#
    );
    text.into()
}

/// Returns a heartbeat.
pub(super) fn heartbeat() -> Utf8Bytes {
    metadata("WebSocket Heartbeat")
}

/// Returns the answer to a ping.
pub(super) fn pong() -> Utf8Bytes {
    metadata("pong")
}

fn metadata(message: &str) -> Utf8Bytes {
    let body = json!({ "message": message }).to_string();
    event(METADATA_TOPIC, &body, Uuid::new_v4())
}

/// Returns the message that the server is about to close the socket.
///
/// Source: the handlers of the official SDKs, which connect again on it.
pub(super) fn socket_closing(channel: &str) -> Utf8Bytes {
    let body =
        json!({ "channelId": channel, "message": "The socket will be closed for maintenance" });
    event(
        "v2.system.socket_closing",
        &body.to_string(),
        Uuid::new_v4(),
    )
}

/// Returns the message that a channel has lost its subscriptions.
///
/// Source: `PyPI` `purecloudplatformclientv2` 269.0.0, `SystemMessageSystemMessage`.
pub(super) fn no_longer_subscribed(channel: &str) -> Utf8Bytes {
    system(
        channel,
        "no_longer_subscribed",
        "another_channel_subscribed",
    )
}

/// Returns the message that a channel's token was revoked.
///
/// Source: the same.
pub(super) fn token_revoked(channel: &str) -> Utf8Bytes {
    system(channel, "token_revoked", "user_tokens_revoked")
}

fn system(channel: &str, kind: &str, reason: &str) -> Utf8Bytes {
    let correlation = Uuid::new_v4();
    let body = json!({
        "channelId": channel,
        "systemTopicType": kind,
        "correlationId": correlation,
        "reason": reason,
        "message": reason.replace('_', " "),
    });
    event(
        &format!("v2.system.{kind}.{channel}"),
        &body.to_string(),
        correlation,
    )
}

/// Returns the answer to a subscription over the socket.
///
/// Source: `PyPI` `genesys-notifications` 1.3.
pub(super) fn subscribed(correlation: Option<&str>, refused: Option<&str>) -> Utf8Bytes {
    let mut answer = match refused {
        None => json!({ "result": "200", "status": "subscribed" }),
        Some(why) => json!({ "result": "400", "status": "failure", "message": why }),
    };
    if let Some(correlation) = correlation {
        answer["correlationId"] = json!(correlation);
    }
    answer.to_string().into()
}
