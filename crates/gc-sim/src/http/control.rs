//! `/_sim/…`: the simulator's own controls, for people and tests. No token needed.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use gc_core::Day;
use http::StatusCode;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use super::page;
use super::refusal::Refusal;
use crate::control::Control;
use crate::platform::Platform;
use crate::world::Edition;

pub(super) fn router() -> Router<Arc<Platform>> {
    Router::new()
        .route("/state", get(state))
        .route("/watermark", post(watermark))
        .route("/late-changes", post(late_changes))
        .route("/revoke-tokens", post(revoke_tokens))
        .route("/conversations", get(conversations))
}

async fn state(State(platform): State<Arc<Platform>>) -> Response {
    let days = platform.world.days().into_iter();
    let days: Vec<_> = days
        .map(|(day, edition)| json!({ "date": day, "lateChanges": edition == Edition::Late }))
        .collect();
    let body = json!({
        "now": platform.world.now.to_string(),
        "watermark": platform.watermark().to_string(),
        "days": days,
        "liveJobs": platform.jobs.live(),
        "requests": *platform.counts(),
    });
    std::future::ready(Json(body).into_response()).await
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Watermark {
    data_availability_date: Timestamp,
}

async fn watermark(
    State(platform): State<Arc<Platform>>,
    Json(body): Json<Watermark>,
) -> StatusCode {
    platform.set_watermark(body.data_availability_date);
    std::future::ready(StatusCode::NO_CONTENT).await
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OneDay {
    date: Day,
}

async fn late_changes(
    State(platform): State<Arc<Platform>>,
    Json(body): Json<OneDay>,
) -> Result<StatusCode, Refusal> {
    let known = platform.world.apply_late_changes(body.date);
    std::future::ready(()).await;
    let unknown = || Refusal::not_found(format!("The world has no {}", body.date));
    known.then_some(StatusCode::NO_CONTENT).ok_or_else(unknown)
}

async fn revoke_tokens(State(platform): State<Arc<Platform>>) -> StatusCode {
    platform.tokens.revoke_all();
    std::future::ready(StatusCode::NO_CONTENT).await
}

/// What a complete export of the day holds, one record a line.
async fn conversations(
    State(platform): State<Arc<Platform>>,
    Query(day): Query<OneDay>,
) -> Response {
    let control = Control::new(platform);
    let lines = tokio::task::spawn_blocking(move || {
        let mut out = Vec::new();
        for record in control.conversations(day.date).iter() {
            out.extend_from_slice(record);
            out.push(b'\n');
        }
        out
    });
    page::json(lines.await.unwrap_or_default())
}
