//! What a run has to say when it is over, for people and for programs.

use std::collections::BTreeMap;

use gc_analytics::Evidence;
use gc_core::{Classify, Day, Verdict, describe};
use gc_sink::{Change, Manifest, Requests};
use jiff::Timestamp;
use serde::Serialize;

use crate::error::Error;
use crate::plan::{Plan, Reason};
use crate::tables::TableReport;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Not yet, or it died: what the report says while the run goes on.
    Incomplete,
    /// Every day was dealt with.
    Complete,
    /// The plan was shown and nothing was done.
    Planned,
    /// It was asked to stop.
    Interrupted,
    /// Some day could not be dealt with.
    Failed,
}

/// What is known of one day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PartitionReport {
    /// The day.
    pub date: Day,
    /// What is known of its completeness.
    pub verdict: Verdict,
    /// Rows in the file.
    pub rows: u64,
    /// Rows that the platform counts.
    pub expected: Option<u64>,
    /// By which way the rows came; none where there is no file.
    pub source: Option<String>,
    /// How the rows differ from those that were there before this run.
    pub changed: Change,
    /// Whether this run wrote the file.
    pub replaced: bool,
    /// Records set aside.
    pub quarantined: u64,
    /// How often each field without a column occurred, by path.
    pub unknown_fields: BTreeMap<String, u64>,
    /// Requests spent on the day.
    pub requests: u64,
    /// The least number of requests that would have done.
    pub least_requests: u64,
    /// Conversations that had not ended.
    pub open_conversations: u64,
    /// Rows that came more than once and were merged.
    pub repeated_rows: u64,
    /// The file, relative to the root; none where there is none.
    pub file: Option<String>,
    /// Rows of each table made from these, by its name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub tables: BTreeMap<String, u64>,
    /// Where the records set aside are, relative to the root.
    pub quarantine_file: Option<String>,
    /// Why the day was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// What else is to be said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl PartitionReport {
    pub(crate) fn new(manifest: &Manifest, reason: Option<Reason>, replaced: bool) -> Self {
        let (contents, account) = (&manifest.contents, &manifest.account);
        Self {
            date: manifest.date,
            verdict: account.verdict,
            rows: contents.rows,
            expected: account.expected_rows,
            source: Some(account.source.clone()),
            changed: contents.change,
            replaced,
            quarantined: contents.quarantined,
            unknown_fields: account.unknown_fields.clone(),
            requests: account.requests.spent,
            least_requests: account.requests.least,
            open_conversations: account.open_conversations,
            repeated_rows: contents.repeated_rows,
            file: Some(contents.file.path.clone()),
            tables: rows_of_tables(manifest),
            quarantine_file: contents.quarantine_file.clone(),
            reason,
            note: None,
        }
    }

    /// Reports a day about which this run found nothing new.
    pub(crate) fn unchanged(previous: &Manifest, reason: Reason, requests: Requests) -> Self {
        Self {
            changed: Change::default(),
            requests: requests.spent,
            least_requests: requests.least,
            ..Self::new(previous, Some(reason), false)
        }
    }

    /// Reports a day whose file holds what its manifest says, judged anew.
    pub(crate) fn verified(manifest: &Manifest, evidence: Evidence) -> Self {
        Self {
            verdict: evidence.verdict(),
            expected: evidence.expected,
            changed: Change::default(),
            requests: 0,
            least_requests: 0,
            ..Self::new(manifest, None, false)
        }
    }

    /// Reports a day whose file no manifest vouches for.
    pub(crate) fn unknown(date: Day, rows: u64, expected: Option<u64>, note: &str) -> Self {
        Self {
            date,
            verdict: Verdict::Short,
            rows,
            expected,
            source: None,
            changed: Change::default(),
            replaced: false,
            quarantined: 0,
            unknown_fields: BTreeMap::new(),
            requests: 0,
            least_requests: 0,
            open_conversations: 0,
            repeated_rows: 0,
            file: None,
            tables: BTreeMap::new(),
            quarantine_file: None,
            reason: None,
            note: Some(note.to_owned()),
        }
    }

    /// Returns how many rows are missing.
    pub fn missing(&self) -> u64 {
        self.expected.unwrap_or(self.rows).saturating_sub(self.rows)
    }
}

fn rows_of_tables(manifest: &Manifest) -> BTreeMap<String, u64> {
    let tables = manifest.contents.tables.iter();
    tables
        .map(|(name, table)| (name.clone(), table.rows))
        .collect()
}

