//! What can go wrong on channels and sockets.

use serde::Deserialize;
use serde_json::json;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};
use uuid::Uuid;

use super::frame;

/// Which channels a fault strikes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LiveTarget {
    /// All of them.
    All,
    /// The one with this id.
    Channel(String),
}

impl From<&str> for LiveTarget {
    fn from(id: &str) -> Self {
        Self::Channel(id.to_owned())
    }
}

impl LiveTarget {
    pub(super) fn means(&self, id: &str) -> bool {
        match self {
            Self::All => true,
            Self::Channel(one) => one == id,
        }
    }
}

/// What goes wrong on channels and sockets. In a fault file names are in camelCase.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
#[non_exhaustive]
pub enum LiveFault {
    /// The connection is reset, once what was sent before is out.
    Cut,
    /// The socket is closed with a close frame.
    Close {
        /// The code. Default: 1001.
        #[serde(default = "going_away")]
        code: u16,
        /// The reason.
        #[serde(default)]
        reason: String,
    },
    /// The socket stays open, but nothing is sent and nothing answered any more.
    Silence,
    /// `v2.system.socket_closing`, and the close after some time; the channel stays.
    Closing {
        /// After how long, in milliseconds.
        #[serde(default)]
        after_ms: u64,
    },
    /// The channel is gone: the socket is closed, the handshake answers 404.
    Expire,
    /// `v2.system.no_longer_subscribed.{id}`: the channel loses its topics; the socket stays.
    NoLongerSubscribed,
    /// `v2.system.token_revoked.{id}`: the channel's token is no good any more, and its channels
    /// are gone.
    Revoke,
    /// The socket is closed as if another one had come.
    Replace,
    /// The next events come twice.
    Duplicate {
        /// How many.
        events: u64,
    },
    /// A frame that is no proper event.
    Garbage {
        /// What kind.
        kind: Garbage,
    },
    /// Every frame waits before it is sent.
    Slow {
        /// For how long, in milliseconds; 0 ends it.
        ms: u64,
    },
}

fn going_away() -> u16 {
    1001
}

/// A frame that is no proper event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Garbage {
    /// Text that is no JSON.
    NotJson,
    /// A binary frame.
    Binary,
    /// An event that breaks off in the middle.
    Truncated,
    /// An event without `topicName`.
    NoTopic,
    /// An event without `eventBody`.
    NoBody,
    /// A body of 100,000 lists, each in the next.
    Nested,
    /// JSON, but a list.
    Array,
    /// A frame without anything in it.
    Empty,
    /// A body of 2 MB: a proper event on the channel's first topic, and in the log.
    Huge,
}

/// How deep nested garbage is.
const DEPTH: usize = 100_000;
/// How large a huge body is, in bytes.
pub(super) const HUGE: usize = 2_000_000;

impl Garbage {
    /// Returns the frame; nothing for what is a proper event after all.
    pub(super) fn message(self, topic: &str) -> Option<Message> {
        let id = Uuid::new_v4();
        let whole = || {
            frame::event(
                topic,
                &json!({ "id": id, "participants": [] }).to_string(),
                id,
            )
        };
        let text: Utf8Bytes = match self {
            Self::Huge => return None,
            Self::Binary => return Some(Message::binary(whole().as_bytes().to_vec())),
            Self::NotJson => "<html>502 Bad Gateway</html>".into(),
            Self::Truncated => whole()
                .chars()
                .take(whole().len() / 2)
                .collect::<String>()
                .into(),
            Self::NoTopic => json!({ "version": "2", "eventBody": { "id": id } })
                .to_string()
                .into(),
            Self::NoBody => json!({ "topicName": topic, "version": "2" })
                .to_string()
                .into(),
            Self::Nested => {
                let body = format!("{}{}", "[".repeat(DEPTH), "]".repeat(DEPTH));
                frame::event(topic, &body, id)
            }
            Self::Array => r#"[{"topicName":"channel.metadata"}]"#.into(),
            Self::Empty => "".into(),
        };
        Some(Message::Text(text))
    }
}
