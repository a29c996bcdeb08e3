//! A small table of calls, archives to put it into, and a clock set by hand.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use arrow::array::{
    ArrayRef, BooleanArray, Float64Array, Int32Array, Int64Builder, ListBuilder, MapBuilder,
    RecordBatch, StringArray, StringBuilder, StructBuilder, TimestampMillisecondArray,
};
use arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef, TimeUnit};
use gc_core::{Clock, Day, SystemClock, Verdict};
use gc_sink::{
    Account, Archive, Dataset, EncodedRowGroup, Lease, Manifest, PartitionWriter, Requests,
    WriteOptions,
};
use jiff::Timestamp;
use object_store::memory::InMemory;

pub(crate) const CALLS: Dataset = Dataset {
    name: "calls",
    key: "id",
    sort: "start",
    provenance: &["_source"],
    bloom: &["id"],
    plain: &["id", "legs.name"],
};

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Leg {
    pub(crate) name: Option<String>,
    pub(crate) ms: Option<i64>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Call {
    pub(crate) id: String,
    pub(crate) start: i64,
    pub(crate) agent: Option<String>,
    pub(crate) score: Option<f64>,
    pub(crate) turns: Option<i32>,
    pub(crate) answered: Option<bool>,
    pub(crate) legs: Option<Vec<Option<Leg>>>,
    pub(crate) tags: Option<BTreeMap<String, Option<String>>>,
    pub(crate) source: String,
}

pub(crate) fn call(id: impl Into<String>, start: i64) -> Call {
    Call {
        id: id.into(),
        start,
        source: "job".into(),
        ..Call::default()
    }
}

pub(crate) fn calls(range: std::ops::Range<i64>) -> Vec<Call> {
    range
        .map(|number| Call {
            agent: Some(format!("agent {}", number % 7)),
            ..call(format!("call {number}"), number)
        })
        .collect()
}

fn leg_fields() -> Fields {
    Fields::from(vec![
        Field::new("name", DataType::Utf8, true),
        Field::new("ms", DataType::Int64, true),
    ])
}

pub(crate) fn schema() -> SchemaRef {
    let zone = Some("UTC".into());
    let legs = Field::new("item", DataType::Struct(leg_fields()), true);
    let entries = Fields::from(vec![
        Field::new("key", DataType::Utf8, false),
        Field::new("value", DataType::Utf8, true),
    ]);
    let entries = Field::new("entries", DataType::Struct(entries), false);
    Arc::new(Schema::new(vec![
        Field::new("id", DataType::Utf8, false),
        Field::new(
            "start",
            DataType::Timestamp(TimeUnit::Millisecond, zone),
            true,
        ),
        Field::new("agent", DataType::Utf8, true),
        Field::new("score", DataType::Float64, true),
        Field::new("turns", DataType::Int32, true),
        Field::new("answered", DataType::Boolean, true),
        Field::new("legs", DataType::List(Arc::new(legs)), true),
        Field::new("tags", DataType::Map(Arc::new(entries), false), true),
        Field::new("_source", DataType::Utf8, true),
    ]))
}

pub(crate) fn batch(rows: &[Call]) -> RecordBatch {
    let start = TimestampMillisecondArray::from_iter_values(rows.iter().map(|row| row.start));
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from_iter_values(
            rows.iter().map(|row| &row.id),
        )),
        Arc::new(start.with_timezone("UTC")),
        Arc::new(StringArray::from_iter(
            rows.iter().map(|row| row.agent.as_ref()),
        )),
        Arc::new(Float64Array::from_iter(rows.iter().map(|row| row.score))),
        Arc::new(Int32Array::from_iter(rows.iter().map(|row| row.turns))),
        Arc::new(BooleanArray::from_iter(rows.iter().map(|row| row.answered))),
        legs(rows),
        tags(rows),
        Arc::new(StringArray::from_iter_values(
            rows.iter().map(|row| &row.source),
        )),
    ];
    RecordBatch::try_new(schema(), columns).unwrap()
}