/// A day that could not be dealt with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// The day.
    pub date: Day,
    /// What went wrong.
    pub error: String,
    /// What to do about it.
    pub remedy: Option<String>,
    #[serde(skip)]
    pub(crate) code: u8,
}

impl Failure {
    pub(crate) fn new(date: Day, error: &Error) -> Self {
        let (code, remedy) = (error.exit_code(), error.remedy());
        Self {
            date,
            error: describe(error),
            remedy,
            code,
        }
    }
}

/// The sums over all days of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Totals {
    /// Days reported.
    pub partitions: u64,
    /// Days that are settled.
    pub settled: u64,
    /// Days that are provisional.
    pub provisional: u64,
    /// Days that are short.
    pub short: u64,
    /// Rows in the files.
    pub rows: u64,
    /// Rows missing.
    pub missing: u64,
    /// Rows new, with new content, gone.
    pub changed: Change,
    /// Records set aside.
    pub quarantined: u64,
    /// Requests spent, those that belong to no single day included, those for names not.
    pub requests: u64,
    /// The least number of requests that would have done for the days.
    pub least_requests: u64,
}

/// What a run has to say.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The version of this format: 1.
    pub format_version: u32,
    /// The command.
    pub command: &'static str,
    /// The root of the archive.
    pub root: String,
    /// The run, as manifests name it; none for commands that write nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_id: Option<String>,
    /// How it ended.
    pub outcome: Outcome,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// Up to when jobs were complete; none where the platform was not asked.
    pub watermark: Option<Timestamp>,
    /// What a dry run would have done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<Plan>,
    /// The tables of names that were refreshed first; their requests are their own.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reference: Vec<TableReport>,
    /// Why the names were not refreshed, where something kept all of them from it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference_note: Option<String>,
    /// The days, in order.
    pub partitions: Vec<PartitionReport>,
    /// The days that could not be dealt with.
    pub failures: Vec<Failure>,
    /// The sums.
    pub totals: Totals,
}

impl Report {
    pub(crate) fn begun(command: &'static str, root: &str, started_at: Timestamp) -> Self {
        Self {
            format_version: 1,
            command,
            root: root.to_owned(),
            run_id: None,
            outcome: Outcome::Incomplete,
            started_at,
            finished_at: None,
            watermark: None,
            plan: None,
            reference: Vec::new(),
            reference_note: None,
            partitions: Vec::new(),
            failures: Vec::new(),
            totals: Totals::default(),
        }
    }

    /// Ends the report; `requests` are those that belong to no single day.
    pub(crate) fn end(mut self, outcome: Outcome, now: Timestamp, requests: u64) -> Self {
        self.outcome = outcome;
        self.finished_at = Some(now);
        self.partitions.sort_by_key(|partition| partition.date);
        self.failures.sort_by_key(|failure| failure.date);
        self.totals = Totals {
            requests,
            ..Totals::default()
        };
        for partition in &self.partitions {
            self.totals.add(partition);
        }
        self
    }

    /// Returns the exit code: the first of what failed, what was interrupted, what is short.
    pub fn exit_code(&self) -> u8 {
        let failed = self.failures.iter().map(|failure| failure.code).min();
        match (self.outcome, failed) {
            (Outcome::Interrupted, _) => 130,
            (_, Some(code)) => code,
            _ if self.totals.short > 0 => 5,
            _ => 0,
        }
    }

    /// Writes the report as one line of JSON.
    ///
    /// # Errors
    ///
    /// [`Error::Report`] when it cannot be written as JSON, which is a defect.
    pub fn to_json(&self) -> Result<String, Error> {
        serde_json::to_string(self).map_err(Error::Report)
    }
}

impl Totals {
    fn add(&mut self, partition: &PartitionReport) {
        self.partitions += 1;
        match partition.verdict {
            Verdict::Settled => self.settled += 1,
            Verdict::Provisional => self.provisional += 1,
            Verdict::Short => self.short += 1,
        }
        self.rows += partition.rows;
        self.missing += partition.missing();
        self.changed.added += partition.changed.added;
        self.changed.changed += partition.changed.changed;
        self.changed.removed += partition.changed.removed;
        self.quarantined += partition.quarantined;
        self.requests += partition.requests;
        self.least_requests += partition.least_requests;
    }
}

impl Error {
    /// Returns the exit code of a run that ends with this error.
    pub fn exit_code(&self) -> u8 {
        self.class().exit_code()
    }
}
