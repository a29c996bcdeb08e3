//! A Parquet file from batches, whole or piece by piece: tails and backfills.

use std::fmt;
use std::mem;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use bytes::Bytes;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::errors::Result as ParquetResult;
use parquet::file::metadata::KeyValue;

use crate::data_file::SCHEMA_HASH;
use crate::order::in_order;
use crate::parquet_options::schema_hash;
use crate::{Dataset, Error, WriteOptions};

/// Encodes batches as one Parquet file. Its methods compute and block: use it on a blocking
/// thread.
pub struct FileEncoder {
    file: ArrowWriter<Vec<u8>>,
    /// The column by which each row group is sorted.
    sort: usize,
    options: WriteOptions,
    group: Vec<RecordBatch>,
    group_rows: usize,
    group_bytes: usize,
    rows: u64,
}

impl FileEncoder {
    /// Begins a file.
    ///
    /// # Errors
    ///
    /// When the schema lacks the dataset's sort column.
    pub fn begin(
        dataset: &Dataset,
        schema: &SchemaRef,
        options: WriteOptions,
        program_version: &str,
    ) -> Result<Self, Error> {
        let sort = schema.index_of(dataset.sort).map_err(Error::Arrange)?;
        let begin = || {
            let properties = options.properties(dataset, schema)?;
            let writing = ArrowWriterOptions::new()
                .with_properties(properties)
                .with_skip_arrow_metadata(true);
            ArrowWriter::try_new_with_options(Vec::new(), SchemaRef::clone(schema), writing)
        };
        let mut file = begin().map_err(Error::Encode)?;
        let facts = [
            (SCHEMA_HASH, schema_hash(schema).to_string()),
            ("gc.dataset", dataset.name.to_owned()),
            ("gc.programVersion", program_version.to_owned()),
        ];
        for (key, value) in facts {
            file.append_key_value_metadata(KeyValue::new(key.to_owned(), value));
        }
        Ok(Self {
            file,
            sort,
            options,
            group: Vec::new(),
            group_rows: 0,
            group_bytes: 0,
            rows: 0,
        })
    }

    /// Adds rows.
    ///
    /// # Errors
    ///
    /// When the rows do not have the columns of the file.
    pub fn push(&mut self, batch: RecordBatch) -> Result<(), Error> {
        self.rows += batch.num_rows() as u64;
        self.group_rows += batch.num_rows();
        self.group_bytes += batch.get_array_memory_size();
        self.group.push(batch);
        if self.group_bytes >= self.options.row_group_bytes
            || self.group_rows >= self.options.row_group_rows
        {
            self.end_group()?;
        }
        Ok(())
    }

    fn end_group(&mut self) -> Result<(), Error> {
        (self.group_rows, self.group_bytes) = (0, 0);
        let batches = in_order(mem::take(&mut self.group), self.sort)?;
        self.write(&batches).map_err(Error::Encode)
    }

    fn write(&mut self, batches: &[RecordBatch]) -> ParquetResult<()> {
        for batch in batches {
            self.file.write(batch)?;
        }
        self.file.flush()
    }

    /// Returns what is encoded and was not returned before: the file is these pieces, one after the other.
    pub fn take(&mut self) -> Bytes {
        mem::take(self.file.inner_mut()).into()
    }

    /// Ends the file and returns it, or what is left of it, with the number of its rows.
    ///
    /// # Errors
    ///
    /// As [`FileEncoder::push`].
    pub fn finish(mut self) -> Result<(Bytes, u64), Error> {
        self.end_group()?;
        let bytes = self.file.into_inner().map_err(Error::Encode)?;
        Ok((bytes.into(), self.rows))
    }
}

impl fmt::Debug for FileEncoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileEncoder")
            .field("rows", &self.rows)
            .finish_non_exhaustive()
    }
}
