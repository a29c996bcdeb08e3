//! What the rest of the program is told: frames, and from when to when a topic was heard.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use tokio::sync::OwnedSemaphorePermit;
use tokio_tungstenite::tungstenite::Utf8Bytes;

/// One socket's life. A socket that takes another's place is another link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkId(pub(crate) u64);

impl LinkId {
    /// Returns its number in this process.
    pub fn number(self) -> u64 {
        self.0
    }
}

impl fmt::Display for LinkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Why a link heard nothing more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cause {
    /// The connection broke.
    ConnectionLost,
    /// The platform closed the socket.
    ClosedByPlatform,
    /// Neither heartbeat nor pong came.
    NoHeartbeat,
    /// The platform does not know the channel any more, or gave it to another socket.
    ChannelGone,
    /// The token that made the channel was revoked.
    TokenRevoked,
    /// The platform announced its maintenance; another link took over.
    Maintenance,
    /// The channel or its token came of age; another link took over.
    Renewed,
    /// The program was asked to stop.
    Stopped,
    /// A frame came that is larger than allowed; it is lost.
    FrameTooLarge,
    /// What came is not the WebSocket protocol.
    BrokenProtocol,
}

impl fmt::Display for Cause {
    /// Writes a few fixed words: `connection lost`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::ConnectionLost => "connection lost",
            Self::ClosedByPlatform => "closed by the platform",
            Self::NoHeartbeat => "no heartbeat",
            Self::ChannelGone => "channel gone",
            Self::TokenRevoked => "token revoked",
            Self::Maintenance => "maintenance",
            Self::Renewed => "renewed",
            Self::Stopped => "stopped",
            Self::FrameTooLarge => "frame too large",
            Self::BrokenProtocol => "broken protocol",
        })
    }
}

/// One thing that happened on a link.
///
/// For each link [`Notice::Up`] comes before its events, and [`Notice::Down`] after the last of
/// them. Where one link takes over from another by plan, the new one is up before the old one is
/// down. Not guaranteed: that events come once; on two links at a time they come twice.
#[derive(Debug)]
#[non_exhaustive]
pub enum Notice {
    /// A frame that is an event.
    Event(EventFrame),
    /// A frame that is neither event nor control. It may come before the link is up.
    Junk(JunkFrame),
    /// Any other sign of life: heartbeat, pong, control.
    Alive {
        /// The link.
        link: LinkId,
        /// When it was read from the socket.
        at: Timestamp,
    },
    /// From now on these topics are heard: they are subscribed, and a frame came after that.
    ///
    /// It comes again for a link to which topics were added. An event of an added topic may come
    /// a moment before the notice that names it.
    Up {
        /// The link.
        link: LinkId,
        /// The topics, as events carry them.
        topics: Arc<[String]>,
        /// When the first frame was read from the socket.
        at: Timestamp,
    },
    /// A link that was up hears nothing more, on any of its topics.
    Down {
        /// The link.
        link: LinkId,
        /// When the last frame was read from the socket.
        last_frame_at: Timestamp,
        /// Until when everything that the platform sent was read: earlier than `last_frame_at`,
        /// since a frame is read some time after it was sent and what was sent in between may be
        /// lost. A gap begins here. With a link that takes over by plan there is none: it was up
        /// before.
        heard_until: Timestamp,
        /// Why.
        cause: Cause,
    },
    /// A topic is not heard, or no longer from the next link on. It is told once, and tried again
    /// with each new channel; a later [`Notice::Up`] takes it back.
    Rejected {
        /// The topic, as events would carry it.
        topic: String,
        /// The platform's reason.
        reason: String,
        /// The permissions that are missing, where the platform names them.
        permissions: Vec<String>,
    },
    /// A channel was created.
    ChannelOpened,
    /// A link stands in for one that was lost. It comes after the link's [`Notice::Up`].
    Reconnected {
        /// The new link.
        link: LinkId,
    },
}

/// A frame that is an event, as received, and the room it takes until it is dropped.
pub struct EventFrame {
    /// The link it came on.
    pub link: LinkId,
    /// When it was read from the socket.
    pub received_at: Timestamp,
    /// The topic.
    pub topic: String,
    /// The platform's correlation id.
    pub correlation_id: Option<String>,
    pub(crate) text: Utf8Bytes,
    pub(crate) body: Range<usize>,
    pub(crate) _room: OwnedSemaphorePermit,
}

impl EventFrame {
    /// Returns the whole frame.
    pub fn text(&self) -> &str {
        self.text.as_str()
    }

    /// Returns the `eventBody`, as received: valid JSON, nested at most 100 levels deep.
    pub fn body(&self) -> &str {
        self.text.get(self.body.clone()).unwrap_or_default()
    }

    /// Returns the `eventBody` without copying it. The bytes may outlive the frame, but then they
    /// are not counted.
    pub fn body_bytes(&self) -> Bytes {
        Bytes::from(self.text.clone()).slice(self.body.clone())
    }
}

impl fmt::Debug for EventFrame {
    /// Writes lengths, not the payload.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventFrame")
            .field("link", &self.link)
            .field("received_at", &self.received_at)
            .field("topic", &self.topic)
            .field("bytes", &self.text.len())
            .finish_non_exhaustive()
    }
}

/// A frame that is neither event nor control, and the room it takes until it is dropped.
pub struct JunkFrame {
    /// The link it came on.
    pub link: LinkId,
    /// When it was read from the socket.
    pub received_at: Timestamp,
    /// What is wrong with it, in fixed words.
    pub reason: &'static str,
    /// The frame as received.
    pub frame: Bytes,
    pub(crate) _room: OwnedSemaphorePermit,
}

impl fmt::Debug for JunkFrame {
    /// Writes the length, not the payload.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JunkFrame")
            .field("link", &self.link)
            .field("received_at", &self.received_at)
            .field("reason", &self.reason)
            .field("bytes", &self.frame.len())
            .finish_non_exhaustive()
    }
}
