//! What can go wrong in a run, and what it asks for.

use gc_core::{Class, Classify};

/// What can go wrong in a run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The client could not be set up.
    #[error(transparent)]
    Client(gc_auth::Error),
    /// The platform did not give what was asked for.
    #[error(transparent)]
    Platform(Box<gc_analytics::Error>),
    /// The platform did not give a list of entities.
    #[error(transparent)]
    List(Box<gc_reference::Error>),
    /// What is listed now could not be put together with what was listed before.
    #[error(transparent)]
    Merge(#[from] gc_reference::MergeError),
    /// The archive did not do what was asked for.
    #[error(transparent)]
    Archive(#[from] gc_sink::Error),
    /// There is no archive where one was expected.
    #[error("find an archive at {root}")]
    NoArchive {
        /// The root that was given.
        root: String,
    },
    /// A worker thread panicked.
    #[error("decode and encode a day: a worker stopped unexpectedly")]
    Worker,
    /// The run was asked to stop.
    #[error("finish before being asked to stop")]
    Interrupted,
    /// The report could not be written as JSON.
    #[error("write the report as JSON")]
    Report(#[source] serde_json::Error),
}

impl From<gc_analytics::Error> for Error {
    fn from(error: gc_analytics::Error) -> Self {
        Self::Platform(Box::new(error))
    }
}

impl From<gc_reference::Error> for Error {
    fn from(error: gc_reference::Error) -> Self {
        Self::List(Box::new(error))
    }
}

impl Error {
    /// Returns whether other lists of entities fail for the same reason.
    pub(crate) fn concerns_every_list(&self) -> bool {
        matches!(self, Self::List(error) if error.concerns_every_list())
    }

    /// Returns whether the client lacks a permission for a list of entities.
    pub(crate) fn is_refused(&self) -> bool {
        let Self::List(error) = self else {
            return false;
        };
        let gc_reference::Error::List { source, .. } = &**error else {
            return false;
        };
        matches!(source, gc_auth::Error::Forbidden { .. })
    }

    /// Returns what a person can do about it, as a sentence.
    pub fn remedy(&self) -> Option<String> {
        let again = "run the same command again: what is finished stays as it is";
        let is_transient = matches!(self.class(), Class::Transient { .. });
        gc_cli::remedy(self).or_else(|| is_transient.then(|| again.to_owned()))
    }
}

impl Classify for Error {
    fn class(&self) -> Class {
        match self {
            Self::Client(error) => error.class(),
            Self::Platform(error) => error.class(),
            Self::List(error) => error.class(),
            Self::Merge(error) => error.class(),
            Self::Archive(error) => error.class(),
            Self::NoArchive { .. } => {
                Class::operator("check --out; gc-history export makes an archive")
            }
            Self::Interrupted => Class::Interrupted,
            Self::Worker | Self::Report(_) => Class::Bug,
        }
    }
}
