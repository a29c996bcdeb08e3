//! What can go wrong between the platform and the rows.

use arrow::error::ArrowError;
use gc_core::{Class, Classify};

use crate::page::BrokenPage;

/// What can go wrong while a list is read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The platform did not give a page.
    #[error("list the {table}, page {page}")]
    List {
        /// The table.
        table: &'static str,
        /// The page, counted from 1.
        page: u32,
        /// The cause.
        #[source]
        source: gc_auth::Error,
    },
    /// A page came that is no complete JSON, again and again.
    #[error("read the list of {table}, page {page}")]
    Page {
        /// The table.
        table: &'static str,
        /// The page, counted from 1.
        page: u32,
        /// The cause.
        #[source]
        source: BrokenPage,
    },
    /// The list does not say how it goes on, or does not end.
    #[error("follow the list of {table} beyond page {page}: {problem}")]
    Lost {
        /// The table.
        table: &'static str,
        /// The last page, counted from 1.
        page: u32,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The run was asked to stop.
    #[error("finish the list of {table} before being asked to stop")]
    Interrupted {
        /// The table.
        table: &'static str,
    },
}

impl Error {
    /// Returns whether other lists would fail for the same reason: the client is not let in, or the
    /// platform is not reached at all.
    pub fn concerns_every_list(&self) -> bool {
        use gc_auth::Error as Client;
        let Self::List { source, .. } = self else {
            return matches!(self, Self::Interrupted { .. });
        };
        !matches!(
            source,
            Client::Forbidden { .. }
                | Client::NotFound { .. }
                | Client::Conflict { .. }
                | Client::Rejected { .. }
                | Client::Unexpected { .. }
                | Client::Server { .. }
                | Client::Timeout { .. }
                | Client::Cut { .. }
                | Client::BodyTooLarge { .. }
        )
    }
}

impl Classify for Error {
    fn class(&self) -> Class {
        match self {
            Self::List { source, .. } => source.class(),
            Self::Page { .. } => Class::TRANSIENT,
            Self::Lost { .. } => Class::Data,
            Self::Interrupted { .. } => Class::Interrupted,
        }
    }
}

/// Why rows cannot be put together with those of an earlier reading.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MergeError {
    /// The earlier rows have a column that is not known here.
    #[error("keep the column `{column}`, which is not known here")]
    Newer {
        /// The column.
        column: String,
    },
    /// There are more rows than a table can hold.
    #[error("put the rows together")]
    Rows(#[from] ArrowError),
}

impl Classify for MergeError {
    fn class(&self) -> Class {
        match self {
            Self::Newer { .. } => Class::operator(
                "a newer version of the program wrote the table: use that one, or move the file away",
            ),
            Self::Rows(_) => Class::Data,
        }
    }
}
