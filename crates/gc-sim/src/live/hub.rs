//! Where events meet sockets.
//!
//! - An event goes to the sockets that are open when it is published; nothing is kept for later.
//! - The lock is never held across a wait.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{Notify, mpsc};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::channels::{Channel, Channels, Plug};
use super::config::LiveConfig;
use super::counts::{Counters, count};
use super::log::{Event, Log};
use super::socket::{Item, Order, Ticket};
use crate::tokens::Tokens;

/// The close code of sockets whose channel is gone or that are closed for maintenance.
///
/// Source: developer.genesys.cloud/forum; the codes are not documented.
pub(super) const GOING_AWAY: u16 = 1001;
/// The close code of a socket that another one took the place of.
///
/// Source: the same.
pub(super) const NORMAL: u16 = 1000;

/// A channel, as [`Control::channels`](crate::Control::channels) tells it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ChannelInfo {
    /// Its id.
    pub id: String,
    /// How long it still lives without being subscribed again.
    pub expires_in: Duration,
    /// Its topics, as they were subscribed.
    pub topics: Vec<String>,
    /// Whether a socket is open on it.
    pub connected: bool,
    /// The token it was made with.
    pub(crate) token: String,
}

/// Why a channel was not subscribed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotSubscribed {
    Gone,
    TooMany,
}

/// The channels, their sockets and the log of what went over them.
#[derive(Debug)]
pub(crate) struct Hub {
    lifetime: Duration,
    channels_max: usize,
    topics_max: usize,
    backlog: usize,
    channels: Mutex<Channels>,
    forbidden: Mutex<Vec<String>>,
    base: Mutex<Option<String>>,
    sockets: AtomicU64,
    pub(crate) log: Log,
    pub(crate) counters: Counters,
}

impl Hub {
    pub(crate) fn new(config: &LiveConfig) -> Self {
        Self {
            lifetime: config.channel_lifetime,
            channels_max: config.channels_max,
            topics_max: config.topics_max,
            backlog: config.socket_backlog.max(1),
            channels: Mutex::default(),
            forbidden: Mutex::new(config.forbidden_topics.clone()),
            base: Mutex::new(config.connect_base.clone()),
            sockets: AtomicU64::new(0),
            log: Log::new(config.event_log, config.event_log_max),
            counters: Counters::default(),
        }
    }

    /// Makes a channel and returns its id.
    pub(crate) fn create(&self, token: &str) -> String {
        let expires = Instant::now() + self.lifetime;
        let (id, gone) = self.channels().create(token, expires, self.channels_max);
        gone.iter().for_each(dismiss);
        count(&self.counters.channels_created);
        id
    }

    pub(crate) fn info(&self, id: &str) -> Option<ChannelInfo> {
        self.channels().get(id).map(|channel| info(id, channel))
    }

    pub(crate) fn infos(&self) -> Vec<ChannelInfo> {
        self.channels()
            .iter()
            .map(|(id, channel)| info(id, channel))
            .collect()
    }

    /// Subscribes a channel to more topics, or to these alone, and lets it live anew.
    pub(crate) fn subscribe(
        &self,
        id: &str,
        topics: BTreeMap<String, Vec<String>>,
        alone: bool,
    ) -> Result<(), NotSubscribed> {
        let mut channels = self.channels();
        let channel = channels.get(id).ok_or(NotSubscribed::Gone)?;
        let kept = channel
            .topics
            .keys()
            .filter(|topic| !alone && !topics.contains_key(*topic));
        if kept.count() + topics.len() > self.topics_max {
            return Err(NotSubscribed::TooMany);
        }
        if alone {
            channels.unsubscribe(id);
        }
        channels.subscribe(id, topics);
        channels.touch(id);
        if let Some(channel) = channels.get_mut(id) {
            channel.expires = Instant::now() + self.lifetime;
        }
        Ok(())
    }

    /// Takes all topics from a channel; returns whether there is one.
    pub(crate) fn unsubscribe(&self, id: &str) -> bool {
        let mut channels = self.channels();
        channels.unsubscribe(id);
        channels.get(id).is_some()
    }

    /// Opens a socket on a channel and closes the one it had; nothing when the channel is gone.
    pub(crate) fn connect(&self, id: &str) -> Option<Ticket> {
        let mut channels = self.channels();
        channels.get(id)?;
        let (sender, queue) = mpsc::channel(self.backlog);
        let plug = Plug {
            number: self.sockets.fetch_add(1, Ordering::Relaxed),
            queue: sender,
            kill: Arc::new(Notify::new()),
        };
        let ticket = Ticket {
            channel: id.to_owned(),
            number: plug.number,
            queue,
            kill: Arc::clone(&plug.kill),
        };
        if let Some(before) = channels.plug(id, plug) {
            order(&before, close(NORMAL, "another connection was opened"));
        }
        count(&self.counters.sockets_opened);
        Some(ticket)
    }

