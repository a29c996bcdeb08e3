//! An archive on disk, seen by someone who knows nothing of the program that wrote it.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use arrow::array::{AsArray, RecordBatch};
use gc_core::Day;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::reader::ChunkReader;
use serde_json::Value;

/// What must not change in a file that nobody touches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    bytes: Vec<u8>,
    modified: SystemTime,
}

/// An archive in a folder.
#[derive(Clone, Debug)]
pub(crate) struct Archive(pub(crate) PathBuf);

impl Archive {
    pub(crate) fn data_file(&self, date: Day) -> PathBuf {
        self.0
            .join(format!("conversations/date={date}/part-0.parquet"))
    }

    pub(crate) fn manifest_file(&self, date: Day) -> PathBuf {
        self.0
            .join(format!("_gc/manifests/conversations/date={date}.json"))
    }

    pub(crate) fn manifest(&self, date: Day) -> Value {
        serde_json::from_slice(&fs::read(self.manifest_file(date)).unwrap()).unwrap()
    }

    /// Returns the lease of the conversations, as it is written down now.
    pub(crate) fn lease(&self) -> Option<Value> {
        let text = fs::read(self.0.join("_gc/leases/conversations.json")).ok()?;
        serde_json::from_slice(&text).ok()
    }

    /// Returns the jobs that the lease carries.
    pub(crate) fn carried_jobs(&self) -> Vec<String> {
        let lease = self.lease().unwrap_or_default();
        let resources = lease["resources"].as_array().cloned().unwrap_or_default();
        let jobs = resources.iter().filter_map(Value::as_str);
        jobs.filter_map(|resource| resource.strip_prefix("job:"))
            .map(str::to_owned)
            .collect()
    }

    /// Returns the ids in a day's file, in order, repetitions included.
    pub(crate) fn ids(&self, date: Day) -> Vec<String> {
        read_ids(&self.data_file(date)).unwrap()
    }

    /// Returns how many files a plain glob for the data finds.
    pub(crate) fn visible(&self) -> usize {
        let found = files(&self.0.join("conversations"));
        let parquet = |path: &&PathBuf| path.extension().is_some_and(|name| name == "parquet");
        found.iter().filter(parquet).count()
    }

    /// Returns what is left in the folder of unfinished files.
    pub(crate) fn leftovers(&self) -> Vec<PathBuf> {
        files(&self.0.join("_gc/tmp"))
    }

    /// Returns all files.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        files(&self.0)
    }

    /// Returns the data files and manifests with their bytes and times of change.
    pub(crate) fn stamps(&self) -> BTreeMap<PathBuf, Stamp> {
        let kept = ["conversations", "_gc/manifests", "_gc/quarantine"];
        let found = kept.iter().flat_map(|folder| files(&self.0.join(folder)));
        found.map(|path| (path.clone(), stamp(&path))).collect()
    }

    /// Returns the records of a day that were set aside, as lines of JSON.
    pub(crate) fn quarantine(&self, date: Day) -> Vec<Value> {
        let name = format!("_gc/quarantine/conversations/date={date}/part-0.ndjson.zst");
        let lines = zstd::decode_all(File::open(self.0.join(name)).unwrap()).unwrap();
        serde_json::Deserializer::from_slice(&lines)
            .into_iter()
            .map(Result::unwrap)
            .collect()
    }
}

fn stamp(path: &Path) -> Stamp {
    Stamp {
        bytes: fs::read(path).unwrap(),
        modified: fs::metadata(path).unwrap().modified().unwrap(),
    }
}

/// Returns every file below a folder; none when there is no such folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    // A file may go while it is looked at.
    let paths = entries.filter_map(Result::ok).map(|entry| entry.path());
    let mut found: Vec<PathBuf> = paths
        .flat_map(|path| {
            if path.is_dir() {
                files(&path)
            } else {
                vec![path]
            }
        })
        .collect();
    found.sort();
    found
}

/// Returns what the footer of a data file says of it.
pub(crate) fn footer(path: &Path) -> BTreeMap<String, String> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap();
    let entries = builder.metadata().file_metadata().key_value_metadata();
    let entries = entries.unwrap().iter();
    entries
        .map(|entry| (entry.key.clone(), entry.value.clone().unwrap()))
        .collect()
}

/// Reads the ids of a file, in order.
///
/// # Errors
///
/// When the file is not there or is broken.
pub(crate) fn read_ids(path: &Path) -> io::Result<Vec<String>> {
    ids_in(File::open(path)?)
}

/// Reads the ids of a file that is open, in order.
///
/// # Errors
///
/// When the file is broken.
pub(crate) fn ids_in(file: impl ChunkReader + 'static) -> io::Result<Vec<String>> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(file)?;
    let id = ProjectionMask::columns(builder.parquet_schema(), ["conversationId"]);
    let batches = builder.with_projection(id).build()?;
    let batches: Vec<RecordBatch> = batches
        .collect::<Result<_, _>>()
        .map_err(io::Error::other)?;
    let columns = batches
        .iter()
        .map(|batch| batch.column(0).as_string::<i32>());
    let mut ids: Vec<String> = columns
        .flat_map(|column| column.iter().map(|id| id.unwrap().to_owned()))
        .collect();
    ids.sort();
    Ok(ids)
}
