//! Records in, a batch of columns out.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::datatypes::{DataType, Field as ArrowField, Schema, SchemaRef};
use serde::de::{DeserializeSeed, Deserializer, Error};

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
    /// (`participants[].newField`). At most [`crate::MAX_COUNTED_PATHS`] paths.
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
        self.reserve(record.len())?;
        let rows = self.rows;
        let mut parser = sonic_rs::Deserializer::from_str(record);
        match self.read(&mut parser, record).and_then(|()| parser.end()) {
            Ok(()) => {
                self.admit();
                Ok(())
            }
            Err(error) => {
                let misfit = self.context.misfit.take();
                let path = self.context.here();
                self.cut(rows);
                self.bytes -= record.len();
                let offset = error.offset();
                Err(misfit.unwrap_or(Misfit::NoJson { path, offset }))
            }
        }
    }

    /// Reads a record into the slot after the last row.
    fn read<'de, D: Deserializer<'de>>(
        &mut self,
        deserializer: D,
        input: &str,
    ) -> Result<(), D::Error> {
        let (column, slot, context) = (&mut self.record, self.rows, &mut self.context);
        Value {
            column,
            slot,
            context,
            input,
        }
        .deserialize(deserializer)?;
        if self.record_slots() == slot {
            // `null` begins no object.
            let (path, expected, found) = (String::new(), "an object", Found::Null);
            self.context.misfit = Some(Misfit::WrongType {
                path,
                expected,
                found,
            });
            return Err(D::Error::custom("misfit"));
        }
        Ok(())
    }

    /// Makes the record that was read a row.
    fn admit(&mut self) {
        if let Some(extra) = self.context.extra.take() {
            self.extra.put(self.rows, &extra);
        }
        self.rows += 1;
    }

    /// Makes sure that the batch has room for records of `bytes` bytes in all, before they are
    /// added through [`RecordSeed`].
    ///
    /// # Errors
    ///
    /// [`Misfit::TooLarge`] when it has not.
    pub fn reserve(&mut self, bytes: usize) -> Result<(), Misfit> {
        if bytes > MAX_BATCH_BYTES.saturating_sub(self.bytes) {
            return Err(Misfit::TooLarge { bytes });
        }
        self.bytes += bytes;
        self.context.is_shallow = false;
        Ok(())
    }

    /// Throws the records away that were added since the last batch.
    pub fn discard(&mut self) {
        self.cut(0);
        self.context.misfit = None;
        self.context.extra.take_counts();
        self.bytes = 0;
    }

    fn record_slots(&self) -> usize {
        let Column::Object(record) = &self.record else {
            return 0;
        };
        record.slots()
    }

    fn cut(&mut self, rows: usize) {
        self.record.cut(rows);
        self.extra.cut(rows);
        self.rows = rows;
        self.context.extra.forget();
        self.context.path.clear();
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

/// One record on its way from a parser into a batch, for records that stand inside larger JSON.
///
/// The deserializer has to be that of `sonic-rs`, which gives unknown fields out as they stand, and
/// it has to read `input`, which is looked into ahead of it: it would follow nesting without end.
/// After an error the batch may hold part of a record: [`BatchBuilder::discard`] it.
#[derive(Debug)]
pub struct RecordSeed<'a> {
    batch: &'a mut BatchBuilder,
    input: &'a str,
}

impl<'a> RecordSeed<'a> {
    /// Makes a seed that adds one record to `batch`; the parser reads `input`.
    pub fn new(batch: &'a mut BatchBuilder, input: &'a str) -> Self {
        Self { batch, input }
    }
}

impl<'de> DeserializeSeed<'de> for RecordSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.batch.read(deserializer, self.input)?;
        self.batch.admit();
        Ok(())
    }
}
