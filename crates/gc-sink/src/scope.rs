//! What an archive was made for. A run that wants something else is refused: an export of voice alone must
//! never replace days that hold everything.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::manifest::parse_versioned;
use crate::{Archive, Error, Swap, layout};

/// The newest version of the scope's JSON that this program knows.
const FORMAT_VERSION: u32 = 1;

/// What an archive was made for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Scope {
    format_version: u32,
    /// The media it is confined to; none for all.
    pub media: Option<BTreeSet<String>>,
    /// How many files a day has.
    pub files_per_day: u32,
    /// The tables it holds.
    pub tables: BTreeSet<String>,
}

impl Scope {
    /// Describes an archive with one table, one file a day, of all media or the given.
    pub fn of_table(table: &str, media: Option<BTreeSet<String>>) -> Self {
        Self::of_tables(BTreeSet::from([table.to_owned()]), media)
    }

    /// Describes an archive with some tables, one file a day of each, of all media or the given.
    pub fn of_tables(tables: BTreeSet<String>, media: Option<BTreeSet<String>>) -> Self {
        Self {
            format_version: FORMAT_VERSION,
            media,
            files_per_day: 1,
            tables,
        }
    }

    /// Returns what an archive was made for; none when it is new.
    ///
    /// # Errors
    ///
    /// When the store refuses or fails, or a newer program made the archive.
    pub async fn read(archive: &Archive) -> Result<Option<Self>, Error> {
        let path = layout::scope_file();
        let Some(stored) = archive.read(&path).await? else {
            return Ok(None);
        };
        parse_versioned(&path, &stored.bytes, FORMAT_VERSION).map(Some)
    }

    /// Makes a new archive for what is wanted, or checks that an old one was made for the same.
    ///
    /// # Errors
    ///
    /// [`Error::OtherScope`] when it was made for something else; else as [`Scope::read`].
    pub async fn claim(archive: &Archive, wanted: &Self) -> Result<(), Error> {
        let found = match Self::read(archive).await? {
            Some(found) => Some(found),
            None => wanted.create(archive).await?,
        };
        match found {
            Some(found) if found != *wanted => Err(Error::OtherScope {
                found: found.to_string(),
                wanted: wanted.to_string(),
            }),
            _ => Ok(()),
        }
    }

    /// Writes the scope of a new archive; returns the scope that another run wrote first.
    async fn create(&self, archive: &Archive) -> Result<Option<Self>, Error> {
        let json = serde_json::to_vec_pretty(self).expect("a scope of plain fields is JSON");
        match archive
            .compare_and_swap(&layout::scope_file(), None, json.into())
            .await?
        {
            Swap::Won(_) => Ok(None),
            Swap::Lost => Self::read(archive).await,
        }
    }
}

impl fmt::Display for Scope {
    /// Writes `conversations of voice, chat in 1 file a day`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |names: &BTreeSet<String>| {
            names
                .iter()
                .map(String::as_str)
                .collect::<Vec<_>>()
                .join(", ")
        };
        let media = self
            .media
            .as_ref()
            .map_or_else(|| "all media".to_owned(), list);
        let files = self.files_per_day;
        write!(
            f,
            "{} of {media} in {files} file{} a day",
            list(&self.tables),
            if files == 1 { "" } else { "s" }
        )
    }
}
