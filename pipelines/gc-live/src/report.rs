//! What a run has to say when it is over, for people and for programs.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use comfy_table::{Table, presets};
use gc_core::describe;
use gc_sink::spool::{Gap, GapState};
use gc_stream::Standing;
use jiff::Timestamp;
use serde::Serialize;

use crate::error::Error;
use crate::latency::LatencySummary;

/// What an archiver did.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ArchiveReport {
    /// The archive.
    pub root: String,
    /// Events that are durable since this run began.
    pub events: u64,
    /// Events that came more than once and were kept once.
    pub duplicates: u64,
    /// Frames that were no events and were set aside.
    pub quarantined: u64,
    /// Files that this run sealed.
    pub files: u64,
    /// Events that are in the spool and not yet in the archive.
    pub waiting: u64,
    /// How many milliseconds events took from the socket to the disk.
    pub durable_ms: LatencySummary,
    /// Sockets that stood in for one that was lost.
    pub reconnects: u64,
    /// Channels created.
    pub channels: u64,
    /// Topics that the platform refused.
    pub rejected_topics: Vec<RejectedTopic>,
    /// The gaps that ended in this run, lasted during it, or began in it.
    pub gaps: Vec<Gap>,
    /// When the run began.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Timestamp,
    /// Whether it was asked to stop.
    pub interrupted: bool,
    /// What kept the last events from the archive; they are in the spool.
    pub failure: Option<Failure>,
}

/// A topic that the platform refused.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RejectedTopic {
    /// The topic.
    pub topic: String,
    /// The platform's reason.
    pub reason: String,
}

/// What went wrong at the end of a run.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// What it was.
    pub error: String,
    /// What a person can do about it.
    pub remedy: Option<String>,
    #[serde(skip)]
    code: u8,
}

impl Failure {
    pub(crate) fn new(error: &Error) -> Self {
        Self {
            error: describe(error),
            remedy: error.remedy(),
            code: error.exit_code(),
        }
    }
}

impl ArchiveReport {
    /// Returns the exit code: what failed, what was interrupted, what is missing.
    pub fn exit_code(&self) -> u8 {
        let is_open = |gap: &Gap| gap.state == GapState::Open;
        match &self.failure {
            Some(failure) => failure.code,
            None if self.interrupted => 130,
            None if self.quarantined > 0 || self.gaps.iter().any(is_open) => 5,
            None => 0,
        }
    }

    /// Writes the report for people.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        if !self.gaps.is_empty() {
            push_line(&mut text, &gap_table(&self.gaps));
        }
        for RejectedTopic { topic, reason } in &self.rejected_topics {
            push_line(&mut text, &format!("refused: {topic}: {reason}"));
        }
        if self.quarantined > 0 {
            let line = format!(
                "set aside: {} frames that were no events, in {}/_gc/quarantine/events",
                self.quarantined, self.root
            );
            push_line(&mut text, &line);
        }
        if let Some(failure) = &self.failure {
            let line = format!(
                "error: failed to {}; {} events wait in the spool for the next run",
                failure.error, self.waiting
            );
            push_line(&mut text, &line);
            if let Some(remedy) = &failure.remedy {
                push_line(&mut text, &format!("hint: {remedy}"));
            }
        }
        let line = format!(
            "{} events ({} came twice) in {} files, {} gaps, {} reconnects",
            self.events,
            self.duplicates,
            self.files,
            self.gaps.len(),
            self.reconnects
        );
        push_line(&mut text, &line);
        text
    }
}

/// What a repair did.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FillReport {
    /// The gaps whose backfill this run wrote.
    pub filled: Vec<i64>,
    /// All gaps.
    pub gaps: Vec<Gap>,
}

impl FillReport {
    /// Returns 5 while a gap is not filled, else 0. A gap that began with the last stop is not over.
    pub fn exit_code(&self) -> u8 {
        let waits = |gap: &Gap| gap.state == GapState::Closed;
        if self.gaps.iter().any(waits) { 5 } else { 0 }
    }

