//! The subscriptions that a lane wants, and what the platform lets it have.
//!
//! - A topic that is refused is told once, and asked for again with the next channel.
//! - A combined entry that is refused is taken apart, for good; what then has no room on the
//!   channel is given back.

use std::collections::HashSet;

use crate::channel::{Channel, Refusal, Refusals, Subscribe};
use crate::error::Error;
use crate::notice::Notice;
use crate::shared::{Report, Shared};
use crate::topic::Entry;

/// The subscriptions that a lane wants.
#[derive(Debug)]
pub(crate) struct Roster {
    lane: usize,
    wanted: Vec<Entry>,
    /// Topics that were refused, and told to be.
    refused: HashSet<String>,
    /// The first refusal, for an error.
    pub(crate) refusal: Option<Refusal>,
}

impl Roster {
    pub(crate) fn new(lane: usize, wanted: Vec<Entry>) -> Self {
        Self {
            lane,
            wanted,
            refused: HashSet::new(),
            refusal: None,
        }
    }

    /// Wants more.
    pub(crate) fn add(&mut self, entries: Vec<Entry>) {
        self.wanted.extend(entries);
    }

    /// Returns everything that is wanted.
    pub(crate) fn all(&self) -> Vec<Entry> {
        self.wanted.clone()
    }

    /// Returns what is wanted and neither heard nor refused.
    pub(crate) fn missing(&self, heard: &[Entry]) -> Vec<Entry> {
        let heard: HashSet<&String> = heard.iter().map(|entry| &entry.id).collect();
        let is_refused = |entry: &Entry| {
            entry
                .topics
                .iter()
                .all(|topic| self.refused.contains(topic))
        };
        let missing = |entry: &&Entry| !heard.contains(&entry.id) && !is_refused(entry);
        self.wanted.iter().filter(missing).cloned().collect()
    }

    /// Subscribes a channel to `entries`; returns those that are heard.
    pub(crate) async fn enlist(
        &mut self,
        shared: &Shared,
        channel: &Channel,
        entries: Vec<Entry>,
        how: Subscribe,
    ) -> Result<Vec<Entry>, Error> {
        let answer = shared.channels.subscribe(channel, &entries, how).await;
        let (mut heard, apart) = match answer {
            // A platform that does not know combined topics may refuse the list as a whole.
            Err(error) if is_rejected(&error) && entries.iter().any(Entry::is_combined) => {
                (Vec::new(), entries)
            }
            answer => self.sort(shared, entries, &answer?).await,
        };
        if !apart.is_empty() {
            let entries = self.take_apart(shared, &apart).await;
            let how = Subscribe::Adding;
            let refusals = shared.channels.subscribe(channel, &entries, how).await?;
            heard.extend(self.sort(shared, entries, &refusals).await.0);
        }
        Ok(heard)
    }

    /// Returns what is heard, and what has to be taken apart.
    async fn sort(
        &mut self,
        shared: &Shared,
        entries: Vec<Entry>,
        refusals: &Refusals,
    ) -> (Vec<Entry>, Vec<Entry>) {
        let (mut heard, mut apart) = (Vec::new(), Vec::new());
        for mut entry in entries {
            if entry.is_combined() && refusals.contains_key(&entry.id) {
                apart.push(entry);
                continue;
            }
            for topic in &entry.topics {
                self.note(shared, topic, refusals.get(topic)).await;
            }
            entry.topics.retain(|topic| !refusals.contains_key(topic));
            if !entry.topics.is_empty() {
                heard.push(entry);
            }
        }
        (heard, apart)
    }

    /// Takes note of what became of a topic.
    async fn note(&mut self, shared: &Shared, topic: &str, refusal: Option<&Refusal>) {
        let Some(refusal) = refusal else {
            self.refused.remove(topic);
            return;
        };
        if !self.refused.insert(topic.to_owned()) {
            return;
        }
        let Refusal {
            reason,
            permissions,
        } = refusal.clone();
        tracing::warn!(
            topic,
            permissions = permissions.join(", "),
            "topic rejected"
        );
        self.refusal.get_or_insert_with(|| refusal.clone());
        let topic = topic.to_owned();
        shared
            .tell(Notice::Rejected {
                topic,
                reason,
                permissions,
            })
            .await;
    }

    /// Wants single topics in place of combined ones, as many as a channel holds.
    async fn take_apart(&mut self, shared: &Shared, combined: &[Entry]) -> Vec<Entry> {
        tracing::warn!(
            count = combined.len(),
            "combined topics rejected, subscribed one by one"
        );
        self.wanted.retain(|entry| !combined.contains(entry));
        let mut apart: Vec<Entry> = combined.iter().flat_map(Entry::apart).collect();
        let room = shared
            .settings
            .topics_per_channel
            .saturating_sub(self.wanted.len());
        let rest = apart.split_off(room.min(apart.len()));
        self.wanted.extend(apart.iter().cloned());
        let wanted = self.wanted.len();
        shared
            .report(self.lane, Report::Apart { wanted, rest })
            .await;
        apart
    }
}

fn is_rejected(error: &Error) -> bool {
    match error {
        Error::Channel { source, .. } => matches!(**source, gc_auth::Error::Rejected { .. }),
        _ => false,
    }
}
