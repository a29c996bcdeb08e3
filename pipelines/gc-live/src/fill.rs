//! Gaps repaired from history: the conversations that were active in a gap, as they stand now.
//!
//! - A gap is filled by the query soon after its end, and once more by the job when the watermark has passed
//!   it: the job also knows attributes and conversations that began days before.
//! - Either way its rows are one file, always under the same name, so that filling twice changes nothing.
//! - A row says where it comes from (`origin` is `backfill`); it is a state, not an event.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use gc_analytics::{
    Filter, IDS_AT_ONCE, JobSource, Platform, QUERY_PAGE_SIZE, QuerySource, Source, Via, WALL,
};
use gc_core::{Clock, Day, Interval};
use gc_history::LeaseRegistry;
use gc_sink::spool::{Gap, GapState, Spool, SpoolReader};
use gc_stream::conversation_of;
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::backfill::{Backfills, Open};
use crate::error::Error;
use crate::report::FillReport;
use crate::settings::{FillSettings, FlushLimits};
use crate::spooler::{Filled, Spooler, SpoolerHandle};
use crate::storage::Storage;

/// Rows in a page of a job's results.
const PAGE_SIZE: u32 = 500;
/// Gaps filled by one reading of their days: each has a row group of its own in memory.
const AT_ONCE: usize = 4;
/// The name of the fact that the archiver listens to everything.
pub(crate) const LISTENS_TO_ALL: &str = "listens_to_all";

/// Fills gaps.
#[derive(Debug)]
pub(crate) struct Filler {
    pub(crate) spooler: SpoolerHandle,
    pub(crate) storage: Arc<Storage>,
    pub(crate) spool: std::path::PathBuf,
    pub(crate) writer: String,
    pub(crate) platform: Platform,
    pub(crate) listens_to_all: bool,
    pub(crate) history_lag: Duration,
    pub(crate) clock: Arc<dyn Clock>,
}

/// Fills the gaps that history has passed, and returns what is known of all of them.
///
/// # Errors
///
/// When the spool is held by an archiver, the archive or the platform refuses or cannot be reached.
pub async fn fill(settings: FillSettings) -> Result<FillReport, Error> {
    let client = gc_auth::Client::new(settings.client.clone())?;
    drop(SpoolReader::open(&settings.spool)?);
    let spool = Spool::open(&settings.spool)?;
    let listens_to_all = spool
        .fact(LISTENS_TO_ALL)?
        .is_some_and(|fact| fact == "true");
    let writer = spool.writer().to_owned();
    let clock = Arc::clone(&settings.clock);
    let storage = Arc::new(Storage::begin(&settings.root, Arc::clone(&clock)).await?);
    let (spooler, _failure) =
        Spooler::start(spool, None, FlushLimits::default(), Arc::clone(&clock))?;
    let platform = Platform::new(client, Arc::new(gc_core::Silent), settings.interruption);
    let filler = Filler {
        spooler,
        storage,
        spool: settings.spool,
        writer,
        platform,
        listens_to_all,
        history_lag: settings.history_lag,
        clock,
    };
    let filled = filler.fill().await;
    let gaps = filler.spooler.gaps().await?;
    let storage = filler.storage;
    drop(filler.spooler);
    if let Ok(storage) = Arc::try_unwrap(storage) {
        storage.end().await?;
    }
    Ok(FillReport {
        filled: filled?,
        gaps,
    })
}

