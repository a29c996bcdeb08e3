//! How the platform says no.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;
use uuid::Uuid;

/// The header that names a call in support cases.
///
/// Source: MyPureCloud/developer-center-blog, post of 2021-05-06.
pub(crate) const CORRELATION_ID: &str = "inin-correlation-id";

/// An error answer in the platform's `ErrorBody` shape.
///
/// Source: `PyPI` `purecloudplatformclientv2` 269.0.0, `ErrorBody`.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    code: String,
    message: String,
    retry_after_seconds: Option<u64>,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, code: &str, message: impl Into<String>) -> Self {
        let (code, message) = (code.to_owned(), message.into());
        Self {
            status,
            code,
            message,
            retry_after_seconds: None,
        }
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad.request", message)
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not.found", message)
    }

    /// The token is unknown, expired or revoked.
    ///
    /// Source: error table of MyPureCloud/platform-client-sdk-python, `swagger.json` of 2017.
    pub(crate) fn bad_credentials() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "bad.credentials",
            "Invalid login credentials.",
        )
    }

    /// No token came with the request.
    ///
    /// Source: the same table.
    pub(crate) fn no_credentials() -> Self {
        let message = "No authentication bearer token specified in authorization header.";
        Self::new(StatusCode::UNAUTHORIZED, "authentication.required", message)
    }

    /// The client lacks a permission.
    ///
    /// Source: the same table.
    pub(crate) fn missing_permission(any_of: &[&str]) -> Self {
        let (code, message) = match any_of {
            [one] => (
                "missing.permissions",
                format!(
                    "Unable to perform the requested action. You are missing the following permission(s): {one}"
                ),
            ),
            _ => (
                "missing.any.permissions",
                format!(
                    "Unable to perform the requested action. You must have at least one of the following permissions assigned: {}",
                    any_of.join(", ")
                ),
            ),
        };
        Self::new(StatusCode::FORBIDDEN, code, message)
    }

    /// Too many requests.
    ///
    /// Source: third-party tests against the real service quote the message; the header is in the
    /// retry code of purecloudlabs/platform-client-sdk-common.
    pub(crate) fn too_many(seconds: u64) -> Self {
        let message =
            format!("Rate limit exceeded the maximum. Retry the request in [{seconds}] seconds");
        let status = StatusCode::TOO_MANY_REQUESTS;
        let refusal = Self::new(status, "too.many.requests.retry.after", message);
        Self {
            retry_after_seconds: Some(seconds),
            ..refusal
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let context = Uuid::new_v4().to_string();
        let body = json!({
            "message": self.message,
            "code": self.code,
            "status": self.status.as_u16(),
            "contextId": context,
            "details": [],
            "errors": [],
        });
        let mut response = (self.status, Json(body)).into_response();
        let headers = response.headers_mut();
        if let Ok(context) = HeaderValue::from_str(&context) {
            headers.insert(CORRELATION_ID, context);
        }
        if let Some(seconds) = self.retry_after_seconds {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
