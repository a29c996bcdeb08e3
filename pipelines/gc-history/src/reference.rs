//! Names for ids: the lists of queues, users and other entities, each a small table of its own.
//!
//! - A table is replaced whole. What the platform lists no longer keeps its row: old conversations keep
//!   their names.
//! - Trouble with one list leaves its table as it is and does not keep the others from theirs. A table that
//!   there never was is then made empty, so that the SQL that joins it works.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::RecordBatch;
use gc_auth::Client;
use gc_core::{Class, Classify as _, Clock, describe};
use gc_reference::{
    EXPORTED_AT_COLUMN, EntityDecoder, ID_COLUMN, Listed, Lister, Merged, TABLES, Table, merge,
};
use gc_sink::{Archive, Dataset, Lease, SmallTable, layout, quarantine_line};

use crate::archive::{PROGRAM_VERSION, take_lease};
use crate::error::Error;
use crate::observe::{RunObserver, Tally};
use crate::report::Outcome;
use crate::settings::{Interruption, ReferenceSettings};
use crate::tables::{Problem, ReferenceReport, TableReport};

/// The dataset of the tables: their folder, and their lease.
pub const REFERENCE: &str = "reference";

/// What is said of a file that could not be read.
const DAMAGED: &str = "the file is damaged, and stays until the list can be had";
/// The same, once it has been replaced.
const REPLACED: &str = "the file was damaged: what is listed no longer has lost its name";

/// Returns the names of the tables.
pub fn reference_names() -> Vec<&'static str> {
    TABLES.iter().map(|table| table.name).collect()
}

/// Asks the platform for its lists and replaces the tables.
///
/// # Errors
///
/// What keeps the whole run from its work. What keeps it from a table is in the report.
pub async fn reference(settings: ReferenceSettings) -> Result<ReferenceReport, Error> {
    let client = Client::new(settings.client.clone()).map_err(Error::Client)?;
    let archive = Archive::open(&settings.root).await?;
    let begun = ReferenceReport::begun(&settings.root, settings.clock.now());
    let refresh = Refresh {
        archive: &archive,
        client,
        tables: settings.tables.as_ref(),
        clock: &settings.clock,
        interruption: &settings.interruption,
    };
    let lease = refresh.take().await?;
    let report = refresh.report_on(&lease, begun).await;
    // A run that was asked to stop, or failed, gives the lease back all the same.
    lease.release().await?;
    report
}

/// A run over some tables.
pub(crate) struct Refresh<'a> {
    pub(crate) archive: &'a Archive,
    pub(crate) client: Client,
    /// The tables to replace; none for all.
    pub(crate) tables: Option<&'a BTreeSet<String>>,
    pub(crate) clock: &'a Arc<dyn Clock>,
    pub(crate) interruption: &'a Interruption,
}

/// What was in an archive before, as far as one table is concerned.
struct Earlier {
    rows: Vec<RecordBatch>,
    /// Whether there is a file, readable or not.
    exists: bool,
    is_damaged: bool,
}