fn legs(rows: &[Call]) -> ArrayRef {
    let mut builder = ListBuilder::new(StructBuilder::from_fields(leg_fields(), 0));
    for row in rows {
        for leg in row.legs.iter().flatten() {
            let structs = builder.values();
            let shown = leg.clone().unwrap_or_default();
            structs
                .field_builder::<StringBuilder>(0)
                .unwrap()
                .append_option(shown.name);
            structs
                .field_builder::<Int64Builder>(1)
                .unwrap()
                .append_option(shown.ms);
            structs.append(leg.is_some());
        }
        builder.append(row.legs.is_some());
    }
    Arc::new(builder.finish())
}

fn tags(rows: &[Call]) -> ArrayRef {
    let mut builder = MapBuilder::new(None, StringBuilder::new(), StringBuilder::new());
    for row in rows {
        for (key, value) in row.tags.iter().flatten() {
            builder.keys().append_value(key);
            builder.values().append_option(value.as_ref());
        }
        builder.append(row.tags.is_some()).unwrap();
    }
    Arc::new(builder.finish())
}

/// A clock that moves when it is told to.
#[derive(Clone, Debug)]
pub(crate) struct Hand(Arc<AtomicI64>);

impl Hand {
    pub(crate) fn new() -> Self {
        Self(Arc::new(AtomicI64::new(1_795_000_000)))
    }

    pub(crate) fn forward(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }
}

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(self.0.load(Ordering::Relaxed)).unwrap()
    }
}

pub(crate) fn day() -> Day {
    "2026-11-21".parse().unwrap()
}

pub(crate) fn memory() -> Archive {
    Archive::with_store(Arc::new(InMemory::new()))
}

pub(crate) async fn disk() -> (tempfile::TempDir, Archive) {
    let folder = tempfile::tempdir().unwrap();
    let archive = Archive::open(folder.path().to_str().unwrap())
        .await
        .unwrap();
    (folder, archive)
}

/// Returns a new archive in the bucket that `scripts/with_s3.sh` names; none, and says so, when it did not.
pub(crate) async fn bucket() -> Option<Archive> {
    let Ok(root) = std::env::var("GC_TEST_S3_ROOT") else {
        println!("skipped: GC_TEST_S3_ROOT is not set; scripts/with_s3.sh sets it");
        return None;
    };
    let archive = Archive::open(&format!("{root}/{}", uuid::Uuid::new_v4())).await;
    Some(archive.unwrap())
}

pub(crate) async fn lease(archive: &Archive) -> Lease {
    Lease::acquire(archive, CALLS.name, Arc::new(SystemClock), "1.0")
        .await
        .unwrap()
}

pub(crate) async fn writer(archive: &Archive) -> PartitionWriter {
    PartitionWriter::begin(
        archive,
        CALLS,
        day(),
        schema(),
        WriteOptions::default(),
        "1.0",
    )
    .await
    .unwrap()
}

pub(crate) fn encode(writer: &PartitionWriter, rows: &[Call]) -> EncodedRowGroup {
    let mut group = writer.row_group();
    group.push(batch(rows)).unwrap();
    group.encode().unwrap()
}

pub(crate) fn account() -> Account {
    let instant: Timestamp = "2026-11-22T01:02:03Z".parse().unwrap();
    Account {
        verdict: Verdict::Settled,
        expected_rows: Some(1),
        expected_from: Some("query".into()),
        watermark: Some(instant),
        source: "job".into(),
        interval: day().interval(),
        requests: Requests { spent: 4, least: 3 },
        outside_rows: 0,
        open_conversations: 0,
        unknown_fields: BTreeMap::new(),
        program_version: "1.0".into(),
        run_id: "run-1".into(),
        started_at: instant,
        finished_at: instant,
    }
}

/// Replaces the day by `rows`, as a whole run would.
pub(crate) async fn export(archive: &Archive, rows: &[Call]) -> Manifest {
    let lease = lease(archive).await;
    let previous = Manifest::read(archive, CALLS.name, day()).await.unwrap();
    let mut writer = writer(archive).await;
    let group = encode(&writer, rows);
    writer.append(group).await.unwrap();
    let finished = writer.finish(previous.as_ref()).await.unwrap();
    let manifest = finished
        .commit(&lease)
        .await
        .unwrap()
        .record(account())
        .await
        .unwrap();
    lease.release().await.unwrap();
    manifest
}
