//! How a library reports its work to whoever watches: bars on a terminal, a log, nobody.

use std::fmt::Debug;
use std::time::Duration;

use crate::{Day, Verdict};

/// One thing that happened to the work on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// Work on the day began.
    Started,
    /// The platform was asked to prepare the day and has not finished.
    Preparing {
        /// The platform's own word for the state it is in.
        state: String,
    },
    /// It became known how many rows to expect.
    Expecting {
        /// The number of rows.
        rows: u64,
    },
    /// One page of records became rows.
    Read {
        /// Rows gained.
        rows: u64,
        /// Bytes of JSON, after decompression.
        bytes: u64,
    },
    /// The day has to wait, for instance for the rate limit.
    Waiting {
        /// Why, as a fragment.
        reason: String,
        /// For how long.
        duration: Duration,
    },
    /// Something went wrong and was mended.
    Recovered {
        /// What it was, as a fragment.
        what: String,
    },
    /// Work on the day ended.
    Finished {
        /// What is known of its completeness now.
        verdict: Verdict,
    },
}

/// Whoever watches the work.
pub trait Progress: Debug + Send + Sync {
    /// Takes note of one step of the work on `day`.
    fn step(&self, day: Day, step: Step);
}

/// Nobody watches.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn step(&self, _day: Day, _step: Step) {}
}
