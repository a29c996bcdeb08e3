//! The gap ledger: every stretch in which a topic had no working socket.
//!
//! A link is one socket with its topics. A topic is covered while one link at least has it; when its last
//! link goes down a gap begins with the last frame of that link, and ends with the first frame of the next
//! link that has it. What the links of a process that died heard last is in the spool, so its down-time is
//! a gap as well.
//!
//! Times are conservative: a gap begins no later than the last frame seen and ends no earlier than the
//! first frame after it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use rusqlite::{Connection, Row, params};
use serde::Serialize;

use super::{ceil_ms, floor_ms, timestamp};

/// The cause of a gap in which no process ran that could have listened.
pub const NOT_RUNNING: &str = "archiver not running";

/// What a process that died may not have read of what was sent before its last frame: the socket's buffers hold
/// that much at most.
const UNREAD_MS: i64 = 5_000;

/// A stretch in which some topics had no working socket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Gap {
    /// Its number in this spool.
    pub id: i64,
    /// The last frame seen before it.
    pub start: Timestamp,
    /// The first frame seen after it; none while it lasts.
    pub end: Option<Timestamp>,
    /// Why, in a few fixed words.
    pub cause: String,
    /// The topics that were not heard.
    pub topics: Vec<String>,
    /// Whether nothing at all was heard.
    pub is_total: bool,
    /// What became of it.
    pub state: GapState,
    /// When its backfill was received; none before.
    pub filled_at: Option<Timestamp>,
    /// How many conversations its backfill holds; none before.
    pub rows: Option<u64>,
    /// By which way the backfill came; none before.
    pub source: Option<String>,
}

/// What became of a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum GapState {
    /// It lasts.
    Open,
    /// It is over and not repaired.
    Closed,
    /// It was repaired from history.
    Filled,
}

impl fmt::Display for GapState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Filled => "filled",
        })
    }
}

/// Which topics are heard now, and which gaps last.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    links: BTreeMap<u64, Link>,
    /// The topics of the gaps that last.
    open: BTreeMap<i64, BTreeSet<Arc<str>>>,
}

#[derive(Debug)]
struct Link {
    /// Each topic, with since when the link hears it.
    topics: BTreeMap<Arc<str>, i64>,
    last_frame_at: i64,
    is_saved: bool,
}

impl Ledger {
    /// Loads the ledger. Links that are still there belonged to a process that ended without a word.
    pub(super) fn recover(connection: &Connection) -> rusqlite::Result<Self> {
        let mut ledger = Self::default();
        for gap in read(connection)? {
            if gap.state == GapState::Open {
                let topics = gap.topics.iter().map(|topic| topic.as_str().into());
                ledger.open.insert(gap.id, topics.collect());
            }
        }
        let transaction = connection.unchecked_transaction()?;
        for (last_frame_at, topics) in abandoned(&transaction)? {
            let start = last_frame_at - UNREAD_MS;
            ledger.open_gap(&transaction, start, NOT_RUNNING, topics, true)?;
        }
        transaction.execute("DELETE FROM links", [])?;
        transaction.commit()?;
        Ok(ledger)
    }

    /// The link hears `topics`, those it has already among them or not, since `at`.
    pub(super) fn up(
        &mut self,
        connection: &Connection,
        link: u64,
        topics: &[String],
        at: Timestamp,
    ) -> rusqlite::Result<()> {
        let state = self.links.entry(link).or_insert_with(|| Link {
            topics: BTreeMap::new(),
            last_frame_at: floor_ms(at),
            is_saved: false,
        });
        let mut new = BTreeSet::new();
        for topic in topics {
            let topic: Arc<str> = topic.as_str().into();
            state.topics.entry(Arc::clone(&topic)).or_insert_with(|| {
                new.insert(topic);
                floor_ms(at)
            });
        }
        let (names, seen) = (to_json(state.topics.keys()), state.last_frame_at);
        connection.execute(
            "INSERT OR REPLACE INTO links VALUES (?1, ?2, ?3)",
            params![sql_id(link), names, seen],
        )?;
        self.close_gaps(connection, &new, ceil_ms(at))
    }

    pub(super) fn alive(&mut self, link: u64, at: Timestamp) {
        if let Some(link) = self.links.get_mut(&link)
            && floor_ms(at) > link.last_frame_at
        {
            link.last_frame_at = floor_ms(at);
            link.is_saved = false;
        }
    }

    pub(super) fn down(
        &mut self,
        connection: &Connection,
        link: u64,
        last_frame_at: Timestamp,
        cause: &str,
    ) -> rusqlite::Result<()> {
        let Some(state) = self.links.remove(&link) else {
            return Ok(());
        };
        connection.execute("DELETE FROM links WHERE link = ?1", [sql_id(link)])?;
        // Where another link has a topic, and had it before this one fell silent, there is no gap.
        let start = floor_ms(last_frame_at);
        let mut gaps: BTreeMap<Option<i64>, BTreeSet<Arc<str>>> = BTreeMap::new();
        for topic in state.topics.into_keys() {
            let others = self
                .links
                .values()
                .filter_map(|link| link.topics.get(&topic));
            let end = others.min().copied();
            if end.is_none_or(|end| end > start) {
                gaps.entry(end).or_default().insert(topic);
            }
        }
        let is_total = self.links.is_empty();
        for (end, topics) in gaps {
            self.open_gap(connection, start, cause, topics.clone(), is_total)?;
            if let Some(since) = end {
                self.close_gaps(connection, &topics, since + 1)?;
            }
        }
        Ok(())
    }

