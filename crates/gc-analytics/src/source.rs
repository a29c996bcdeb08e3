//! By which way conversations are fetched.

use std::fmt;

use serde::{Deserialize, Serialize};

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
