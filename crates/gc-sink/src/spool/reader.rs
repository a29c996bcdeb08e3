//! Reading a spool beside whoever writes to it.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, params};

use super::chunk::unpack;
use super::{Gap, Snapshot, SpoolRecord, Stream, connect, fact, ledger, snapshot, version};
use crate::Error;

/// A spool, open for reading.
#[derive(Debug)]
pub struct SpoolReader {
    connection: Connection,
    folder: PathBuf,
}

impl SpoolReader {
    /// Opens the spool in `folder`, whether or not somebody writes to it.
    ///
    /// # Errors
    ///
    /// When there is none, or it is of another version. Damage shows when it is read.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        let none = || Error::NoSpool {
            folder: folder.to_owned(),
        };
        let database = folder.join(super::DATABASE);
        if !database
            .try_exists()
            .map_err(Error::spool_disk("look at", folder))?
        {
            return Err(none());
        }
        // Reading a database in WAL mode takes the right to write to its index.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = connect(folder, flags)?;
        if version(&connection, folder)? == 0 {
            return Err(none());
        }
        Ok(Self {
            connection,
            folder: folder.to_owned(),
        })
    }

    /// Returns records from `first` to `last`, in order: as many as make up `bytes`, one at least.
    ///
    /// # Errors
    ///
    /// When the spool cannot be read.
    pub fn records(
        &self,
        stream: Stream,
        first: i64,
        last: i64,
        bytes: usize,
    ) -> Result<Vec<SpoolRecord>, Error> {
        self.read_records(stream, first, last, bytes)
            .map_err(self.failed())
    }

    fn read_records(
        &self,
        stream: Stream,
        first: i64,
        last: i64,
        limit: usize,
    ) -> rusqlite::Result<Vec<SpoolRecord>> {
        let mut select = self.connection.prepare_cached(&format!(
            "SELECT first, ids, records FROM {} WHERE last >= ?1 AND first <= ?2 ORDER BY first",
            stream.table()
        ))?;
        let mut chunks = select.query(params![first, last])?;
        let (mut records, mut bytes) = (Vec::new(), 0);
        while bytes < limit
            && let Some(chunk) = chunks.next()?
        {
            let found = unpack(chunk)?.into_iter();
            records.extend(found.filter(|record| (first..=last).contains(&record.sequence)));
            bytes = records
                .iter()
                .map(|record: &SpoolRecord| record.bytes.len())
                .sum();
        }
        Ok(records)
    }

    /// Returns how many records of a stream wait, and their bytes.
    ///
    /// # Errors
    ///
    /// When the spool cannot be read.
    pub fn waiting(&self, stream: Stream) -> Result<(u64, u64), Error> {
        let sums = format!(
            "SELECT coalesce(sum(last - first + 1), 0), coalesce(sum(bytes), 0) FROM {}",
            stream.table()
        );
        let row = self.connection.query_row(&sums, [], |row| {
            Ok((
                row.get::<_, i64>(0)?.unsigned_abs(),
                row.get::<_, i64>(1)?.unsigned_abs(),
            ))
        });
        row.map_err(self.failed())
    }

    /// Returns every snapshot of what has not ended, the longest unchanged first.
    ///
    /// # Errors
    ///
    /// When the spool cannot be read.
    pub fn open_snapshots(&self) -> Result<Vec<Snapshot>, Error> {
        snapshot::open(&self.connection).map_err(self.failed())
    }

    /// Returns the key of every snapshot of what has not ended.
    ///
    /// # Errors
    ///
    /// When the spool cannot be read.
    pub fn open_snapshot_keys(&self) -> Result<Vec<String>, Error> {
        snapshot::open_keys(&self.connection).map_err(self.failed())
    }

    /// Returns up to which event the snapshots are kept; later ones have to be replayed.
    ///
    /// # Errors
    ///
    /// When the spool cannot be read.
    pub fn snapshots_reflect(&self) -> Result<i64, Error> {
        let found = fact(&self.connection, "snapshots_reflect");
        Ok(found.map_err(self.failed())?.unwrap_or(0))
    }

    /// Returns the gaps, the earliest first.
    ///
    /// # Errors
    ///
    /// When the spool cannot be read.
    pub fn gaps(&self) -> Result<Vec<Gap>, Error> {
        ledger::read(&self.connection).map_err(self.failed())
    }

    fn failed(&self) -> impl FnOnce(rusqlite::Error) -> Error + use<> {
        let folder = self.folder.clone();
        Error::spool("read", folder)
    }
}
