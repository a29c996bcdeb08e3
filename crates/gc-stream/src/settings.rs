//! Everything the stream has to be told.

use std::sync::Arc;
use std::time::Duration;

use gc_auth::Client;
use gc_core::Clock;

use crate::backoff::Backoff;
use crate::selection::Selection;

/// Everything the stream has to be told. [`StreamSettings::new`] fills in the defaults.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StreamSettings {
    /// The client for REST, whose certificates and proxies the sockets share.
    pub client: Client,
    /// What to listen to.
    pub selection: Selection,
    /// Where the times of receipt come from.
    pub clock: Arc<dyn Clock>,
    /// How often all queues are listed, so that new ones are heard; 3 min unless set.
    pub refresh: Duration,
    /// How long a socket may be silent before it is sent a ping; 35 s unless set.
    ///
    /// Source: developer forum, October 2025: a heartbeat comes every 30 s.
    pub ping_after: Duration,
    /// How long an answer to a ping may take; 10 s unless set.
    pub pong_within: Duration,
    /// The most bytes of one frame; 16 MiB unless set. A larger one is lost with its socket.
    pub max_frame_bytes: usize,
    /// The most bytes of frames that nobody has dropped yet; 32 MiB unless set.
    pub bytes_in_flight: usize,
    /// The waits between tries; up to 0.5 s, doubled up to 30 s, unless set.
    pub backoff: Backoff,
    /// The most subscriptions of one channel; 1,000 unless set.
    ///
    /// Source: developer-center-blog, 2021-12-02.
    pub topics_per_channel: usize,
    /// The most channels at a time; 20 unless set. One of them is kept for renewals: steadily at
    /// most 19 are used.
    ///
    /// Source: official Python SDK 269.0.0, `post_notifications_channels`.
    pub max_channels: usize,
    /// How long a socket must have stood for the waits to begin anew; 30 s unless set.
    pub settled_after: Duration,
    /// How long a program that stops says goodbye to sockets and channels; 5 s unless set.
    pub farewell: Duration,
}

impl StreamSettings {
    /// Creates settings with the defaults for everything else.
    pub fn new(client: Client, selection: Selection, clock: Arc<dyn Clock>) -> Self {
        Self {
            client,
            selection,
            clock,
            refresh: Duration::from_secs(3 * 60),
            ping_after: Duration::from_secs(35),
            pong_within: Duration::from_secs(10),
            max_frame_bytes: 16 * 1024 * 1024,
            bytes_in_flight: 32 * 1024 * 1024,
            backoff: Backoff::default(),
            topics_per_channel: 1000,
            max_channels: 20,
            settled_after: Duration::from_secs(30),
            farewell: Duration::from_secs(5),
        }
    }

    /// Returns how many channels are used steadily: one is spare, for renewals.
    pub(crate) fn steady_channels(&self) -> usize {
        self.max_channels.saturating_sub(1).max(1)
    }

    /// Returns how many subscriptions fit.
    pub(crate) fn room(&self) -> usize {
        self.steady_channels() * self.topics_per_channel
    }
}
