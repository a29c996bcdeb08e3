//! What filters can ask of a record, read from its JSON when the first filter asks.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::OnceLock;

use serde::Deserialize;

use super::day::RenderedDay;

/// The facets of a day, made at first use.
pub(crate) type Lazy = OnceLock<Facets>;

/// A segment dimension that filters can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SegmentDimension {
    MediaType,
    Direction,
    QueueId,
    UserId,
    Purpose,
    WrapUpCode,
    SegmentType,
    DisconnectType,
}

/// A word of a day; 0 stands for none.
type Word = u32;

/// What filters can ask of a conversation as a whole.
#[derive(Clone, Debug, Default)]
pub(crate) struct ConversationFacets {
    pub(crate) initiator: Option<Box<str>>,
    pub(crate) direction: Option<Box<str>>,
    pub(crate) customer_participation: Option<bool>,
    pub(crate) social_media_public: Option<bool>,
    pub(crate) divisions: Vec<Box<str>>,
    pub(crate) external_tag: Option<Box<str>>,
    pub(crate) min_mos: Option<f64>,
    segments: Range<usize>,
}

/// What filters can ask of the records of a day.
#[derive(Debug, Default)]
pub(crate) struct Facets {
    words: Vec<Box<str>>,
    segments: Vec<[Word; 8]>,
    conversations: Vec<ConversationFacets>,
}

impl Facets {
    /// Reads the facets of every record.
    pub(crate) fn read(day: &RenderedDay) -> Self {
        let mut reader = Reader::default();
        for record in &day.records {
            let seen = serde_json::from_slice(day.json(record)).unwrap_or_default();
            reader.add(seen);
        }
        reader.facets
    }

    pub(crate) fn conversation(&self, place: usize) -> &ConversationFacets {
        &self.conversations[place]
    }

    /// Returns how many segments filters see in the conversation, and what one of them says.
    pub(crate) fn segments(&self, place: usize) -> Range<usize> {
        self.conversations[place].segments.clone()
    }

    /// Returns what a segment says of a dimension.
    pub(crate) fn segment(&self, segment: usize, dimension: SegmentDimension) -> Option<&str> {
        let word = self.segments[segment][dimension as usize];
        let word = usize::try_from(word).ok()?.checked_sub(1)?;
        self.words.get(word).map(AsRef::as_ref)
    }
}

#[derive(Debug, Default)]
struct Reader {
    facets: Facets,
    known: HashMap<Box<str>, Word>,
}

impl Reader {
    fn add(&mut self, seen: SeenConversation<'_>) {
        let from = self.facets.segments.len();
        for participant in &seen.participants {
            self.add_participant(participant);
        }
        let boxed =
            |text: Option<Cow<'_, str>>| text.map(|text| text.into_owned().into_boxed_str());
        self.facets.conversations.push(ConversationFacets {
            initiator: boxed(seen.conversation_initiator),
            direction: boxed(seen.originating_direction),
            customer_participation: seen.customer_participation,
            social_media_public: seen.originating_social_media_public,
            divisions: seen
                .division_ids
                .into_iter()
                .filter_map(|id| boxed(Some(id)))
                .collect(),
            external_tag: boxed(seen.external_tag),
            min_mos: seen.media_stats_min_conversation_mos,
            segments: from..self.facets.segments.len(),
        });
    }

    /// Notes each segment; a participant or session that has none counts as one.
    fn add_participant(&mut self, participant: &SeenParticipant<'_>) {
        let (none, bare) = (SeenSession::default(), SeenSegment::default());
        let sessions = some_or(&participant.sessions, &none);
        for session in sessions {
            for segment in some_or(&session.segments, &bare) {
                let texts = [
                    &session.media_type,
                    &session.direction,
                    &segment.queue_id,
                    &participant.user_id,
                    &participant.purpose,
                    &segment.wrap_up_code,
                    &segment.segment_type,
                    &segment.disconnect_type,
                ];
                let words = texts.map(|text| text.as_deref().map_or(0, |text| self.word(text)));
                self.facets.segments.push(words);
            }
        }
    }

    fn word(&mut self, text: &str) -> Word {
        if let Some(word) = self.known.get(text) {
            return *word;
        }
        self.facets.words.push(text.into());
        let word = Word::try_from(self.facets.words.len()).unwrap_or(0);
        self.known.insert(text.into(), word);
        word
    }
}

fn some_or<'a, T>(items: &'a [T], none: &'a T) -> &'a [T] {
    if items.is_empty() {
        std::slice::from_ref(none)
    } else {
        items
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct SeenConversation<'a> {
    #[serde(borrow)]
    conversation_initiator: Option<Cow<'a, str>>,
    #[serde(borrow)]
    originating_direction: Option<Cow<'a, str>>,
    customer_participation: Option<bool>,
    originating_social_media_public: Option<bool>,
    #[serde(borrow)]
    division_ids: Vec<Cow<'a, str>>,
    #[serde(borrow)]
    external_tag: Option<Cow<'a, str>>,
    media_stats_min_conversation_mos: Option<f64>,
    #[serde(borrow)]
    participants: Vec<SeenParticipant<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct SeenParticipant<'a> {
    #[serde(borrow)]
    user_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    purpose: Option<Cow<'a, str>>,
    #[serde(borrow)]
    sessions: Vec<SeenSession<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct SeenSession<'a> {
    #[serde(borrow)]
    media_type: Option<Cow<'a, str>>,
    #[serde(borrow)]
    direction: Option<Cow<'a, str>>,
    #[serde(borrow)]
    segments: Vec<SeenSegment<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct SeenSegment<'a> {
    #[serde(borrow)]
    queue_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    wrap_up_code: Option<Cow<'a, str>>,
    #[serde(borrow)]
    segment_type: Option<Cow<'a, str>>,
    #[serde(borrow)]
    disconnect_type: Option<Cow<'a, str>>,
}
