//! How the live half is set up.

use std::time::Duration;

use serde::Deserialize;

/// Who moves the live floor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Running {
    /// Only [`Control`](crate::Control): nothing happens unless it is asked for.
    #[default]
    Driven,
    /// The clock.
    ByItself,
}

/// How busy the floor is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LiveRate {
    /// About so many snapshots in a real second, once as many conversations end as begin; with 0
    /// nobody comes.
    SnapshotsPerSecond(f64),
    /// So many conversations begin in an hour of the world, on average.
    ConversationsPerHour(f64),
}

/// What the log of events keeps of each; counts are always kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EventLog {
    /// Everything, the text of the frame included.
    #[default]
    Frames,
    /// Everything but the text.
    Hashes,
    /// Nothing.
    Off,
}

/// How the live half is set up.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LiveConfig {
    /// Who moves the floor. Default: [`Running::Driven`].
    pub running: Running,
    /// How busy it is. Default: two snapshots a second.
    pub rate: LiveRate,
    /// Seconds of the world for each real one. Default: 1. With anything else the times in events
    /// and in analytics leave the wall clock; see [`Self::pace`].
    pub speed: f64,
    /// By how much waits, talks and wrap-ups are shorter than those of people. Default: 1. Times
    /// stay on the wall clock, so this is how an hour of work is pressed into a minute.
    pub pace: f64,
    /// How often each socket has a heartbeat, in real time. Default: 30 s.
    ///
    /// Source: developer.genesys.cloud/forum, October 2025.
    pub heartbeat: Duration,
    /// How long a channel lives without being subscribed again, in real time. Default: a day.
    ///
    /// Source: MyPureCloud/developer-center-blog, posts of 2021-12-02 and 2022-07-29.
    pub channel_lifetime: Duration,
    /// How many channels a client can have. Default: 20.
    ///
    /// Source: `PyPI` `purecloudplatformclientv2` 269.0.0, `post_notifications_channels`.
    pub channels_max: usize,
    /// How many topics a channel can have; a combined topic counts as one. Default: 1,000.
    ///
    /// Source: MyPureCloud/developer-center-blog, post of 2021-12-02.
    pub topics_max: usize,
    /// Topics the client may not subscribe to: `v2.users.{id}.conversations`, where `{id}` or `*`
    /// stands for one part, and `**` for the rest. Default: none.
    pub forbidden_topics: Vec<String>,
    /// After how long, in the time of the world, the query and look-ups by id know of a change.
    /// Default: at once.
    pub query_delay: Duration,
    /// How far the jobs' watermark lags behind the clock of the world, where it follows it.
    /// Default: it stands still.
    pub watermark_lag: Option<Duration>,
    /// What the log of events keeps. Default: everything.
    pub event_log: EventLog,
    /// How many events the log keeps; the oldest go first. Default: 50,000.
    pub event_log_max: usize,
    /// How many frames may wait for one socket before it is reset as too slow. Default: 16,384.
    pub socket_backlog: usize,
    /// What `connectUri` begins with, such as `wss://localhost:9443`. Default: `ws://` and the host
    /// that was asked.
    pub connect_base: Option<String>,
}

impl Default for LiveConfig {
    fn default() -> Self {
        Self {
            running: Running::Driven,
            rate: LiveRate::SnapshotsPerSecond(2.0),
            speed: 1.0,
            pace: 1.0,
            heartbeat: Duration::from_secs(30),
            channel_lifetime: Duration::from_hours(24),
            channels_max: 20,
            topics_max: 1_000,
            forbidden_topics: Vec::new(),
            query_delay: Duration::ZERO,
            watermark_lag: None,
            event_log: EventLog::Frames,
            event_log_max: 50_000,
            socket_backlog: 16_384,
            connect_base: None,
        }
    }
}

impl LiveConfig {
    /// Returns the mean time between two conversations, in milliseconds of the world.
    pub(crate) fn gap(&self) -> Option<f64> {
        let (count, millis) = match self.rate {
            LiveRate::SnapshotsPerSecond(rate) => (rate / SNAPSHOTS_EACH, 1000.0 * self.speed),
            LiveRate::ConversationsPerHour(rate) => (rate, 3_600_000.0),
        };
        (count > 0.0).then(|| millis / count)
    }
}

/// How many snapshots a conversation of the floor has on average, as counted.
const SNAPSHOTS_EACH: f64 = 9.0;
