//! Everything that can go wrong between a program and the platform.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use gc_core::{Class, Classify};

use crate::{Refusal, remedy};

/// What went wrong.
///
/// No text of any variant holds a token, a secret, a URL's query or a payload. What to do about an
/// error is said by [`Error::remedy`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Settings are missing.
    #[error("read the settings: {} not set", .names.join(", "))]
    Missing {
        /// The names of the environment variables.
        names: Vec<&'static str>,
    },
    /// The region is neither a known name nor a domain.
    #[error("find region `{region}`")]
    Region {
        /// What was given.
        region: String,
    },
    /// A URL cannot be used.
    #[error("use {name}: {reason}")]
    Url {
        /// The name of the environment variable, or the operation the URL is for.
        name: &'static str,
        /// Why not.
        reason: &'static str,
    },
    /// A URL is plain `http` and not loopback.
    #[error("use {name}: plain http to `{host}` would show the secret to the network")]
    PlainHttp {
        /// The name of the environment variable, or the operation the URL is for.
        name: &'static str,
        /// The host.
        host: String,
    },
    /// The file of certificates cannot be used.
    #[error("read the certificates in {}", .path.display())]
    CaFile {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The HTTP client cannot be built, for instance because the system has no certificates.
    #[error("set up the http client")]
    Setup {
        /// Why not.
        source: reqwest::Error,
    },
    /// The body of a request cannot be written as JSON, or its URL is not one.
    #[error("build the request {operation}")]
    Build {
        /// The operation.
        operation: &'static str,
        /// Why not.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The login host refused the client.
    #[error("log in at {host}: {cause}")]
    Credentials {
        /// The login host.
        host: String,
        /// The login host's words: `client not found`, `authentication failed`.
        cause: String,
    },
    /// The login host's answer holds no token.
    #[error("log in at {host}: status {status} without an access token")]
    NoToken {
        /// The login host.
        host: String,
        /// The HTTP status.
        status: u16,
    },
    /// No access token could be had.
    #[error("get an access token")]
    Token {
        /// Why not; shared by all requests that waited for the same token.
        source: Arc<Error>,
    },
    /// The platform refused a fresh access token.
    #[error("{operation}: access token refused: {refusal}")]
    TokenRefused {
        /// The operation.
        operation: &'static str,
        /// The platform's words.
        refusal: Refusal,
    },
    /// The OAuth client lacks a permission.
    #[error("{operation}: not permitted: {refusal}")]
    Forbidden {
        /// The operation.
        operation: &'static str,
        /// The permissions that the platform named.
        permission: Option<String>,
        /// The platform's words.
        refusal: Refusal,
    },
    /// What was asked for does not exist.
    #[error("{operation}: not found: {refusal}")]
    NotFound {
        /// The operation.
        operation: &'static str,
        /// The platform's words.
        refusal: Refusal,
    },
    /// The request collides with the present state of things.
    #[error("{operation}: conflict: {refusal}")]
    Conflict {
        /// The operation.
        operation: &'static str,
        /// The platform's words.
        refusal: Refusal,
    },
    /// The request is larger than the platform accepts.
    #[error("{operation}: request too large: {refusal}")]
    RequestTooLarge {
        /// The operation.
        operation: &'static str,
        /// The platform's words.
        refusal: Refusal,
    },
    /// The platform finds fault with the request: status 400, or another 4xx.
    #[error("{operation}: request rejected: {refusal}")]
    Rejected {
        /// The operation.
        operation: &'static str,
        /// The platform's words.
        refusal: Refusal,
    },
    /// An answer that the platform does not give: a redirect, 501 or another 5xx.
    #[error("{operation}: unexpected answer: {refusal}")]
    Unexpected {
        /// The operation.
        operation: &'static str,
        /// What was answered.
        refusal: Refusal,
    },
    /// A rate limit is used up.
    #[error("{operation}: rate limit used up{}", later(.after.as_ref()))]
    RateLimited {
        /// The operation.
        operation: &'static str,
        /// The least time to wait, when the platform named one.
        after: Option<Duration>,
    },
    /// The platform, or a gateway before it, failed: status 408, 500, 502, 503 or 504.
    #[error("{operation}: the server failed: {refusal}{}", later(.after.as_ref()))]
    Server {
        /// The operation.
        operation: &'static str,
        /// The platform's words.
        refusal: Refusal,
        /// The least time to wait, when the server named one.
        after: Option<Duration>,
    },
    /// No connection: refused, timed out, or the name is not known.
    #[error("{operation}: connect to {host}")]
    Connect {
        /// The operation.
        operation: &'static str,
        /// The host.
        host: String,
        /// Why not.
        source: reqwest::Error,
    },
    /// The host's certificate is not trusted.
    #[error("{operation}: trust the certificate of {host}")]
    Certificate {
        /// The operation.
        operation: &'static str,
        /// The host.
        host: String,
        /// Why not.
        source: reqwest::Error,
    },
    /// The proxy did not let the connection through.
    #[error("{operation}: connect to {host} through the proxy")]
    Proxy {
        /// The operation.
        operation: &'static str,
        /// The host behind the proxy.
        host: String,
        /// Why not.
        source: reqwest::Error,
    },
    /// The proxy asks for credentials.
    #[error("{operation}: log in at the proxy")]
    ProxyCredentials {
        /// The operation.
        operation: &'static str,
        /// What the proxy said.
        source: reqwest::Error,
    },
    /// The other side said nothing for too long.
    #[error("{operation}: no answer, or no more of it, within {} s", .limit.as_secs_f64())]
    Timeout {
        /// The operation.
        operation: &'static str,
        /// How long was waited.
        limit: Duration,
    },
    /// The connection broke, before or within the answer.
    #[error("{operation}: connection broken")]
    Cut {
        /// The operation.
        operation: &'static str,
        /// How.
        source: reqwest::Error,
    },
    /// The answer is larger than the client holds.
    #[error("{operation}: the answer is larger than {limit} bytes")]
    BodyTooLarge {
        /// The operation.
        operation: &'static str,
        /// The limit.
        limit: usize,
    },
    /// The answer is not the JSON that was expected.
    #[error("{operation}: unexpected JSON ({kind}) at line {line}, column {column}")]
    Json {
        /// The operation.
        operation: &'static str,
        /// `syntax`, `data` (well-formed, of another shape) or `end` (it ends too soon).
        kind: &'static str,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
}

impl Error {
    /// Returns what a person can do about it, as a sentence; none when it is no person's matter.
    pub fn remedy(&self) -> Option<String> {
        remedy::of(self)
    }

    /// Returns whether the platform certainly did nothing, so that even a request that creates
    /// something may be sent again.
    pub(crate) fn is_before_action(&self) -> bool {
        matches!(
            self,
            Self::Token { .. }
                | Self::RateLimited { .. }
                | Self::Connect { .. }
                | Self::Certificate { .. }
                | Self::Proxy { .. }
                | Self::ProxyCredentials { .. }
        )
    }
}

impl Classify for Error {
    fn class(&self) -> Class {
        match self {
            Self::RateLimited { after, .. } | Self::Server { after, .. } => {
                Class::Transient { after: *after }
            }
            Self::Connect { .. } | Self::Proxy { .. } | Self::Timeout { .. } | Self::Cut { .. } => {
                Class::TRANSIENT
            }
            Self::Token { source } => source.class(),
            Self::Json { .. } => Class::Data,
            Self::Build { .. } | Self::Rejected { .. } | Self::RequestTooLarge { .. } => Class::Bug,
            _ => Class::operator(self.remedy().unwrap_or_default()),
        }
    }
}

fn later(after: Option<&Duration>) -> String {
    after
        .map(|after| format!(", try again in {} s", after.as_secs_f64().ceil()))
        .unwrap_or_default()
}
