//! An archiver: the feed, the spool, the files and the repairs, each a task of its own.
//!
//! ```text
//! sockets -> notices -> spooler (thread) -> spool -> flusher -> archive
//!                           ledger of gaps -> filler -> archive
//! ```
//!
//! Stopping goes the same way: the feed ends, the spooler takes in what it had, the flusher writes and
//! seals it.

use std::sync::Arc;
use std::time::Duration;

use gc_analytics::Platform;
use gc_auth::Client;
use gc_core::{Class, Classify};
use gc_sink::spool::{Gap, GapState, Spool, SpoolReader, Stream};
use gc_stream::{StreamSettings, listen};
use jiff::Timestamp;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::error::Error;
use crate::fill::{Filler, LISTENS_TO_ALL};
use crate::flusher::Flusher;
use crate::intake::Counts;
use crate::report::{ArchiveReport, Failure, RejectedTopic};
use crate::settings::ArchiveSettings;
use crate::spooler::{Spooler, SpoolerHandle};
use crate::storage::Storage;

/// How many bytes of frames wait to become durable; beyond that, sockets are not read.
const BYTES_IN_FLIGHT: usize = 8 * 1024 * 1024;
/// How long a part of the program that has failed is given to say why.
const LAST_WORDS: Duration = Duration::from_secs(5);

type Feed = JoinHandle<Result<(), gc_stream::Error>>;

/// Archives events until the duration is over or it is asked to stop.
///
/// # Errors
///
/// What keeps the archiver from receiving. What keeps it from writing to the archive at the end is in the
/// report: nothing is lost by it.
pub async fn archive(settings: ArchiveSettings) -> Result<ArchiveReport, Error> {
    let started_at = settings.clock.now();
    let client = Client::new(settings.client.clone())?;
    let spool = Spool::open(&settings.spool)?;
    let storage = Storage::begin(&settings.root, Arc::clone(&settings.clock)).await?;
    let mut run = Run::begin(&settings, client, spool, Arc::new(storage))?;
    let watched = run.watch(&settings).await;
    let mut failure = run.spooler_failure.take();
    let ended = run.end(&settings, started_at).await;
    // A spool that failed brings down everything else; it is the news. Then comes what ended the run.
    if let Some(failure) = &mut failure
        && let Ok(Ok(error)) = timeout(LAST_WORDS, failure).await
    {
        return Err(error);
    }
    watched?;
    ended
}

/// The tasks of an archiver.
struct Run {
    feed: Feed,
    stop_feed: CancellationToken,
    spooler: SpoolerHandle,
    /// Gone once it was told.
    spooler_failure: Option<oneshot::Receiver<Error>>,
    writing: JoinHandle<(Flusher, Result<(), Error>)>,
    /// Whether what became of `writing` is known already: it can be asked once.
    has_written: bool,
    filling: JoinHandle<()>,
    stop_work: CancellationToken,
    storage: Arc<Storage>,
}

impl Run {
    fn begin(
        settings: &ArchiveSettings,
        client: Client,
        spool: Spool,
        storage: Arc<Storage>,
    ) -> Result<Self, Error> {
        let selection = settings.selection.clone();
        selection.check()?;
        let listens_to_all =
            selection.queues.is_empty() && selection.users.is_empty() && selection.media.is_empty();
        spool.set_fact(
            LISTENS_TO_ALL,
            if listens_to_all { "true" } else { "false" },
        )?;
        let writer = spool.writer().to_owned();
        let clock = Arc::clone(&settings.clock);
        let (stop_feed, stop_work) = (CancellationToken::new(), CancellationToken::new());
        let mut stream = StreamSettings::new(client.clone(), selection, Arc::clone(&clock));
        stream.refresh = settings.refresh;
        stream.ping_after = settings.ping_after;
        stream.bytes_in_flight = BYTES_IN_FLIGHT;
        let (notices, feed) = listen(stream, stop_feed.clone());
        let (spooler, spooler_failure) =
            Spooler::start(spool, Some(notices), settings.flush, Arc::clone(&clock))?;
        let flusher = Flusher {
            spooler: spooler.clone(),
            storage: Arc::clone(&storage),
            spool: settings.spool.clone(),
            writer: writer.clone(),
            age: settings.flush.age,
            files: 0,
        };
        let filler = Filler {
            spooler: spooler.clone(),
            storage: Arc::clone(&storage),
            spool: settings.spool.clone(),
            writer,
            platform: Platform::new(client, Arc::new(gc_core::Silent), stop_work.clone()),
            listens_to_all,
            history_lag: settings.history_lag,
            clock,
        };
        let every = settings.fill_every;
        let (writing_stops, filling_stops) = (stop_work.clone(), stop_work.clone());
        Ok(Self {
            feed,
            stop_feed,
            spooler,
            spooler_failure: Some(spooler_failure),
            writing: tokio::spawn(write(flusher, writing_stops)),
            has_written: false,
            filling: tokio::spawn(async move { filler.run(every, &filling_stops).await }),
            stop_work,
            storage,
        })
    }

