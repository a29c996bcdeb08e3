//! Records that were committed together, compressed into one row.
//!
//! Snapshots of conversations are much alike, so together they shrink to a tenth; and a row costs the database
//! as much as many records cost the compressor. A chunk belongs to one hour, so that files begin and end with
//! chunks.

use std::io;
use std::io::Read as _;

use rusqlite::{Connection, Row, params};
use zstd::bulk::Compressor;

use super::{SpoolRecord, Stream, damaged, timestamp};

/// A chunk is full at so many bytes of records.
pub(super) const FULL_BYTES: usize = 256 * 1024;
/// The level of compression: the quickest that is worth it.
const LEVEL: i32 = 1;
/// What stands before each record: when it was received, and its length.
const HEAD_BYTES: usize = 12;

pub(super) const HOUR_MS: i64 = 3_600_000;

/// Records on their way into a chunk.
#[derive(Debug, Default)]
pub(super) struct Pending {
    first: i64,
    hour: i64,
    received_at: i64,
    ids: Vec<u8>,
    records: Vec<u8>,
}

impl Pending {
    pub(super) fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Returns whether a record received at `received_at` has to go into another chunk.
    pub(super) fn is_closed_to(&self, received_at: i64) -> bool {
        !self.is_empty() && (self.records.len() >= FULL_BYTES || self.hour != hour_of(received_at))
    }

    pub(super) fn push(&mut self, sequence: i64, received_at: i64, id: u128, record: &[u8]) {
        if self.is_empty() {
            (self.first, self.hour) = (sequence, hour_of(received_at));
        }
        self.received_at = received_at;
        self.ids.extend(id.to_be_bytes());
        self.records.extend(received_at.to_le_bytes());
        // A frame has a bound far below this.
        let length = u32::try_from(record.len()).unwrap_or(u32::MAX);
        self.records.extend(length.to_le_bytes());
        self.records.extend(record);
    }

    /// Writes the chunk and begins the next.
    pub(super) fn write(
        &mut self,
        connection: &Connection,
        stream: Stream,
    ) -> rusqlite::Result<()> {
        let count = i64::try_from(self.ids.len() / 16).unwrap_or(i64::MAX);
        let packed = Compressor::new(LEVEL).and_then(|mut zstd| zstd.compress(&self.records));
        let packed =
            packed.map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
        let insert = format!(
            "INSERT INTO {} VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            stream.table()
        );
        connection.prepare_cached(&insert)?.execute(params![
            self.first,
            self.first + count - 1,
            self.hour,
            self.received_at,
            self.records.len().cast_signed(),
            self.ids,
            packed
        ])?;
        self.ids.clear();
        self.records.clear();
        Ok(())
    }
}

pub(super) fn hour_of(received_at: i64) -> i64 {
    received_at - received_at.rem_euclid(HOUR_MS)
}

/// Reads the records of a chunk, a row of `first`, `ids`, `records`.
pub(super) fn unpack(row: &Row<'_>) -> rusqlite::Result<Vec<SpoolRecord>> {
    let first: i64 = row.get(0)?;
    let (ids, packed) = (row.get_ref(1)?.as_blob()?, row.get_ref(2)?.as_blob()?);
    let short = || damaged(io::Error::from(io::ErrorKind::UnexpectedEof));
    let mut records = Vec::new();
    let mut unpacked = Vec::new();
    zstd::Decoder::with_buffer(packed)
        .and_then(|mut zstd| zstd.read_to_end(&mut unpacked))
        .map_err(damaged)?;
    let mut rest = unpacked.as_slice();
    for (sequence, id) in (first..).zip(ids.chunks_exact(16)) {
        let (head, after) = rest.split_at_checked(HEAD_BYTES).ok_or_else(short)?;
        let (received_at, length) = head.split_at(8);
        let length = u32::from_le_bytes(length.try_into().map_err(damaged)?);
        let length = usize::try_from(length).map_err(damaged)?;
        let (record, after) = after.split_at_checked(length).ok_or_else(short)?;
        rest = after;
        records.push(SpoolRecord {
            sequence,
            received_at: timestamp(i64::from_le_bytes(received_at.try_into().map_err(damaged)?)),
            id: u128::from_be_bytes(id.try_into().map_err(damaged)?),
            bytes: record.to_vec(),
        });
    }
    Ok(records)
}
