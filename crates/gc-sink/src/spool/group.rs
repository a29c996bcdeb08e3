//! A group of records that become durable together.

use jiff::Timestamp;
use rusqlite::{Transaction, TransactionBehavior};

use super::chunk::Pending;
use super::snapshot::Packer;
use super::{Ids, Ledger, Snapshot, Spool, floor_ms, set_fact, snapshot};
use crate::Error;

/// What a record is, and so which files it goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// An event, for Parquet.
    Events,
    /// A frame that is no event, as a line of JSON.
    Quarantine,
}

impl Stream {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Events, Self::Quarantine];

    pub(super) fn table(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::Quarantine => "quarantine",
        }
    }

    /// The name of the fact that says up to which sequence records have left the spool.
    pub(super) fn sealed(self) -> &'static str {
        match self {
            Self::Events => "sealed_events",
            Self::Quarantine => "sealed_quarantine",
        }
    }
}

/// A record in the spool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpoolRecord {
    /// Its position in the stream; set by the spool.
    pub sequence: i64,
    /// When it was received.
    pub received_at: Timestamp,
    /// What makes a duplicate of it known.
    pub id: u128,
    /// The record itself, as its reader will want it.
    pub bytes: Vec<u8>,
}

/// Records, snapshots and ledger entries that are committed together, or not at all.
#[derive(Debug)]
pub struct Group<'a> {
    transaction: Transaction<'a>,
    ids: &'a mut Ids,
    ledger: &'a mut Ledger,
    last: &'a mut [i64; 2],
    pending: [Pending; 2],
    packer: &'a mut Packer,
    folder: &'a std::path::Path,
}

impl Spool {
    /// Begins a group. Dropping it without a commit takes back what it wrote; the spool must then be
    /// opened anew, since what is in memory has gone ahead.
    ///
    /// # Errors
    ///
    /// When the spool cannot be written to.
    pub fn begin(&mut self) -> Result<Group<'_>, Error> {
        let failed = Error::spool("write to", self.folder.clone());
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(failed)?;
        Ok(Group {
            transaction,
            ids: &mut self.ids,
            ledger: &mut self.ledger,
            last: &mut self.last,
            pending: Default::default(),
            packer: &mut self.packer,
            folder: &self.folder,
        })
    }
}

