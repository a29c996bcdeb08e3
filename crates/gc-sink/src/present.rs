//! Reading the Parquet files of an archive: what the footer says, and what the rows hold.
//!
//! Rows are read a row group at a time, without their provenance, on a blocking thread; only fetching is
//! async. Memory is bounded by the largest row group of the file.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array as _, AsArray as _, RecordBatch};
use arrow::datatypes::DataType;
use object_store::ObjectStore;
use object_store::path::Path;
use parquet::DecodeResult;
use parquet::arrow::ProjectionMask;
use parquet::arrow::push_decoder::{ParquetPushDecoder, ParquetPushDecoderBuilder};
use parquet::errors::ParquetError;
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataPushDecoder};
use tokio::runtime::Handle;

use crate::archive::blocking;
use crate::content::content_digest;
use crate::content::{row_hashes, share};
use crate::data_file::{CONTENT_HASH, SCHEMA_HASH};
use crate::index::key_hash;
use crate::{Archive, Dataset, Digest, Error};

/// Rows decoded at once.
const BATCH_ROWS: usize = 1_024;
/// Fetched from the end of a file before anything is known of it: most footers fit.
const FOOTER_GUESS: u64 = 64 * 1024;

/// What the footer of a data file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FileFacts {
    /// Rows in the file.
    pub(crate) rows: u64,
    /// Its size.
    pub(crate) bytes: u64,
    /// The hash of its content, when this program wrote it.
    pub(crate) content_hash: Option<Digest>,
    /// The hash of its columns, when this program wrote it.
    pub(crate) schema_hash: Option<Digest>,
}

/// What the rows of a data file hold, counted again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recount {
    /// Rows in the file.
    pub rows: u64,
    /// The hash of their content.
    pub content_hash: Digest,
}

impl Archive {
    /// Reads every row of a data file and counts its content again, to be compared with its manifest;
    /// none when there is no such file.
    ///
    /// # Errors
    ///
    /// When the file is damaged ([`Error::is_damage`]), or the store refuses or fails.
    pub async fn recount(&self, dataset: &Dataset, path: &Path) -> Result<Option<Recount>, Error> {
        let Some(meta) = self.head(path).await? else {
            return Ok(None);
        };
        let file = ParquetFile::open(self, path, meta.size).await?;
        let count = (0u64, 0u128);
        let (rows, content) = file
            .scan(dataset, count, |(rows, content), key, row| {
                *rows += 1;
                *content = content.wrapping_add(share(key, row));
            })
            .await?;
        Ok(Some(Recount {
            rows,
            content_hash: content_digest(content, rows),
        }))
    }
}

/// A Parquet file of an archive, its footer read.
pub(crate) struct ParquetFile {
    store: Arc<dyn ObjectStore>,
    path: Path,
    size: u64,
    metadata: Arc<ParquetMetaData>,
}

impl ParquetFile {
    pub(crate) async fn open(archive: &Archive, path: &Path, size: u64) -> Result<Self, Error> {
        let store = Arc::clone(&archive.store);
        let damaged = |source| Error::Unreadable {
            path: path.to_string(),
            source,
        };
        let mut decoder = ParquetMetaDataPushDecoder::try_new(size).map_err(damaged)?;
        let tail = size.saturating_sub(FOOTER_GUESS)..size;
        let mut wanted = vec![tail];
        loop {
            let found = fetch(store.as_ref(), path, &wanted).await?;
            decoder.push_ranges(wanted, found).map_err(damaged)?;
            wanted = match decoder.try_decode().map_err(damaged)? {
                DecodeResult::NeedsData(ranges) => ranges,
                DecodeResult::Data(metadata) => {
                    let metadata = Arc::new(metadata);
                    return Ok(Self {
                        store,
                        path: path.clone(),
                        size,
                        metadata,
                    });
                }
                DecodeResult::Finished => return Err(damaged(no_footer())),
            };
        }
    }

    pub(crate) fn facts(&self) -> FileFacts {
        let file = self.metadata.file_metadata();
        let digest = |name: &str| {
            let entry = file
                .key_value_metadata()?
                .iter()
                .find(|entry| entry.key == name)?;
            entry.value.as_ref()?.parse().ok()
        };
        FileFacts {
            rows: file.num_rows().try_into().unwrap_or(0),
            bytes: self.size,
            content_hash: digest(CONTENT_HASH),
            schema_hash: digest(SCHEMA_HASH),
        }
    }

    /// Visits the hashes of each row: of its key and of its content.
    pub(crate) async fn scan<T: Send + 'static>(
        self,
        dataset: &Dataset,
        mut state: T,
        mut visit: impl FnMut(&mut T, u128, u64) + Send + 'static,
    ) -> Result<T, Error> {
        let (dataset, runtime) = (*dataset, Handle::current());
        blocking(move || {
            let mut decoder = self.decoder(&dataset)?;
            while let Some(batch) = self.next(&mut decoder, &runtime)? {
                let keys = self.key_hashes(&batch, dataset.key)?;
                for (key, row) in keys
                    .into_iter()
                    .zip(row_hashes(&batch, dataset.provenance)?)
                {
                    visit(&mut state, key, row);
                }
            }
            Ok(state)
        })
        .await
    }

    fn decoder(&self, dataset: &Dataset) -> Result<ParquetPushDecoder, Error> {
        let schema = self.metadata.file_metadata().schema_descr();
        let columns = schema.root_schema().get_fields().iter().enumerate();
        let content = columns.filter(|(_, field)| !dataset.provenance.contains(&field.name()));
        let mask = ProjectionMask::roots(schema, content.map(|(column, _)| column));
        ParquetPushDecoderBuilder::try_new_decoder(Arc::clone(&self.metadata))
            .and_then(|builder| {
                builder
                    .with_batch_size(BATCH_ROWS)
                    .with_projection(mask)
                    .build()
            })
            .map_err(|source| self.damaged(source))
    }

    fn next(
        &self,
        decoder: &mut ParquetPushDecoder,
        runtime: &Handle,
    ) -> Result<Option<RecordBatch>, Error> {
        loop {
            match decoder
                .try_decode()
                .map_err(|source| self.damaged(source))?
            {
                DecodeResult::Data(batch) => return Ok(Some(batch)),
                DecodeResult::Finished => return Ok(None),
                DecodeResult::NeedsData(ranges) => {
                    let found =
                        runtime.block_on(fetch(self.store.as_ref(), &self.path, &ranges))?;
                    decoder
                        .push_ranges(ranges, found)
                        .map_err(|source| self.damaged(source))?;
                }
            }
        }
    }

    fn key_hashes(&self, batch: &RecordBatch, key: &str) -> Result<Vec<u128>, Error> {
        let keys = batch
            .column_by_name(key)
            .filter(|keys| *keys.data_type() == DataType::Utf8);
        let missing = || self.damaged(ParquetError::General(format!("there is no column `{key}`")));
        let keys = keys
            .filter(|keys| keys.null_count() == 0)
            .ok_or_else(missing)?;
        Ok(keys
            .as_string::<i32>()
            .iter()
            .flatten()
            .map(key_hash)
            .collect())
    }

    fn damaged(&self, source: ParquetError) -> Error {
        Error::Unreadable {
            path: self.path.to_string(),
            source,
        }
    }
}

fn no_footer() -> ParquetError {
    ParquetError::General("there is no footer".to_owned())
}

async fn fetch(
    store: &dyn ObjectStore,
    path: &Path,
    ranges: &[Range<u64>],
) -> Result<Vec<bytes::Bytes>, Error> {
    store
        .get_ranges(path, ranges)
        .await
        .map_err(Error::store("read", path))
}