    /// Writes when each link was last heard.
    pub(super) fn save(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        for (link, state) in self.links.iter_mut().filter(|(_, state)| !state.is_saved) {
            connection
                .prepare_cached("UPDATE links SET last_frame_at = ?2 WHERE link = ?1")?
                .execute(params![sql_id(*link), state.last_frame_at])?;
            state.is_saved = true;
        }
        Ok(())
    }

    fn open_gap(
        &mut self,
        connection: &Connection,
        start: i64,
        cause: &str,
        topics: BTreeSet<Arc<str>>,
        is_total: bool,
    ) -> rusqlite::Result<()> {
        connection.execute(
            "INSERT INTO gaps (start, cause, topics, is_total) VALUES (?1, ?2, ?3, ?4)",
            params![start, cause, to_json(&topics), is_total],
        )?;
        self.open.insert(connection.last_insert_rowid(), topics);
        Ok(())
    }

    /// Ends the gaps in `topics`. A gap that only some of its topics leave is split.
    fn close_gaps(
        &mut self,
        connection: &Connection,
        topics: &BTreeSet<Arc<str>>,
        end: i64,
    ) -> rusqlite::Result<()> {
        let mut split = Vec::new();
        for (gap, unheard) in &mut self.open {
            let heard: BTreeSet<_> = unheard.intersection(topics).cloned().collect();
            if heard.is_empty() {
                continue;
            }
            unheard.retain(|topic| !heard.contains(topic));
            if unheard.is_empty() {
                connection.execute(
                    "UPDATE gaps SET end = max(start, ?2) WHERE id = ?1",
                    params![gap, end],
                )?;
            } else {
                split.push((*gap, heard, to_json(&*unheard)));
            }
        }
        self.open.retain(|_, unheard| !unheard.is_empty());
        for (gap, heard, rest) in split {
            connection.execute(
                "INSERT INTO gaps (start, end, cause, topics, is_total)
                 SELECT start, max(start, ?2), cause, ?3, is_total FROM gaps WHERE id = ?1",
                params![gap, end, to_json(&heard)],
            )?;
            connection.execute(
                "UPDATE gaps SET topics = ?2 WHERE id = ?1",
                params![gap, rest],
            )?;
        }
        Ok(())
    }
}

/// Returns the topics that a dead process heard, by when it heard each for the last time.
fn abandoned(connection: &Connection) -> rusqlite::Result<BTreeMap<i64, BTreeSet<Arc<str>>>> {
    let mut rows = connection.prepare("SELECT topics, last_frame_at FROM links")?;
    let links = rows.query_map([], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?))
    })?;
    let mut last_heard: HashMap<Arc<str>, i64> = HashMap::new();
    for link in links {
        let (topics, at) = link?;
        for topic in from_json(&topics) {
            let heard = last_heard.entry(topic.into()).or_insert(at);
            *heard = at.max(*heard);
        }
    }
    let mut by_time: BTreeMap<i64, BTreeSet<Arc<str>>> = BTreeMap::new();
    for (topic, at) in last_heard {
        by_time.entry(at).or_default().insert(topic);
    }
    Ok(by_time)
}

/// Returns all gaps, the earliest first.
pub(super) fn read(connection: &Connection) -> rusqlite::Result<Vec<Gap>> {
    let mut rows = connection.prepare(
        "SELECT id, start, end, cause, topics, filled_at, rows, is_total, source FROM gaps ORDER BY start, id",
    )?;
    rows.query_map([], gap)?.collect()
}

fn gap(row: &Row<'_>) -> rusqlite::Result<Gap> {
    let end: Option<i64> = row.get(2)?;
    let rows: Option<i64> = row.get(6)?;
    Ok(Gap {
        id: row.get(0)?,
        start: timestamp(row.get(1)?),
        end: end.map(timestamp),
        cause: row.get(3)?,
        topics: from_json(&row.get::<_, String>(4)?),
        state: match (end, rows) {
            (None, _) => GapState::Open,
            (Some(_), None) => GapState::Closed,
            (Some(_), Some(_)) => GapState::Filled,
        },
        filled_at: row
            .get::<_, Option<i64>>(5)?
            .filter(|_| rows.is_some())
            .map(timestamp),
        rows: rows.and_then(|rows| rows.try_into().ok()),
        is_total: row.get(7)?,
        source: row.get(8)?,
    })
}

/// The first plan counts: filling again after a crash writes the same file again.
pub(super) fn plan_fill(
    connection: &Connection,
    gap: i64,
    at: Timestamp,
) -> rusqlite::Result<Timestamp> {
    connection.execute(
        "UPDATE gaps SET filled_at = coalesce(filled_at, ?2) WHERE id = ?1",
        params![gap, floor_ms(at)],
    )?;
    let planned =
        connection.query_row("SELECT filled_at FROM gaps WHERE id = ?1", [gap], |row| {
            row.get(0)
        })?;
    Ok(timestamp(planned))
}

pub(super) fn filled(
    connection: &Connection,
    gap: i64,
    rows: u64,
    source: &str,
) -> rusqlite::Result<()> {
    let rows = i64::try_from(rows).unwrap_or(i64::MAX);
    connection
        .execute(
            "UPDATE gaps SET rows = ?2, source = ?3 WHERE id = ?1",
            params![gap, rows, source],
        )
        .map(drop)
}

fn sql_id(link: u64) -> i64 {
    i64::try_from(link).unwrap_or(i64::MAX)
}

fn to_json<'a>(topics: impl IntoIterator<Item = &'a Arc<str>>) -> String {
    let names: Vec<&str> = topics.into_iter().map(AsRef::as_ref).collect();
    serde_json::to_string(&names).unwrap_or_default()
}

fn from_json(text: &str) -> Vec<String> {
    serde_json::from_str(text).unwrap_or_default()
}
