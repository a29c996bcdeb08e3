//! A data file in the making: row groups that were encoded elsewhere, and a footer that says what they are.

use arrow::datatypes::SchemaRef;
use gc_core::Day;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{
    ArrowColumnChunk, ArrowRowGroupWriterFactory, ArrowWriterOptions,
};
use parquet::errors::Result as ParquetResult;
use parquet::file::metadata::KeyValue;
use parquet::file::writer::SerializedFileWriter;

use crate::{Dataset, Digest, WriteOptions};

/// The footer's name for the hash of the content.
pub(crate) const CONTENT_HASH: &str = "gc.contentHash";
/// The footer's name for the hash of the columns.
pub(crate) const SCHEMA_HASH: &str = "gc.schemaHash";

/// What the footer of a data file says. It holds no time, so that equal rows give equal files.
pub(crate) struct Footer<'a> {
    pub(crate) dataset: &'a Dataset,
    pub(crate) day: Day,
    pub(crate) rows: u64,
    pub(crate) content_hash: Digest,
    pub(crate) schema_hash: Digest,
    pub(crate) program_version: &'a str,
}

impl Footer<'_> {
    /// Writes the footer, and with it the end of the file.
    pub(crate) fn end(self, file: &mut SerializedFileWriter<Vec<u8>>) -> ParquetResult<()> {
        let facts = [
            (CONTENT_HASH, self.content_hash.to_string()),
            (SCHEMA_HASH, self.schema_hash.to_string()),
            ("gc.dataset", self.dataset.name.to_owned()),
            ("gc.partition", format!("date={}", self.day)),
            ("gc.rows", self.rows.to_string()),
            ("gc.programVersion", self.program_version.to_owned()),
        ];
        for (key, value) in facts {
            file.append_key_value_metadata(KeyValue::new(key.to_owned(), value));
        }
        file.finish().map(drop)
    }
}

/// Begins a file in memory; returns it and what encodes its row groups.
pub(crate) fn create_file(
    dataset: &Dataset,
    schema: &SchemaRef,
    options: WriteOptions,
) -> ParquetResult<(SerializedFileWriter<Vec<u8>>, ArrowRowGroupWriterFactory)> {
    let properties = options.properties(dataset, schema)?;
    // Readers get everything from the Parquet types; the Arrow schema would only fatten each footer.
    let writing = ArrowWriterOptions::new()
        .with_properties(properties)
        .with_skip_arrow_metadata(true);
    ArrowWriter::try_new_with_options(Vec::new(), SchemaRef::clone(schema), writing)?
        .into_serialized_writer()
}

/// Appends the columns of a row group to a file in memory.
pub(crate) fn splice(
    file: &mut SerializedFileWriter<Vec<u8>>,
    chunks: Vec<ArrowColumnChunk>,
) -> ParquetResult<()> {
    let mut writer = file.next_row_group()?;
    for chunk in chunks {
        chunk.append_to_row_group(&mut writer)?;
    }
    writer.close()?;
    file.flush()?;
    Ok(())
}
