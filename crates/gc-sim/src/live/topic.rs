//! Which topics there are, and what a combined one stands for.

/// The longest id of a topic, in characters.
///
/// Source: purecloudlabs/genesys-cloud-streaming-client, `mapCombineTopics`.
const LENGTH_MAX: usize = 199;

/// What a gap in a topic has to be filled with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Names {
    Nothing,
    Queue,
    User,
    /// A conversation, or something else of which any id will do.
    Anything,
}

/// The topics that can be subscribed to.
///
/// Source: MyPureCloud/platform-client-sdk-dotnet 270.0.0, `notificationMappings.json`.
const TOPICS: [(&str, Names); 52] = [
    ("v2.analytics.conversation.{id}.metrics", Names::Anything),
    (
        "v2.analytics.conversations.details.jobs.availability",
        Names::Nothing,
    ),
    ("v2.analytics.queues.{id}.activity", Names::Queue),
    ("v2.analytics.queues.{id}.observations", Names::Queue),
    (
        "v2.analytics.users.details.jobs.availability",
        Names::Nothing,
    ),
    ("v2.conversations.{id}.transcription", Names::Anything),
    ("v2.detail.events.agent.{id}.state", Names::User),
    (
        "v2.detail.events.conversation.{id}.acd.end",
        Names::Anything,
    ),
    (
        "v2.detail.events.conversation.{id}.acd.start",
        Names::Anything,
    ),
    ("v2.detail.events.conversation.{id}.acw", Names::Anything),
    (
        "v2.detail.events.conversation.{id}.attributes",
        Names::Anything,
    ),
    (
        "v2.detail.events.conversation.{id}.contact",
        Names::Anything,
    ),
    (
        "v2.detail.events.conversation.{id}.customer.end",
        Names::Anything,
    ),
    (
        "v2.detail.events.conversation.{id}.customer.start",
        Names::Anything,
    ),
    (
        "v2.detail.events.conversation.{id}.flow.end",
        Names::Anything,
    ),
    (
        "v2.detail.events.conversation.{id}.flow.outcome",
        Names::Anything,
    ),
    (
        "v2.detail.events.conversation.{id}.flow.start",
        Names::Anything,
    ),
    (
        "v2.detail.events.conversation.{id}.outbound",
        Names::Anything,
    ),
    (
        "v2.detail.events.conversation.{id}.user.end",
        Names::Anything,
    ),
    (
        "v2.detail.events.conversation.{id}.user.start",
        Names::Anything,
    ),
    (
        "v2.detail.events.conversation.{id}.voicemail.end",
        Names::Anything,
    ),
    (
        "v2.detail.events.conversation.{id}.voicemail.start",
        Names::Anything,
    ),
    ("v2.detail.events.conversation.{id}.wrapup", Names::Anything),
    ("v2.routing.queues.{id}.conversations", Names::Queue),
    (
        "v2.routing.queues.{id}.conversations.callbacks",
        Names::Queue,
    ),
    ("v2.routing.queues.{id}.conversations.calls", Names::Queue),
    ("v2.routing.queues.{id}.conversations.chats", Names::Queue),
    (
        "v2.routing.queues.{id}.conversations.cobrowseSessions",
        Names::Queue,
    ),
    ("v2.routing.queues.{id}.conversations.emails", Names::Queue),
    (
        "v2.routing.queues.{id}.conversations.messages",
        Names::Queue,
    ),
    (
        "v2.routing.queues.{id}.conversations.screenshares",
        Names::Queue,
    ),
    (
        "v2.routing.queues.{id}.conversations.socialexpressions",
        Names::Queue,
    ),
    ("v2.routing.queues.{id}.conversations.videos", Names::Queue),
    ("v2.routing.queues.{id}.users", Names::Queue),
    (
        "v2.speechandtextanalytics.conversation.{id}.sentiment",
        Names::Anything,
    ),
    (
        "v2.speechandtextanalytics.conversation.{id}.topics",
        Names::Anything,
    ),
    (
        "v2.speechandtextanalytics.conversations.{id}.categories",
        Names::Anything,
    ),
    ("v2.users.{id}.conversations", Names::User),
    ("v2.users.{id}.conversations.callbacks", Names::User),
    ("v2.users.{id}.conversations.calls", Names::User),
    ("v2.users.{id}.conversations.chats", Names::User),
    ("v2.users.{id}.conversations.cobrowseSessions", Names::User),
    ("v2.users.{id}.conversations.emails", Names::User),
    ("v2.users.{id}.conversations.messages", Names::User),
    ("v2.users.{id}.conversations.screenshares", Names::User),
    ("v2.users.{id}.conversations.socialexpressions", Names::User),
    ("v2.users.{id}.conversations.summaries", Names::User),
    ("v2.users.{id}.conversations.videos", Names::User),
    ("v2.users.{id}.conversations.{id}.recordings", Names::User),
    (
        "v2.users.{id}.conversations.{id}.recordings.{id}",
        Names::User,
    ),
    ("v2.users.{id}.conversationsummary", Names::User),
    ("v2.users.{id}.recordings", Names::User),
];

/// Splits a combined topic, `v2.users.{id}?presence&routingStatus`, into its parts; a plain topic
/// is its own only part, and nothing comes of one that is too long.
pub(crate) fn parts(id: &str) -> Vec<String> {
    if id.chars().count() > LENGTH_MAX {
        return Vec::new();
    }
    let Some((prefix, ends)) = id.split_once('?') else {
        return vec![id.to_owned()];
    };
    ends.split('&')
        .map(|end| format!("{prefix}.{end}"))
        .collect()
}

/// Returns what a topic is about and its first id; nothing for a topic that does not exist.
pub(crate) fn kind(topic: &str) -> Option<(Names, &str)> {
    let known = TOPICS.iter().find(|(pattern, _)| matches(pattern, topic));
    let (pattern, names) = known?;
    let gap = pattern.split('.').position(|part| part == "{id}");
    let id = gap.and_then(|gap| topic.split('.').nth(gap));
    Some((*names, id.unwrap_or_default()))
}

/// Returns whether `topic` is one that `pattern` stands for.
pub(crate) fn matches(pattern: &str, topic: &str) -> bool {
    let mut parts = topic.split('.');
    for wanted in pattern.split('.') {
        if wanted == "**" {
            return true;
        }
        match parts.next() {
            Some(part) if part == wanted => {}
            Some(part) if matches!(wanted, "*" | "{id}") && !part.is_empty() => {}
            _ => return false,
        }
    }
    parts.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn combined_topics_stand_for_their_parts() {
        let expected = ["v2.users.7.presence", "v2.users.7.conversations.calls"];
        assert_eq!(parts("v2.users.7?presence&conversations.calls"), expected);
        assert_eq!(parts("v2.users.7.presence"), ["v2.users.7.presence"]);
        assert!(parts(&"x".repeat(200)).is_empty());
    }

    #[test]
    fn topics_tell_what_they_are_about() {
        let topic = "v2.routing.queues.q1.conversations.calls";
        assert_eq!(kind(topic), Some((Names::Queue, "q1")));
        assert_eq!(kind("v2.routing.queues..conversations"), None);
        assert_eq!(kind("v2.system.socket_closing"), None);
        assert_eq!(kind("channel.metadata"), None);
        assert!(matches("v2.users.**", "v2.users.u.conversations"));
        assert!(!matches(
            "v2.users.{id}.conversations",
            "v2.users.u.conversations.calls"
        ));
    }
}
