//! One request to the platform.

use std::fmt;

use bytes::Bytes;
use http::Method;
use serde::Serialize;

use crate::Error;

/// Whether a request may be sent again when nobody knows what became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// Yes: it reads, or doing it twice is doing it once.
    Always,
    /// Only when the platform certainly did nothing: it creates something.
    UnlessActedOn,
}

/// One request to the platform.
///
/// `operation` is a fixed name of the endpoint, such as
/// `GET /api/v2/analytics/conversations/details/jobs/{jobId}`: it stands in errors and keys the
/// rate budget, so it never holds an id. `path` is what is really asked for, ids and all.
///
/// ```
/// use gc_auth::Request;
///
/// let request = Request::get("GET /api/v2/routing/queues", "/api/v2/routing/queues")
///     .with_query("pageNumber", "2");
/// assert_eq!(request.operation(), "GET /api/v2/routing/queues");
/// ```
#[derive(Clone)]
pub struct Request {
    pub(crate) operation: &'static str,
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: Vec<(&'static str, String)>,
    pub(crate) body: Option<Bytes>,
    pub(crate) repeat: Repeat,
}

impl Request {
    /// Creates a GET.
    pub fn get(operation: &'static str, path: impl Into<String>) -> Self {
        Self::new(operation, Method::GET, path.into(), Repeat::Always)
    }

    /// Creates a POST that only reads, such as a query; it is repeated like a GET.
    ///
    /// # Errors
    ///
    /// When `body` cannot be written as JSON.
    pub fn read(
        operation: &'static str,
        path: impl Into<String>,
        body: &impl Serialize,
    ) -> Result<Self, Error> {
        Self::new(operation, Method::POST, path.into(), Repeat::Always).with_body(body)
    }

    /// Creates a POST that creates something. It is repeated only when the platform certainly did
    /// nothing: no connection, status 401 or status 429.
    ///
    /// # Errors
    ///
    /// When `body` cannot be written as JSON.
    pub fn create(
        operation: &'static str,
        path: impl Into<String>,
        body: &impl Serialize,
    ) -> Result<Self, Error> {
        Self::new(operation, Method::POST, path.into(), Repeat::UnlessActedOn).with_body(body)
    }

    /// Creates a POST without a body that creates something; repeated like [`Request::create`].
    pub fn create_bare(operation: &'static str, path: impl Into<String>) -> Self {
        Self::new(operation, Method::POST, path.into(), Repeat::UnlessActedOn)
    }

    /// Creates a POST that adds to a set: what is in it already stays as it is, so it is repeated
    /// like a GET.
    ///
    /// # Errors
    ///
    /// When `body` cannot be written as JSON.
    pub fn add(
        operation: &'static str,
        path: impl Into<String>,
        body: &impl Serialize,
    ) -> Result<Self, Error> {
        Self::new(operation, Method::POST, path.into(), Repeat::Always).with_body(body)
    }

    /// Creates a PUT, which replaces something whole; it is repeated like a GET.
    ///
    /// # Errors
    ///
    /// When `body` cannot be written as JSON.
    pub fn replace(
        operation: &'static str,
        path: impl Into<String>,
        body: &impl Serialize,
    ) -> Result<Self, Error> {
        Self::new(operation, Method::PUT, path.into(), Repeat::Always).with_body(body)
    }

    /// Creates a DELETE. It is repeated, so [`Error::NotFound`] may mean that an earlier try did
    /// the work and its answer was lost.
    pub fn delete(operation: &'static str, path: impl Into<String>) -> Self {
        Self::new(operation, Method::DELETE, path.into(), Repeat::Always)
    }

    /// Adds a pair to the query; it is encoded as needed.
    #[must_use]
    pub fn with_query(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.query.push((key, value.into()));
        self
    }

    /// Returns the name of the endpoint.
    pub fn operation(&self) -> &'static str {
        self.operation
    }

    fn new(operation: &'static str, method: Method, path: String, repeat: Repeat) -> Self {
        Self {
            operation,
            method,
            path,
            query: Vec::new(),
            body: None,
            repeat,
        }
    }

    fn with_body(mut self, body: &impl Serialize) -> Result<Self, Error> {
        let operation = self.operation;
        let json = serde_json::to_vec(body).map_err(|error| Error::Build {
            operation,
            source: Box::new(error),
        })?;
        self.body = Some(json.into());
        Ok(self)
    }
}

impl fmt::Debug for Request {
    /// Writes the operation alone: path, query and body may name people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Request").field(&self.operation).finish()
    }
}
