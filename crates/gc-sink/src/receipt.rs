//! From a finished file to its manifest. Each step consumes the one before, so a manifest without its file
//! does not compile: [`Finished`] (nothing visible), [`Committed`] (the file is), [`Manifest`].

use std::collections::BTreeMap;

use gc_core::Day;
use object_store::path::Path;

use crate::companion::CompanionDraft;
use crate::index::Known;
use crate::manifest::FORMAT_VERSION;
use crate::present::ParquetFile;
use crate::{
    Account, Admitted, Archive, Change, Contents, DataFile, Dataset, Digest, Error, Lease,
    Manifest, Replacement, RowGroups, layout,
};

/// A partition whose file is written and not yet compared with the one that is there.
pub(crate) struct Draft {
    pub(crate) archive: Archive,
    pub(crate) dataset: Dataset,
    pub(crate) day: Day,
    pub(crate) path: Path,
    pub(crate) admitted: Admitted,
    pub(crate) content_hash: Digest,
    pub(crate) schema_hash: Digest,
    pub(crate) data: Replacement,
    pub(crate) companions: Vec<CompanionDraft>,
    pub(crate) records: u64,
    pub(crate) quarantine: Option<(String, Replacement)>,
}

/// A partition that is ready to be made visible.
#[derive(Debug)]
pub struct Finished {
    archive: Archive,
    dataset: Dataset,
    day: Day,
    contents: Contents,
    /// None when the file that is there holds the same rows.
    data: Option<Replacement>,
    /// Those of the tables made from these rows whose file has to change.
    companions: Vec<Replacement>,
    quarantine: Option<Replacement>,
    damaged: Option<String>,
}

/// How the rows of the new file relate to the file that is there.
enum Comparison {
    /// They are the same, and its manifest says so: keep that file.
    Unchanged(DataFile, Digest),
    /// They differ so much, or nothing vouches for that file.
    Changed(Change),
    /// That file cannot be read.
    Damaged(String),
}

impl Finished {
    pub(crate) async fn compare(
        draft: Draft,
        groups: &RowGroups,
        previous: Option<&Manifest>,
    ) -> Result<Self, Error> {
        let mut contents = draft.contents();
        let all_new = Change {
            added: contents.rows,
            ..Change::default()
        };
        let (mut data, mut damaged) = (Some(draft.data), None);
        match compare(
            &draft.archive,
            &draft.dataset,
            &draft.path,
            &contents,
            groups,
            previous,
        )
        .await?
        {
            Comparison::Unchanged(file, schema_hash) => {
                contents.file = file;
                contents.schema_hash = schema_hash;
                if let Some(data) = data.take() {
                    data.abort().await?;
                }
            }
            Comparison::Changed(change) => contents.change = change,
            Comparison::Damaged(reason) => {
                contents.change = all_new;
                damaged = Some(reason);
            }
        }
        let quarantine = draft.quarantine.map(|(_, replacement)| replacement);
        let Draft {
            archive,
            dataset,
            day,
            ..
        } = draft;
        let mut companions = Vec::new();
        for companion in draft.companions {
            let name = companion.name.to_owned();
            let compared = companion.compare(&archive, contents.content_hash, previous);
            let (table, replacement) = compared.await?;
            contents.tables.insert(name, table);
            companions.extend(replacement);
        }
        Ok(Self {
            archive,
            dataset,
            day,
            contents,
            data,
            companions,
            quarantine,
            damaged,
        })
    }

    /// Returns what was counted.
    pub fn contents(&self) -> &Contents {
        &self.contents
    }

    /// Returns whether the file that is there holds the same rows and stays, and so do those of the tables made
    /// from them.
    pub fn is_unchanged(&self) -> bool {
        self.data.is_none() && self.companions.is_empty()
    }

    /// Returns why the file that is there could not be read. It counts as absent and will be replaced.
    pub fn damaged(&self) -> Option<&str> {
        self.damaged.as_deref()
    }

    /// Makes the partition visible: quarantine first, then the tables made from its rows, then its file.
    ///
    /// # Errors
    ///
    /// When the lease is lost, the disk is full, or the store refuses or fails.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped either the old or the new file is there, whole; so for each table.
    pub async fn commit(self, lease: &Lease) -> Result<Committed, Error> {
        lease.ensure_held().await?;
        if let Some(quarantine) = self.quarantine {
            quarantine.commit().await?;
        }
        for companion in self.companions {
            companion.commit().await?;
        }
        if let Some(data) = self.data {
            data.commit().await?;
        }
        let Self {
            archive,
            dataset,
            day,
            contents,
            ..
        } = self;
        Ok(Committed {
            archive,
            dataset,
            day,
            contents,
        })
    }

