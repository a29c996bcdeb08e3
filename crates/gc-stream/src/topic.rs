//! Topics: what a queue, a user or a medium is called on the wire.

/// The media that can be chosen, as `sessions[].mediaType` names them in history.
pub const MEDIA: [&str; 9] = [
    "voice",
    "callback",
    "chat",
    "email",
    "message",
    "cobrowse",
    "screenshare",
    "social",
    "video",
];

/// The last part of the topic of each medium, in the order of [`MEDIA`].
///
/// Source: `notificationMappings.json` of the official .NET SDK 270.0.0.
const PARTS: [&str; 9] = [
    "calls",
    "callbacks",
    "chats",
    "emails",
    "messages",
    "cobrowseSessions",
    "screenshares",
    "socialexpressions",
    "videos",
];

/// The length that an id of a subscription must stay below.
///
/// Source: genesys-cloud-streaming-client, `mapCombineTopics`.
const ID_LIMIT: usize = 200;

/// Returns the last part of a medium's topic.
pub(crate) fn part(medium: &str) -> Option<&'static str> {
    let index = MEDIA.iter().position(|known| *known == medium)?;
    PARTS.get(index).copied()
}

/// Returns the topic of all conversations of a queue.
pub(crate) fn of_queue(id: &str) -> String {
    format!("v2.routing.queues.{id}.conversations")
}

/// Returns the topic of all conversations of a user.
pub(crate) fn of_user(id: &str) -> String {
    format!("v2.users.{id}.conversations")
}

/// One entry in the list of a channel's subscriptions, and the topics that it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// What the platform is told: a topic, or `prefix?part&part`.
    pub(crate) id: String,
    /// The topics as events carry them.
    pub(crate) topics: Vec<String>,
}

impl Entry {
    pub(crate) fn one(topic: String) -> Self {
        Self {
            id: topic.clone(),
            topics: vec![topic],
        }
    }

    /// Returns whether it stands for more than one topic.
    pub(crate) fn is_combined(&self) -> bool {
        self.topics.len() > 1
    }

    /// Returns an entry for each of its topics.
    pub(crate) fn apart(&self) -> impl Iterator<Item = Self> + use<'_> {
        self.topics.iter().cloned().map(Self::one)
    }

    /// Adds the topic `prefix.part` if the id has room for it.
    fn join(&mut self, prefix: &str, part: &str) -> bool {
        let id = match self.topics.as_slice() {
            [only] => format!("{prefix}?{}&{part}", &only[prefix.len() + 1..]),
            _ => format!("{}&{part}", self.id),
        };
        let fits = id.len() < ID_LIMIT;
        if fits {
            self.id = id;
            self.topics.push(format!("{prefix}.{part}"));
        }
        fits
    }
}

/// Returns what to subscribe to for the topic `prefix`: itself, or only `parts` of it, as few
/// entries as their length allows.
pub(crate) fn entries(prefix: &str, parts: &[&str]) -> Vec<Entry> {
    if parts.is_empty() {
        return vec![Entry::one(prefix.to_owned())];
    }
    let mut entries: Vec<Entry> = Vec::new();
    for part in parts {
        let joined = entries
            .last_mut()
            .is_some_and(|entry| entry.join(prefix, part));
        if !joined {
            entries.push(Entry::one(format!("{prefix}.{part}")));
        }
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_of_a_queue_share_one_entry() {
        let entries = entries(&of_queue("q"), &["calls", "messages"]);
        let topics = ["calls", "messages"].map(|part| format!("{}.{part}", of_queue("q")));
        assert_eq!(entries.len(), 1);
        assert_eq!(
            entries[0].id,
            "v2.routing.queues.q.conversations?calls&messages"
        );
        assert_eq!(entries[0].topics, topics);
        let apart: Vec<Entry> = entries[0].apart().collect();
        assert_eq!(apart.len(), 2);
        assert_eq!(apart[1], Entry::one(topics[1].clone()));
    }

    #[test]
    fn one_medium_and_no_medium_are_plain_topics() {
        let user = of_user("u");
        assert_eq!(entries(&user, &[]), [Entry::one(user.clone())]);
        assert_eq!(
            entries(&user, &["calls"]),
            [Entry::one(format!("{user}.calls"))]
        );
    }

    #[test]
    fn long_ids_are_split() {
        let prefix = of_queue(&"i".repeat(100));
        let entries = entries(&prefix, &PARTS);
        assert!(entries.len() > 1);
        assert!(entries.iter().all(|entry| entry.id.len() < ID_LIMIT));
        assert_eq!(entries.iter().flat_map(|entry| &entry.topics).count(), 9);
        let usual = super::entries(&of_queue(&"i".repeat(36)), &PARTS);
        assert_eq!(usual.len(), 1);
    }

    #[test]
    fn every_medium_has_a_part() {
        assert!(MEDIA.iter().all(|medium| part(medium).is_some()));
        assert_eq!(part("voice"), Some("calls"));
        assert_eq!(part("calls"), None);
    }
}
