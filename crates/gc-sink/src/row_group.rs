//! Row groups: the unit of parallel work. Each thread builds and encodes its own; they share the index of
//! the keys that the partition has admitted, and nothing else.

use std::fmt;
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{Array as _, AsArray as _, BooleanArray, RecordBatch, StringArray};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{DataType, Field, SchemaRef, TimeUnit};
use parquet::arrow::arrow_writer::{
    ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves,
};
use parquet::errors::Result as ParquetResult;

use crate::companion::{CompanionRows, EncodedCompanion};
use crate::content::{row_hashes, share};
use crate::index::{KeyIndex, Known, key_hash};
use crate::order::in_order;
use crate::{Dataset, Error, WriteOptions};

/// Where row groups of one partition begin, on any thread. Cheap to clone.
#[derive(Clone, Debug)]
pub struct RowGroups {
    shared: Arc<Shared>,
}

/// What the builders of one partition share.
struct Shared {
    dataset: Dataset,
    schema: SchemaRef,
    key: usize,
    sort: usize,
    options: WriteOptions,
    factory: ArrowRowGroupWriterFactory,
    companions: Vec<CompanionRows>,
    index: Mutex<KeyIndex>,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared")
            .field("dataset", &self.dataset.name)
            .finish_non_exhaustive()
    }
}

impl RowGroups {
    pub(crate) fn new(
        dataset: Dataset,
        schema: SchemaRef,
        options: WriteOptions,
        factory: ArrowRowGroupWriterFactory,
        companions: Vec<CompanionRows>,
    ) -> Result<Self, Error> {
        let text = |kind: &DataType| *kind == DataType::Utf8;
        let time = |kind: &DataType| matches!(kind, DataType::Timestamp(TimeUnit::Millisecond, _));
        let key = column(&dataset, &schema, dataset.key, text)?;
        let sort = column(&dataset, &schema, dataset.sort, time)?;
        let index = Mutex::default();
        Ok(Self {
            shared: Arc::new(Shared {
                dataset,
                schema,
                key,
                sort,
                options,
                factory,
                companions,
                index,
            }),
        })
    }

    /// Begins a row group.
    pub fn begin(&self) -> RowGroupBuilder {
        RowGroupBuilder {
            shared: Arc::clone(&self.shared),
            batches: Vec::new(),
            rows: 0,
            bytes: 0,
            tally: Tally::default(),
        }
    }

    /// Gives `work` the index of the keys admitted so far.
    pub(crate) fn with_index<T>(&self, work: impl FnOnce(&mut KeyIndex) -> T) -> T {
        self.shared.with_index(work)
    }
}

/// Finds a top-level column whose type fits.
fn column(
    dataset: &Dataset,
    schema: &SchemaRef,
    name: &str,
    fits: impl Fn(&DataType) -> bool,
) -> Result<usize, Error> {
    let found = schema
        .column_with_name(name)
        .filter(|(_, field)| fits(field.data_type()));
    let missing = || misfit(dataset, format!("no column `{name}` of a fitting type"));
    found.map(|(column, _)| column).ok_or_else(missing)
}

fn misfit(dataset: &Dataset, problem: String) -> Error {
    Error::Rows {
        dataset: dataset.name.to_owned(),
        problem,
    }
}

impl Shared {
    fn with_index<T>(&self, work: impl FnOnce(&mut KeyIndex) -> T) -> T {
        // A panic elsewhere leaves a whole index: rows are added one by one.
        work(&mut self.index.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn keys<'a>(&self, batch: &'a RecordBatch) -> Result<&'a StringArray, Error> {
        if batch.schema_ref().fields() != self.schema.fields() {
            return Err(misfit(
                &self.dataset,
                "a batch has other columns than its partition".to_owned(),
            ));
        }
        let keys = batch.column(self.key).as_string();
        if keys.null_count() > 0 {
            return Err(misfit(
                &self.dataset,
                format!("`{}` is null", self.dataset.key),
            ));
        }
        Ok(keys)
    }
}

/// What became of the rows of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Admitted {
    /// Rows admitted.
    pub rows: u64,
    /// Rows left out because the partition has their key already.
    pub repeated: u64,
    /// Repeated rows whose content differs from the first of that key; part of `repeated`.
    pub conflicting: u64,
}

/// Counts over the rows of a row group or of a partition.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) admitted: Admitted,
    /// The sum of the rows' shares of the content hash.
    pub(crate) content: u128,
}

impl Tally {
    pub(crate) fn add(&mut self, other: &Self) {
        self.admitted.rows += other.admitted.rows;
        self.admitted.repeated += other.admitted.repeated;
        self.admitted.conflicting += other.admitted.conflicting;
        self.content = self.content.wrapping_add(other.content);
    }

    /// Counts a row that the index has judged; returns whether it is admitted.
    fn count(&mut self, known: Known, key: u128, content: u64) -> bool {
        match known {
            Known::No => {
                self.admitted.rows += 1;
                self.content = self.content.wrapping_add(share(key, content));
            }
            Known::Same => self.admitted.repeated += 1,
            Known::Other => {
                self.admitted.repeated += 1;
                self.admitted.conflicting += 1;
            }
        }
        known == Known::No
    }
}

