//! What can go wrong between the platform and a page.

use std::time::Duration;

use gc_core::{Class, Classify, Day};

use crate::envelope::BrokenPage;

/// What can go wrong between the platform and a page.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The platform did not say how far its data is complete.
    #[error("read the watermark of the conversation jobs")]
    Watermark {
        /// The cause.
        #[source]
        source: gc_auth::Error,
    },
    /// The platform did not say how many conversations a day has.
    #[error("count the conversations of {day}")]
    Count {
        /// The day.
        day: Day,
        /// The cause.
        #[source]
        source: gc_auth::Error,
    },
    /// The platform refused a page of the query.
    #[error("fetch page {page} of the query for {day}")]
    QueryPage {
        /// The day.
        day: Day,
        /// The page, counted from 1.
        page: u32,
        /// The cause.
        #[source]
        source: gc_auth::Error,
    },
    /// The platform refused a job, or to tell of it.
    #[error("{attempt} the job for {day}")]
    Job {
        /// What was attempted: submit, poll, delete.
        attempt: &'static str,
        /// The day.
        day: Day,
        /// The cause.
        #[source]
        source: gc_auth::Error,
    },
    /// The platform refused a page of a job's results.
    #[error("fetch page {page} of the job for {day}")]
    JobPage {
        /// The day.
        day: Day,
        /// The page, counted from 1.
        page: u32,
        /// The cause.
        #[source]
        source: gc_auth::Error,
    },
    /// A page came that is no complete JSON, again and again.
    #[error("read a page of {day}")]
    Page {
        /// The day.
        day: Day,
        /// The cause.
        #[source]
        source: BrokenPage,
    },
    /// Every job that was submitted came to nothing.
    #[error("get a result for {day} from {tries} jobs, the last of which {reason}")]
    JobsFailed {
        /// The day.
        day: Day,
        /// How many jobs were submitted.
        tries: u32,
        /// What became of the last one.
        reason: String,
    },
    /// The job did not end in time.
    #[error("see the job for {day} end within {} minutes; it is still {state}", .waited.as_secs() / 60)]
    JobStuck {
        /// The day.
        day: Day,
        /// The state it is in.
        state: String,
        /// How long was waited.
        waited: Duration,
    },
    /// The id of a job could not be written down, or be struck out.
    #[error("keep account of the job for {day}")]
    Registry {
        /// The day.
        day: Day,
        /// What the error of the registry asks for.
        class: Class,
        /// The cause.
        #[source]
        source: RegistryError,
    },
    /// The run was asked to stop.
    #[error("finish {day} before being asked to stop")]
    Interrupted {
        /// The day.
        day: Day,
    },
}

/// An error of whoever keeps account of the jobs.
pub type RegistryError = Box<dyn std::error::Error + Send + Sync>;

impl Classify for Error {
    fn class(&self) -> Class {
        match self {
            Self::Watermark { source }
            | Self::Count { source, .. }
            | Self::QueryPage { source, .. }
            | Self::Job { source, .. }
            | Self::JobPage { source, .. } => source.class(),
            Self::Page { .. } | Self::JobsFailed { .. } | Self::JobStuck { .. } => Class::TRANSIENT,
            Self::Registry { class, .. } => class.clone(),
            Self::Interrupted { .. } => Class::Interrupted,
        }
    }
}