    /// Writes the report for people.
    pub fn to_text(&self) -> String {
        let mut text = GapsReport {
            gaps: self.gaps.clone(),
        }
        .to_text();
        let count = |state| self.gaps.iter().filter(|gap| gap.state == state).count();
        let line = format!(
            "{} gaps filled now; {} filled in all, {} wait for history to pass them, {} open",
            self.filled.len(),
            count(GapState::Filled),
            count(GapState::Closed),
            count(GapState::Open)
        );
        push_line(&mut text, &line);
        text
    }
}

/// The ledger.
#[derive(Clone, Debug, Serialize)]
pub struct GapsReport {
    /// All gaps, the earliest first.
    pub gaps: Vec<Gap>,
}

impl GapsReport {
    /// Writes the ledger for people.
    pub fn to_text(&self) -> String {
        if self.gaps.is_empty() {
            return "no gaps\n".to_owned();
        }
        let mut text = String::new();
        push_line(&mut text, &gap_table(&self.gaps));
        text
    }
}

/// The conversations that are open.
#[derive(Clone, Debug, Serialize)]
pub struct StatusReport {
    /// The open conversations, those that wait longest first.
    pub conversations: Vec<OpenConversation>,
}

/// A conversation that is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OpenConversation {
    /// Its id.
    pub conversation_id: String,
    /// The queue it was last in.
    pub queue_id: Option<String>,
    /// Its media.
    pub media_types: Vec<String>,
    /// `waiting`, `alerting`, `connected`, `held`, `ivr`, `dialing` or `open`.
    pub state: String,
    /// When it began.
    pub started_at: Timestamp,
    /// For how long it waited in queues so far; none when it was in none.
    pub waiting_seconds: Option<i64>,
}

impl OpenConversation {
    pub(crate) fn new(conversation_id: String, standing: Standing, now: Timestamp) -> Self {
        Self {
            conversation_id,
            waiting_seconds: standing.waiting_seconds(now),
            queue_id: standing.queue_id,
            media_types: standing.media_types,
            state: standing.state,
            started_at: standing.started_at,
        }
    }
}

impl StatusReport {
    /// Writes the status for people.
    pub fn to_text(&self) -> String {
        let mut table = plain_table([
            "conversation",
            "state",
            "media",
            "queue",
            "started",
            "waited s",
        ]);
        let mut states: BTreeMap<&str, usize> = BTreeMap::new();
        for one in &self.conversations {
            *states.entry(&one.state).or_default() += 1;
            table.add_row([
                one.conversation_id.clone(),
                one.state.clone(),
                one.media_types.join(","),
                one.queue_id.clone().unwrap_or_default(),
                format!("{:.0}", one.started_at),
                one.waiting_seconds
                    .map(|seconds| seconds.to_string())
                    .unwrap_or_default(),
            ]);
        }
        let mut text = String::new();
        if !self.conversations.is_empty() {
            push_line(&mut text, &table.to_string());
        }
        let states: Vec<String> = states
            .iter()
            .map(|(state, count)| format!("{count} {state}"))
            .collect();
        let states = if states.is_empty() {
            String::new()
        } else {
            format!(": {}", states.join(", "))
        };
        push_line(
            &mut text,
            &format!("{} open conversations{states}", self.conversations.len()),
        );
        text
    }
}

fn gap_table(gaps: &[Gap]) -> String {
    let mut table = plain_table(["gap", "state", "start", "end", "cause", "topics", "rows"]);
    for gap in gaps {
        table.add_row([
            gap.id.to_string(),
            gap.state.to_string(),
            format!("{:.3}", gap.start),
            gap.end.map(|end| format!("{end:.3}")).unwrap_or_default(),
            gap.cause.clone(),
            gap.topics.len().to_string(),
            gap.rows.map(|rows| rows.to_string()).unwrap_or_default(),
        ]);
    }
    table.to_string()
}

fn plain_table<const N: usize>(header: [&str; N]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(header);
    table
}

fn push_line(text: &mut String, line: &str) {
    // Writing to a `String` cannot fail.
    let _infallible = writeln!(text, "{line}");
}
