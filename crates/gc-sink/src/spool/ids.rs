//! Which events were received already.

use std::collections::{HashSet, VecDeque};
use std::time::Duration;

use rusqlite::{Connection, params};

/// How long after its receipt a duplicate is known as one: far longer than two sockets overlap.
pub const KNOWN_FOR: Duration = Duration::from_mins(10);
/// How many ids are held at most: some 20 MB in all.
const MOST: usize = 250_000;

/// The ids of the events received lately. Bounded by time and by number.
#[derive(Debug, Default)]
pub(super) struct Ids {
    known: HashSet<u128>,
    /// In order of receipt, in milliseconds since 1970.
    order: VecDeque<(i64, u128)>,
}

impl Ids {
    pub(super) fn load(connection: &Connection) -> rusqlite::Result<Self> {
        let mut ids = Self::default();
        let mut rows = connection.prepare(
            "SELECT received_at, id FROM (
                 SELECT received_at, id FROM seen
                 UNION ALL SELECT received_at, id FROM events)
             ORDER BY received_at DESC LIMIT ?1",
        )?;
        let found = rows.query_map([i64::try_from(MOST).unwrap_or(i64::MAX)], |row| {
            Ok((row.get(0)?, u128::from_be_bytes(row.get(1)?)))
        })?;
        let mut found = found.collect::<rusqlite::Result<Vec<_>>>()?;
        found.reverse();
        for (at, id) in found {
            ids.note(at, id);
        }
        Ok(ids)
    }

    /// Takes note of an id; returns whether it is new.
    pub(super) fn note(&mut self, received_at: i64, id: u128) -> bool {
        if !self.known.insert(id) {
            return false;
        }
        self.order.push_back((received_at, id));
        let oldest = received_at - window();
        while let Some((at, id)) = self.order.front().copied() {
            if at >= oldest && self.order.len() <= MOST {
                break;
            }
            self.order.pop_front();
            self.known.remove(&id);
        }
        true
    }

    pub(super) fn knows(&self, id: u128) -> bool {
        self.known.contains(&id)
    }
}

/// Keeps the ids of events that are about to leave the spool, and drops those nobody needs.
pub(super) fn keep_sealed(connection: &Connection, first: i64, last: i64) -> rusqlite::Result<()> {
    let newest: Option<i64> = connection.query_row(
        "SELECT max(received_at) FROM events WHERE sequence <= ?1",
        [last],
        |row| row.get(0),
    )?;
    let oldest = newest.unwrap_or(0) - window();
    connection
        .prepare_cached(
            "INSERT OR IGNORE INTO seen (id, received_at)
             SELECT id, received_at FROM events WHERE sequence BETWEEN ?1 AND ?2 AND received_at >= ?3",
        )?
        .execute(params![first, last, oldest])?;
    connection
        .prepare_cached("DELETE FROM seen WHERE received_at < ?1")?
        .execute([oldest])
        .map(drop)
}

fn window() -> i64 {
    i64::try_from(KNOWN_FOR.as_millis()).unwrap_or(i64::MAX)
}
