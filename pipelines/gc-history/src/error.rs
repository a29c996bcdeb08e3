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

impl Error {
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
            Self::Archive(error) => error.class(),
            Self::NoArchive { .. } => {
                Class::operator("check --out; gc-history export makes an archive")
            }
            Self::Interrupted => Class::Interrupted,
            Self::Worker | Self::Report(_) => Class::Bug,
        }
    }
}
