//! Tables that are made from the rows of a partition, in the same pass: each in a file of its own, with the
//! same partitioning.
//!
//! - A companion says by the content hash in its footer from which rows it was made. As long as it is the one
//!   that the manifest names, and made from the rows that the partition holds, it stays untouched.
//! - It is committed before its partition's own file, and that before the manifest. A companion that is newer
//!   than the file beside it differs from what the manifest says, so the next run makes it anew.

use std::fmt;
use std::mem;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use gc_core::Day;
use object_store::path::Path;
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowRowGroupWriterFactory};
use parquet::errors::Result as ParquetResult;
use parquet::file::writer::SerializedFileWriter;

use crate::data_file::{Footer, create_file, splice};
use crate::present::ParquetFile;
use crate::row_group::encode_columns;
use crate::{
    Archive, DataFile, Dataset, Digest, Error, Manifest, Replacement, TableFile, WriteOptions,
    layout,
};

/// Makes the rows of a companion from rows of its partition.
pub type Derive = Arc<dyn Fn(&RecordBatch) -> Result<RecordBatch, ArrowError> + Send + Sync>;

/// A table that is made from the rows of a partition.
#[derive(Clone)]
pub struct Companion {
    /// The table. Its key need not be unique.
    pub dataset: Dataset,
    /// Its columns.
    pub schema: SchemaRef,
    /// How its rows are made. They keep the order of the rows that they are made from, by the sort column.
    pub derive: Derive,
}

impl fmt::Debug for Companion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Companion")
            .field(&self.dataset.name)
            .finish()
    }
}

/// What threads need to encode rows of a companion.
pub(crate) struct CompanionRows {
    companion: Companion,
    factory: ArrowRowGroupWriterFactory,
}

/// A row group of a companion in its final form.
#[derive(Debug)]
pub(crate) struct EncodedCompanion {
    chunks: Vec<ArrowColumnChunk>,
    rows: u64,
}

impl CompanionRows {
    /// Encodes what comes of the batches of one row group.
    pub(crate) fn encode(&self, batches: &[RecordBatch]) -> Result<EncodedCompanion, Error> {
        let derived = batches.iter().map(|batch| (self.companion.derive)(batch));
        let mut derived: Vec<_> = derived.collect::<Result<_, _>>().map_err(Error::Arrange)?;
        derived.retain(|batch| batch.num_rows() > 0);
        Ok(EncodedCompanion {
            chunks: encode_columns(&self.companion.schema, &self.factory, &derived)?,
            rows: derived.iter().map(|batch| batch.num_rows() as u64).sum(),
        })
    }
}

/// The file of a companion that is being written.
pub(crate) struct CompanionFile {
    dataset: Dataset,
    path: Path,
    schema_hash: Digest,
    file: SerializedFileWriter<Vec<u8>>,
    data: Replacement,
    rows: u64,
}

impl CompanionFile {
    /// Begins the file of a day; what is not finished lies with that of `main`.
    pub(crate) async fn begin(
        archive: &Archive,
        main: &Dataset,
        day: Day,
        companion: Companion,
        options: WriteOptions,
    ) -> Result<(Self, CompanionRows), Error> {
        let dataset = companion.dataset;
        let created = create_file(&dataset, &companion.schema, options);
        let (file, factory) = created.map_err(Error::Encode)?;
        let path = layout::data_file(dataset.name, day);
        let begun = Self {
            dataset,
            schema_hash: crate::parquet_options::schema_hash(&companion.schema),
            file,
            data: archive.replace(main.name, path.clone()).await?,
            path,
            rows: 0,
        };
        Ok((begun, CompanionRows { companion, factory }))
    }

    pub(crate) async fn append(&mut self, group: EncodedCompanion) -> Result<(), Error> {
        if group.chunks.is_empty() {
            return Ok(());
        }
        self.rows += group.rows;
        splice(&mut self.file, group.chunks).map_err(Error::Encode)?;
        self.drain().await
    }

    async fn drain(&mut self) -> Result<(), Error> {
        let bytes = mem::take(self.file.inner_mut());
        self.data.write(bytes.into()).await
    }

    /// Ends the file, still unseen.
    pub(crate) async fn finish(
        mut self,
        day: Day,
        content_hash: Digest,
        program_version: &str,
    ) -> Result<CompanionDraft, Error> {
        self.end(day, content_hash, program_version)
            .map_err(Error::Encode)?;
        self.drain().await?;
        let file = DataFile {
            path: self.path.to_string(),
            bytes: self.data.written(),
        };
        let (rows, schema_hash) = (self.rows, self.schema_hash);
        Ok(CompanionDraft {
            name: self.dataset.name,
            path: self.path,
            data: self.data,
            table: TableFile {
                rows,
                schema_hash,
                file,
            },
        })
    }

    fn end(&mut self, day: Day, content: Digest, program_version: &str) -> ParquetResult<()> {
        let footer = Footer {
            dataset: &self.dataset,
            day,
            rows: self.rows,
            content_hash: content,
            schema_hash: self.schema_hash,
            program_version,
        };
        footer.end(&mut self.file)
    }

    pub(crate) async fn abort(self) -> Result<(), Error> {
        self.data.abort().await
    }
}

/// The file of a companion, written and not yet compared with the one that is there.
#[derive(Debug)]
pub(crate) struct CompanionDraft {
    pub(crate) name: &'static str,
    path: Path,
    data: Replacement,
    table: TableFile,
}

impl CompanionDraft {
    /// Returns what the manifest is to say, and the new file unless the one that is there was made from
    /// the same rows, and its manifest says so.
    pub(crate) async fn compare(
        self,
        archive: &Archive,
        content_hash: Digest,
        previous: Option<&Manifest>,
    ) -> Result<(TableFile, Option<Replacement>), Error> {
        let known = previous.and_then(|manifest| manifest.contents.tables.get(self.name));
        match known {
            Some(known) if stands(archive, &self.path, known, content_hash).await? => {
                self.data.abort().await?;
                Ok((known.clone(), None))
            }
            _ => Ok((self.table, Some(self.data))),
        }
    }
}

/// Returns whether the file that is there is the one that the manifest names, made from these rows.
async fn stands(
    archive: &Archive,
    path: &Path,
    known: &TableFile,
    content_hash: Digest,
) -> Result<bool, Error> {
    let meta = archive.head(path).await?;
    let Some(meta) = meta.filter(|meta| meta.size == known.file.bytes) else {
        return Ok(false);
    };
    match ParquetFile::open(archive, path, meta.size).await {
        Ok(file) => Ok(file.facts().content_hash == Some(content_hash)),
        Err(error) if error.is_damage() => Ok(false),
        Err(error) => Err(error),
    }
}
