//! One partition being replaced.

use std::fmt;
use std::mem;

use arrow::datatypes::SchemaRef;
use gc_core::Day;
use object_store::path::Path;
use parquet::errors::Result as ParquetResult;
use parquet::file::writer::SerializedFileWriter;

use crate::companion::CompanionFile;
use crate::content::content_digest;
use crate::data_file::{Footer, create_file, splice};
use crate::parquet_options::schema_hash;
use crate::quarantine::Quarantine;
use crate::receipt::Draft;
use crate::row_group::Tally;
use crate::{
    Archive, Companion, Dataset, Digest, EncodedRowGroup, Error, Finished, Manifest, Replacement,
    RowGroupBuilder, RowGroups, WriteOptions, layout,
};

/// One partition being replaced: one Parquet file, and the records that did not fit into it.
///
/// Row groups are built and encoded on any number of threads; this end appends them. Nothing is visible
/// before [`Finished::commit`], and a writer that is dropped leaves nothing.
pub struct PartitionWriter {
    archive: Archive,
    dataset: Dataset,
    day: Day,
    program_version: String,
    groups: RowGroups,
    path: Path,
    file: SerializedFileWriter<Vec<u8>>,
    data: Replacement,
    companions: Vec<CompanionFile>,
    quarantine: Option<Quarantine>,
    tally: Tally,
    schema_hash: Digest,
}

impl fmt::Debug for PartitionWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PartitionWriter")
            .field("path", &self.path)
            .field("tally", &self.tally)
            .finish_non_exhaustive()
    }
}

impl PartitionWriter {
    /// Begins to replace the file of a day.
    ///
    /// # Errors
    ///
    /// When the schema has no fitting key or sort column, or the temporary file cannot be created.
    pub async fn begin(
        archive: &Archive,
        dataset: Dataset,
        day: Day,
        schema: SchemaRef,
        options: WriteOptions,
        program_version: &str,
    ) -> Result<Self, Error> {
        let alone = Vec::new();
        Self::begin_with(
            archive,
            dataset,
            day,
            schema,
            options,
            program_version,
            alone,
        )
        .await
    }

    /// Begins to replace the file of a day, and those of the tables that are made from its rows.
    ///
    /// # Errors
    ///
    /// As [`PartitionWriter::begin`].
    pub async fn begin_with(
        archive: &Archive,
        dataset: Dataset,
        day: Day,
        schema: SchemaRef,
        options: WriteOptions,
        program_version: &str,
        companions: Vec<Companion>,
    ) -> Result<Self, Error> {
        let path = layout::data_file(dataset.name, day);
        let schema_hash = schema_hash(&schema);
        let (mut files, mut rows) = (Vec::new(), Vec::new());
        for companion in companions {
            let begun = CompanionFile::begin(archive, &dataset, day, companion, options).await?;
            files.push(begun.0);
            rows.push(begun.1);
        }
        let (file, factory) = create_file(&dataset, &schema, options).map_err(Error::Encode)?;
        let groups = RowGroups::new(dataset, schema, options, factory, rows)?;
        Ok(Self {
            archive: archive.clone(),
            dataset,
            day,
            program_version: program_version.to_owned(),
            groups,
            file,
            data: archive.replace(dataset.name, path.clone()).await?,
            companions: files,
            path,
            quarantine: None,
            tally: Tally::default(),
            schema_hash,
        })
    }

    /// Returns where row groups begin, for other threads.
    pub fn row_groups(&self) -> RowGroups {
        self.groups.clone()
    }

    /// Begins a row group.
    pub fn row_group(&self) -> RowGroupBuilder {
        self.groups.begin()
    }

    /// Appends a row group. The order of calls is the order in the file.
    ///
    /// # Errors
    ///
    /// When the disk is full, or the store refuses or fails. The writer is of no use after that.
    ///
    /// # Cancel safety
    ///
    /// Not cancel safe: drop the writer with the future.
    pub async fn append(&mut self, group: EncodedRowGroup) -> Result<(), Error> {
        self.tally.add(&group.tally);
        if group.chunks.is_empty() {
            return Ok(());
        }
        splice(&mut self.file, group.chunks).map_err(Error::Encode)?;
        self.drain().await?;
        for (companion, rows) in self.companions.iter_mut().zip(group.companions) {
            companion.append(rows).await?;
        }
        Ok(())
    }

    /// Hands what the Parquet writer has put into memory to the replacement.
    async fn drain(&mut self) -> Result<(), Error> {
        let bytes = mem::take(self.file.inner_mut());
        self.data.write(bytes.into()).await
    }

    /// Keeps a record that does not fit, as received, with the reason.
    ///
    /// # Errors
    ///
    /// When the disk is full, or the store refuses or fails. The writer is of no use after that.
    ///
    /// # Cancel safety
    ///
    /// Not cancel safe: drop the writer with the future.
    pub async fn set_aside(&mut self, record: &[u8], reason: &str) -> Result<(), Error> {
        let quarantine = match &mut self.quarantine {
            Some(quarantine) => quarantine,
            none => {
                none.insert(Quarantine::begin(&self.archive, self.dataset.name, self.day).await?)
            }
        };
        quarantine.set_aside(record, reason).await
    }

    /// Ends the file, still unseen, and compares its rows with those of the file that is there.
    ///
    /// `previous` is the manifest of the day, if it has one. When manifest, present file and new rows
    /// agree on the content, the partition is unchanged: the new file is dropped.
    ///
    /// # Errors
    ///
    /// When a row group was admitted and never appended, the disk is full, or the store refuses or fails.
    /// That the present file is damaged is no error: it counts as absent, see [`Finished::damaged`].
    pub async fn finish(mut self, previous: Option<&Manifest>) -> Result<Finished, Error> {
        let (admitted, appended) = (
            self.groups.with_index(|index| index.len()),
            self.tally.admitted.rows,
        );
        if admitted != appended {
            return Err(Error::Forgotten {
                dataset: self.dataset.name.to_owned(),
                admitted,
                appended,
            });
        }
        let content_hash = content_digest(self.tally.content, appended);
        self.end_file(content_hash).map_err(Error::Encode)?;
        self.drain().await?;
        let records = self.quarantine.as_ref().map_or(0, Quarantine::records);
        let quarantine = match self.quarantine {
            Some(quarantine) => Some(quarantine.finish().await?),
            None => None,
        };
        let mut companions = Vec::new();
        for companion in self.companions {
            let version = &self.program_version;
            companions.push(companion.finish(self.day, content_hash, version).await?);
        }
        let draft = Draft {
            archive: self.archive,
            dataset: self.dataset,
            day: self.day,
            path: self.path,
            admitted: self.tally.admitted,
            content_hash,
            schema_hash: self.schema_hash,
            data: self.data,
            companions,
            records,
            quarantine,
        };
        Finished::compare(draft, &self.groups, previous).await
    }

    fn end_file(&mut self, content_hash: Digest) -> ParquetResult<()> {
        let footer = Footer {
            dataset: &self.dataset,
            day: self.day,
            rows: self.tally.admitted.rows,
            content_hash,
            schema_hash: self.schema_hash,
            program_version: &self.program_version,
        };
        footer.end(&mut self.file)
    }

    /// Drops everything that was written.
    ///
    /// # Errors
    ///
    /// When the store fails to abort an upload; nothing of it is visible all the same.
    pub async fn abort(self) -> Result<(), Error> {
        self.data.abort().await?;
        for companion in self.companions {
            companion.abort().await?;
        }
        match self.quarantine {
            Some(quarantine) => quarantine.abort().await,
            None => Ok(()),
        }
    }
}
