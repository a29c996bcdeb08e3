//! One day: read, judged, made visible.

use std::sync::Arc;
use std::time::Duration;

use gc_analytics::{
    Evidence, Filter, JobSource, Platform, QuerySource, RowDecoder, Source, Via, WALL,
    conversation_schema, has_passed,
};
use gc_auth::Client;
use gc_core::{Class, Classify, Clock, Progress, Step};
use gc_sink::{
    Account, Archive, Companion, Finished, Lease, Manifest, PartitionWriter, Requests, WriteOptions,
};
use jiff::Timestamp;

use crate::archive::{CONVERSATIONS, PROGRAM_VERSION};
use crate::error::Error;
use crate::observe::{DayObserver, Tally};
use crate::plan::PlannedDay;
use crate::pump::{Pumped, pump};
use crate::registry::LeaseRegistry;
use crate::report::PartitionReport;

/// How often the count is asked again, or the query read again, when rows seem to be missing.
const SECOND_LOOKS: u32 = 2;
/// How long to wait before asking again for a count that does not agree.
const BEFORE_SECOND_LOOK: Duration = Duration::from_secs(1);

/// What all days of a run share.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) id: String,
    pub(crate) archive: Archive,
    pub(crate) lease: Arc<Lease>,
    pub(crate) client: Client,
    pub(crate) platform: Platform,
    pub(crate) filter: Filter,
    /// The tables that are made from the conversations.
    pub(crate) companions: Vec<Companion>,
    pub(crate) page_size: u32,
    pub(crate) watermark: Timestamp,
    pub(crate) workers: usize,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) progress: Arc<dyn Progress>,
}

/// One day in hand.
struct DayRun<'a> {
    run: &'a Run,
    plan: PlannedDay,
    platform: Platform,
    tally: Arc<Tally>,
    started_at: Timestamp,
}

/// What reading a day brought to light.
struct Reading {
    pumped: Pumped,
    expected: Option<u64>,
    watermark: Timestamp,
    /// Conversations behind the query's wall that no filter is sure to reach.
    unreachable: u64,
}

/// Exports one day. Nothing of it is visible unless all of it is there.
pub(crate) async fn export_day(
    run: &Run,
    plan: PlannedDay,
    previous: Option<&Manifest>,
) -> Result<PartitionReport, Error> {
    run.progress.step(plan.date, Step::Started);
    let day = DayRun::new(run, plan);
    let mut writer = day.begin().await?;
    match day.read(&mut writer).await {
        Ok(reading) => day.conclude(writer, reading, previous).await,
        Err(error) => {
            writer.abort().await?;
            Err(error)
        }
    }
}

impl<'a> DayRun<'a> {
    fn new(run: &'a Run, plan: PlannedDay) -> Self {
        let tally = Arc::new(Tally::default());
        let progress = Arc::clone(&run.progress);
        let observer = DayObserver {
            day: plan.date,
            tally: Arc::clone(&tally),
            progress,
        };
        let platform = run
            .platform
            .with_client(run.client.observed_by(Arc::new(observer)));
        Self {
            run,
            plan,
            platform,
            tally,
            started_at: run.clock.now(),
        }
    }

    async fn begin(&self) -> Result<PartitionWriter, Error> {
        let (run, day) = (self.run, self.plan.date);
        let options = WriteOptions::default();
        let schema = conversation_schema();
        Ok(PartitionWriter::begin_with(
            &run.archive,
            CONVERSATIONS,
            day,
            schema,
            options,
            PROGRAM_VERSION,
            run.companions.clone(),
        )
        .await?)
    }

    /// Reads the day, and leaves nothing on the platform whatever comes of it.
    async fn read(&self, writer: &mut PartitionWriter) -> Result<Reading, Error> {
        let mut source = self.source();
        let reading = match &mut source {
            Source::Job(_) => self.read_by_job(&mut source, writer).await,
            Source::Query(_) => self.read_by_query(&mut source, writer).await,
        };
        let closed = source.close().await;
        let reading = reading?;
        closed?;
        Ok(reading)
    }

    fn source(&self) -> Source {
        let (run, day) = (self.run, self.plan.date);
        let (platform, filter) = (self.platform.clone(), run.filter.clone());
        match self.plan.source {
            Via::Job => {
                let registry = Arc::new(LeaseRegistry::new(Arc::clone(&run.lease)));
                Source::Job(JobSource::new(
                    platform,
                    registry,
                    day,
                    &filter,
                    run.page_size,
                ))
            }
            Via::Query => {
                Source::Query(QuerySource::new(platform, day, filter, run.page_size, WALL))
            }
        }
    }

    /// Reads by job; the query says how many rows to expect.
    async fn read_by_job(
        &self,
        source: &mut Source,
        writer: &mut PartitionWriter,
    ) -> Result<Reading, Error> {
        let mut expected = self.count().await?;
        let pumped = self.pump(source, writer).await?;
        for _ in 0..SECOND_LOOKS {
            if expected == Some(pumped.rows) {
                break;
            }
            tokio::time::sleep(BEFORE_SECOND_LOOK).await;
            let again = self.count().await?;
            let steady = again == expected;
            expected = again;
            if steady {
                break;
            }
        }
        let vouched = match source {
            Source::Job(job) => job.watermark(),
            Source::Query(_) => None,
        };
        let watermark = vouched.map_or(self.run.watermark, |date| date.min(self.run.watermark));
        Ok(Reading {
            pumped,
            expected,
            watermark,
            unreachable: 0,
        })
    }

