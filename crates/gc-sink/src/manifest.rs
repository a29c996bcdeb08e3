//! What is known about a partition: one JSON beside the data, written after it.
//!
//! - There is no manifest without its file.
//! - Version 1 stays readable by every later program; fields that are not known are passed over, so that
//!   a later program of the same version may add some.

use std::collections::BTreeMap;

use futures::{StreamExt as _, TryStreamExt as _, stream};
use gc_core::{Day, Interval, Verdict};
use jiff::Timestamp;
use object_store::path::Path;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::{Archive, Digest, Error, layout};

/// The newest version of the manifest's JSON that this program knows.
pub(crate) const FORMAT_VERSION: u32 = 1;

/// Manifests read at once: a year of days takes 23 round trips.
const READS_AT_ONCE: usize = 16;

/// What is known about a partition. The JSON is flat: the fields of all parts side by side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// The version of this JSON.
    pub format_version: u32,
    /// The dataset.
    pub dataset: String,
    /// The day.
    pub date: Day,
    /// What the sink counted.
    #[serde(flatten)]
    pub contents: Contents,
    /// What the run knows.
    #[serde(flatten)]
    pub account: Account,
}

/// What the sink counted while it wrote a partition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Contents {
    /// Rows in the file.
    pub rows: u64,
    /// What the rows hold, whatever their order; provenance apart.
    pub content_hash: Digest,
    /// The names and types of the columns.
    pub schema_hash: Digest,
    /// The file.
    pub file: DataFile,
    /// Rows left out because their key was there already.
    #[serde(default)]
    pub repeated_rows: u64,
    /// Repeated rows whose content differed from the first of that key; part of `repeated_rows`.
    #[serde(default)]
    pub conflicting_rows: u64,
    /// Records set aside.
    #[serde(default)]
    pub quarantined: u64,
    /// Where they are; none when there are none.
    #[serde(default)]
    pub quarantine_file: Option<String>,
    /// How the rows differ from those that were there before.
    #[serde(default)]
    pub change: Change,
    /// The tables made from these rows, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tables: BTreeMap<String, TableFile>,
}

/// A data file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataFile {
    /// Its path within the archive.
    pub path: String,
    /// Its size.
    pub bytes: u64,
}

/// A table made from the rows of a partition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TableFile {
    /// Rows in its file.
    pub rows: u64,
    /// The names and types of its columns.
    pub schema_hash: Digest,
    /// The file.
    pub file: DataFile,
}

/// How the rows of a partition differ from those that were there before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Rows whose key is new.
    pub added: u64,
    /// Rows whose content is new.
    pub changed: u64,
    /// Rows whose key is gone.
    pub removed: u64,
}

/// What the run knows about a partition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// What is known of its completeness.
    pub verdict: Verdict,
    /// How many rows another source says there are.
    #[serde(default)]
    pub expected_rows: Option<u64>,
    /// Which source said so: `query`.
    #[serde(default)]
    pub expected_from: Option<String>,
    /// Up to when the source claimed completeness.
    #[serde(default)]
    pub watermark: Option<Timestamp>,
    /// Where the rows came from: `job` or `query`.
    pub source: String,
    /// The stretch of time that was asked for.
    pub interval: Interval,
    /// Requests it took.
    #[serde(default)]
    pub requests: Requests,
    /// Rows left out because they belong to another day.
    #[serde(default)]
    pub outside_rows: u64,
    /// Conversations that had not ended.
    #[serde(default)]
    pub open_conversations: u64,
    /// How often each field without a column occurred, by path.
    #[serde(default)]
    pub unknown_fields: BTreeMap<String, u64>,
    /// The program that wrote the partition.
    pub program_version: String,
    /// The run that did.
    pub run_id: String,
    /// When work on the partition began; what its rows say of when they were exported.
    pub started_at: Timestamp,
    /// When its rows were all there and judged.
    pub finished_at: Timestamp,
}

/// Requests that a partition took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requests {
    /// Requests spent.
    pub spent: u64,
    /// The least that would have done.
    pub least: u64,
}

impl Manifest {
    /// Reads the manifest of a day; none when the day has none.
    ///
    /// # Errors
    ///
    /// When the store refuses or fails, the manifest is damaged, or a newer program wrote it.
    pub async fn read(archive: &Archive, dataset: &str, day: Day) -> Result<Option<Self>, Error> {
        Self::read_path(archive, &layout::manifest_file(dataset, day)).await
    }

    async fn read_path(archive: &Archive, path: &Path) -> Result<Option<Self>, Error> {
        let Some(stored) = archive.read(path).await? else {
            return Ok(None);
        };
        parse_versioned(path, &stored.bytes, FORMAT_VERSION).map(Some)
    }

    /// Reads every manifest of a dataset, in order of days.
    ///
    /// # Errors
    ///
    /// As [`Manifest::read`].
    pub async fn list(archive: &Archive, dataset: &str) -> Result<BTreeMap<Day, Self>, Error> {
        let listed = archive.list(&layout::manifest_folder(dataset)).await?;
        let paths = listed.into_iter().map(|meta| meta.location);
        stream::iter(paths.filter(|path| path.extension() == Some("json")))
            .map(async |path| Self::read_path(archive, &path).await)
            .buffer_unordered(READS_AT_ONCE)
            .try_filter_map(async |found| Ok(found.map(|manifest| (manifest.date, manifest))))
            .try_collect()
            .await
    }

    pub(crate) async fn write(&self, archive: &Archive) -> Result<(), Error> {
        let json = serde_json::to_vec_pretty(self).expect("a manifest of plain fields is JSON");
        archive
            .write(
                &self.dataset,
                layout::manifest_file(&self.dataset, self.date),
                json.into(),
            )
            .await
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Versioned {
    format_version: u32,
}

/// Reads an object of the archive's own, after a look at its `formatVersion`.
pub(crate) fn parse_versioned<T: DeserializeOwned>(
    path: &Path,
    json: &[u8],
    known: u32,
) -> Result<T, Error> {
    let damaged = |source| Error::Json {
        path: path.to_string(),
        source,
    };
    let Versioned {
        format_version: found,
    } = serde_json::from_slice(json).map_err(damaged)?;
    if found > known {
        return Err(Error::NewerFormat {
            path: path.to_string(),
            found,
            known,
        });
    }
    serde_json::from_slice(json).map_err(damaged)
}