impl Refresh<'_> {
    /// Takes the lease of the tables.
    pub(crate) async fn take(&self) -> Result<Lease, Error> {
        let taken = take_lease(self.archive, REFERENCE, self.clock, PROGRAM_VERSION);
        Ok(taken.await?)
    }

    async fn report_on(
        &self,
        lease: &Lease,
        mut report: ReferenceReport,
    ) -> Result<ReferenceReport, Error> {
        let run_id = report.run_id.clone();
        let keep = async |report: &ReferenceReport| {
            let json = report.to_json()?;
            let kept = self.archive.write_run_report(lease, &run_id, json.into());
            Ok::<_, Error>(kept.await?)
        };
        keep(&report).await?;
        report.tables = self.run(lease).await?;
        let is_whole = report.tables.iter().all(|table| table.problem.is_none());
        let outcome = match (self.interruption.is_cancelled(), is_whole) {
            (true, _) => Outcome::Interrupted,
            (false, true) => Outcome::Complete,
            (false, false) => Outcome::Failed,
        };
        let report = report.end(outcome, self.clock.now());
        keep(&report).await?;
        Ok(report)
    }

    /// Replaces the tables, one after the other, until asked to stop.
    ///
    /// # Errors
    ///
    /// When the archive is of no use, or the platform is not reached for any table at all.
    pub(crate) async fn run(&self, lease: &Lease) -> Result<Vec<TableReport>, Error> {
        tokio::select! {
            reports = self.replace_all(lease) => reports,
            () = lease.lost().cancelled() => match lease.ensure_held().await {
                Ok(()) => Err(Error::Interrupted),
                Err(error) => Err(error.into()),
            },
        }
    }

    async fn replace_all(&self, lease: &Lease) -> Result<Vec<TableReport>, Error> {
        let mut reports: Vec<TableReport> = Vec::new();
        let mut hopeless: Option<Problem> = None;
        for table in TABLES {
            let is_wanted = self.tables.is_none_or(|tables| tables.contains(table.name));
            if self.interruption.is_cancelled() {
                break;
            }
            if !is_wanted {
                self.make_empty_if_absent(lease, table).await?;
                continue;
            }
            let report = match &hopeless {
                None => self.replace(lease, table).await,
                Some(problem) => self.leave(lease, table, problem).await,
            };
            let report = match report {
                Err(error) if matches!(error.class(), Class::Interrupted) => break,
                Err(error) if error.concerns_every_list() && !reports.is_empty() => {
                    let problem = hopeless.insert(Problem::new(table, &error));
                    self.leave(lease, table, problem).await?
                }
                report => report?,
            };
            reports.push(report);
        }
        Ok(reports)
    }

    /// Replaces one table; what keeps the platform from giving this list, and no other, is in the report.
    async fn replace(&self, lease: &Lease, table: &'static Table) -> Result<TableReport, Error> {
        let earlier = self.earlier(table).await?;
        let tally = Arc::new(Tally::default());
        let client = self
            .client
            .observed_by(Arc::new(RunObserver(Arc::clone(&tally))));
        let lister = Lister::new(client, self.interruption.child_token());
        let read = self.read(&lister, table).await;
        let mut report = TableReport::new(table.name, tally.count());
        let merged = match read {
            Ok(listed) => merge(table, &listed.batches, &earlier.rows)
                .map(|merged| (listed, merged))
                .map_err(Error::from),
            Err(error) => Err(error.into()),
        };
        match merged {
            Ok((listed, merged)) => {
                report.describe(&listed, &merged);
                report.note = earlier.is_damaged.then(|| REPLACED.to_owned());
                self.write(lease, table, &listed, merged).await?;
            }
            Err(error) if error.concerns_every_list() => return Err(error),
            Err(error) => {
                tracing::warn!(
                    table = table.name,
                    error = describe(&error),
                    "list not read"
                );
                report.rows = count(&earlier.rows);
                report.note = earlier.is_damaged.then(|| DAMAGED.to_owned());
                report.problem = Some(Problem::new(table, &error));
                if !earlier.exists {
                    self.make_empty(lease, table).await?;
                }
            }
        }
        Ok(report)
    }

    /// Reports a table that was not tried, for the reason that another one failed.
    async fn leave(
        &self,
        lease: &Lease,
        table: &'static Table,
        problem: &Problem,
    ) -> Result<TableReport, Error> {
        let earlier = self.earlier(table).await?;
        if !earlier.exists {
            self.make_empty(lease, table).await?;
        }
        let mut report = TableReport::new(table.name, 0);
        report.rows = count(&earlier.rows);
        report.problem = Some(problem.clone());
        Ok(report)
    }

    async fn read(&self, lister: &Lister, table: &Table) -> Result<Listed, gc_reference::Error> {
        let mut decoder = EntityDecoder::new(table, self.clock.now());
        let mut pages = lister.pages(table);
        while let Some(page) = pages.next().await? {
            decoder.push(&page);
        }
        Ok(decoder.finish())
    }

    async fn write(
        &self,
        lease: &Lease,
        table: &Table,
        listed: &Listed,
        merged: Merged,
    ) -> Result<(), Error> {
        let set_aside = listed.set_aside.iter();
        let file = SmallTable {
            table: dataset(table),
            rows: merged.rows,
            set_aside: set_aside
                .map(|one| quarantine_line(&one.record, &one.reason))
                .collect(),
        };
        Ok(self
            .archive
            .replace_table(lease, file, PROGRAM_VERSION)
            .await?)
    }

    async fn make_empty_if_absent(&self, lease: &Lease, table: &Table) -> Result<(), Error> {
        if self.earlier(table).await?.exists {
            return Ok(());
        }
        self.make_empty(lease, table).await
    }

    async fn make_empty(&self, lease: &Lease, table: &Table) -> Result<(), Error> {
        let nothing = EntityDecoder::new(table, self.clock.now()).finish();
        let merged = merge(table, &nothing.batches, &[])?;
        self.write(lease, table, &nothing, merged).await
    }

    /// Reads what was there. A file that is damaged counts as one without rows.
    async fn earlier(&self, table: &Table) -> Result<Earlier, Error> {
        let (rows, is_damaged) = match self.archive.read_table(REFERENCE, table.name).await {
            Ok(rows) => (rows, false),
            Err(error) if error.is_damage() => (None, true),
            Err(error) => return Err(error.into()),
        };
        Ok(Earlier {
            exists: rows.is_some() || is_damaged,
            rows: rows.unwrap_or_default(),
            is_damaged,
        })
    }
}

/// Returns how a table is written.
fn dataset(table: &Table) -> Dataset {
    Dataset {
        name: table.name,
        key: ID_COLUMN,
        sort: EXPORTED_AT_COLUMN,
        provenance: &[EXPORTED_AT_COLUMN],
        bloom: &[],
        plain: &[ID_COLUMN],
    }
}

fn count(rows: &[RecordBatch]) -> u64 {
    rows.iter().map(|batch| batch.num_rows() as u64).sum()
}

/// Returns where a table lies, relative to the root: `reference/queues.parquet`.
pub(crate) fn file_of(table: &str) -> String {
    layout::table_file(REFERENCE, table).to_string()
}

/// Returns where the records lie that fit no row of a table, relative to the root.
pub(crate) fn quarantine_file_of(table: &str) -> String {
    layout::table_quarantine_file(REFERENCE, table).to_string()
}
