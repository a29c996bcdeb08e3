//! Why the simulator could not start.

use std::net::SocketAddr;
use std::path::PathBuf;

/// Why the simulator could not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The address could not be listened on.
    #[error("listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file could not be read.
    #[error("read {}", path.display())]
    ReadFile {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file is not the JSON it should be.
    #[error("parse {}", path.display())]
    ParseFile {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// A hand-made record has no `conversationStart` that is an instant.
    #[error("place record {place} of {}: no conversationStart that is an instant", path.display())]
    RecordStart {
        /// The file.
        path: PathBuf,
        /// Which record, from 0.
        place: usize,
    },
    /// The list of faults is not one.
    #[error("parse the list of faults")]
    Faults(#[source] serde_json::Error),
    /// The pattern of a fault names no method and path.
    #[error("parse the pattern `{on}`: it should look like `GET /api/v2/users`")]
    Pattern {
        /// The pattern.
        on: String,
    },
}
