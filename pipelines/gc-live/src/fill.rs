//! Gaps repaired from history: the conversations that were active in a gap, as they stand now.
//!
//! - A gap is filled by the query soon after its end, and once more by the job when the watermark has passed
//!   it: the job also knows attributes and conversations that began days before.
//! - Either way its rows are one file, always under the same name, so that filling twice changes nothing.
//! - A row says where it comes from (`origin` is `backfill`); it is a state, not an event.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use gc_analytics::{
    Filter, Glance, IDS_AT_ONCE, JobSource, Page, Platform, QUERY_PAGE_SIZE, QuerySource, Source,
    Via, WALL,
};
use gc_core::{Clock, Day, Interval};
use gc_history::LeaseRegistry;
use gc_sink::layout;
use gc_sink::spool::{Gap, GapState, Spool, SpoolReader};
use gc_stream::{Audience, ChangeKind, Event, EventBatch, Origin, event_id};
use jiff::Timestamp;
use serde_json::value::RawValue;
use tokio_util::sync::CancellationToken;

use crate::error::Error;
use crate::flusher::begin_file;
use crate::report::FillReport;
use crate::settings::{FillSettings, FlushLimits};
use crate::snapshots::Kept;
use crate::spooler::{Filled, Spooler, SpoolerHandle};
use crate::storage::{EVENTS, Storage};

/// What the rows of a backfill have for a topic kind: where they were fetched.
const TOPIC_KIND: &str = "v2.analytics.conversations.details";
/// Rows in a page of a job's results.
const PAGE_SIZE: u32 = 500;
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
        for gap in waiting {
            if let Some(way) = self.way(gap, watermark) {
                self.fill_gap(gap, way).await?;
                filled.push(gap.id);
            }
        }
        Ok(filled)
    }

    /// Returns by which way a gap can be filled now that was not filled that way before.
    fn way(&self, gap: &Gap, watermark: Timestamp) -> Option<Via> {
        let end = gap.end?;
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

    async fn fill_gap(&self, gap: &Gap, way: Via) -> Result<(), Error> {
        let Some(end) = gap.end else {
            return Ok(());
        };
        let interval = Interval {
            start: gap.start,
            end,
        };
        let records = self.active(gap, interval, way).await?;
        let received_at = self.spooler.plan_fill(gap.id, self.clock.now()).await?;
        let (archive, lease) = self.storage.get().await?;
        lease.ensure_held().await?;
        let rows = records.len() as u64;
        let ended = records
            .values()
            .filter_map(|(glance, _)| Some((glance.conversation_id.clone()?, glance.end?)))
            .collect();
        // A file that was written before is replaced even by one without rows.
        if rows > 0 || gap.rows.is_some_and(|rows| rows > 0) {
            let id = gap.id;
            let encode = move || encode(id, received_at, &records);
            let encoded = tokio::task::spawn_blocking(encode).await;
            let bytes = encoded.map_err(|_| Error::Stopped { part: "encoder" })??;
            let writer = format!("backfill-{}", self.writer);
            let path =
                layout::event_file(EVENTS.name, received_at, &writer, gap.id.cast_unsigned());
            archive.write(EVENTS.name, path, bytes).await?;
        }
        tracing::info!(gap = gap.id, rows, way = way.as_str(), "gap filled");
        let source = way.as_str();
        self.spooler
            .filled(Filled {
                gap: gap.id,
                rows,
                source,
                ended,
            })
            .await
    }

    /// Fetches the conversations that were active in the interval and belong to the topics of the gap.
    async fn active(
        &self,
        gap: &Gap,
        interval: Interval,
        way: Via,
    ) -> Result<BTreeMap<String, (Glance, Bytes)>, Error> {
        let mut found = Found {
            wanted: Wanted::of(gap, self.listens_to_all),
            interval,
            records: BTreeMap::new(),
        };
        match way {
            Via::Job => self.by_job(&mut found).await?,
            Via::Query => self.by_query(&mut found).await?,
        }
        Ok(found.records)
    }

    async fn by_job(&self, found: &mut Found) -> Result<(), Error> {
        let (_, lease) = self.storage.get().await?;
        let registry = Arc::new(LeaseRegistry::new(lease));
        let source =
            JobSource::active_in(self.platform.clone(), registry, found.interval, PAGE_SIZE);
        read(Source::Job(source), found).await
    }

    /// Asks for all that started on the days of the gap, and for the conversations that are open by what was
    /// heard, whenever they started.
    async fn by_query(&self, found: &mut Found) -> Result<(), Error> {
        let Interval { start, end } = found.interval;
        for day in Day::of(start).through(Day::of(end)) {
            let platform = self.platform.clone();
            let source = QuerySource::new(platform, day, Filter::default(), QUERY_PAGE_SIZE, WALL);
            read(Source::Query(source), found).await?;
        }
        let open = self.open_conversations(found)?;
        for ids in open.chunks(IDS_AT_ONCE) {
            found.take(&self.platform.by_ids(Day::of(start), ids).await?)?;
        }
        Ok(())
    }

    fn open_conversations(&self, found: &Found) -> Result<Vec<String>, Error> {
        let open = SpoolReader::open(&self.spool)?.open_snapshots()?;
        let open = open
            .iter()
            .filter_map(Kept::parse)
            .map(|kept| kept.conversation_id);
        let unknown: BTreeSet<_> = open.filter(|id| !found.records.contains_key(id)).collect();
        Ok(unknown.into_iter().collect())
    }
}

