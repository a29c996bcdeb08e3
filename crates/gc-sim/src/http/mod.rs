//! The platform's endpoints.

mod after;
mod by_id;
mod caller;
mod control;
mod cursor;
mod details;
mod directory;
mod gate;
mod handshake;
mod jobs;
mod live;
mod notifications;
mod page;
mod query;
mod refusal;
mod token;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};

pub(crate) use after::Abort;
pub(crate) use handshake::Opens;
pub(crate) use refusal::Refusal;

use crate::platform::Platform;

/// The largest body the platform reads, in bytes.
///
/// Source: the constant `request.bytes.max` of the platform's limits page, quoted by several
/// public repositories.
const REQUEST_BYTES: usize = 512_000;

/// Returns all endpoints.
pub(crate) fn router(platform: Arc<Platform>) -> Router {
    let gate = from_fn_with_state(Arc::clone(&platform), gate::pass);
    Router::new()
        .route("/oauth/token", post(token::grant))
        .route(
            "/api/v2/analytics/conversations/details/query",
            post(query::query),
        )
        .route(
            "/api/v2/analytics/conversations/details/jobs",
            post(jobs::submit),
        )
        .route(
            "/api/v2/analytics/conversations/details/jobs/availability",
            get(jobs::availability),
        )
        .route(
            "/api/v2/analytics/conversations/details/jobs/{jobId}",
            get(jobs::status).delete(jobs::delete),
        )
        .route(
            "/api/v2/analytics/conversations/details/jobs/{jobId}/results",
            get(jobs::results),
        )
        .route("/api/v2/analytics/conversations/details", get(by_id::many))
        .route(
            "/api/v2/analytics/conversations/{conversationId}/details",
            get(by_id::one),
        )
        .merge(directory::router())
        .merge(channels())
        .fallback(gate::nothing_here)
        .layer(DefaultBodyLimit::max(REQUEST_BYTES))
        .layer(gate)
        .nest("/_sim", control::router())
        .with_state(platform)
}

/// Returns the endpoints of notifications, and the address of their sockets.
fn channels() -> Router<Arc<Platform>> {
    Router::new()
        .route(
            "/api/v2/notifications/channels",
            post(notifications::create).get(notifications::list),
        )
        .route(
            "/api/v2/notifications/channels/{channelId}",
            get(notifications::one),
        )
        .route(
            "/api/v2/notifications/channels/{channelId}/subscriptions",
            get(notifications::subscriptions)
                .post(notifications::add)
                .put(notifications::replace)
                .delete(notifications::unsubscribe),
        )
        .route("/channels/{channelId}", get(handshake::connect))
}
