//! Which records go into which file.
//!
//! The records of a stream lie in the spool in the order of receipt. The tail is the file that holds the
//! oldest of them: those of one hour, up to its limits. It is written whole again and again, always under
//! the same name, until it is sealed; then its records leave the spool and the next tail begins. A plan
//! is durable before anything is written, so a flush that a crash cut short is done again under the same
//! name; and a tail that was to be sealed is sealed with the very same records.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::chunk::HOUR_MS;
use super::{Spool, Stream, fact, floor_ms, ids, set_fact, timestamp};
use crate::Error;

/// How large a tail grows before it is sealed: to the first chunk that reaches a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TailLimits {
    /// Bytes of records (default 64 MiB), or `rows`, whichever comes first.
    pub bytes: u64,
    /// Records (default 1,000,000), or `bytes`, whichever comes first.
    pub rows: u64,
}

impl Default for TailLimits {
    fn default() -> Self {
        Self {
            bytes: 64 * 1024 * 1024,
            rows: 1_000_000,
        }
    }
}

/// What to write next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TailPlan {
    /// Which stream.
    pub stream: Stream,
    /// The number of the file among those of this writer.
    pub sequence: u64,
    /// The start of the hour in which its records were received.
    pub hour: Timestamp,
    /// The first record of the file.
    pub first: i64,
    /// The last record of the file.
    pub last: i64,
    /// Whether the file is complete with this.
    pub seals: bool,
}

impl Spool {
    /// Plans the next write of a stream's tail, durably; none when all is stored that need be.
    ///
    /// `seal` asks to seal the tail whatever its size.
    ///
    /// # Errors
    ///
    /// When the spool cannot be written to.
    pub fn plan_tail(
        &mut self,
        stream: Stream,
        limits: TailLimits,
        now: Timestamp,
        seal: bool,
    ) -> Result<Option<TailPlan>, Error> {
        let failed = self.failed("write to");
        plan(&self.connection, stream, limits, now, seal).map_err(failed)
    }

    /// Takes note that a planned tail is durably stored. If it was sealed, its records leave the spool.
    ///
    /// # Errors
    ///
    /// When the spool cannot be written to; the tail is then planned again.
    pub fn tail_stored(&mut self, plan: &TailPlan) -> Result<(), Error> {
        let failed = self.failed("write to");
        stored(&self.connection, plan).map_err(failed)
    }
}

fn plan(
    connection: &Connection,
    stream: Stream,
    limits: TailLimits,
    now: Timestamp,
    seal: bool,
) -> rusqlite::Result<Option<TailPlan>> {
    let before = planned(connection, stream)?;
    if let Some((plan, _)) = before.as_ref().filter(|(plan, _)| plan.seals) {
        return Ok(Some(plan.clone()));
    }
    let Some(extent) = extent(connection, stream, limits)? else {
        return Ok(None);
    };
    let seals = seal || extent.is_full || extent.hour + HOUR_MS <= floor_ms(now);
    if !seals
        && before
            .as_ref()
            .is_some_and(|(_, stored)| *stored >= extent.last)
    {
        return Ok(None);
    }
    let sequence = match &before {
        Some((plan, _)) => plan.sequence,
        None => next_sequence(connection, stream)?,
    };
    connection.execute(
        "INSERT OR REPLACE INTO tails VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            stream.table(),
            sequence.cast_signed(),
            extent.hour,
            extent.first,
            extent.last,
            seals,
            before.map_or(0, |(_, stored)| stored)
        ],
    )?;
    Ok(Some(TailPlan {
        stream,
        sequence,
        hour: timestamp(extent.hour),
        first: extent.first,
        last: extent.last,
        seals,
    }))
}

/// The oldest records of one hour, up to the limits.
struct Extent {
    first: i64,
    last: i64,
    /// In milliseconds since 1970.
    hour: i64,
    /// Whether no further record belongs to the same file.
    is_full: bool,
}

fn extent(
    connection: &Connection,
    stream: Stream,
    limits: TailLimits,
) -> rusqlite::Result<Option<Extent>> {
    let mut chunks = connection.prepare_cached(&format!(
        "SELECT first, last, hour, bytes FROM {} ORDER BY first",
        stream.table()
    ))?;
    let mut chunks = chunks.query([])?;
    let mut extent: Option<Extent> = None;
    let mut bytes = 0_u64;
    while let Some(chunk) = chunks.next()? {
        let (first, last, hour): (i64, i64, i64) = (chunk.get(0)?, chunk.get(1)?, chunk.get(2)?);
        let so_far = extent.get_or_insert(Extent {
            first,
            last,
            hour,
            is_full: false,
        });
        so_far.is_full = so_far.hour != hour;
        if so_far.is_full {
            break;
        }
        so_far.last = last;
        bytes += chunk.get::<_, i64>(3)?.unsigned_abs();
        let rows = (last - so_far.first + 1).unsigned_abs();
        so_far.is_full = rows >= limits.rows || bytes >= limits.bytes;
        if so_far.is_full {
            break;
        }
    }
    Ok(extent)
}

/// Returns the plan that is in force, and up to which record it was stored already.
fn planned(connection: &Connection, stream: Stream) -> rusqlite::Result<Option<(TailPlan, i64)>> {
    connection
        .prepare_cached(
            "SELECT sequence, hour, first, last, seals, stored FROM tails WHERE stream = ?1",
        )?
        .query_row([stream.table()], |row| {
            let plan = TailPlan {
                stream,
                sequence: row.get::<_, i64>(0)?.cast_unsigned(),
                hour: timestamp(row.get(1)?),
                first: row.get(2)?,
                last: row.get(3)?,
                seals: row.get(4)?,
            };
            Ok((plan, row.get(5)?))
        })
        .optional()
}

fn next_sequence(connection: &Connection, stream: Stream) -> rusqlite::Result<u64> {
    let name = format!("files_{}", stream.table());
    let next = fact::<i64>(connection, &name)?.unwrap_or(0) + 1;
    set_fact(connection, &name, next)?;
    Ok(next.cast_unsigned())
}

fn stored(connection: &Connection, plan: &TailPlan) -> rusqlite::Result<()> {
    let transaction = connection.unchecked_transaction()?;
    let table = plan.stream.table();
    if plan.seals {
        if plan.stream == Stream::Events {
            ids::keep_sealed(&transaction, plan.first, plan.last)?;
        }
        transaction.execute(
            &format!("DELETE FROM {table} WHERE first <= ?1"),
            [plan.last],
        )?;
        transaction.execute("DELETE FROM tails WHERE stream = ?1", [table])?;
        set_fact(&transaction, plan.stream.sealed(), plan.last)?;
    } else {
        transaction.execute(
            "UPDATE tails SET stored = ?2 WHERE stream = ?1",
            params![table, plan.last],
        )?;
    }
    transaction.commit()
}