    /// Waits until the run is to end: by the clock, on request, or because a part of it cannot go on.
    async fn watch(&mut self, settings: &ArchiveSettings) -> Result<(), Error> {
        let over = async {
            match settings.duration {
                Some(duration) => sleep(duration).await,
                None => std::future::pending().await,
            }
        };
        // All arms are cancel-safe: they wait, and what a task returned ends the run.
        tokio::select! {
            () = over => Ok(()),
            () = settings.interruption.cancelled() => Ok(()),
            feed = &mut self.feed => match feed {
                Ok(Ok(())) => Ok(()),
                Ok(Err(error)) => Err(error.into()),
                Err(_panicked) => Err(Error::Stopped { part: "feed" }),
            },
            error = failed(&mut self.spooler_failure) => Err(error),
            writing = &mut self.writing => {
                self.has_written = true;
                match writing {
                    Ok((_, Err(error))) => Err(error),
                    _ => Err(Error::Stopped { part: "flusher" }),
                }
            }
        }
    }

    /// Stops intake, takes in what came, writes and seals it, and reports.
    async fn end(
        self,
        settings: &ArchiveSettings,
        started_at: Timestamp,
    ) -> Result<ArchiveReport, Error> {
        let stopped_at = settings.clock.now();
        self.stop_feed.cancel();
        let counts = self.spooler.drain().await?;
        self.stop_work.cancel();
        let (files, mut failure) = if self.has_written {
            (0, None)
        } else {
            let (mut flusher, written) = self
                .writing
                .await
                .map_err(|_| Error::Stopped { part: "flusher" })?;
            let ended = match written {
                Ok(()) => flusher.end().await,
                Err(error) => Err(error),
            };
            (flusher.files, ended.err())
        };
        // A fill under way sees the same request to stop, and frees its job.
        drop(self.filling.await);
        let gaps = self.spooler.gaps().await?;
        let gaps = gaps
            .into_iter()
            .filter(|gap| concerns(gap, started_at, stopped_at));
        drop(self.spooler);
        let reader = SpoolReader::open(&settings.spool)?;
        let (waiting, _) = reader.waiting(Stream::Events)?;
        if let Ok(storage) = Arc::try_unwrap(self.storage) {
            // The lease expires by itself where it cannot be given back.
            failure = failure.or(storage.end().await.err().filter(|_| waiting > 0));
        }
        Ok(report(
            settings,
            counts,
            files,
            waiting,
            gaps.collect(),
            failure,
            started_at,
        ))
    }
}

/// Waits until the spooler fails, and returns why.
async fn failed(failure: &mut Option<oneshot::Receiver<Error>>) -> Error {
    let error = match failure {
        Some(failure) => failure.await,
        None => std::future::pending().await,
    };
    *failure = None;
    error.unwrap_or(Error::Stopped { part: "spool" })
}

async fn write(mut flusher: Flusher, stop: CancellationToken) -> (Flusher, Result<(), Error>) {
    let written = flusher.run(&stop).await;
    (flusher, written)
}

/// Returns whether a gap belongs to this run: not the one that its own stop began.
fn concerns(gap: &Gap, started_at: Timestamp, stopped_at: Timestamp) -> bool {
    let is_farewell =
        gap.state == GapState::Open && gap.cause == gc_stream::Cause::Stopped.to_string();
    !is_farewell && gap.start <= stopped_at && gap.end.is_none_or(|end| end >= started_at)
}

fn report(
    settings: &ArchiveSettings,
    counts: Counts,
    files: u64,
    waiting: u64,
    gaps: Vec<Gap>,
    failure: Option<Error>,
    started_at: Timestamp,
) -> ArchiveReport {
    let rejected = counts.rejected.into_iter();
    ArchiveReport {
        root: settings.root.clone(),
        events: counts.events,
        duplicates: counts.duplicates,
        quarantined: counts.quarantined,
        files,
        waiting,
        durable_ms: counts.latencies.summary(),
        reconnects: counts.reconnects,
        channels: counts.channels,
        rejected_topics: rejected
            .map(|(topic, reason)| RejectedTopic { topic, reason })
            .collect(),
        gaps,
        started_at,
        ended_at: settings.clock.now(),
        interrupted: settings.interruption.is_cancelled(),
        failure: failure
            .filter(|error| !matches!(error.class(), Class::Interrupted))
            .map(|error| Failure::new(&error)),
    }
}
