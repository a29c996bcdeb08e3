//! By which way conversations are fetched.

use std::fmt;

use gc_core::Day;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::job::JobSource;
use crate::page::Page;
use crate::query::QuerySource;

/// By which way the conversations of a day are fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Via {
    /// The asynchronous job: whole days, with attributes, up to the watermark.
    Job,
    /// The synchronous query: up to now, without attributes.
    Query,
}

impl Via {
    /// Returns the way to take for `day`: the job once the watermark has passed the day.
    pub fn for_day(day: Day, watermark: Timestamp) -> Self {
        if has_passed(watermark, day) {
            Self::Job
        } else {
            Self::Query
        }
    }

    /// Returns `job` or `query`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Job => "job",
            Self::Query => "query",
        }
    }
}

impl fmt::Display for Via {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Returns whether everything that started on `day` lies before the watermark.
pub fn has_passed(watermark: Timestamp, day: Day) -> bool {
    watermark >= day.interval().end
}

/// The pages of one day.
#[derive(Debug)]
pub enum Source {
    /// By job.
    Job(JobSource),
    /// By query.
    Query(QuerySource),
}

impl Source {
    /// Returns the next page, or nothing after the last.
    ///
    /// # Errors
    ///
    /// See [`JobSource::next_page`] and [`QuerySource::next_page`].
    pub async fn next_page(&mut self) -> Result<Option<Page>, Error> {
        match self {
            Self::Job(job) => job.next_page().await,
            Self::Query(query) => query.next_page().await,
        }
    }

    /// Frees what the source holds on the platform. To be called whatever became of the pages.
    ///
    /// # Errors
    ///
    /// See [`JobSource::close`].
    pub async fn close(&mut self) -> Result<(), Error> {
        match self {
            Self::Job(job) => job.close().await,
            Self::Query(_) => Ok(()),
        }
    }
}