/// A row group being filled. Its methods compute and block: use it on a blocking thread.
#[derive(Debug)]
pub struct RowGroupBuilder {
    shared: Arc<Shared>,
    batches: Vec<RecordBatch>,
    rows: usize,
    bytes: usize,
    tally: Tally,
}

impl RowGroupBuilder {
    /// Admits the rows of a batch whose key the partition has not seen, through whichever builder.
    ///
    /// Returns the rows that were admitted, and the counts.
    ///
    /// # Errors
    ///
    /// When the batch has other columns than the partition, or a key is null.
    pub fn push(&mut self, batch: RecordBatch) -> Result<(RecordBatch, Admitted), Error> {
        let keys = self.shared.keys(&batch)?;
        let contents = row_hashes(&batch, self.shared.dataset.provenance)?;
        let rows: Vec<_> = keys.iter().flatten().map(key_hash).zip(contents).collect();
        let mut tally = Tally::default();
        let keep: Vec<bool> = self.shared.with_index(|index| {
            let mut admit = |(key, content)| tally.count(index.admit(key, content), key, content);
            rows.into_iter().map(&mut admit).collect()
        });
        self.tally.add(&tally);
        let admitted = if tally.admitted.repeated == 0 {
            batch
        } else {
            filter_record_batch(&batch, &BooleanArray::from(keep)).map_err(Error::Arrange)?
        };
        self.hold(admitted.clone());
        Ok((admitted, tally.admitted))
    }

    fn hold(&mut self, batch: RecordBatch) {
        self.rows += batch.num_rows();
        self.bytes += batch.get_array_memory_size();
        self.batches.push(batch);
    }

    /// Returns whether it is time to encode: by bytes or by rows.
    pub fn is_full(&self) -> bool {
        self.bytes >= self.shared.options.row_group_bytes
            || self.rows >= self.shared.options.row_group_rows
    }

    /// Returns whether no row was admitted.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Returns how many rows were admitted.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Sorts the rows and turns them into compressed Parquet columns, and those that are made from them, one
    /// table after the other, all on this thread.
    ///
    /// # Errors
    ///
    /// When the rows cannot be encoded, which is a defect of the program.
    pub fn encode(mut self) -> Result<EncodedRowGroup, Error> {
        let batches = in_order(mem::take(&mut self.batches), self.shared.sort)?;
        let Shared {
            schema,
            factory,
            companions,
            ..
        } = &*self.shared;
        let chunks = encode_columns(schema, factory, &batches)?;
        let companions = companions.iter().map(|rows| rows.encode(&batches));
        Ok(EncodedRowGroup {
            chunks,
            companions: companions.collect::<Result<_, _>>()?,
            tally: self.tally,
        })
    }
}

/// Encodes batches of one row group; no columns at all when there are no batches.
pub(crate) fn encode_columns(
    schema: &SchemaRef,
    factory: &ArrowRowGroupWriterFactory,
    batches: &[RecordBatch],
) -> Result<Vec<ArrowColumnChunk>, Error> {
    if batches.is_empty() {
        return Ok(Vec::new());
    }
    let encode = || {
        let mut writers = factory.create_column_writers(0)?.into_iter();
        let mut chunks = Vec::with_capacity(writers.len());
        for column in 0..schema.fields().len() {
            encode_column(
                schema.field(column),
                column,
                batches,
                &mut writers,
                &mut chunks,
            )?;
        }
        Ok(chunks)
    };
    encode().map_err(Error::Encode)
}

/// Encodes one top-level column of all batches: a leaf or many.
fn encode_column(
    field: &Field,
    column: usize,
    batches: &[RecordBatch],
    writers: &mut impl Iterator<Item = ArrowColumnWriter>,
    chunks: &mut Vec<ArrowColumnChunk>,
) -> ParquetResult<()> {
    let mut leaf_writers = Vec::new();
    for batch in batches {
        let leaves = compute_leaves(field, batch.column(column))?;
        if leaf_writers.is_empty() {
            leaf_writers.extend(writers.by_ref().take(leaves.len()));
        }
        for (writer, leaf) in leaf_writers.iter_mut().zip(&leaves) {
            writer.write(leaf)?;
        }
    }
    for writer in leaf_writers {
        chunks.push(writer.close()?);
    }
    Ok(())
}

/// A row group in its final form, to be appended to its partition.
#[derive(Debug)]
pub struct EncodedRowGroup {
    pub(crate) chunks: Vec<ArrowColumnChunk>,
    /// Of each companion, in the partition's order.
    pub(crate) companions: Vec<EncodedCompanion>,
    pub(crate) tally: Tally,
}

impl EncodedRowGroup {
    /// Returns how many rows it holds.
    pub fn rows(&self) -> u64 {
        self.tally.admitted.rows
    }

    /// Returns its compressed size in bytes.
    pub fn bytes(&self) -> u64 {
        self.chunks
            .iter()
            .map(|chunk| chunk.close().bytes_written)
            .sum()
    }
}
