//! Which topics a channel may be subscribed to.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::hub::NotSubscribed;
use super::topic::{Names, kind, parts};
use crate::platform::Platform;

/// Why a topic is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rejection {
    /// There is no such topic, or nothing with that id.
    Unknown,
    /// The client may not.
    Forbidden,
}

impl Rejection {
    /// Returns the reason for people.
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::Unknown => "Topic is invalid or does not exist",
            Self::Forbidden => "Missing permissions for the topic",
        }
    }
}

/// What became of each topic that was asked for.
pub(crate) type Judged = Vec<(String, Result<Vec<String>, Rejection>)>;

impl Platform {
    /// Judges topics, each once and in the order in which they were asked for.
    pub(crate) fn judge(&self, topics: &[String]) -> Judged {
        let mut judged: Judged = Vec::new();
        for topic in topics {
            if !judged.iter().any(|(known, _)| known == topic) {
                judged.push((topic.clone(), self.judge_one(topic)));
            }
        }
        judged
    }

    fn judge_one(&self, topic: &str) -> Result<Vec<String>, Rejection> {
        let parts = parts(topic);
        if parts.is_empty() || !parts.iter().all(|part| self.exists(part)) {
            return Err(Rejection::Unknown);
        }
        if parts.iter().any(|part| self.live.hub.is_forbidden(part)) {
            return Err(Rejection::Forbidden);
        }
        Ok(parts)
    }

    fn exists(&self, topic: &str) -> bool {
        let Some((names, id)) = kind(topic) else {
            return false;
        };
        let id = id.parse::<Uuid>();
        match (names, id) {
            (Names::Nothing, _) => true,
            (_, Err(_)) => false,
            (Names::Anything, Ok(_)) => true,
            (Names::Queue, Ok(id)) => self.live.has_queue(id),
            (Names::User, Ok(id)) => self.world.directory.users.iter().any(|user| user.id == id),
        }
    }

    /// Subscribes a channel to all these topics or to none; returns why not.
    pub(super) fn subscribe_all(&self, channel: &str, topics: &[String]) -> Option<String> {
        let mut granted = BTreeMap::new();
        for (topic, judged) in self.judge(topics) {
            match judged {
                Ok(parts) => granted.insert(topic, parts),
                Err(why) => return Some(format!("{topic}: {}", why.reason())),
            };
        }
        match self.live.hub.subscribe(channel, granted, false) {
            Ok(()) => None,
            Err(NotSubscribed::Gone) => Some("the channel is gone".to_owned()),
            Err(NotSubscribed::TooMany) => Some("too many topics".to_owned()),
        }
    }
}
