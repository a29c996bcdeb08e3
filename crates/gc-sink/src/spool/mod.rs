//! The spool: what was received and is not yet in a sealed file, durable on local disk.
//!
//! One `SQLite` database in WAL mode. Records are committed in groups, in the order of receipt, packed into
//! chunks, and each has a sequence that only grows: it is the position of our own source. A record leaves only with the
//! seal of the file that holds it. The gap ledger and the snapshots live in the same database, so that a
//! group commits what was received together with what is known by it.
//!
//! - What [`Group::commit`] returned for survives a crash and a loss of power.
//! - One process writes at a time; any number may read.
//! - A duplicate is known by its id for [`KNOWN_FOR`] after it was received, among the last [`MOST_KNOWN`]
//!   events, across restarts.
//!
//! Not guaranteed: that a spool moved to another machine goes on as the same writer there and here.

mod chunk;
mod group;
mod ids;
mod ledger;
mod reader;
mod snapshot;
mod tail;

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _};
use uuid::Uuid;

pub use group::{Group, SpoolRecord, Stream};
pub use ids::{KNOWN_FOR, MOST_KNOWN};
pub use ledger::{Gap, GapState, NOT_RUNNING};
pub use reader::SpoolReader;
pub use snapshot::Snapshot;
pub use tail::{TailLimits, TailPlan};

use crate::Error;
use ids::Ids;
use ledger::Ledger;
use snapshot::Packer;

/// The database in the spool's folder.
const DATABASE: &str = "spool.sqlite";
/// The file that the writer keeps locked.
const LOCK: &str = "spool.lock";
/// The version of the tables that this program knows, kept as `user_version`.
const VERSION: u32 = 1;
/// Marks the database as a spool: `gcsp`.
const APPLICATION: u32 = 0x6763_7370;
/// How long a reader's or a writer's turn is waited for.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// Up to this size a spool is checked for damage when it is opened; a larger one would take too long.
const CHECKED_BYTES: u64 = 256 * 1024 * 1024;

/// A commit waits for the disk (`FULL`), and the log is folded into the database each 64 MiB.
const SETTINGS: &str = "
    PRAGMA page_size = 16384;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA wal_autocheckpoint = 4096;
    PRAGMA journal_size_limit = 134217728;
    PRAGMA cache_size = -8192;
";

