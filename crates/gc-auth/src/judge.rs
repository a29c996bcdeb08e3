//! From what came back, or did not, to the error it means.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::Value;

use crate::{Error, Refusal, headers, refusal};

/// Returns the error that an answer without success means.
///
/// Source: statuses declared on the operations in the official SDKs; a gateway may answer with a
/// body that is not JSON, which then says nothing.
pub(crate) fn answer(
    operation: &'static str,
    status: StatusCode,
    headers: &HeaderMap,
    body: &Bytes,
) -> Error {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let refusal = Refusal::of(status, headers, &body);
    let after = headers::retry_after(headers);
    match status.as_u16() {
        401 => Error::TokenRefused { operation, refusal },
        403 => Error::Forbidden {
            operation,
            permission: refusal::permission(&body),
            refusal,
        },
        404 => Error::NotFound { operation, refusal },
        408 | 500 | 502 | 503 | 504 => Error::Server {
            operation,
            refusal,
            after,
        },
        409 => Error::Conflict { operation, refusal },
        413 => Error::RequestTooLarge { operation, refusal },
        429 => Error::RateLimited { operation, after },
        400..=499 => Error::Rejected { operation, refusal },
        _ => Error::Unexpected { operation, refusal },
    }
}

/// Returns the error that a request without an answer means.
pub(crate) fn failure(
    operation: &'static str,
    host: &str,
    limit: Duration,
    error: reqwest::Error,
) -> Error {
    // The URL may hold a query.
    let source = error.without_url();
    let host = host.to_owned();
    if is_certificate(&source) {
        Error::Certificate {
            operation,
            host,
            source,
        }
    } else if says(&source, "proxy authorization required") {
        Error::ProxyCredentials { operation, source }
    } else if says(&source, "tunnel error") {
        Error::Proxy {
            operation,
            host,
            source,
        }
    } else if source.is_connect() {
        Error::Connect {
            operation,
            host,
            source,
        }
    } else if source.is_timeout() {
        Error::Timeout { operation, limit }
    } else if source.is_builder() {
        Error::Build {
            operation,
            source: Box::new(source),
        }
    } else {
        Error::Cut { operation, source }
    }
}

/// Returns whether a certificate was the reason.
fn is_certificate(error: &reqwest::Error) -> bool {
    causes(error).any(|cause| {
        let tls = cause.downcast_ref::<rustls::Error>();
        matches!(tls, Some(rustls::Error::InvalidCertificate(_)))
    })
}

/// Returns whether a cause says `words`. The types of a proxy's errors are private to the HTTP
/// library; the tests of this crate notice when their words change.
fn says(error: &reqwest::Error, words: &str) -> bool {
    causes(error).any(|cause| cause.to_string().contains(words))
}

fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn StdError + 'static)> {
    std::iter::successors(error.source(), |cause| deeper(*cause))
}

/// Returns the next cause. An `io::Error` leaves out the error it wraps, so it is opened.
fn deeper<'a>(cause: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    match cause
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref)
    {
        Some(inner) => Some(inner),
        None => cause.source(),
    }
}
