//! Pages into rows.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, AsArray as _, BooleanArray, RecordBatch, RecordBatchOptions,
    TimestampMillisecondArray,
};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use bytes::Bytes;
use gc_arrow::{BatchBuilder, Built, EXTRA_COLUMN, add_counts, utc_milliseconds};
use jiff::Timestamp;

use crate::page::Page;
use crate::table::Table;

/// The column that names an entity.
pub const ID_COLUMN: &str = "id";
/// The column that says when the reading began in which the platform listed an entity last.
pub const EXPORTED_AT_COLUMN: &str = "_exportedAt";

/// Returns the columns of a table: the platform's, then provenance.
pub fn table_schema(table: &Table) -> SchemaRef {
    let platform = gc_arrow::schema(table.fields);
    let provenance = [
        Field::new(EXPORTED_AT_COLUMN, utc_milliseconds(), true),
        Field::new(EXTRA_COLUMN, DataType::Utf8, true),
    ];
    let fields = platform.iter().cloned().chain(provenance.map(Arc::new));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// A record that could not become a row.
#[derive(Clone, Debug)]
pub struct SetAside {
    /// The record as received.
    pub record: Bytes,
    /// Why, with the place and never the value.
    pub reason: String,
}

/// What the pages of a list became.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The entities, in the order in which they came; one that came twice is there twice.
    pub batches: Vec<RecordBatch>,
    /// The records that could not become rows.
    pub set_aside: Vec<SetAside>,
    /// How often each unknown field occurred, by path.
    pub unknown: BTreeMap<String, u64>,
}

/// Turns the pages of a list into rows.
#[derive(Debug)]
pub struct EntityDecoder {
    builder: BatchBuilder,
    schema: SchemaRef,
    exported_at: Timestamp,
    listed: Listed,
}

impl EntityDecoder {
    /// Makes a decoder for a list whose reading began at `exported_at`.
    pub fn new(table: &Table, exported_at: Timestamp) -> Self {
        Self {
            builder: BatchBuilder::new(table.fields),
            schema: table_schema(table),
            exported_at,
            listed: Listed {
                batches: Vec::new(),
                set_aside: Vec::new(),
                unknown: BTreeMap::new(),
            },
        }
    }

    /// Takes a page.
    pub fn push(&mut self, page: &Page) {
        let mut accepted = Vec::new();
        for record in page.records() {
            let pushed = match std::str::from_utf8(&record) {
                Ok(text) => self.builder.push(text).map_err(|misfit| misfit.to_string()),
                Err(_) => Err("the record is not UTF-8".to_owned()),
            };
            match pushed {
                Ok(()) => accepted.push(record),
                Err(reason) => self.listed.set_aside.push(SetAside { record, reason }),
            }
        }
        let built = self.builder.finish();
        self.admit(built, &accepted);
    }

    /// Returns what all pages became.
    pub fn finish(self) -> Listed {
        self.listed
    }

    /// Keeps the rows that have an id, and sets the others aside.
    fn admit(&mut self, built: Built, accepted: &[Bytes]) {
        let ids = built.batch.column(0).as_string::<i32>();
        let has_id: BooleanArray = ids
            .iter()
            .map(|id| id.is_some_and(|id| !id.is_empty()))
            .map(Some)
            .collect();
        for (record, _) in accepted
            .iter()
            .zip(&has_id)
            .filter(|(_, has)| *has != Some(true))
        {
            let (record, reason) = (record.clone(), "the record has no `id`".to_owned());
            self.listed.set_aside.push(SetAside { record, reason });
        }
        let rows = if has_id.true_count() == has_id.len() {
            built.batch
        } else {
            filter_record_batch(&built.batch, &has_id)
                .expect("the filter has as many rows as the batch")
        };
        self.listed.batches.push(self.complete(&rows));
        add_counts(&mut self.listed.unknown, built.unknown);
    }

    /// Adds the provenance.
    fn complete(&self, batch: &RecordBatch) -> RecordBatch {
        let rows = batch.num_rows();
        let exported_at = self.exported_at.as_millisecond();
        let exported_at = TimestampMillisecondArray::from_value(exported_at, rows);
        let (extra, platform) = batch
            .columns()
            .split_last()
            .expect("the last column is ours");
        let mut columns: Vec<ArrayRef> = platform.to_vec();
        columns.push(Arc::new(exported_at.with_timezone("UTC")));
        columns.push(Arc::clone(extra));
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)
            .expect("the schema was made from the same table")
    }
}