impl Filler {
    /// Looks at the gaps again and again. What fails is tried again with the next look.
    pub(crate) async fn run(&self, every: Duration, stop: &CancellationToken) {
        loop {
            // Both arms are cancel-safe: they only wait.
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(every) => {}
            }
            if let Err(error) = self.fill().await {
                tracing::warn!(error = gc_core::describe(&error), "gaps are not filled yet");
            }
        }
    }

    /// Fills the gaps that history has passed; returns the numbers of those it wrote.
    pub(crate) async fn fill(&self) -> Result<Vec<i64>, Error> {
        let gaps = self.spooler.gaps().await?;
        let settled = |gap: &Gap| gap.source.as_deref() == Some(Via::Job.as_str());
        let waiting: Vec<_> = gaps
            .iter()
            .filter(|gap| gap.state != GapState::Open && !settled(gap))
            .collect();
        let mut filled = Vec::new();
        if waiting.is_empty() {
            return Ok(filled);
        }
        let (_, lease) = self.storage.get().await?;
        gc_history::free_inherited(&lease, &self.platform, self.clock.today()).await?;
        let watermark = self.platform.watermark().await?;
        // The query is asked for days, so gaps of the same days share what it says.
        let mut by_days: BTreeMap<(Day, Day), Vec<(&Gap, Interval)>> = BTreeMap::new();
        for gap in waiting {
            let Some(interval) = interval(gap) else {
                continue;
            };
            match self.way(gap, interval.end, watermark) {
                Some(Via::Job) => filled.extend(self.by_job(gap, interval).await?),
                Some(Via::Query) => {
                    let days = (Day::of(interval.start), Day::of(interval.end));
                    by_days.entry(days).or_default().push((gap, interval));
                }
                None => {}
            }
        }
        for (days, gaps) in by_days {
            for gaps in gaps.chunks(AT_ONCE) {
                filled.extend(self.by_query(days, gaps).await?);
            }
        }
        Ok(filled)
    }

    /// Returns by which way a gap can be filled now that was not filled that way before.
    fn way(&self, gap: &Gap, end: Timestamp, watermark: Timestamp) -> Option<Via> {
        let since = self.clock.now().duration_since(end);
        if watermark >= end {
            Some(Via::Job)
        } else if gap.state == GapState::Closed
            && since.unsigned_abs() >= self.history_lag
            && !since.is_negative()
        {
            Some(Via::Query)
        } else {
            None
        }
    }

    async fn by_job(&self, gap: &Gap, interval: Interval) -> Result<Vec<i64>, Error> {
        let (_, lease) = self.storage.get().await?;
        let registry = Arc::new(LeaseRegistry::new(lease));
        let mut backfills = self.begin(&[(gap, interval)]).await?;
        let source = JobSource::active_in(self.platform.clone(), registry, interval, PAGE_SIZE);
        read(Source::Job(source), Day::of(interval.start), &mut backfills).await?;
        self.end(backfills, Via::Job).await
    }

    /// Asks for all that started on the days of the gaps, and for the conversations that are open by what was
    /// heard, whenever they started.
    async fn by_query(
        &self,
        (first, last): (Day, Day),
        gaps: &[(&Gap, Interval)],
    ) -> Result<Vec<i64>, Error> {
        let mut backfills = self.begin(gaps).await?;
        for day in first.through(last) {
            let platform = self.platform.clone();
            let source = QuerySource::new(platform, day, Filter::default(), QUERY_PAGE_SIZE, WALL);
            read(Source::Query(source), day, &mut backfills).await?;
        }
        for ids in backfills.unmet().chunks(IDS_AT_ONCE) {
            let page = self.platform.by_ids(first, ids).await?;
            backfills.take(first, page).await?;
        }
        self.end(backfills, Via::Query).await
    }

    async fn begin(&self, gaps: &[(&Gap, Interval)]) -> Result<Backfills, Error> {
        let (archive, _) = self.storage.get().await?;
        let open = self.open_conversations()?;
        let mut backfills = Backfills::new(archive, self.writer.clone(), open);
        for (gap, interval) in gaps {
            let received_at = self.spooler.plan_fill(gap.id, self.clock.now()).await?;
            backfills.add(gap, *interval, self.listens_to_all, received_at)?;
        }
        Ok(backfills)
    }

    /// Makes the backfills visible, and notes in the ledger that they are.
    async fn end(&self, backfills: Backfills, way: Via) -> Result<Vec<i64>, Error> {
        let (_, lease) = self.storage.get().await?;
        lease.ensure_held().await?;
        let mut filled = Vec::new();
        for stored in backfills.end().await? {
            let (gap, rows, source) = (stored.gap, stored.rows, way.as_str());
            tracing::info!(gap, rows, way = source, "gap filled");
            let ended = stored.ended;
            self.spooler
                .filled(Filled {
                    gap,
                    rows,
                    source,
                    ended,
                })
                .await?;
            filled.push(gap);
        }
        Ok(filled)
    }

    fn open_conversations(&self) -> Result<Open, Error> {
        let mut open = Open::new();
        for key in SpoolReader::open(&self.spool)?.open_snapshot_keys()? {
            let conversation = conversation_of(&key).to_owned();
            open.entry(conversation).or_default().push(key);
        }
        Ok(open)
    }
}

/// Returns when a gap was; none while it lasts.
fn interval(gap: &Gap) -> Option<Interval> {
    let (start, end) = (gap.start, gap.end?);
    Some(Interval { start, end })
}

async fn read(mut source: Source, day: Day, backfills: &mut Backfills) -> Result<(), Error> {
    let read = async {
        while let Some(page) = source.next_page().await? {
            backfills.take(day, page).await?;
        }
        Ok(())
    };
    let read: Result<(), Error> = read.await;
    let closed = source.close().await;
    read?;
    Ok(closed?)
}
