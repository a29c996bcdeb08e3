//! `POST /oauth/token`: the client-credentials grant.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::{HeaderMap, StatusCode, header};
use serde_json::json;

use crate::platform::Platform;

/// Gives a token to who knows the client's id and secret.
pub(super) async fn grant(
    State(platform): State<Arc<Platform>>,
    headers: HeaderMap,
    form: String,
) -> Response {
    let is_form = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    if !is_form || form != "grant_type=client_credentials" {
        return refuse("unsupported_grant_type", "unsupported grant type");
    }
    let Some((id, secret)) = basic(&headers) else {
        return refuse("invalid_client", "client credentials are missing");
    };
    if id != platform.config.client_id {
        return refuse("invalid_client", "client not found");
    }
    if secret != platform.config.client_secret {
        return refuse("invalid_client", "authentication failed");
    }
    let lifetime = platform.config.token_lifetime;
    let token = platform.tokens.issue(lifetime);
    let body = json!({
        "access_token": token,
        "token_type": "bearer",
        "expires_in": lifetime.as_secs(),
    });
    Json(body).into_response()
}

fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let decoded = BASE64_STANDARD.decode(value.strip_prefix("Basic ")?).ok()?;
    let text = String::from_utf8(decoded).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((id.to_owned(), secret.to_owned()))
}

/// Refuses in the token endpoint's own shape.
///
/// Source: gildas/go-gcloudcx, `client_test.go` and `login_test.go`, recorded from the service.
fn refuse(error: &str, description: &str) -> Response {
    let body =
        json!({ "error": error, "description": description, "error_description": description });
    (StatusCode::BAD_REQUEST, Json(body)).into_response()
}
