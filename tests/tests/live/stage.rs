//! A floor that works by itself, an archiver that listens to it, and what became of the events.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::TimestampMillisecondType;
use gc_core::{Clock, SystemClock};
use gc_sim::{Control, LiveConfig, LiveEvent, LiveRate, Running as Floor, SimConfig, WorldConfig};
use jiff::Timestamp;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;
use tempfile::TempDir;

use crate::stage::{Platform, Run, Running, built};

/// A floor, an archive, a spool.
pub(crate) struct Live {
    pub(crate) platform: Platform,
    folder: TempDir,
}

/// A row of `events`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    pub(crate) event_id: String,
    pub(crate) received_at: Timestamp,
    pub(crate) conversation_id: Option<String>,
    pub(crate) correlation_id: Option<String>,
    pub(crate) origin: String,
    pub(crate) change_kind: String,
    pub(crate) payload: String,
    pub(crate) hour: String,
}

/// Returns a floor of `snapshots` a second, on which people work sixty times as fast.
pub(crate) fn floor(snapshots: f64) -> SimConfig {
    let today = SystemClock.today();
    let mut world = WorldConfig::new(today.back(1), today.back(1));
    world.conversations_per_day = 5;
    let mut live = LiveConfig::default();
    live.running = Floor::ByItself;
    live.rate = LiveRate::SnapshotsPerSecond(snapshots);
    live.pace = 60.0;
    live.heartbeat = Duration::from_secs(1);
    let mut config = SimConfig::new(world);
    config.clock = Arc::new(SystemClock);
    config.rate_limit = 0;
    config.live = live;
    config
}

impl Live {
    pub(crate) fn new(config: SimConfig) -> Self {
        Self {
            platform: Platform::start(config),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn control(&self) -> &Control {
        &self.platform.control
    }

    pub(crate) fn lake(&self) -> PathBuf {
        self.folder.path().join("lake")
    }

    /// Returns `gc-live`, told of this platform and of nothing else.
    pub(crate) fn command(&self, name: &str) -> Command {
        let mut command = Command::new(built("gc-live"));
        command.env_clear().current_dir(self.folder.path());
        command.env("GENESYS_CLOUD_CLIENT_ID", gc_sim::CLIENT_ID);
        command.env("GENESYS_CLOUD_CLIENT_SECRET", gc_sim::CLIENT_SECRET);
        command.env("GENESYS_CLOUD_API_URL", &self.platform.url);
        command.env("GENESYS_CLOUD_LOGIN_URL", &self.platform.url);
        command.args([name, "--spool", "spool", "--report", "json"]);
        command
    }

    /// Starts an archiver, one that writes every second unless told otherwise, and waits until it listens.
    pub(crate) fn archive(&self, flags: &[&str]) -> Running {
        let opened = self.control().live_counts().sockets_opened;
        let mut command = self.command("archive");
        command.args(["--out", "lake"]).args(flags);
        if !flags.contains(&"--flush-age") {
            command.args(["--flush-age", "1s"]);
        }
        let mut running = Running::start(&mut command);
        wait_until("the archiver listens", || {
            assert!(!running.has_ended(), "the archiver has ended");
            self.control().live_counts().sockets_opened > opened
        });
        running
    }

    /// Asks an archiver to stop, and returns how it ended.
    pub(crate) fn stop(&self, archiver: Running) -> Run {
        archiver.signal("TERM");
        archiver.wait().ended_with(130)
    }

    pub(crate) fn gaps(&self) -> Vec<Gap> {
        let run = Run::of(&mut self.command("gaps")).ended_with(0);
        let gaps = run.report()["gaps"].as_array().unwrap().clone();
        gaps.iter().map(Gap::new).collect()
    }

    /// Fills all gaps, and returns the exit code.
    pub(crate) fn fill(&self) -> Run {
        let mut fill = self.command("fill");
        Run::of(fill.args(["--out", "lake", "--history-lag", "0s"]))
    }

    /// Returns what a plain glob for events finds.
    pub(crate) fn rows(&self) -> Vec<Row> {
        rows(&self.lake())
    }

    /// Returns the events that the platform wrote to a socket, and those that it could not.
    pub(crate) fn sent(&self) -> (Vec<LiveEvent>, Vec<LiveEvent>) {
        let events = self.control().events();
        events
            .into_iter()
            .partition(|event| !event.written.is_empty())
    }
}

/// A gap as the ledger prints it.
#[derive(Clone, Debug)]
pub(crate) struct Gap {
    pub(crate) start: Timestamp,
    pub(crate) end: Option<Timestamp>,
    pub(crate) cause: String,
    pub(crate) state: String,
    pub(crate) topics: BTreeSet<String>,
}

impl Gap {
    fn new(gap: &Value) -> Self {
        let text = |name: &str| gap[name].as_str().unwrap().to_owned();
        let topics = gap["topics"].as_array().unwrap().iter();
        Self {
            start: text("start").parse().unwrap(),
            end: gap["end"].as_str().map(|end| end.parse().unwrap()),
            cause: text("cause"),
            state: text("state"),
            topics: topics
                .map(|topic| topic.as_str().unwrap().to_owned())
                .collect(),
        }
    }

    /// Returns whether an event of the topic at that moment would not have been heard.
    pub(crate) fn holds(&self, topic: &str, at: Timestamp) -> bool {
        self.start <= at && self.end.is_none_or(|end| at <= end) && self.topics.contains(topic)
    }
}

/// Counts each thing.
pub(crate) fn counted<T: Ord>(things: impl IntoIterator<Item = T>) -> BTreeMap<T, usize> {
    let mut counts = BTreeMap::new();
    for thing in things {
        *counts.entry(thing).or_default() += 1;
    }
    counts
}

pub(crate) fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !holds() {
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Reads all events below a root.
pub(crate) fn rows(root: &Path) -> Vec<Row> {
    let mut found = Vec::new();
    for date in folders(&root.join("events")) {
        for hour in folders(&date) {
            for file in folders(&hour) {
                let name = hour.file_name().unwrap().to_str().unwrap();
                found.extend(read(&file, name));
            }
        }
    }
    found
}

fn folders(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    entries.map(|entry| entry.unwrap().path()).collect()
}

fn read(path: &Path, hour: &str) -> Vec<Row> {
    let file = std::fs::File::open(path).unwrap();
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    let batches = builder.build().unwrap();
    batches
        .flat_map(|batch| rows_of(&batch.unwrap(), hour))
        .collect()
}

fn rows_of(batch: &RecordBatch, hour: &str) -> Vec<Row> {
    let texts = |name: &str| {
        let column = batch.column_by_name(name).unwrap().as_string::<i32>();
        (0..column.len())
            .map(|row| column.is_valid(row).then(|| column.value(row).to_owned()))
            .collect::<Vec<_>>()
    };
    let received = batch.column_by_name("receivedAt").unwrap();
    let received = received.as_primitive::<TimestampMillisecondType>();
    let names = [
        "eventId",
        "conversationId",
        "correlationId",
        "origin",
        "changeKind",
        "payload",
    ];
    let columns = names.map(texts);
    let row = |row: usize| {
        let text = |column: usize| columns[column][row].clone();
        Row {
            event_id: text(0).unwrap(),
            received_at: Timestamp::from_millisecond(received.value(row)).unwrap(),
            conversation_id: text(1),
            correlation_id: text(2),
            origin: text(3).unwrap(),
            change_kind: text(4).unwrap(),
            payload: text(5).unwrap(),
            hour: hour.to_owned(),
        }
    };
    (0..batch.num_rows()).map(row).collect()
}
