//! Snapshots: compressed one by one, since each is replaced by itself.

use std::{fmt, io};

use jiff::Timestamp;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use zstd::bulk::Compressor;

use super::{damaged, floor_ms, timestamp};

/// The level of compression: the quickest that is worth it.
const LEVEL: i32 = 1;

/// The last known state of something, kept so that the next event can be compared with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Of what.
    pub key: String,
    /// When it was received.
    pub updated_at: Timestamp,
    /// Whether no further change is expected.
    pub ended: bool,
    /// The state itself.
    pub record: String,
}

/// Compresses snapshots. To begin one anew for each would cost more than the compression.
pub(super) struct Packer(Compressor<'static>);

impl Packer {
    pub(super) fn new() -> rusqlite::Result<Self> {
        Compressor::new(LEVEL).map(Self).map_err(not_packed)
    }

    fn pack(&mut self, record: &str) -> rusqlite::Result<Vec<u8>> {
        self.0.compress(record.as_bytes()).map_err(not_packed)
    }
}

impl fmt::Debug for Packer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Packer").finish_non_exhaustive()
    }
}

fn not_packed(error: io::Error) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(error.into())
}

/// Returns the snapshot of `key`.
pub(super) fn find(connection: &Connection, key: &str) -> rusqlite::Result<Option<Snapshot>> {
    connection
        .prepare_cached("SELECT key, updated_at, ended, record FROM snapshots WHERE key = ?1")?
        .query_row([key], read)
        .optional()
}

/// Returns what has not ended, the longest unchanged first.
pub(super) fn open(connection: &Connection) -> rusqlite::Result<Vec<Snapshot>> {
    connection
        .prepare_cached(
            "SELECT key, updated_at, ended, record FROM snapshots WHERE ended = 0 ORDER BY updated_at",
        )?
        .query_map([], read)?
        .collect()
}

/// Returns the keys of what has not ended.
pub(super) fn open_keys(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    connection
        .prepare_cached("SELECT key FROM snapshots WHERE ended = 0")?
        .query_map([], |row| row.get(0))?
        .collect()
}

/// Puts a snapshot in place of an earlier one.
pub(super) fn keep(
    connection: &Connection,
    packer: &mut Packer,
    snapshot: &Snapshot,
) -> rusqlite::Result<()> {
    let packed = packer.pack(&snapshot.record)?;
    connection
        .prepare_cached("INSERT OR REPLACE INTO snapshots VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![
            snapshot.key,
            floor_ms(snapshot.updated_at),
            snapshot.ended,
            packed
        ])
        .map(drop)
}

/// Forgets ended ones not updated since `ended_before`, any not updated since `idle_before`, and the longest
/// unchanged beyond `most`.
pub(super) fn forget(
    connection: &Connection,
    ended_before: Timestamp,
    idle_before: Timestamp,
    most: u32,
) -> rusqlite::Result<()> {
    let mut older =
        connection.prepare_cached("DELETE FROM snapshots WHERE ended = ?1 AND updated_at < ?2")?;
    older.execute(params![true, floor_ms(ended_before)])?;
    older.execute(params![false, floor_ms(idle_before)])?;
    connection
        .prepare_cached(
            "DELETE FROM snapshots WHERE rowid IN (
                 SELECT rowid FROM snapshots ORDER BY ended, updated_at DESC LIMIT -1 OFFSET ?1)",
        )?
        .execute([most])
        .map(drop)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Snapshot> {
    Ok(Snapshot {
        key: row.get(0)?,
        updated_at: timestamp(row.get(1)?),
        ended: row.get(2)?,
        record: unpack(row.get_ref(3)?)?,
    })
}

fn unpack(record: ValueRef<'_>) -> rusqlite::Result<String> {
    let unpacked = match record {
        // As they were kept before they were compressed.
        ValueRef::Text(text) => text.to_vec(),
        packed => zstd::decode_all(packed.as_blob()?).map_err(damaged)?,
    };
    String::from_utf8(unpacked).map_err(damaged)
}