async fn read(mut source: Source, found: &mut Found) -> Result<(), Error> {
    let read = async {
        while let Some(page) = source.next_page().await? {
            found.take(&page)?;
        }
        Ok(())
    };
    let read: Result<(), Error> = read.await;
    let closed = source.close().await;
    read?;
    Ok(closed?)
}

/// The conversations found so far.
struct Found {
    wanted: Wanted,
    interval: Interval,
    records: BTreeMap<String, (Glance, Bytes)>,
}

impl Found {
    fn take(&mut self, page: &Page) -> Result<(), Error> {
        let day = Day::of(self.interval.start);
        let broken = |source| gc_analytics::Error::Page { day, source };
        for record in page.records().map_err(broken)? {
            let glance = Glance::of(&String::from_utf8_lossy(&record));
            let was_active = glance.start.is_none_or(|start| start < self.interval.end)
                && glance.end.is_none_or(|end| end >= self.interval.start);
            if let Some(id) = glance.conversation_id.clone()
                && was_active
                && self.wanted.has(&glance)
            {
                self.records.insert(id, (glance, record));
            }
        }
        Ok(())
    }
}

/// Which conversations the topics of a gap would have told of.
enum Wanted {
    All,
    Of(BTreeSet<Audience>),
}

impl Wanted {
    fn of(gap: &Gap, listens_to_all: bool) -> Self {
        if gap.is_total && listens_to_all {
            return Self::All;
        }
        let topics = gap.topics.iter();
        Self::Of(topics.filter_map(|topic| Audience::of(topic)).collect())
    }

    fn has(&self, glance: &Glance) -> bool {
        let Glance {
            queue_ids,
            user_ids,
            media_types,
            ..
        } = glance;
        match self {
            Self::All => true,
            Self::Of(audiences) => audiences
                .iter()
                .any(|one| one.hears(queue_ids, user_ids, media_types)),
        }
    }
}

fn encode(
    gap: i64,
    received_at: Timestamp,
    records: &BTreeMap<String, (Glance, Bytes)>,
) -> Result<Bytes, Error> {
    let mut file = begin_file()?;
    let mut batch = EventBatch::default();
    for (nth, (glance, record)) in records.values().enumerate() {
        if let Some(event) = backfill(gap, received_at, glance, record) {
            batch.push(&event);
        }
        if nth % 500 == 499 {
            file.push(batch.finish())?;
        }
    }
    file.push(batch.finish())?;
    Ok(file.finish()?.0)
}

/// Returns the row of a conversation; none when its record is no JSON, which a page cannot hold.
fn backfill(gap: i64, received_at: Timestamp, glance: &Glance, record: &Bytes) -> Option<Event> {
    let text = String::from_utf8_lossy(record);
    let id = glance.conversation_id.as_deref()?;
    Some(Event {
        event_id: format!("{:032x}", event_id(TOPIC_KIND, Some(&gap.to_string()), id)),
        received_at,
        topic: None,
        topic_kind: TOPIC_KIND.to_owned(),
        conversation_id: Some(id.to_owned()),
        queue_id: glance.queue_ids.last().cloned(),
        media_types: glance.media_types.clone(),
        correlation_id: None,
        payload: RawValue::from_string(text.into_owned()).ok()?,
        origin: Origin::Backfill,
        change_kind: if glance.end.is_some() {
            ChangeKind::Ended
        } else {
            ChangeKind::Updated
        },
        changes: Vec::new(),
    })
}
