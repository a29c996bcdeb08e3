//! What can go wrong.

use std::path::PathBuf;

use gc_core::Day;
use http::StatusCode;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::Error;
use crate::live::LiveFault;
use crate::world::read_records;

/// Before or after the platform did what it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum When {
    /// Nothing was done.
    Before,
    /// It was done, but the client does not learn of it.
    After,
}

/// What goes wrong. In a fault file names are in camelCase.
#[derive(Clone, Debug, Deserialize)]
#[serde(
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
#[non_exhaustive]
pub enum Fault {
    /// 429, with the time to wait in `Retry-After`.
    TooManyRequests {
        /// The time to wait.
        retry_after_seconds: u64,
    },
    /// A status of the 500s with a page of HTML, as gateways send.
    ServerError {
        /// The status.
        #[serde(deserialize_with = "server_error")]
        status: u16,
    },
    /// A refusal in the platform's own shape.
    ApiError {
        /// The status.
        #[serde(deserialize_with = "status")]
        status: u16,
        /// The dotted code.
        code: String,
        /// The text for people.
        message: String,
    },
    /// The connection is reset in place of an answer.
    Reset {
        /// Before or after the work.
        when: When,
    },
    /// The right answer breaks off in the middle: half of the declared length, then nothing.
    CutBody,
    /// The answer is complete HTTP, but half the JSON.
    TruncatedJson,
    /// No answer for so long, then the connection is reset.
    Hang {
        /// For how long, in milliseconds.
        ms: u64,
    },
    /// The right answer, late.
    Delay {
        /// By how much, in milliseconds.
        ms: u64,
    },
    /// 401; the token that was used is no good any more.
    TokenRevoked,
    /// The job asked about expires: its state is `EXPIRED`, its results are gone.
    JobExpires,
    /// The job asked about fails: its state is `FAILED`.
    JobFails,
    /// The page begins with the last rows of the page before.
    RepeatRows {
        /// How many.
        rows: usize,
    },
    /// The answer carries the cursor it was asked with; a first page is left as it is.
    RepeatCursor,
    /// `totalHits` is off by so many: too high, too low, and so on in turns.
    ShiftTotal {
        /// By how many.
        by: u64,
    },
    /// The last rows of each day are missing without a word. On the submission of a job: from all
    /// its results. On the query: from the rows and the total. On results: from that page.
    DropRows {
        /// How many.
        rows: usize,
        /// Only on this day.
        #[serde(default)]
        date: Option<Day>,
    },
    /// Records of any shape follow the rows of the page.
    Inject {
        /// The records, as raw JSON.
        #[serde(default)]
        records: Vec<Box<RawValue>>,
        /// A file with more of them: a JSON array or one a line.
        #[serde(default)]
        file: Option<PathBuf>,
    },
    /// The rows of the page come in another order.
    UnorderedPage,
    /// Something goes wrong on channels and sockets: on a request, on all of them; on an event
    /// (`EVENT` and its topic with `/` for `.`, such as `EVENT /v2/routing/queues/{id}/conversations`),
    /// on those it went to, right after it.
    Live(LiveFault),
}

impl Fault {
    /// Records of any shape follow the rows of the page.
    pub fn inject(records: impl IntoIterator<Item = serde_json::Value>) -> Self {
        let raw = records
            .into_iter()
            .map(|record| serde_json::value::to_raw_value(&record));
        Self::Inject {
            records: raw.filter_map(Result::ok).collect(),
            file: None,
        }
    }

    /// Reads the file that the fault names, if any.
    pub(super) fn loaded(self) -> Result<Self, Error> {
        match self {
            Self::Inject {
                mut records,
                file: Some(file),
            } => {
                records.extend(read_records(&file)?);
                Ok(Self::Inject {
                    records,
                    file: None,
                })
            }
            other => Ok(other),
        }
    }
}

fn status<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u16, D::Error> {
    let status = u16::deserialize(deserializer)?;
    match StatusCode::from_u16(status) {
        Ok(code) if code.is_client_error() || code.is_server_error() => Ok(status),
        _ => Err(serde::de::Error::custom(format!(
            "{status} is no status of a refusal"
        ))),
    }
}

fn server_error<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u16, D::Error> {
    let status = status(deserializer)?;
    if status >= 500 {
        return Ok(status);
    }
    Err(serde::de::Error::custom(format!(
        "{status} is no status of the 500s; use apiError"
    )))
}
