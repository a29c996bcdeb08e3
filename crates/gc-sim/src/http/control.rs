//! `/_sim/…`: the simulator's own controls, for people and tests. No token needed.

use std::future::{Ready, ready};
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
        .route("/entities", get(entities))
        .merge(super::live::router())
}

fn state(State(platform): State<Arc<Platform>>) -> Ready<Response> {
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
        "live": live_state(&platform),
    });
    ready(Json(body).into_response())
}

fn live_state(platform: &Platform) -> serde_json::Value {
    let channels = platform.live.hub.infos();
    let channels: Vec<_> = channels
        .iter()
        .map(|one| json!({ "id": one.id, "topics": one.topics, "connected": one.connected }))
        .collect();
    json!({
        "now": platform.live.clock.timestamp().to_string(),
        "counts": platform.live.hub.counters.read(),
        "channels": channels,
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Watermark {
    data_availability_date: Timestamp,
}

fn watermark(
    State(platform): State<Arc<Platform>>,
    Json(body): Json<Watermark>,
) -> Ready<StatusCode> {
    Control::new(platform).set_watermark(body.data_availability_date);
    ready(StatusCode::NO_CONTENT)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OneDay {
    date: Day,
}

fn late_changes(
    State(platform): State<Arc<Platform>>,
    Json(body): Json<OneDay>,
) -> Ready<Result<StatusCode, Refusal>> {
    let known = platform.world.apply_late_changes(body.date);
    let unknown = || Refusal::not_found(format!("The world has no {}", body.date));
    ready(known.then_some(StatusCode::NO_CONTENT).ok_or_else(unknown))
}

fn revoke_tokens(State(platform): State<Arc<Platform>>) -> Ready<StatusCode> {
    platform.tokens.revoke_all();
    ready(StatusCode::NO_CONTENT)
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

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OneList {
    list: String,
}

/// All that a list can show, whatever its state, one entity a line.
fn entities(
    State(platform): State<Arc<Platform>>,
    Query(wanted): Query<OneList>,
) -> Ready<Result<Response, Refusal>> {
    let Some(all) = crate::entities::entities(&platform, &wanted.list) else {
        let unknown = format!("There is no list {}", wanted.list);
        return ready(Err(Refusal::not_found(unknown)));
    };
    let mut out = Vec::new();
    for one in all {
        out.extend_from_slice(one.to_string().as_bytes());
        out.push(b'\n');
    }
    ready(Ok(page::json(out)))
}
