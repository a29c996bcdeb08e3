//! A first look at a record: enough to know what it is about, lenient with all else.

use jiff::Timestamp;
use sonic_rs::{JsonContainerTrait as _, JsonValueTrait as _, Value};

/// What a conversation is about, as far as its record says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Glance {
    /// Its id.
    pub conversation_id: Option<String>,
    /// When it started.
    pub start: Option<Timestamp>,
    /// When it ended; none while it is open.
    pub end: Option<Timestamp>,
    /// Its queues, in order of appearance.
    pub queue_ids: Vec<String>,
    /// Its users, in order of appearance.
    pub user_ids: Vec<String>,
    /// Its media, in order of appearance.
    pub media_types: Vec<String>,
}

impl Glance {
    /// Looks at a record, which must not be nested deeply. What does not fit is as good as absent.
    pub fn of(record: &str) -> Self {
        let record: Value = sonic_rs::from_str(record).unwrap_or_default();
        let mut glance = Self {
            conversation_id: text(&record, "conversationId").map(str::to_owned),
            start: time(&record, "conversationStart"),
            end: time(&record, "conversationEnd"),
            ..Self::default()
        };
        for participant in list(&record, "participants") {
            add(&mut glance.user_ids, text(participant, "userId"));
            for session in list(participant, "sessions") {
                add(&mut glance.media_types, text(session, "mediaType"));
                for segment in list(session, "segments") {
                    add(&mut glance.queue_ids, text(segment, "queueId"));
                }
            }
        }
        glance
    }
}

fn list<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    let list = value.get(name).and_then(|list| list.as_array());
    list.into_iter().flat_map(|list| list.iter())
}

fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name)?.as_str()
}

fn time(value: &Value, name: &str) -> Option<Timestamp> {
    text(value, name)?.parse().ok()
}

fn add(known: &mut Vec<String>, name: Option<&str>) {
    if let Some(name) = name
        && !known.iter().any(|known| known == name)
    {
        known.push(name.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_as_good_as_absent() {
        let record = r#"{"conversationId":"c","conversationStart":"2021-04-2T15:30:51Z","participants":[
            {"userId":"u","sessions":[{"mediaType":"voice","segments":[{"queueId":"q"},{"queueId":"q"},{}]}]},
            {"sessions":7}, null]}"#;
        let glance = Glance::of(record);
        assert_eq!(glance.conversation_id.as_deref(), Some("c"));
        assert_eq!((glance.start, glance.end), (None, None));
        assert_eq!(
            (glance.queue_ids, glance.user_ids),
            (vec!["q".to_owned()], vec!["u".to_owned()])
        );
        assert_eq!(Glance::of("[]"), Glance::default());
    }
}
