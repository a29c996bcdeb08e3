//! What can go wrong in a run, and what it asks for.

use gc_core::{Class, Classify};

/// What can go wrong in a run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The client could not be set up.
    #[error(transparent)]
    Client(#[from] gc_auth::Error),
    /// The feed of events gave up.
    #[error(transparent)]
    Stream(#[from] gc_stream::Error),
    /// History did not give what was asked for.
    #[error(transparent)]
    History(Box<gc_analytics::Error>),
    /// The jobs of an earlier run could not be freed.
    #[error(transparent)]
    Jobs(Box<gc_history::Error>),
    /// The archive or the spool did not do what was asked for.
    #[error(transparent)]
    Sink(#[from] gc_sink::Error),
    /// A record in the spool is not what this program writes.
    #[error("read event {sequence} in the spool")]
    Record {
        /// Its sequence.
        sequence: i64,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// The archive took too long at the end of a run.
    #[error("write to the archive before the run had to end")]
    StorageSlow,
    /// A part of the program stopped unexpectedly.
    #[error("go on: the {part} stopped unexpectedly")]
    Stopped {
        /// Which part.
        part: &'static str,
    },
    /// The report could not be written as JSON.
    #[error("write the report as JSON")]
    Report(#[source] serde_json::Error),
}

impl From<gc_analytics::Error> for Error {
    fn from(error: gc_analytics::Error) -> Self {
        Self::History(Box::new(error))
    }
}

impl From<gc_history::Error> for Error {
    fn from(error: gc_history::Error) -> Self {
        Self::Jobs(Box::new(error))
    }
}

impl Error {
    /// Returns what a person can do about it, as a sentence.
    pub fn remedy(&self) -> Option<String> {
        gc_cli::remedy(self).or_else(|| self.usual_remedy())
    }

    fn usual_remedy(&self) -> Option<String> {
        match self.class() {
            Class::Transient { .. } => Some(
                "run the same command again: what was received is in the spool".to_owned(),
            ),
            Class::Held => Some(
                "one archiver at a time writes to a spool and to the events of an archive; it fills gaps by itself"
                    .to_owned(),
            ),
            _ => None,
        }
    }

    /// Returns whether it is the spool that failed, and not the archive.
    pub(crate) fn is_of_the_spool(&self) -> bool {
        matches!(self, Self::Sink(error) if error.is_of_the_spool())
    }

    /// Returns the exit code of a run that ends with this error.
    pub fn exit_code(&self) -> u8 {
        self.class().exit_code()
    }
}

impl Classify for Error {
    fn class(&self) -> Class {
        match self {
            Self::Client(error) => error.class(),
            Self::Stream(error) => error.class(),
            Self::History(error) => error.class(),
            Self::Jobs(error) => error.class(),
            Self::Sink(error) => error.class(),
            Self::StorageSlow => Class::TRANSIENT,
            Self::Record { .. } | Self::Stopped { .. } | Self::Report(_) => Class::Bug,
        }
    }
}
