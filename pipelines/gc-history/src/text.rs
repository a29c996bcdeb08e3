//! The report for people: tables, what is amiss, one line of summary.

use std::fmt::Write as _;

use comfy_table::{CellAlignment, Table, presets};

use crate::plan::Plan;
use crate::report::{Outcome, PartitionReport, Report};
use crate::tables::{ReferenceReport, TableReport};

impl Report {
    /// Writes the report for people.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        if let Some(plan) = &self.plan {
            push_line(&mut text, &plan_table(plan));
        }
        push_troubles(&mut text, &self.reference, &self.root);
        if let Some(note) = &self.reference_note {
            push_line(&mut text, note);
        }
        if !self.partitions.is_empty() {
            push_line(&mut text, &self.table());
        }
        for partition in &self.partitions {
            for shortcoming in partition.shortcomings(&self.root) {
                push_line(&mut text, &format!("{}: {shortcoming}", partition.date));
            }
        }
        for failure in &self.failures {
            push_line(
                &mut text,
                &format!("{}: failed to {}", failure.date, failure.error),
            );
            if let Some(remedy) = &failure.remedy {
                push_line(&mut text, &format!("hint: {remedy}"));
            }
        }
        push_line(&mut text, &self.summary());
        text
    }

    fn table(&self) -> String {
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        table.set_header([
            "date",
            "verdict",
            "rows",
            "expected",
            "source",
            "added",
            "changed",
            "removed",
            "quarantined",
            "requests",
        ]);
        for partition in &self.partitions {
            let change = partition.changed;
            table.add_row([
                partition.date.to_string(),
                partition.verdict.to_string(),
                partition.rows.to_string(),
                partition
                    .expected
                    .map_or_else(|| "?".to_owned(), |rows| rows.to_string()),
                partition.source.clone().unwrap_or_else(|| "-".to_owned()),
                change.added.to_string(),
                change.changed.to_string(),
                change.removed.to_string(),
                partition.quarantined.to_string(),
                format!("{} of {}", partition.requests, partition.least_requests),
            ]);
        }
        for column in table.column_iter_mut().skip(2) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        table.trim_fmt()
    }

    fn summary(&self) -> String {
        let totals = &self.totals;
        let mut summary = match self.outcome {
            Outcome::Planned => {
                let days = self.plan.as_ref().map_or(0, |plan| plan.days.len());
                return format!("dry run: {days} days would be read, nothing was written");
            }
            Outcome::Interrupted => "interrupted: ".to_owned(),
            Outcome::Failed | Outcome::Incomplete => "not finished: ".to_owned(),
            Outcome::Complete => String::new(),
        };
        // Writing to a `String` cannot fail.
        let _infallible = write!(
            summary,
            "{} days in {}: {} settled, {} provisional, {} short; {} rows",
            totals.partitions,
            self.root,
            totals.settled,
            totals.provisional,
            totals.short,
            totals.rows,
        );
        if self.watermark.is_some() {
            let _infallible = write!(summary, "; {} requests", totals.requests);
        }
        summary
    }
}

impl ReferenceReport {
    /// Writes the report for people.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        if !self.tables.is_empty() {
            push_line(&mut text, &self.table());
        }
        push_troubles(&mut text, &self.tables, &self.root);
        push_line(&mut text, &self.summary());
        text
    }

    fn table(&self) -> String {
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        table.set_header(["table", "rows", "listed", "kept", "quarantined", "requests"]);
        for one in &self.tables {
            let counts = [
                one.rows,
                one.listed,
                one.kept,
                one.quarantined,
                one.requests,
            ];
            let counts = counts.map(|count| count.to_string());
            table.add_row([one.table.to_owned()].into_iter().chain(counts));
        }
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        table.trim_fmt()
    }

    fn summary(&self) -> String {
        let totals = &self.totals;
        let how = match self.outcome {
            Outcome::Interrupted => "interrupted: ",
            Outcome::Complete => "",
            _ => "not finished: ",
        };
        format!(
            "{how}{} tables in {}: {} left as they were; {} rows; {} requests",
            totals.tables, self.root, totals.failed, totals.rows, totals.requests
        )
    }
}

/// Says what is amiss with tables of names, and what to do.
fn push_troubles(text: &mut String, tables: &[TableReport], root: &str) {
    for table in tables {
        if let Some(problem) = &table.problem {
            push_line(
                text,
                &format!("{}: failed to {}", table.table, problem.error),
            );
            if let Some(remedy) = &problem.remedy {
                push_line(text, &format!("hint: {remedy}"));
            }
        }
        if let Some(file) = &table.quarantine_file {
            let quarantined = table.quarantined;
            let line = format!(
                "{}: {quarantined} quarantined, with the reasons, in {root}/{file}",
                table.table
            );
            push_line(text, &line);
        }
        if let Some(note) = &table.note {
            push_line(text, &format!("{}: {note}", table.table));
        }
    }
}

impl PartitionReport {
    /// Says what is amiss with the day, and what to run.
    fn shortcomings(&self, root: &str) -> Vec<String> {
        let mut shortcomings = Vec::new();
        if self.missing() > 0 {
            shortcomings.push(format!(
                "short by {}; to read it again: gc-history export --date {} --out {root}",
                self.missing(),
                self.date,
            ));
        }
        if self.quarantined > 0 {
            let file = self.quarantine_file.as_deref().unwrap_or("_gc/quarantine");
            shortcomings.push(format!(
                "{} quarantined, with the reasons, in {root}/{file}",
                self.quarantined
            ));
        }
        shortcomings.extend(self.note.clone());
        shortcomings
    }
}

fn plan_table(plan: &Plan) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(["date", "source", "expected", "why"]);
    for day in &plan.days {
        table.add_row([
            day.date.to_string(),
            day.source.to_string(),
            day.expected
                .map_or_else(|| "?".to_owned(), |rows| rows.to_string()),
            format!("{:?}", day.reason).to_lowercase(),
        ]);
    }
    format!(
        "{}\njobs are complete up to {}",
        table.trim_fmt(),
        plan.watermark
    )
}

fn push_line(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}
