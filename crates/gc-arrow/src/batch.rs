//! Records in, a batch of columns out.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::datatypes::{DataType, Field as ArrowField, Schema, SchemaRef};
use serde::de::DeserializeSeed;

use crate::column::{Column, TextColumn};
use crate::decode::{Context, Value};
use crate::extra::EXTRA_COLUMN;
use crate::misfit::{Found, Misfit};
use crate::table::{self, Field, Kind};

/// How many bytes of JSON a batch takes: Arrow counts the bytes of a text column with 31 bits.
pub const MAX_BATCH_BYTES: usize = 1 << 30;

/// A finished batch.
#[derive(Clone, Debug)]
pub struct Built {
    /// One column for each field of the table, then [`EXTRA_COLUMN`].
    pub batch: RecordBatch,
    /// How many records the batch holds.
    pub rows: usize,
    /// How often each unknown field occurred, by its path without positions
    /// (`participants[].newField`). A known timestamp that is more precise than a millisecond is
    /// counted here too. At most [`crate::MAX_COUNTED_PATHS`] paths.
    pub unknown: BTreeMap<String, u64>,
}

/// Turns records into columns. See the crate's documentation for what happens to what.
#[derive(Debug)]
pub struct BatchBuilder {
    schema: SchemaRef,
    record: Column,
    extra: TextColumn,
    context: Context,
    rows: usize,
    bytes: usize,
}

impl BatchBuilder {
    /// Makes a builder for records with these fields.
    pub fn new(fields: &'static [Field]) -> Self {
        let extra = ArrowField::new(EXTRA_COLUMN, DataType::Utf8, true);
        let columns = table::schema(fields);
        let columns: Vec<_> = columns.iter().cloned().chain([Arc::new(extra)]).collect();
        Self {
            schema: Arc::new(Schema::new(columns)),
            record: Column::new(Kind::Object(fields)),
            extra: TextColumn::default(),
            context: Context::default(),
            rows: 0,
            bytes: 0,
        }
    }

    /// Returns the columns of every batch.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Returns how many records the batch holds so far.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Adds one record, a JSON object.
    ///
    /// # Errors
    ///
    /// [`Misfit`] when the record is no JSON object or does not fit the table. The batch is then as
    /// it was before.
    pub fn push(&mut self, record: &str) -> Result<(), Misfit> {
        if self.bytes + record.len() > MAX_BATCH_BYTES {
            return Err(Misfit::TooLarge {
                bytes: record.len(),
            });
        }
        if let Err(misfit) = self.decode(record) {
            self.record.cut(self.rows);
            self.context.extra.forget();
            self.context.path.clear();
            return Err(misfit);
        }
        if let Some(extra) = self.context.extra.take() {
            self.extra.put(self.rows, &extra);
        }
        self.bytes += record.len();
        self.rows += 1;
        Ok(())
    }

    fn decode(&mut self, record: &str) -> Result<(), Misfit> {
        let mut parser = sonic_rs::Deserializer::from_str(record);
        let value = Value {
            column: &mut self.record,
            slot: self.rows,
            context: &mut self.context,
        };
        let read = value.deserialize(&mut parser).and_then(|()| parser.end());
        if let Err(error) = read {
            let misfit = self.context.misfit.take();
            return Err(misfit.unwrap_or_else(|| Misfit::NoJson {
                path: self.context.here(),
                offset: error.offset(),
            }));
        }
        if self.holds_no_object() {
            let (path, expected) = (String::new(), "an object");
            return Err(Misfit::WrongType {
                path,
                expected,
                found: Found::Null,
            });
        }
        Ok(())
    }

    /// Returns whether the record just read was `null`, which begins no object.
    fn holds_no_object(&self) -> bool {
        let Column::Object(object) = &self.record else {
            return false;
        };
        object.slots() == self.rows
    }

    /// Returns the batch and begins the next one.
    pub fn finish(&mut self) -> Built {
        let rows = std::mem::take(&mut self.rows);
        self.bytes = 0;
        let mut columns: Vec<ArrayRef> = match &mut self.record {
            Column::Object(record) => record.finish_record(rows),
            _ => Vec::new(),
        };
        columns.push(self.extra.finish(rows));
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let batch = RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)
            .expect("every column has the type its field gives it");
        Built {
            batch,
            rows,
            unknown: self.context.extra.take_counts(),
        }
    }
}
