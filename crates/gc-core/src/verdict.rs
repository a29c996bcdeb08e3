//! What is known about a partition's completeness.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What is known about a partition's completeness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Past the watermark, the counts agree, nothing is quarantined.
    Settled,
    /// Nothing is known to be missing, but the platform may still add to the day.
    Provisional,
    /// Rows are known to be missing or set aside.
    Short,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Settled => "settled",
            Self::Provisional => "provisional",
            Self::Short => "short",
        })
    }
}