const TABLES: &str = "
    CREATE TABLE facts (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
    CREATE TABLE events (
        first INTEGER PRIMARY KEY, last INTEGER NOT NULL, hour INTEGER NOT NULL, received_at INTEGER NOT NULL,
        bytes INTEGER NOT NULL, ids BLOB NOT NULL, records BLOB NOT NULL);
    CREATE TABLE quarantine (
        first INTEGER PRIMARY KEY, last INTEGER NOT NULL, hour INTEGER NOT NULL, received_at INTEGER NOT NULL,
        bytes INTEGER NOT NULL, ids BLOB NOT NULL, records BLOB NOT NULL);
    CREATE TABLE seen (first INTEGER PRIMARY KEY, received_at INTEGER NOT NULL, ids BLOB NOT NULL);
    CREATE TABLE tails (
        stream TEXT PRIMARY KEY, sequence INTEGER NOT NULL, hour INTEGER NOT NULL,
        first INTEGER NOT NULL, last INTEGER NOT NULL, seals INTEGER NOT NULL, stored INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE snapshots (key TEXT PRIMARY KEY, updated_at INTEGER NOT NULL, ended INTEGER NOT NULL, record BLOB NOT NULL);
    CREATE TABLE links (link INTEGER PRIMARY KEY, topics TEXT NOT NULL, last_frame_at INTEGER NOT NULL);
    CREATE TABLE gaps (
        id INTEGER PRIMARY KEY AUTOINCREMENT, start INTEGER NOT NULL, end INTEGER, cause TEXT NOT NULL,
        topics TEXT NOT NULL, is_total INTEGER NOT NULL, filled_at INTEGER, rows INTEGER, source TEXT);
";

/// By age, the ended ones last: what is forgotten is found without a look at the rest.
const INDEX: &str =
    "CREATE INDEX IF NOT EXISTS snapshots_by_age ON snapshots (ended, updated_at DESC)";

/// The spool, open for writing.
#[derive(Debug)]
pub struct Spool {
    connection: Connection,
    folder: PathBuf,
    writer: String,
    ids: Ids,
    ledger: Ledger,
    packer: Packer,
    /// The sequence of the last record of each stream.
    last: [i64; 2],
    /// Locked for as long as this process lives.
    _lock: File,
}

impl Spool {
    /// Opens the spool in `folder`, or makes one; waits for nobody.
    ///
    /// What an earlier process heard up to its end becomes an open gap.
    ///
    /// # Errors
    ///
    /// [`Error::SpoolHeld`] when another process writes to it; else when it is damaged, of another
    /// version, or the disk refuses or is full.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        std::fs::create_dir_all(folder).map_err(Error::spool_disk("create the folder", folder))?;
        let lock = lock(folder)?;
        let connection = connect(folder, OpenFlags::default())?;
        let failed = |source| Error::spool("open", folder.to_owned())(source);
        let version = version(&connection, folder)?;
        check(&connection, folder)?;
        connection.execute_batch(SETTINGS).map_err(failed)?;
        if version == 0 {
            create(&connection).map_err(failed)?;
        }
        connection.execute_batch(INDEX).map_err(failed)?;
        Self::load(connection, folder, lock).map_err(failed)
    }

    fn load(connection: Connection, folder: &Path, lock: File) -> rusqlite::Result<Self> {
        let writer = fact(&connection, "writer")?.unwrap_or_default();
        let last = [
            last_sequence(&connection, Stream::Events)?,
            last_sequence(&connection, Stream::Quarantine)?,
        ];
        let ids = Ids::load(&connection)?;
        let ledger = Ledger::recover(&connection)?;
        Ok(Self {
            connection,
            folder: folder.to_owned(),
            writer,
            ids,
            ledger,
            packer: Packer::new()?,
            last,
            _lock: lock,
        })
    }

    /// Returns the name of this spool among the writers of an archive: eight hexadecimal digits.
    pub fn writer(&self) -> &str {
        &self.writer
    }

    /// Opens the spool once more, for reading from another thread.
    ///
    /// # Errors
    ///
    /// As [`SpoolReader::open`].
    pub fn reader(&self) -> Result<SpoolReader, Error> {
        SpoolReader::open(&self.folder)
    }

    /// Returns the gaps, the earliest first.
    ///
    /// # Errors
    ///
    /// When the spool cannot be read.
    pub fn gaps(&self) -> Result<Vec<Gap>, Error> {
        ledger::read(&self.connection).map_err(self.failed("read"))
    }

    /// Keeps a fact of the pipeline's own.
    ///
    /// # Errors
    ///
    /// When the spool cannot be written to.
    pub fn set_fact(&self, name: &str, value: &str) -> Result<(), Error> {
        set_fact(&self.connection, name, value).map_err(self.failed("write to"))
    }

    /// Returns a fact of the pipeline's own.
    ///
    /// # Errors
    ///
    /// When the spool cannot be read.
    pub fn fact(&self, name: &str) -> Result<Option<String>, Error> {
        fact(&self.connection, name).map_err(self.failed("read"))
    }

    fn failed(&self, action: &'static str) -> impl FnOnce(rusqlite::Error) -> Error + use<> {
        let folder = self.folder.clone();
        Error::spool(action, folder)
    }
}

fn lock(folder: &Path) -> Result<File, Error> {
    let path = folder.join(LOCK);
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(Error::spool_disk("open", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::SpoolHeld {
            folder: folder.to_owned(),
        }),
        Err(TryLockError::Error(error)) => Err(Error::spool_disk("lock", &path)(error)),
    }
}

fn connect(folder: &Path, flags: OpenFlags) -> Result<Connection, Error> {
    let failed = |source| Error::spool("open", folder.to_owned())(source);
    let connection = Connection::open_with_flags(folder.join(DATABASE), flags).map_err(failed)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(failed)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// Looks at what is there before anything is changed, and returns its version; 0 for nothing.
fn version(connection: &Connection, folder: &Path) -> Result<u32, Error> {
    let failed = |source| Error::spool("open", folder.to_owned())(source);
    let pragma = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, u32>(0));
    let tables: u32 = connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(failed)?;
    if tables == 0 {
        return Ok(0);
    }
    let found = pragma("user_version").map_err(failed)?;
    if pragma("application_id").map_err(failed)? != APPLICATION || found != VERSION {
        return Err(Error::SpoolVersion {
            folder: folder.to_owned(),
            found,
            known: VERSION,
        });
    }
    Ok(found)
}

/// Looks for damage. It reads everything, so it is for whoever begins to write, once.
fn check(connection: &Connection, folder: &Path) -> Result<(), Error> {
    let size = std::fs::metadata(folder.join(DATABASE)).map_or(0, |file| file.len());
    if size > CHECKED_BYTES {
        return Ok(());
    }
    let verdict = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0));
    let verdict: String = verdict.map_err(Error::spool("open", folder.to_owned()))?;
    if verdict == "ok" {
        return Ok(());
    }
    Err(Error::SpoolDamaged {
        folder: folder.to_owned(),
    })
}

fn create(connection: &Connection) -> rusqlite::Result<()> {
    let writer = format!("{:08x}", Uuid::new_v4().as_fields().0);
    let tables = connection.unchecked_transaction()?;
    tables.execute_batch(TABLES)?;
    set_fact(&tables, "writer", writer)?;
    tables.pragma_update(None, "application_id", APPLICATION)?;
    tables.pragma_update(None, "user_version", VERSION)?;
    tables.commit()
}

fn fact<T: rusqlite::types::FromSql>(
    connection: &Connection,
    name: &str,
) -> rusqlite::Result<Option<T>> {
    connection
        .prepare_cached("SELECT value FROM facts WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()
}

fn set_fact(
    connection: &Connection,
    name: &str,
    value: impl rusqlite::ToSql,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO facts (name, value) VALUES (?1, ?2)")?
        .execute(rusqlite::params![name, value])
        .map(drop)
}

/// Returns the last sequence that a stream ever had: sealed records are gone from its table.
fn last_sequence(connection: &Connection, stream: Stream) -> rusqlite::Result<i64> {
    let present: Option<i64> = connection.query_row(
        &format!("SELECT max(last) FROM {}", stream.table()),
        [],
        |row| row.get(0),
    )?;
    let sealed: i64 = fact(connection, stream.sealed())?.unwrap_or(0);
    Ok(present.unwrap_or(0).max(sealed))
}

/// Says that what was packed cannot be unpacked.
fn damaged(why: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    let kind = rusqlite::types::Type::Blob;
    rusqlite::Error::FromSqlConversionFailure(0, kind, Box::new(why))
}

/// Returns milliseconds since 1970, for what began: rounded down.
fn floor_ms(at: Timestamp) -> i64 {
    at.as_nanosecond()
        .div_euclid(1_000_000)
        .try_into()
        .unwrap_or(i64::MAX)
}

/// Returns milliseconds since 1970, for what ended: rounded up.
fn ceil_ms(at: Timestamp) -> i64 {
    floor_ms(at) + i64::from(at.subsec_nanosecond() % 1_000_000 != 0)
}

fn timestamp(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::MAX)
}
