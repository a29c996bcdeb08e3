//! HTTP to one host: time-outs, certificates, proxies, and nothing about tokens or retries.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use reqwest::{Certificate, ClientBuilder, RequestBuilder, redirect, retry};
use url::Url;

use crate::body::{self, BodyError};
use crate::{Config, Error, Observer, endpoints, judge};

/// How long a connection may take to stand, TLS included.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How often a busy HTTP/2 connection is asked whether it still lives, and how long it has to say
/// so. Without this, a dead one would take every new request with it.
const PING_INTERVAL: Duration = Duration::from_secs(20);

/// HTTP to one host. Cheap to clone: clones share the connections.
#[derive(Clone, Debug)]
pub(crate) struct Transport {
    client: reqwest::Client,
    base: Url,
    idle_timeout: Duration,
    body_limit: usize,
}

impl Transport {
    /// Creates the transport to `base`. A loopback host is never reached through a proxy; every
    /// other one is when the system's proxy variables say so.
    pub(crate) fn new(base: &Url, config: &Config) -> Result<Self, Error> {
        let builder = builder(base, config)?
            .read_timeout(config.idle_timeout)
            .http2_keep_alive_interval(PING_INTERVAL)
            .http2_keep_alive_timeout(PING_INTERVAL);
        let client = build(builder, config)?;
        let (idle_timeout, body_limit) = (config.idle_timeout, config.body_limit);
        Ok(Self {
            client,
            base: base.clone(),
            idle_timeout,
            body_limit,
        })
    }

    /// Returns the host, and its port unless it is the usual one, for errors.
    pub(crate) fn host(&self) -> &str {
        self.base.authority()
    }

    /// Begins a request to `path` below the base URL.
    pub(crate) fn request(&self, method: http::Method, path: &str) -> RequestBuilder {
        self.client
            .request(method, endpoints::join(&self.base, path))
    }

    /// Sends a request and returns when the headers of its answer are here.
    pub(crate) async fn send(
        &self,
        operation: &'static str,
        request: RequestBuilder,
        observer: &dyn Observer,
    ) -> Result<reqwest::Response, Error> {
        let sent = request
            .send()
            .await
            .map_err(|error| self.failure(operation, error));
        if sent
            .as_ref()
            .map_or_else(|error| !error.is_before_action(), |_| true)
        {
            observer.sent(operation);
        }
        if let Ok(response) = &sent {
            tracing::debug!(operation, status = response.status().as_u16(), "answered");
        }
        sent
    }

    /// Reads the body of an answer.
    pub(crate) async fn body(
        &self,
        operation: &'static str,
        response: reqwest::Response,
    ) -> Result<Bytes, Error> {
        let limit = self.body_limit;
        body::read(response, limit)
            .await
            .map_err(|error| match error {
                BodyError::Failed(error) => self.failure(operation, error),
                BodyError::TooLarge => Error::BodyTooLarge { operation, limit },
            })
    }

    fn failure(&self, operation: &'static str, error: reqwest::Error) -> Error {
        judge::failure(operation, self.host(), self.idle_timeout, error)
    }
}

/// Begins a client for the host of `url`: certificates, proxies, no redirects and no retries.
pub(crate) fn builder(url: &Url, config: &Config) -> Result<ClientBuilder, Error> {
    let mut builder = ClientBuilder::new()
        .user_agent(concat!(
            env!("CARGO_PKG_NAME"),
            "/",
            env!("CARGO_PKG_VERSION")
        ))
        .connect_timeout(CONNECT_TIMEOUT)
        .redirect(redirect::Policy::none())
        // Retries are decided, and counted, in one place: not here.
        .retry(retry::never());
    if endpoints::is_loopback(url) {
        builder = builder.no_proxy();
    }
    if url.scheme() == "http" {
        // No certificate will be looked at: the system need not have any.
        builder = builder.tls_certs_only([]);
    } else if let Some(path) = &config.ca_file {
        builder = builder.tls_certs_merge(certificates(path)?);
    }
    Ok(builder)
}

/// Ends the making of a client.
pub(crate) fn build(builder: ClientBuilder, config: &Config) -> Result<reqwest::Client, Error> {
    builder
        .build()
        .map_err(|error| setup(error, config.ca_file.as_ref()))
}

/// Reads the certificates in a PEM file.
fn certificates(path: &Path) -> Result<Vec<Certificate>, Error> {
    let refused = |source| Error::CaFile {
        path: path.to_owned(),
        source,
    };
    let pem = std::fs::read(path).map_err(refused)?;
    let invalid = |error: reqwest::Error| io::Error::new(io::ErrorKind::InvalidData, error);
    let found = Certificate::from_pem_bundle(&pem).map_err(|error| refused(invalid(error)))?;
    if found.is_empty() {
        let none = io::Error::new(io::ErrorKind::InvalidData, "it holds no certificate");
        return Err(refused(none));
    }
    Ok(found)
}

fn setup(error: reqwest::Error, ca_file: Option<&PathBuf>) -> Error {
    match ca_file {
        Some(path) => Error::CaFile {
            path: path.clone(),
            source: io::Error::other(error),
        },
        None => Error::Setup { source: error },
    }
}
