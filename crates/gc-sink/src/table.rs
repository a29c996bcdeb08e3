//! Small tables that have no partitions: one file each, replaced whole.
//!
//! The order of a commit is that of a partition: quarantine, then the file. A table has no manifest: what
//! is known of it is in its rows.

use std::sync::Arc;

use arrow::array::RecordBatch;
use bytes::Bytes;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::errors::Result as ParquetResult;

use crate::archive::blocking;
use crate::{Archive, Dataset, Error, FileEncoder, Lease, WriteOptions, compress_lines, layout};

/// A small table on its way into an archive.
#[derive(Clone, Debug)]
pub struct SmallTable {
    /// What it is called, and how it is written.
    pub table: Dataset,
    /// All its rows.
    pub rows: RecordBatch,
    /// The records that fit no row, as lines of the quarantine; see [`crate::quarantine_line`].
    pub set_aside: Vec<Vec<u8>>,
}

impl Archive {
    /// Reads every row of a small table; none when there is no such table.
    ///
    /// # Errors
    ///
    /// When the file is damaged ([`Error::is_damage`]), or the store refuses or fails.
    pub async fn read_table(
        &self,
        dataset: &str,
        table: &str,
    ) -> Result<Option<Vec<RecordBatch>>, Error> {
        let path = layout::table_file(dataset, table);
        let Some(stored) = self.read(&path).await? else {
            return Ok(None);
        };
        let damaged = move |source| Error::Unreadable {
            path: path.to_string(),
            source,
        };
        let rows = blocking(move || decode(stored.bytes).map_err(damaged)).await?;
        Ok(Some(rows))
    }

    /// Replaces a small table of the leased dataset, and its quarantine, which goes when nothing is set
    /// aside.
    ///
    /// # Errors
    ///
    /// When the lease is lost, the rows cannot be written as Parquet, or the store refuses or fails. The
    /// table is then as it was.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped either the old or the new table is there.
    pub async fn replace_table(
        &self,
        lease: &Lease,
        table: SmallTable,
        program_version: &str,
    ) -> Result<(), Error> {
        let (dataset, name) = (lease.dataset(), table.table.name);
        let version = program_version.to_owned();
        let (file, quarantine) = blocking(move || encode(&table, &version)).await?;
        lease.ensure_held().await?;
        let aside = layout::table_quarantine_file(dataset, name);
        match quarantine {
            Some(lines) => self.write(dataset, aside, lines).await?,
            None => self.remove(&aside).await?,
        }
        let path = layout::table_file(dataset, name);
        self.write(dataset, path, file).await
    }
}

fn encode(table: &SmallTable, version: &str) -> Result<(Bytes, Option<Bytes>), Error> {
    let (options, schema) = (WriteOptions::default(), table.rows.schema());
    let mut file = FileEncoder::begin(&table.table, &schema, options, version)?;
    file.push(table.rows.clone())?;
    let (file, _rows) = file.finish()?;
    let lines = table.set_aside.iter().map(Vec::as_slice);
    let quarantine = match table.set_aside.is_empty() {
        true => None,
        false => Some(compress_lines(lines)?.into()),
    };
    Ok((file, quarantine))
}

fn decode(bytes: Bytes) -> ParquetResult<Vec<RecordBatch>> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(bytes)?;
    let schema = Arc::clone(builder.schema());
    let mut batches = builder.build()?.collect::<Result<Vec<_>, _>>()?;
    if batches.is_empty() {
        batches.push(RecordBatch::new_empty(schema));
    }
    Ok(batches)
}