impl Group<'_> {
    /// Adds an event; returns its sequence, or none when it was received before.
    ///
    /// # Errors
    ///
    /// When the spool cannot be written to: the disk is full, say. Drop the group.
    pub fn append(
        &mut self,
        received_at: Timestamp,
        id: u128,
        record: &[u8],
    ) -> Result<Option<i64>, Error> {
        if !self.ids.note(floor_ms(received_at), id) {
            return Ok(None);
        }
        self.insert(Stream::Events, received_at, id, record)
            .map(Some)
    }

    /// Returns whether an event with this id was received lately.
    pub fn knows(&self, id: u128) -> bool {
        self.ids.knows(id)
    }

    /// Adds a line to the quarantine.
    ///
    /// # Errors
    ///
    /// As [`Group::append`].
    pub fn set_aside(&mut self, received_at: Timestamp, line: &[u8]) -> Result<(), Error> {
        self.insert(Stream::Quarantine, received_at, 0, line)
            .map(drop)
    }

    fn insert(
        &mut self,
        stream: Stream,
        received_at: Timestamp,
        id: u128,
        record: &[u8],
    ) -> Result<i64, Error> {
        let received_at = floor_ms(received_at);
        if self.pending[stream as usize].is_closed_to(received_at) {
            self.end_chunk(stream)?;
        }
        let last = &mut self.last[stream as usize];
        *last += 1;
        self.pending[stream as usize].push(*last, received_at, id, record);
        Ok(*last)
    }

    fn end_chunk(&mut self, stream: Stream) -> Result<(), Error> {
        let pending = &mut self.pending[stream as usize];
        let written = pending.write(&self.transaction, stream);
        written.map_err(Error::spool("write to", self.folder.to_owned()))
    }

    /// Returns the snapshot of `key`.
    ///
    /// # Errors
    ///
    /// When the spool cannot be read.
    pub fn snapshot(&self, key: &str) -> Result<Option<Snapshot>, Error> {
        self.run(|transaction| snapshot::find(transaction, key))
    }

    /// Keeps the last snapshot of something, in place of an earlier one.
    ///
    /// # Errors
    ///
    /// As [`Group::append`].
    pub fn keep_snapshot(&mut self, snapshot: &Snapshot) -> Result<(), Error> {
        let kept = snapshot::keep(&self.transaction, self.packer, snapshot);
        kept.map_err(Error::spool("write to", self.folder.to_owned()))
    }

    /// Says that the snapshots kept reflect every event up to `sequence`.
    ///
    /// # Errors
    ///
    /// As [`Group::append`].
    pub fn snapshots_reflect(&mut self, sequence: i64) -> Result<(), Error> {
        self.run(|transaction| set_fact(transaction, "snapshots_reflect", sequence))
    }

    /// Forgets snapshots: ended ones not updated since `ended_before`, any not updated since
    /// `idle_before`, and the longest unchanged beyond `most`.
    ///
    /// # Errors
    ///
    /// As [`Group::append`].
    pub fn forget_snapshots(
        &mut self,
        ended_before: Timestamp,
        idle_before: Timestamp,
        most: u32,
    ) -> Result<(), Error> {
        self.run(|transaction| snapshot::forget(transaction, ended_before, idle_before, most))
    }

    /// Says that `topics` are heard on a link since `at`: gaps in them end.
    ///
    /// # Errors
    ///
    /// As [`Group::append`].
    pub fn up(&mut self, link: u64, topics: &[String], at: Timestamp) -> Result<(), Error> {
        let done = self.ledger.up(&self.transaction, link, topics, at);
        done.map_err(Error::spool("write to", self.folder.to_owned()))
    }

    /// Says that a frame came on a link.
    pub fn alive(&mut self, link: u64, at: Timestamp) {
        self.ledger.alive(link, at);
    }

    /// Says that nothing came on a link after `last_frame_at`: a gap begins in the topics that no other
    /// link has.
    ///
    /// # Errors
    ///
    /// As [`Group::append`].
    pub fn down(&mut self, link: u64, last_frame_at: Timestamp, cause: &str) -> Result<(), Error> {
        let done = self
            .ledger
            .down(&self.transaction, link, last_frame_at, cause);
        done.map_err(Error::spool("write to", self.folder.to_owned()))
    }

    /// Says when a gap's backfill is received, before it is fetched; returns the time that was said first.
    ///
    /// # Errors
    ///
    /// As [`Group::append`].
    pub fn plan_fill(&mut self, gap: i64, at: Timestamp) -> Result<Timestamp, Error> {
        self.run(|transaction| super::ledger::plan_fill(transaction, gap, at))
    }

    /// Says that a gap's backfill is stored, with so many rows from `source`.
    ///
    /// # Errors
    ///
    /// As [`Group::append`].
    pub fn filled(&mut self, gap: i64, rows: u64, source: &str) -> Result<(), Error> {
        self.run(|transaction| super::ledger::filled(transaction, gap, rows, source))
    }

    /// Makes the group durable.
    ///
    /// # Errors
    ///
    /// As [`Group::append`]; nothing of the group is kept then.
    pub fn commit(mut self) -> Result<(), Error> {
        for stream in Stream::ALL {
            if !self.pending[stream as usize].is_empty() {
                self.end_chunk(stream)?;
            }
        }
        let saved = self.ledger.save(&self.transaction);
        let committed = saved.and_then(|()| self.transaction.commit());
        committed.map_err(Error::spool("write to", self.folder.to_owned()))
    }

    fn run<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, Error> {
        work(&self.transaction).map_err(Error::spool("write to", self.folder.to_owned()))
    }
}
