//! The channels, what they are subscribed to, and their sockets.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use tokio::sync::{Notify, mpsc};
use tokio::time::Instant;
use uuid::Uuid;

use super::socket::Item;

/// The other end of a socket.
#[derive(Clone, Debug)]
pub(super) struct Plug {
    pub(super) number: u64,
    pub(super) queue: mpsc::Sender<Item>,
    /// Ends the socket even when its queue does not move.
    pub(super) kill: Arc<Notify>,
}

/// A channel.
#[derive(Debug)]
pub(super) struct Channel {
    pub(super) token: String,
    pub(super) expires: Instant,
    /// The topics as they were subscribed, with the plain ones each stands for.
    pub(super) topics: BTreeMap<String, Vec<String>>,
    pub(super) plug: Option<Plug>,
    /// How many events come twice from now on.
    pub(super) twice: u64,
    /// When it was used last, in uses of any channel.
    used: u64,
}

/// All channels of the client.
#[derive(Debug, Default)]
pub(super) struct Channels {
    all: BTreeMap<String, Channel>,
    /// The channels of each plain topic.
    routes: HashMap<String, BTreeSet<String>>,
    /// Plain topics that anybody ever subscribed to.
    asked: HashSet<String>,
    uses: u64,
}

impl Channels {
    /// Makes a channel; returns its id and the plugs of those that had to go for it.
    pub(super) fn create(
        &mut self,
        token: &str,
        expires: Instant,
        max: usize,
    ) -> (String, Vec<Plug>) {
        let mut gone = Vec::new();
        while self.all.len() >= max.max(1) {
            let Some(oldest) = self.least_wanted() else {
                break;
            };
            gone.extend(self.remove(&oldest).and_then(|channel| channel.plug));
        }
        let id = Uuid::new_v4().to_string();
        self.uses += 1;
        let channel = Channel {
            token: token.to_owned(),
            expires,
            topics: BTreeMap::new(),
            plug: None,
            twice: 0,
            used: self.uses,
        };
        self.all.insert(id.clone(), channel);
        (id, gone)
    }

    /// Returns the channel that was used longest ago, those without a socket first.
    fn least_wanted(&self) -> Option<String> {
        let oldest = self
            .all
            .iter()
            .min_by_key(|(_, channel)| (channel.plug.is_some(), channel.used));
        oldest.map(|(id, _)| id.clone())
    }

    pub(super) fn get(&self, id: &str) -> Option<&Channel> {
        self.all.get(id)
    }

    pub(super) fn get_mut(&mut self, id: &str) -> Option<&mut Channel> {
        self.all.get_mut(id)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&String, &Channel)> {
        self.all.iter()
    }

    /// Notes that a channel was used now.
    pub(super) fn touch(&mut self, id: &str) {
        self.uses += 1;
        let uses = self.uses;
        if let Some(channel) = self.all.get_mut(id) {
            channel.used = uses;
        }
    }

    /// Adds topics to a channel.
    pub(super) fn subscribe(&mut self, id: &str, topics: BTreeMap<String, Vec<String>>) {
        let Some(channel) = self.all.get_mut(id) else {
            return;
        };
        for part in topics.values().flatten() {
            self.asked.insert(part.clone());
            let route = self.routes.entry(part.clone()).or_default();
            route.insert(id.to_owned());
        }
        channel.topics.extend(topics);
    }

    /// Takes all topics from a channel.
    pub(super) fn unsubscribe(&mut self, id: &str) {
        let topics = self
            .all
            .get_mut(id)
            .map(|channel| std::mem::take(&mut channel.topics));
        for part in topics.unwrap_or_default().into_values().flatten() {
            if let Some(route) = self.routes.get_mut(&part) {
                route.remove(id);
            }
        }
    }

    pub(super) fn remove(&mut self, id: &str) -> Option<Channel> {
        self.unsubscribe(id);
        self.all.remove(id)
    }

    /// Returns whether anybody ever subscribed to a topic.
    pub(super) fn asked_for(&self, topic: &str) -> bool {
        self.asked.contains(topic)
    }

    /// Returns the channels that are subscribed to a topic.
    pub(super) fn subscribed(&self, topic: &str) -> Vec<String> {
        let route = self.routes.get(topic);
        route
            .map(|route| route.iter().cloned().collect())
            .unwrap_or_default()
    }

    /// Gives a channel a socket; returns the one it had.
    pub(super) fn plug(&mut self, id: &str, plug: Plug) -> Option<Plug> {
        self.touch(id);
        self.all.get_mut(id)?.plug.replace(plug)
    }

    /// Takes the socket from a channel, unless it has another one by now.
    pub(super) fn unplug(&mut self, id: &str, number: u64) {
        if let Some(channel) = self.all.get_mut(id) {
            channel.plug.take_if(|plug| plug.number == number);
        }
    }

    /// Removes the channels whose time is over or whose token is no good; returns their plugs.
    pub(super) fn sweep(&mut self, now: Instant, good: impl Fn(&str) -> bool) -> Vec<Plug> {
        let over = self
            .all
            .iter()
            .filter(|(_, channel)| channel.expires <= now || !good(&channel.token));
        let over: Vec<String> = over.map(|(id, _)| id.clone()).collect();
        let gone = over.iter().filter_map(|id| self.remove(id));
        gone.filter_map(|channel| channel.plug).collect()
    }
}
