//! How one conversation went, told from its seed.
//!
//! - The whole story is told as if it were over; [`cut`] then leaves what was known at an instant.
//! - Every phase moves [`Story::now`] on; metrics are emitted when their phase ends, and
//!   `tHandle` is the sum of `tTalkComplete`, `tHeldComplete` and `tAcw` of its session.

mod agent;
mod bulk;
mod customer;
pub(crate) mod cut;
mod flow;
pub(crate) mod late;
mod oddities;
mod plot;
mod queue;
mod rare;

use super::dice::Dice;
use super::directory::Directory;
use super::model::{Conversation, Metric, Participant, Segment, Session};
use super::value::{Text, Time};

pub use oddities::UNKNOWN_FIELDS;
pub(crate) use plot::tell;

/// A medium a conversation is held on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Media {
    Voice,
    Chat,
    Callback,
    Email,
    Message,
    Video,
    Cobrowse,
    Screenshare,
    InternalMessage,
}

impl Media {
    /// Returns the platform's word.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Voice => "voice",
            Self::Chat => "chat",
            Self::Callback => "callback",
            Self::Email => "email",
            Self::Message => "message",
            Self::Video => "video",
            Self::Cobrowse => "cobrowse",
            Self::Screenshare => "screenshare",
            Self::InternalMessage => "internalmessage",
        }
    }

    /// Returns the letter of the queues that serve it.
    pub(crate) fn letter(self) -> char {
        match self {
            Self::Chat | Self::Cobrowse | Self::Screenshare | Self::Video => 'c',
            Self::Callback => 'b',
            Self::Email => 'e',
            Self::Message => 'm',
            Self::Voice | Self::InternalMessage => 'v',
        }
    }

    pub(crate) fn provider(self) -> &'static str {
        match self {
            Self::Voice => "Edge",
            Self::Email => "PureCloud Email",
            Self::Message | Self::InternalMessage => "PureCloud Messaging",
            Self::Chat => "PureCloud Webchat",
            Self::Callback => "PureCloud Callback",
            Self::Video | Self::Cobrowse | Self::Screenshare => "PureCloud Video",
        }
    }

    /// Returns how long a contact on it usually talks, in milliseconds.
    fn typical_talk(self) -> i64 {
        match self {
            Self::Voice | Self::Callback | Self::Video => 240_000,
            Self::Email => 420_000,
            _ => 360_000,
        }
    }
}

/// A conversation while it is told.
#[derive(Debug)]
pub(crate) struct Story<'w> {
    pub(crate) dice: Dice,
    pub(crate) directory: &'w Directory,
    pub(crate) conversation: Conversation,
    pub(crate) media: Media,
    pub(crate) outbound: bool,
    /// Where the story stands, in milliseconds since 1970.
    pub(crate) now: i64,
}

impl Story<'_> {
    /// Returns a session of the story's medium with a fresh id.
    fn session(&mut self) -> Session {
        Session {
            media_type: Some(self.media.name().into()),
            session_id: Some(self.dice.id().into()),
            direction: Some(self.direction()),
            provider: Some(self.media.provider().into()),
            ..Session::default()
        }
    }

    fn direction(&self) -> Text {
        if self.outbound {
            "outbound".into()
        } else {
            "inbound".into()
        }
    }

    /// Adds a participant with one session and returns where the next one goes.
    fn join(&mut self, purpose: &'static str, name: Option<Text>, session: Session) {
        let participant = Participant {
            participant_id: Some(self.dice.id().into()),
            participant_name: name,
            purpose: Some(purpose.into()),
            sessions: vec![session],
            ..Participant::default()
        };
        self.conversation.participants.push(participant);
    }

    /// Lets time pass and returns the phase that took it.
    fn phase(&mut self, kind: &'static str, millis: i64) -> Segment {
        let start = self.now;
        self.now += millis.max(0);
        Segment {
            segment_start: Some(Time(start)),
            segment_end: Some(Time(self.now)),
            segment_type: Some(kind.into()),
            conference: Some(false),
            ..Segment::default()
        }
    }

    /// Returns a metric emitted now.
    fn metric(&self, name: &'static str, value: i64) -> Metric {
        metric(name, value, self.now)
    }
}

/// Returns a metric emitted at `at`.
pub(crate) fn metric(name: &'static str, value: i64, at: i64) -> Metric {
    Metric {
        name: Some(name.into()),
        value: Some(value),
        emit_date: Some(Time(at)),
        unknown: Vec::new(),
    }
}
