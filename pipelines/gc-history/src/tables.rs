//! What a run over the tables of names has to say, for people and for programs.

use std::collections::BTreeMap;

use gc_core::{Class, Classify, describe};
use gc_reference::{Listed, Merged, Table};
use jiff::Timestamp;
use serde::Serialize;

use crate::error::Error;
use crate::reference::{file_of, quarantine_file_of};
use crate::report::Outcome;

/// Why a table was left as it is.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// What went wrong.
    pub error: String,
    /// What to do about it.
    pub remedy: Option<String>,
    /// The permissions of which the list needs one; empty when none are needed, or nothing was refused.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub permissions: Vec<&'static str>,
    #[serde(skip)]
    class: Class,
}

impl Problem {
    pub(crate) fn new(table: &Table, error: &Error) -> Self {
        Self {
            error: describe(error),
            remedy: error.remedy(),
            permissions: if error.is_refused() {
                table.permissions.to_vec()
            } else {
                Vec::new()
            },
            class: error.class(),
        }
    }
}

/// What is known of one table.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TableReport {
    /// The table.
    pub table: &'static str,
    /// Rows in the file.
    pub rows: u64,
    /// Entities that the platform lists now; 0 where there is a problem.
    pub listed: u64,
    /// Entities that it lists no longer, and that were kept.
    pub kept: u64,
    /// Records set aside.
    pub quarantined: u64,
    /// How often each field without a column occurred, by path.
    pub unknown_fields: BTreeMap<String, u64>,
    /// Requests spent.
    pub requests: u64,
    /// The file, relative to the root.
    pub file: String,
    /// Where the records set aside are, relative to the root.
    pub quarantine_file: Option<String>,
    /// Why the table was left as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
    /// What else is to be said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl TableReport {
    pub(crate) fn new(table: &'static str, requests: u64) -> Self {
        Self {
            table,
            rows: 0,
            listed: 0,
            kept: 0,
            quarantined: 0,
            unknown_fields: BTreeMap::new(),
            requests,
            file: file_of(table),
            quarantine_file: None,
            problem: None,
            note: None,
        }
    }

    pub(crate) fn describe(&mut self, listed: &Listed, merged: &Merged) {
        self.rows = merged.rows.num_rows() as u64;
        (self.listed, self.kept) = (merged.listed, merged.kept);
        self.quarantined = listed.set_aside.len() as u64;
        self.unknown_fields.clone_from(&listed.unknown);
        self.quarantine_file = (self.quarantined > 0).then(|| quarantine_file_of(self.table));
    }
}

/// The sums over all tables of a report.
#[derive(Clone, Copy, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TableTotals {
    /// Tables reported.
    pub tables: u64,
    /// Tables left as they were.
    pub failed: u64,
    /// Rows in the files.
    pub rows: u64,
    /// Records set aside.
    pub quarantined: u64,
    /// Requests spent.
    pub requests: u64,
}

impl TableTotals {
    pub(crate) fn of(tables: &[TableReport]) -> Self {
        let mut totals = Self::default();
        for table in tables {
            totals.tables += 1;
            totals.failed += u64::from(table.problem.is_some());
            totals.rows += table.rows;
            totals.quarantined += table.quarantined;
            totals.requests += table.requests;
        }
        totals
    }
}

/// What a run over the tables has to say.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReferenceReport {
    /// The version of this format: 1.
    pub format_version: u32,
    /// The command.
    pub command: &'static str,
    /// The root of the archive.
    pub root: String,
    /// The run.
    pub run_id: String,
    /// How it ended.
    pub outcome: Outcome,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// The tables, in the order in which they were read.
    pub tables: Vec<TableReport>,
    /// The sums.
    pub totals: TableTotals,
}

impl ReferenceReport {
    pub(crate) fn begun(root: &str, started_at: Timestamp) -> Self {
        Self {
            format_version: 1,
            command: "reference",
            root: root.to_owned(),
            run_id: uuid::Uuid::new_v4().to_string(),
            outcome: Outcome::Incomplete,
            started_at,
            finished_at: None,
            tables: Vec::new(),
            totals: TableTotals::default(),
        }
    }

    pub(crate) fn end(mut self, outcome: Outcome, now: Timestamp) -> Self {
        self.outcome = outcome;
        self.finished_at = Some(now);
        self.totals = TableTotals::of(&self.tables);
        self
    }

    /// Returns the exit code: the first of interrupted, not reached, all refused, some refused or set aside.
    pub fn exit_code(&self) -> u8 {
        let problems = self
            .tables
            .iter()
            .filter_map(|table| table.problem.as_ref());
        let classes: Vec<&Class> = problems.map(|problem| &problem.class).collect();
        let is_refusal = |class: &&Class| matches!(class, Class::Operator { .. });
        let refused = classes.iter().copied().filter(is_refusal).count();
        if self.outcome == Outcome::Interrupted {
            130
        } else if classes
            .iter()
            .any(|class| matches!(class, Class::Transient { .. }))
        {
            4
        } else if refused > 0 && refused == self.tables.len() {
            3
        } else if !classes.is_empty() || self.totals.quarantined > 0 {
            5
        } else {
            0
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
