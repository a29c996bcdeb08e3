//! What a topic is about, read from its name.

/// What topics of a queue and of a user begin with.
const QUEUES: &str = "v2.routing.queues.";
const USERS: &str = "v2.users.";

/// What a topic is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Subject<'a> {
    /// The topic with `{id}` in place of each id: `v2.routing.queues.{id}.conversations`.
    pub(crate) kind: String,
    /// The queue, in topics of a queue.
    pub(crate) queue: Option<&'a str>,
    /// What follows the id in topics that carry snapshots of conversations: `conversations` or
    /// `conversations.calls`. Bodies of one shape have the same form for queues and for users.
    pub(crate) shape: Option<&'a str>,
}

impl<'a> Subject<'a> {
    pub(crate) fn of(topic: &'a str) -> Self {
        let owner = |prefix| {
            let (id, shape) = topic.strip_prefix(prefix)?.split_once('.')?;
            Some((id, shape))
        };
        let queue = owner(QUEUES);
        let shape = queue.or_else(|| owner(USERS)).map(|(_, shape)| shape);
        Self {
            kind: kind(topic),
            queue: queue.map(|(id, _)| id),
            shape: shape.filter(|shape| SHAPES.contains(shape)),
        }
    }
}

/// Puts `{id}` in place of what is an id by its place or by its look.
fn kind(topic: &str) -> String {
    let mut kind = String::with_capacity(topic.len());
    let mut before = "";
    for part in topic.split('.') {
        if !kind.is_empty() {
            kind.push('.');
        }
        kind.push_str(if names_objects(before) || is_uuid(part) {
            "{id}"
        } else {
            part
        });
        before = part;
    }
    kind
}

fn names_objects(part: &str) -> bool {
    matches!(part, "queues" | "users")
}

fn is_uuid(part: &str) -> bool {
    part.len() == 36
        && part
            .bytes()
            .all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

/// The shapes that a snapshot of a conversation has: what follows the id in its topic.
const SHAPES: [&str; 10] = [
    "conversations",
    "conversations.calls",
    "conversations.callbacks",
    "conversations.chats",
    "conversations.emails",
    "conversations.messages",
    "conversations.cobrowseSessions",
    "conversations.screenshares",
    "conversations.socialexpressions",
    "conversations.videos",
];

/// Returns the medium, as history names it, of the last part of a topic.
pub(crate) fn medium_of_part(part: &str) -> Option<&'static str> {
    let part = LEGS.iter().find(|leg| leg.part == Some(part));
    part.map(|leg| leg.medium)
}

/// Where a participant keeps its legs of one medium.
#[derive(Debug)]
pub(crate) struct Leg {
    /// The list in the participant of an all-media snapshot.
    pub(crate) list: &'static str,
    /// The last part of the medium's own topic, if it has one.
    pub(crate) part: Option<&'static str>,
    /// The medium as `sessions[].mediaType` names it in history.
    pub(crate) medium: &'static str,
}

/// All media.
///
/// Source: `QueueConversationEventTopicParticipant` of the official Python SDK 269.0.0, and the topics of
/// `notificationMappings.json` of the .NET SDK 270.0.0.
pub(crate) const LEGS: [Leg; 11] = [
    leg("calls", Some("calls"), "voice"),
    leg("callbacks", Some("callbacks"), "callback"),
    leg("chats", Some("chats"), "chat"),
    leg("emails", Some("emails"), "email"),
    leg("messages", Some("messages"), "message"),
    leg("cobrowsesessions", Some("cobrowseSessions"), "cobrowse"),
    leg("screenshares", Some("screenshares"), "screenshare"),
    leg("socialExpressions", Some("socialexpressions"), "social"),
    leg("videos", Some("videos"), "video"),
    leg("internalMessages", None, "internalmessage"),
    leg("screenMonitorings", None, "screenmonitoring"),
];

const fn leg(list: &'static str, part: Option<&'static str>, medium: &'static str) -> Leg {
    Leg { list, part, medium }
}

/// Which conversations a topic tells of: those of one queue or user, of one medium or all.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Audience {
    /// The queue, in topics of a queue.
    pub queue_id: Option<String>,
    /// The user, in topics of a user.
    pub user_id: Option<String>,
    /// The medium, as history names it; none for all.
    pub medium: Option<&'static str>,
}

impl Audience {
    /// Reads a topic; none for one that tells of no conversations by queue or user.
    pub fn of(topic: &str) -> Option<Self> {
        let shape = Subject::of(topic).shape?;
        let owner = |prefix: &str| Some(topic.strip_prefix(prefix)?.split('.').next()?.to_owned());
        Some(Self {
            queue_id: owner(QUEUES),
            user_id: owner(USERS),
            medium: shape
                .strip_prefix("conversations.")
                .and_then(medium_of_part),
        })
    }

    /// Returns whether it tells of a conversation with these queues, users and media.
    pub fn hears(&self, queues: &[String], users: &[String], media: &[String]) -> bool {
        let is_in =
            |one: &Option<String>, all: &[String]| one.as_ref().is_some_and(|id| all.contains(id));
        let of_medium = self
            .medium
            .is_none_or(|medium| media.iter().any(|one| one == medium));
        of_medium && (is_in(&self.queue_id, queues) || is_in(&self.user_id, users))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "e40f28ea-fa86-493f-a5b8-d559c8533c96";

    #[test]
    fn ids_leave_the_kind_by_place_and_by_look() {
        let queue = format!("v2.routing.queues.{ID}.conversations.calls");
        let subject = Subject::of(&queue);
        assert_eq!(subject.kind, "v2.routing.queues.{id}.conversations.calls");
        assert_eq!(
            (subject.queue, subject.shape),
            (Some(ID), Some("conversations.calls"))
        );
        let short = Subject::of("v2.users.u-1.conversations");
        assert_eq!(short.kind, "v2.users.{id}.conversations");
        assert_eq!((short.queue, short.shape), (None, Some("conversations")));
        let detail = format!("v2.detail.events.conversation.{ID}.acd.end");
        assert_eq!(
            Subject::of(&detail).kind,
            "v2.detail.events.conversation.{id}.acd.end"
        );
    }

    #[test]
    fn topic_of_one_medium_tells_of_that_medium_alone() {
        let list = |id: &str| vec![id.to_owned()];
        let calls = Audience::of("v2.routing.queues.q.conversations.calls").unwrap();
        assert!(calls.hears(&list("q"), &[], &list("voice")));
        assert!(!calls.hears(&list("q"), &[], &list("chat")));
        assert!(!calls.hears(&list("other"), &list("q"), &list("voice")));
        let user = Audience::of("v2.users.u.conversations").unwrap();
        assert!(user.hears(&[], &list("u"), &list("chat")));
        assert_eq!(Audience::of("v2.users.u.presence"), None);
    }

    #[test]
    fn other_topics_carry_no_snapshot() {
        for topic in [
            "v2.users.u.presence",
            "v2.users.u.conversationsummary",
            "v2.users.u.conversations.summaries",
            "",
            ".",
            "v2",
        ] {
            assert_eq!(Subject::of(topic).shape, None, "{topic}");
        }
    }
}
