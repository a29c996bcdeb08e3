//! One answer of the platform.

use std::fmt;

use bytes::Bytes;
use http::StatusCode;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use crate::{Error, TokenInUse};

/// One answer of the platform, with a status that means success.
#[derive(Clone)]
pub struct Response {
    /// The status, 200 to 299.
    pub status: StatusCode,
    /// The whole body, decompressed.
    pub body: Bytes,
    /// The id by which the platform's support finds the call.
    pub correlation_id: Option<String>,
    /// The token that the request was sent with: what the request made may not outlive it.
    pub token: TokenInUse,
    pub(crate) operation: &'static str,
}

impl Response {
    /// Reads the body as JSON; meant for small answers.
    ///
    /// # Errors
    ///
    /// When the body is not the JSON that `T` expects; the error says where, and repeats nothing
    /// of the body.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_slice(&self.body).map_err(|error| Error::Json {
            operation: self.operation,
            kind: match error.classify() {
                Category::Data => "data",
                Category::Eof => "end",
                Category::Syntax | Category::Io => "syntax",
            },
            line: error.line(),
            column: error.column(),
        })
    }
}

impl fmt::Debug for Response {
    /// Writes the body's length, not the body.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("operation", &self.operation)
            .field("status", &self.status)
            .field("bytes", &self.body.len())
            .field("correlation_id", &self.correlation_id)
            .finish()
    }
}
