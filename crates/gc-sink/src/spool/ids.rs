//! Which events were received already.

use std::collections::{HashSet, VecDeque};
use std::time::Duration;

use rusqlite::{Connection, params};

/// How long after its receipt a duplicate is known as one: far longer than two sockets overlap.
pub const KNOWN_FOR: Duration = Duration::from_mins(10);
/// How many ids are held at most: some 20 MB in all.
pub const MOST_KNOWN: usize = 250_000;

/// The ids of the events received lately. Bounded by time and by number.
#[derive(Debug, Default)]
pub(super) struct Ids {
    known: HashSet<u128>,
    /// In order of receipt, in milliseconds since 1970.
    order: VecDeque<(i64, u128)>,
}

impl Ids {
    pub(super) fn load(connection: &Connection) -> rusqlite::Result<Self> {
        let mut rows = connection.prepare(
            "SELECT received_at, ids FROM (
                 SELECT first, received_at, ids FROM seen UNION ALL SELECT first, received_at, ids FROM events)
             ORDER BY first",
        )?;
        let mut ids = Self::default();
        let mut chunks = rows.query([])?;
        while let Some(chunk) = chunks.next()? {
            let received_at = chunk.get(0)?;
            for id in chunk.get_ref(1)?.as_blob()?.as_chunks().0 {
                ids.note(received_at, u128::from_be_bytes(*id));
            }
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
            if at >= oldest && self.order.len() <= MOST_KNOWN {
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
    let newest = "SELECT max(received_at) FROM events WHERE first <= ?1";
    let newest: Option<i64> = connection.query_row(newest, [last], |row| row.get(0))?;
    let oldest = newest.unwrap_or(0) - window();
    connection.execute(
        "INSERT OR REPLACE INTO seen SELECT first, received_at, ids FROM events
         WHERE first BETWEEN ?1 AND ?2 AND received_at >= ?3",
        params![first, last, oldest],
    )?;
    let most = i64::try_from(MOST_KNOWN).unwrap_or(i64::MAX);
    connection
        .execute(
            "DELETE FROM seen WHERE received_at < ?1 OR first < ?2",
            [oldest, last - most],
        )
        .map(drop)
}

fn window() -> i64 {
    i64::try_from(KNOWN_FOR.as_millis()).unwrap_or(i64::MAX)
}