    /// Drops everything that was written.
    ///
    /// # Errors
    ///
    /// When the store fails to abort an upload; nothing of it is visible all the same.
    pub async fn abort(self) -> Result<(), Error> {
        let others = self.companions.into_iter().chain(self.quarantine);
        for replacement in self.data.into_iter().chain(others) {
            replacement.abort().await?;
        }
        Ok(())
    }
}

impl Draft {
    fn contents(&self) -> Contents {
        Contents {
            rows: self.admitted.rows,
            content_hash: self.content_hash,
            schema_hash: self.schema_hash,
            file: DataFile {
                path: self.path.to_string(),
                bytes: self.data.written(),
            },
            repeated_rows: self.admitted.repeated,
            conflicting_rows: self.admitted.conflicting,
            quarantined: self.records,
            quarantine_file: self.quarantine.as_ref().map(|(path, _)| path.clone()),
            change: Change::default(),
            tables: BTreeMap::new(),
        }
    }
}

async fn compare(
    archive: &Archive,
    dataset: &Dataset,
    path: &Path,
    contents: &Contents,
    groups: &RowGroups,
    previous: Option<&Manifest>,
) -> Result<Comparison, Error> {
    let Some(meta) = archive.head(path).await? else {
        return Ok(Comparison::Changed(Change {
            added: contents.rows,
            ..Change::default()
        }));
    };
    let compared: Result<_, Error> = async {
        let file = ParquetFile::open(archive, path, meta.size).await?;
        if let Some(previous) = previous.filter(|previous| vouches(previous, &file, contents)) {
            let Contents {
                file, schema_hash, ..
            } = &previous.contents;
            return Ok(Comparison::Unchanged(file.clone(), *schema_hash));
        }
        let change = count_changes(file, dataset, contents.rows, groups.clone()).await?;
        Ok(Comparison::Changed(change))
    }
    .await;
    match compared {
        Err(error) if error.is_damage() => Ok(Comparison::Damaged(gc_core::describe(&error))),
        compared => compared,
    }
}

/// Returns whether the manifest and the present file agree that the rows are the new ones.
fn vouches(previous: &Manifest, file: &ParquetFile, contents: &Contents) -> bool {
    let facts = file.facts();
    previous.contents.file.bytes == facts.bytes
        && previous.contents.content_hash == contents.content_hash
        && facts.content_hash == Some(contents.content_hash)
}

async fn count_changes(
    file: ParquetFile,
    dataset: &Dataset,
    rows: u64,
    groups: RowGroups,
) -> Result<Change, Error> {
    let change = file
        .scan(
            dataset,
            Change {
                added: rows,
                ..Change::default()
            },
            move |change, key, row| match groups.with_index(|index| index.look_up(key, row)) {
                Known::No => change.removed += 1,
                Known::Same => change.added = change.added.saturating_sub(1),
                Known::Other => {
                    change.added = change.added.saturating_sub(1);
                    change.changed += 1;
                }
            },
        )
        .await?;
    Ok(change)
}

/// The receipt of a committed partition, without which there is no manifest.
#[derive(Debug)]
#[must_use = "a partition without a manifest is exported again"]
pub struct Committed {
    archive: Archive,
    dataset: Dataset,
    day: Day,
    contents: Contents,
}

impl Committed {
    /// Returns what was counted.
    pub fn contents(&self) -> &Contents {
        &self.contents
    }

    /// Writes the manifest, then removes the quarantine of an earlier export if this one has none.
    ///
    /// # Errors
    ///
    /// When the disk is full, or the store refuses or fails.
    pub async fn record(self, account: Account) -> Result<Manifest, Error> {
        let manifest = Manifest {
            format_version: FORMAT_VERSION,
            dataset: self.dataset.name.to_owned(),
            date: self.day,
            contents: self.contents,
            account,
        };
        manifest.write(&self.archive).await?;
        if manifest.contents.quarantine_file.is_none() {
            self.archive
                .remove(&layout::quarantine_file(self.dataset.name, self.day))
                .await?;
        }
        Ok(manifest)
    }
}
