//! The same event by two sockets.
//!
//! While one socket takes over from another, both deliver. Where the platform gives both copies one correlation
//! id, their event ids are equal. Whether it always does is not documented, so a copy is also known by topic
//! and body, if its links were up at the same time: each arrival on one link stands for at most one on
//! the other, within a moment. That ends with the first copy that is known by its id. On one link equal bodies are events of their own: a call put on hold and
//! taken back looks as before.

use std::collections::{BTreeMap, HashMap, VecDeque};

use jiff::{SignedDuration, Timestamp};
use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

/// How long an arrival is remembered: well beyond [`SKEW`], and no longer, since each costs some 300 bytes.
/// Later copies are known by their event ids or not at all.
const MEMORY: SignedDuration = SignedDuration::from_secs(1);
/// How long a link is remembered after it went down.
const LINK_MEMORY: SignedDuration = SignedDuration::from_secs(20);
/// How far apart two sockets deliver one event at most. A conversation looks twice the same within that time only
/// by a rare chance, and then the row that is left out says what the one kept says.
const SKEW: SignedDuration = SignedDuration::from_millis(100);
/// How many arrivals are remembered at most.
const MOST: usize = 50_000;

/// Recognises the second copy of an event that came by another link.
#[derive(Debug, Default)]
pub struct Twins {
    /// The events with one topic and body, each with its sightings.
    events: HashMap<u128, Vec<Vec<Sighting>>>,
    order: VecDeque<(Timestamp, u128)>,
    /// Whether copies were seen to have one correlation id: then bodies are not looked at any more.
    names_are_shared: bool,
    /// From when to when each link was up.
    links: BTreeMap<u64, (Timestamp, Option<Timestamp>)>,
}

/// By which link, under which correlation id, and when an event came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sighting {
    link: u64,
    correlation: u64,
    at: Timestamp,
}

impl Twins {
    /// Takes note that a link is up.
    pub fn up(&mut self, link: u64, at: Timestamp) {
        self.links.entry(link).or_insert((at, None));
        self.links
            .retain(|_, (_, down)| down.is_none_or(|down| at.duration_since(down) <= LINK_MEMORY));
    }

    /// Takes note that a link is down.
    pub fn down(&mut self, link: u64, last_frame_at: Timestamp) {
        if let Some((_, down)) = self.links.get_mut(&link) {
            *down = Some(last_frame_at);
        }
    }

    /// Takes note of an arrival; returns whether it is a copy of one that came before.
    pub fn is_copy(
        &mut self,
        link: u64,
        topic: &str,
        correlation_id: Option<&str>,
        body: &str,
        at: Timestamp,
    ) -> bool {
        self.forget(at);
        let hash = xxh3_128(topic.as_bytes()).rotate_left(1) ^ xxh3_128(body.as_bytes());
        self.order.push_back((at, hash));
        let correlation = xxh3_64(correlation_id.unwrap_or_default().as_bytes());
        let sighting = Sighting {
            link,
            correlation,
            at,
        };
        let mut events = self.events.remove(&hash).unwrap_or_default();
        let by_name = |seen: &Vec<Sighting>| seen.iter().any(|one| one.correlation == correlation);
        let by_link = |seen: &Vec<Sighting>| {
            seen.iter()
                .all(|one| one.link != link && self.overlap(*one, sighting))
        };
        let mut known = events.iter().position(by_name);
        if let Some(event) = known {
            self.names_are_shared |= events[event].iter().all(|one| one.link != link);
        } else if !self.names_are_shared {
            known = events.iter().position(by_link);
        }
        match known {
            Some(event) => events[event].push(sighting),
            None => events.push(vec![sighting]),
        }
        self.events.insert(hash, events);
        known.is_some()
    }

    /// Returns whether two sightings can be of one event: both links were up then, and they are close.
    fn overlap(&self, one: Sighting, other: Sighting) -> bool {
        let heard = |link: u64, at: Timestamp| {
            self.links.get(&link).is_some_and(|(up, down)| {
                *up <= at + SKEW && down.is_none_or(|down| down >= at - SKEW)
            })
        };
        let apart = one.at.duration_since(other.at).abs();
        apart <= SKEW && heard(one.link, other.at) && heard(other.link, one.at)
    }

    /// Forgets what came so long ago that no copy will follow. A body that keeps coming is remembered for as
    /// long as it does.
    fn forget(&mut self, now: Timestamp) {
        while let Some((at, hash)) = self.order.front().copied() {
            if now.duration_since(at) <= MEMORY && self.order.len() < MOST {
                break;
            }
            self.order.pop_front();
            self.events.remove(&hash);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    /// Two links that are up together.
    fn pair() -> Twins {
        let mut twins = Twins::default();
        twins.up(1, at(0));
        twins.up(2, at(1));
        twins
    }

    #[test]
    fn equal_bodies_before_and_after_a_lost_link_are_two_events() {
        let mut twins = Twins::default();
        twins.up(1, at(0));
        assert!(!twins.is_copy(1, "t", Some("a"), "held", at(5)));
        twins.down(1, at(5));
        twins.up(2, at(6));
        assert!(!twins.is_copy(2, "t", Some("b"), "held", at(6)));
        let mut twins = pair();
        assert!(!twins.is_copy(1, "t", Some("a"), "held", at(5)));
        assert!(
            !twins.is_copy(2, "t", Some("b"), "held", at(6)),
            "too far apart"
        );
    }

    #[test]
    fn each_arrival_stands_for_one_on_the_other_link() {
        let mut twins = pair();
        let mut copy = |link, id: &str, body: &str| twins.is_copy(link, "t", Some(id), body, at(1));
        assert!(!copy(1, "a", "held"));
        assert!(!copy(1, "b", "taken back"));
        assert!(!copy(1, "c", "held"));
        assert!(copy(2, "x", "held"));
        assert!(copy(2, "y", "taken back"));
        assert!(copy(2, "z", "held"));
        assert!(!copy(2, "new", "held"), "the third is new");
        assert!(copy(1, "other", "held"));
    }

    #[test]
    fn copies_with_one_correlation_id_do_not_hide_what_follows() {
        let mut twins = pair();
        let mut copy = |link, id: &str, body: &str| twins.is_copy(link, "t", Some(id), body, at(1));
        assert!(!copy(1, "a", "held"));
        assert!(copy(1, "a", "held"), "sent twice");
        assert!(copy(2, "a", "held"));
        assert!(!copy(2, "b", "held"));
    }

    #[test]
    fn other_topics_and_other_times_are_other_events() {
        let mut twins = pair();
        assert!(!twins.is_copy(1, "t", Some("a"), "held", at(0)));
        assert!(!twins.is_copy(2, "u", Some("b"), "held", at(0)));
        assert!(!twins.is_copy(2, "t", Some("c"), "held", at(20)));
    }
}
