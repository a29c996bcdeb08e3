//! When to kill.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use gc_core::Day;

use crate::stage::Archive;

/// A moment in the life of a run.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Moment {
    /// So long after it was started.
    After(Duration),
    /// Its lease carries a job.
    JobWritten,
    /// A file that nobody sees yet has bytes.
    FileBegun,
    /// So many data files have been replaced.
    FileReplaced(usize),
    /// So many manifests have been written.
    ManifestWritten(usize),
}

/// Looks out for a moment. Made before the run starts, for it compares with what was there.
pub(crate) struct Watch {
    moment: Moment,
    archive: Archive,
    since: Instant,
    files: Vec<(PathBuf, u64)>,
}

impl Moment {
    pub(crate) fn watch(self, archive: &Archive, days: &[Day]) -> Watch {
        let file = |date: &Day| match self {
            Self::ManifestWritten(_) => archive.manifest_file(*date),
            _ => archive.data_file(*date),
        };
        let files = days.iter().map(file);
        let files = files.map(|path| (path.clone(), identity(&path))).collect();
        Watch {
            moment: self,
            archive: archive.clone(),
            since: Instant::now(),
            files,
        }
    }
}

impl Watch {
    pub(crate) fn has_come(&self) -> bool {
        match self.moment {
            Moment::After(duration) => self.since.elapsed() >= duration,
            Moment::JobWritten => !self.archive.carried_jobs().is_empty(),
            Moment::FileBegun => self.archive.leftovers().iter().any(|path| has_bytes(path)),
            Moment::FileReplaced(count) | Moment::ManifestWritten(count) => {
                let replaced = |(path, before): &&(PathBuf, u64)| identity(path) != *before;
                self.files.iter().filter(replaced).count() >= count
            }
        }
    }
}

/// Tells one file from the one that replaced it under the same name.
fn identity(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |metadata| metadata.ino())
}

fn has_bytes(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| metadata.len() > 0)
}
