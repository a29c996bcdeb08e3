//! From the spool to the archive: tails are written whole, until they are sealed.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use gc_core::{Class, Classify, describe};
use gc_sink::spool::{SpoolReader, Stream, TailPlan};
use gc_sink::{FileEncoder, WriteOptions, compress_lines, layout};
use gc_stream::{Event, EventBatch, event_schema};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::error::Error;
use crate::spooler::SpoolerHandle;
use crate::storage::{EVENTS, PROGRAM_VERSION, Storage};

/// How much of the spool is read at a time.
const READ_BYTES: usize = 1024 * 1024;
/// Row groups of this size keep the memory of a flush small; a tail has a few of them.
const ROW_GROUP_BYTES: usize = 6 * 1024 * 1024;
/// The first and the longest pause after the archive could not be written to.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);
/// How long a run that was asked to stop tries to write what is in the spool.
const FAREWELL: Duration = Duration::from_secs(60);

/// Writes files from the spool.
#[derive(Debug)]
pub(crate) struct Flusher {
    pub(crate) spooler: SpoolerHandle,
    pub(crate) storage: Arc<Storage>,
    pub(crate) spool: PathBuf,
    pub(crate) writer: String,
    pub(crate) age: Duration,
    /// How many files of events this run sealed.
    pub(crate) files: u64,
}

impl Flusher {
    /// Writes whenever it is time, until asked to stop. That storage is away is waited out.
    ///
    /// # Errors
    ///
    /// When another archiver has taken the archive over, or the program is wrong.
    pub(crate) async fn run(&mut self, stop: &CancellationToken) -> Result<(), Error> {
        let mut pause = Duration::ZERO;
        while !stop.is_cancelled() {
            let due = if pause.is_zero() { self.age } else { pause };
            // All arms are cancel-safe: they only wait.
            tokio::select! {
                () = stop.cancelled() => break,
                () = sleep(due) => {}
                () = self.spooler.full.notified(), if pause.is_zero() => {}
            }
            pause = match self.flush(false).await {
                Ok(()) if pause.is_zero() => pause,
                Ok(()) => {
                    tracing::info!("the archive is back: caught up");
                    Duration::ZERO
                }
                Err(error) => longer(pause, error)?,
            };
        }
        Ok(())
    }

    /// Writes and seals all that is in the spool; gives up after a while.
    pub(crate) async fn end(&mut self) -> Result<(), Error> {
        let deadline = Instant::now() + FAREWELL;
        let mut pause = Duration::ZERO;
        loop {
            let error = match timeout(FAREWELL, self.flush(true)).await {
                Ok(Ok(())) => return Ok(()),
                Ok(Err(error)) => error,
                Err(_over) => return Err(Error::StorageSlow),
            };
            let is_refused = matches!(error.class(), Class::Operator { .. });
            if is_refused || Instant::now() + pause >= deadline {
                return Err(error);
            }
            pause = longer(pause, error)?;
            sleep(pause).await;
        }
    }

    /// Writes tail after tail until everything is stored.
    async fn flush(&mut self, seal: bool) -> Result<(), Error> {
        for stream in Stream::ALL {
            while let Some(plan) = self.spooler.plan(stream, seal).await? {
                self.write(&plan).await?;
                let is_last = !plan.seals;
                self.files += u64::from(stream == Stream::Events && plan.seals);
                self.spooler.stored(plan).await?;
                if is_last {
                    break;
                }
            }
        }
        Ok(())
    }

    async fn write(&self, plan: &TailPlan) -> Result<(), Error> {
        let (archive, lease) = self.storage.get().await?;
        lease.ensure_held().await?;
        let path = match plan.stream {
            Stream::Events => {
                layout::event_file(EVENTS.name, plan.hour, &self.writer, plan.sequence)
            }
            Stream::Quarantine => {
                layout::quarantine_tail(EVENTS.name, plan.hour, &self.writer, plan.sequence)
            }
        };
        let records = plan.last - plan.first + 1;
        let (spool, plan) = (self.spool.clone(), plan.clone());
        let encoded = tokio::task::spawn_blocking(move || encode(&spool, &plan)).await;
        let bytes = encoded.map_err(|_| Error::Stopped { part: "encoder" })??;
        tracing::info!(%path, records, bytes = bytes.len(), "writing");
        Ok(archive.write(EVENTS.name, path, bytes).await?)
    }
}

/// Says that the archive is away, once, and returns for how long to leave it alone.
fn longer(pause: Duration, error: Error) -> Result<Duration, Error> {
    match error.class() {
        Class::Transient { .. } | Class::Operator { .. } if !error.is_of_the_spool() => {}
        _ => return Err(error),
    }
    if pause.is_zero() {
        tracing::warn!(
            error = describe(&error),
            hint = error.remedy(),
            "the archive cannot be written to: receiving into the spool"
        );
        return Ok(FIRST_PAUSE);
    }
    Ok((pause * 2).min(LONGEST_PAUSE))
}

/// Reads the records of a plan and makes the file of them.
fn encode(spool: &std::path::Path, plan: &TailPlan) -> Result<Bytes, Error> {
    let spool = SpoolReader::open(spool)?;
    match plan.stream {
        Stream::Events => encode_events(&spool, plan),
        Stream::Quarantine => {
            let lines = spool.records(plan.stream, plan.first, plan.last, usize::MAX)?;
            let lines = lines.iter().map(|line| line.bytes.as_slice());
            Ok(compress_lines(lines)?.into())
        }
    }
}

fn encode_events(spool: &SpoolReader, plan: &TailPlan) -> Result<Bytes, Error> {
    let mut file = begin_file()?;
    let mut batch = EventBatch::default();
    let mut next = plan.first;
    while next <= plan.last {
        let records = spool.records(plan.stream, next, plan.last, READ_BYTES)?;
        let Some(last) = records.last() else {
            break;
        };
        next = last.sequence + 1;
        for record in &records {
            let event: Event =
                serde_json::from_slice(&record.bytes).map_err(|source| Error::Record {
                    sequence: record.sequence,
                    source,
                })?;
            batch.push(&event);
        }
        file.push(batch.finish())?;
    }
    Ok(file.finish()?.0)
}

/// Begins a file of events.
pub(crate) fn begin_file() -> Result<FileEncoder, Error> {
    let options = WriteOptions {
        row_group_bytes: ROW_GROUP_BYTES,
        ..WriteOptions::default()
    };
    Ok(FileEncoder::begin(
        &EVENTS,
        &event_schema(),
        options,
        PROGRAM_VERSION,
    )?)
}