    pub(super) fn disconnect(&self, id: &str, number: u64) {
        self.channels().unplug(id, number);
    }

    /// Hands an event to the sockets that are open; returns its number and the channels.
    pub(crate) fn publish(&self, event: &Event) -> (u64, Vec<String>) {
        let sequence = self.log.number();
        self.log.note(sequence, event);
        count(&self.counters.generated);
        let mut channels = self.channels();
        let mut addressed = Vec::new();
        for id in channels.subscribed(&event.topic) {
            let Some(channel) = channels.get_mut(&id) else {
                continue;
            };
            if self.hand(channel, &event.frame, sequence) {
                addressed.push(id);
            }
        }
        if !addressed.is_empty() {
            count(&self.counters.addressed);
        }
        (sequence, addressed)
    }

    /// Puts an event into the queue of a channel's socket, if it has one.
    fn hand(&self, channel: &mut Channel, frame: &Utf8Bytes, sequence: u64) -> bool {
        let Some(plug) = &channel.plug else {
            return false;
        };
        let item = |again| Item::Event {
            frame: frame.clone(),
            sequence,
            again,
        };
        let mut full = plug.queue.try_send(item(false)).is_err();
        if channel.twice > 0 {
            channel.twice -= 1;
            full |= plug.queue.try_send(item(true)).is_err();
        }
        if full && !plug.queue.is_closed() {
            count(&self.counters.sockets_too_slow);
            plug.kill.notify_one();
            channel.plug = None;
        }
        true
    }

    /// Returns the queues of the sockets that are subscribed to a topic.
    pub(super) fn queues(&self, topic: &str) -> Vec<mpsc::Sender<Item>> {
        let channels = self.channels();
        let ids = channels.subscribed(topic).into_iter();
        let plugs = ids.filter_map(|id| channels.get(&id)?.plug.as_ref());
        plugs.map(|plug| plug.queue.clone()).collect()
    }

    /// Returns whether anybody ever subscribed to a topic.
    pub(crate) fn asked_for(&self, topic: &str) -> bool {
        self.channels().asked_for(topic)
    }

    /// Ends the channels whose time is over or whose token is no good.
    pub(crate) fn sweep(&self, tokens: &Tokens) {
        let gone = self
            .channels()
            .sweep(Instant::now(), |token| tokens.is_good(token));
        gone.iter().for_each(dismiss);
    }

    pub(crate) fn is_forbidden(&self, topic: &str) -> bool {
        let forbidden = lock(&self.forbidden);
        forbidden
            .iter()
            .any(|pattern| super::topic::matches(pattern, topic))
    }

    pub(crate) fn forbid(&self, pattern: &str) {
        lock(&self.forbidden).push(pattern.to_owned());
    }

    pub(crate) fn permit(&self, pattern: &str) {
        lock(&self.forbidden).retain(|known| known != pattern);
    }

    pub(crate) fn set_base(&self, base: &str) {
        *lock(&self.base) = Some(base.trim_end_matches('/').to_owned());
    }

    /// Returns what `connectUri` begins with, if that is not the host that was asked.
    pub(crate) fn base(&self) -> Option<String> {
        lock(&self.base).clone()
    }

    pub(super) fn channels(&self) -> MutexGuard<'_, Channels> {
        lock(&self.channels)
    }
}

impl ChannelInfo {
    /// Returns when it expires, where it is `now`.
    pub(crate) fn expires(&self, now: Timestamp) -> Timestamp {
        now.checked_add(self.expires_in).unwrap_or(Timestamp::MAX)
    }
}

fn info(id: &str, channel: &Channel) -> ChannelInfo {
    ChannelInfo {
        id: id.to_owned(),
        expires_in: channel.expires.saturating_duration_since(Instant::now()),
        topics: channel.topics.keys().cloned().collect(),
        connected: channel.plug.is_some(),
        token: channel.token.clone(),
    }
}

pub(super) fn close(code: u16, reason: &str) -> Order {
    Order::Close {
        code,
        reason: reason.to_owned(),
        after: Duration::ZERO,
    }
}

/// Closes the socket of a channel that is gone.
pub(super) fn dismiss(plug: &Plug) {
    order(plug, close(GOING_AWAY, "the channel is gone"));
}

/// Orders a socket to do something; a queue that does not move is no way out of an end.
pub(super) fn order(plug: &Plug, what: Order) {
    let ends = matches!(what, Order::Cut | Order::Close { .. });
    let now =
        matches!(what, Order::Cut) || matches!(what, Order::Close { after, .. } if after.is_zero());
    let full = plug.queue.try_send(Item::Order(what)).is_err();
    if now || (full && ends) {
        plug.kill.notify_one();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
