//! What every request to the platform passes: log, faults, token, rate, permission.

use std::future::{Ready, ready};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use uuid::Uuid;

use super::after;
use super::refusal::{CORRELATION_ID, Refusal};
use crate::fault::{Fault, When};
use crate::live::LiveTarget;
use crate::platform::{LoggedRequest, Platform};
use crate::tokens::Rate;

/// The headers that say how a token's rate stands.
///
/// Source: MyPureCloud/developer-center-blog, post of 2021-05-06.
const RATE_HEADERS: [HeaderName; 3] = [
    HeaderName::from_static("inin-ratelimit-count"),
    HeaderName::from_static("inin-ratelimit-allowed"),
    HeaderName::from_static("inin-ratelimit-reset"),
];

/// Permissions of which an operation needs one, by the beginning of its path.
///
/// Source: MyPureCloud/platform-client-sdk-cli 166.0.0, command definitions.
const PERMISSIONS: [(&str, &[&str]); 7] = [
    (
        "/api/v2/analytics/conversations/details/jobs/availability",
        &["analytics:conversationDetail:view"],
    ),
    (
        "/api/v2/analytics/conversations/",
        &[
            "analytics:conversationDetail:view",
            "analytics:agentConversationDetail:view",
        ],
    ),
    ("/api/v2/routing/queues", &["routing:queue:view"]),
    ("/api/v2/routing/wrapupcodes", &["routing:wrapupCode:view"]),
    ("/api/v2/teams", &["groups:team:view"]),
    ("/api/v2/flows", &["architect:flow:view"]),
    (
        "/api/v2/outbound/campaigns/all",
        &[
            "outbound:campaign:view",
            "outbound:messagingCampaign:view",
            "outbound:emailCampaign:view",
        ],
    ),
];

/// The fault that strikes a request, for the handlers, and how often its rule struck before.
#[derive(Clone, Debug)]
pub(super) struct Strike(pub(super) Option<(Fault, u64)>);

/// Lets a request pass, or does what its fault says.
pub(super) async fn pass(
    State(platform): State<Arc<Platform>>,
    mut request: Request,
    next: Next,
) -> Response {
    let (method, path) = (
        request.method().to_string(),
        request.uri().path().to_owned(),
    );
    note(&platform, &request, &method, &path);
    let accepts_gzip = accepts_gzip(request.headers());
    let strike = platform.faults.strike(&method, &path);
    let fault = strike.as_ref().map(|(fault, _)| fault.clone());
    request.extensions_mut().insert(Strike(strike));
    let token = bearer(request.headers()).map(str::to_owned);
    let (rate, admitted) = admit(&platform, token.as_deref(), &path);
    let early = match &fault {
        Some(fault) => before(&platform, fault, token.as_deref()).await,
        None => None,
    };
    let response = match (early, admitted) {
        (Some(early), _) => early,
        (None, Err(refusal)) => refusal.into_response(),
        (None, Ok(())) => next.run(request).await,
    };
    let mut response = after::spoil(fault.as_ref(), response).await;
    if platform.config.gzip && accepts_gzip {
        response = after::compress(response).await;
    }
    mark(response.headers_mut(), rate);
    response
}

/// Answers for paths the platform does not have.
pub(super) fn nothing_here() -> Ready<Refusal> {
    ready(Refusal::not_found("HTTP 404 Not Found"))
}

fn note(platform: &Platform, request: &Request, method: &str, path: &str) {
    let operation = request.extensions().get::<MatchedPath>();
    let operation = operation.map_or(path, MatchedPath::as_str);
    *platform
        .counts()
        .entry(format!("{method} {operation}"))
        .or_default() += 1;
    platform.log().push(LoggedRequest {
        method: method.to_owned(),
        path: path.to_owned(),
    });
}

/// Checks token, rate and permission.
fn admit(
    platform: &Platform,
    token: Option<&str>,
    path: &str,
) -> (Option<Rate>, Result<(), Refusal>) {
    // The address of a socket is its own credential.
    if path == "/oauth/token" || path.starts_with("/channels/") {
        return (None, Ok(()));
    }
    let Some(token) = token else {
        return (None, Err(Refusal::no_credentials()));
    };
    let config = &platform.config;
    let spent = platform
        .tokens
        .spend(token, config.rate_limit, config.rate_interval);
    let Some(rate) = spent else {
        return (None, Err(Refusal::bad_credentials()));
    };
    if rate.exceeded() {
        return (Some(rate), Err(Refusal::too_many(rate.reset)));
    }
    (Some(rate), permitted(platform, path))
}

fn permitted(platform: &Platform, path: &str) -> Result<(), Refusal> {
    let needed = PERMISSIONS
        .iter()
        .find(|(prefix, _)| path.starts_with(prefix));
    let Some((_, any_of)) = needed else {
        return Ok(());
    };
    let denied = platform.denied();
    // Nobody gives a machine the right to see only its own conversations, so lacking the first
    // permission is lacking them all.
    if any_of.first().is_some_and(|first| denied.contains(*first)) {
        return Err(Refusal::missing_permission(any_of));
    }
    Ok(())
}

/// Does what a fault does before the work; returns the answer it gives in its place.
async fn before(platform: &Platform, fault: &Fault, token: Option<&str>) -> Option<Response> {
    match fault {
        Fault::TooManyRequests {
            retry_after_seconds,
        } => Some(Refusal::too_many(*retry_after_seconds).into_response()),
        Fault::ServerError { status } => Some(html(*status)),
        Fault::ApiError {
            status,
            code,
            message,
        } => {
            let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::BAD_REQUEST);
            Some(Refusal::new(status, code, message).into_response())
        }
        Fault::Reset { when: When::Before } => Some(after::abort()),
        Fault::Hang { ms } => {
            tokio::time::sleep(Duration::from_millis(*ms)).await;
            Some(after::abort())
        }
        Fault::Delay { ms } => {
            tokio::time::sleep(Duration::from_millis(*ms)).await;
            None
        }
        Fault::Live(fault) => {
            platform.apply(&LiveTarget::All, fault);
            None
        }
        Fault::TokenRevoked => {
            platform.tokens.revoke(token.unwrap_or_default());
            Some(Refusal::bad_credentials().into_response())
        }
        _ => None,
    }
}

/// Returns the page of a gateway that has nothing behind it.
fn html(status: u16) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    let page = format!(
        "<html>\r\n<head><title>{status}</title></head>\r\n<body>\r\n<center><h1>{status}</h1></center>\r\n</body>\r\n</html>\r\n"
    );
    (status, Html(page)).into_response()
}

fn mark(headers: &mut HeaderMap, rate: Option<Rate>) {
    if let Some(rate) = rate {
        let values = [u64::from(rate.used), u64::from(rate.allowed), rate.reset];
        headers.extend(RATE_HEADERS.into_iter().zip(values.map(HeaderValue::from)));
    }
    if !headers.contains_key(CORRELATION_ID)
        && let Ok(id) = HeaderValue::from_str(&Uuid::new_v4().to_string())
    {
        headers.insert(CORRELATION_ID, id);
    }
}

pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
}

fn accepts_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok());
    accepted.is_some_and(|accepted| accepted.contains("gzip"))
}