    /// Reads by query, again while the count says that rows slipped from page to page unseen.
    async fn read_by_query(
        &self,
        source: &mut Source,
        writer: &mut PartitionWriter,
    ) -> Result<Reading, Error> {
        let mut pumped = self.pump(source, writer).await?;
        for _ in 0..SECOND_LOOKS {
            let Source::Query(query) = source else { break };
            let slipped = query.total().is_some_and(|total| total > pumped.rows);
            if !slipped || query.unreachable() > 0 {
                break;
            }
            query.restart();
            pumped.add(self.pump(source, writer).await?);
        }
        let (expected, unreachable) = match source {
            Source::Query(query) => (query.total(), query.unreachable()),
            Source::Job(_) => (None, 0),
        };
        Ok(Reading {
            pumped,
            expected,
            watermark: self.run.watermark,
            unreachable,
        })
    }

    async fn count(&self) -> Result<Option<u64>, Error> {
        let expected = self
            .platform
            .count(self.plan.date, &self.run.filter)
            .await?;
        if let Some(rows) = expected {
            self.run
                .progress
                .step(self.plan.date, Step::Expecting { rows });
        }
        Ok(expected)
    }

    async fn pump(
        &self,
        source: &mut Source,
        writer: &mut PartitionWriter,
    ) -> Result<Pumped, Error> {
        let (interval, via) = (self.plan.date.interval(), self.plan.source);
        let decoder = |_| RowDecoder::new(interval, via, self.started_at);
        let decoders = (0..self.run.workers).map(decoder).collect();
        pump(
            source,
            writer,
            decoders,
            (self.plan.date, &self.run.progress),
        )
        .await
    }

    /// Judges the day and makes it visible, unless nothing about it is new.
    async fn conclude(
        &self,
        writer: PartitionWriter,
        reading: Reading,
        previous: Option<&Manifest>,
    ) -> Result<PartitionReport, Error> {
        let finished = writer.finish(previous).await?;
        if let Some(reason) = finished.damaged() {
            tracing::warn!(date = %self.plan.date, reason, "the file that was there is damaged");
        }
        let account = self.account(&finished, &reading);
        self.run.progress.step(
            self.plan.date,
            Step::Finished {
                verdict: account.verdict,
            },
        );
        let known = previous.filter(|previous| is_known(previous, &finished, &account));
        let mut report = match known {
            Some(previous) => {
                finished.abort().await?;
                PartitionReport::unchanged(previous, self.plan.reason, account.requests)
            }
            None => {
                let replaced = !finished.is_unchanged();
                let committed = finished.commit(&self.run.lease).await?;
                let manifest = committed.record(account).await?;
                PartitionReport::new(&manifest, Some(self.plan.reason), replaced)
            }
        };
        if reading.unreachable > 0 {
            report.note = Some(format!(
                "the query shows {WALL} rows of what no filter splits further; a job reads the rest \
                 once the watermark has passed the day"
            ));
        }
        Ok(report)
    }

    fn account(&self, finished: &Finished, reading: &Reading) -> Account {
        let (run, contents, day) = (self.run, finished.contents(), self.plan.date);
        let evidence = Evidence {
            rows: contents.rows,
            expected: reading.expected,
            quarantined: contents.quarantined,
            conflicting: contents.conflicting_rows,
            past_watermark: has_passed(reading.watermark, day),
        };
        Account {
            verdict: evidence.verdict(),
            expected_rows: reading.expected,
            expected_from: reading.expected.map(|_| Via::Query.to_string()),
            watermark: Some(reading.watermark),
            source: self.plan.source.to_string(),
            interval: day.interval(),
            requests: Requests {
                spent: self.tally.count(),
                least: self.least_requests(reading),
            },
            outside_rows: reading.pumped.outside,
            open_conversations: reading.pumped.open,
            unknown_fields: reading.pumped.unknown.clone(),
            program_version: PROGRAM_VERSION.to_owned(),
            run_id: run.id.clone(),
            started_at: self.started_at,
            finished_at: run.clock.now(),
        }
    }

    /// Returns the least number of requests that tells the rows of this day and proves them.
    fn least_requests(&self, reading: &Reading) -> u64 {
        let rows = reading.pumped.rows.max(1);
        match self.plan.source {
            // The pages; one each to submit, to see the end, to delete, and to count.
            Via::Job => rows.div_ceil(u64::from(self.run.page_size)) + 4,
            Via::Query => rows.div_ceil(u64::from(
                self.run.page_size.min(gc_analytics::QUERY_PAGE_SIZE),
            )),
        }
    }
}

/// Returns whether the archive says all this already, so that not a byte of it has to change.
fn is_known(previous: &Manifest, finished: &Finished, account: &Account) -> bool {
    let (then, now) = (&previous.account, account);
    let contents = finished.contents();
    finished.is_unchanged()
        && contents.quarantined == 0
        && previous.contents.quarantined == 0
        && then.verdict == now.verdict
        && then.expected_rows == now.expected_rows
        && then.source == now.source
        && then.open_conversations == now.open_conversations
        && then.unknown_fields == now.unknown_fields
        && previous.contents.conflicting_rows == contents.conflicting_rows
}

/// Returns whether other days are worth trying after one failed like this.
pub(crate) fn concerns_one_day(error: &Error) -> bool {
    matches!(error.class(), Class::Transient { .. } | Class::Data)
}
