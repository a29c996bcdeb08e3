//! `/_sim/live/…`, `/_sim/events` and `/_sim/queues`: the controls of the live half.

use std::future::{Ready, ready};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::page;
use super::refusal::Refusal;
use crate::control::Control;
use crate::live::{Burst, LiveFault, LiveTarget};
use crate::platform::Platform;

pub(super) fn router() -> Router<Arc<Platform>> {
    Router::new()
        .route("/events", get(events).delete(forget))
        .route("/queues", post(add_queue))
        .route("/live/conversations", get(conversations))
        .route("/live/emit", post(emit))
        .route("/live/step", post(step))
        .route("/live/advance", post(advance))
        .route("/live/finish", post(finish))
        .route("/live/pause", post(pause))
        .route("/live/resume", post(resume))
        .route("/live/burst", post(burst))
        .route("/live/{fault}", post(fault))
}

#[derive(Debug, Deserialize)]
struct Since {
    #[serde(default)]
    since: u64,
}

/// The log of events, one a line.
async fn events(State(platform): State<Arc<Platform>>, Query(since): Query<Since>) -> Response {
    let lines = move || lines(Control::new(platform).events_since(since.since));
    page::json(tokio::task::spawn_blocking(lines).await.unwrap_or_default())
}

fn lines(all: Vec<impl Serialize>) -> Vec<u8> {
    let mut out = Vec::new();
    for one in all {
        // Writing to a `Vec` cannot fail.
        let _infallible = serde_json::to_writer(&mut out, &one);
        out.push(b'\n');
    }
    out
}

fn forget(State(platform): State<Arc<Platform>>) -> Ready<StatusCode> {
    platform.live.hub.log.clear();
    ready(StatusCode::NO_CONTENT)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewQueue {
    name: String,
}

fn add_queue(
    State(platform): State<Arc<Platform>>,
    Json(queue): Json<NewQueue>,
) -> Ready<Response> {
    let id = Control::new(platform).add_queue(&queue.name);
    let body = json!({ "id": id, "name": queue.name });
    ready((StatusCode::CREATED, Json(body)).into_response())
}

/// What analytics holds of the live conversations, one record a line.
async fn conversations(State(platform): State<Arc<Platform>>) -> Response {
    let control = Control::new(platform);
    let records = move || {
        let mut out = Vec::new();
        for record in control.live_records() {
            out.extend_from_slice(record.as_bytes());
            out.push(b'\n');
        }
        out
    };
    page::json(
        tokio::task::spawn_blocking(records)
            .await
            .unwrap_or_default(),
    )
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Emitted {
    topic: String,
    event_body: Value,
}

fn emit(State(platform): State<Arc<Platform>>, Json(event): Json<Emitted>) -> Ready<Response> {
    let sequence = platform.emit(&event.topic, &event.event_body);
    ready(Json(json!({ "sequence": sequence })).into_response())
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    changes: usize,
}

fn step(State(platform): State<Arc<Platform>>, Json(step): Json<Step>) -> Ready<Response> {
    told(Control::new(platform).live_step(step.changes))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    ms: u64,
}

fn advance(State(platform): State<Arc<Platform>>, Json(by): Json<Advance>) -> Ready<Response> {
    told(Control::new(platform).live_advance(Duration::from_millis(by.ms)))
}

fn finish(State(platform): State<Arc<Platform>>) -> Ready<Response> {
    told(Control::new(platform).live_finish())
}

fn told(events: u64) -> Ready<Response> {
    ready(Json(json!({ "events": events })).into_response())
}

fn pause(State(platform): State<Arc<Platform>>) -> Ready<StatusCode> {
    platform.live.pause(true);
    ready(StatusCode::NO_CONTENT)
}

fn resume(State(platform): State<Arc<Platform>>) -> Ready<StatusCode> {
    platform.live.pause(false);
    ready(StatusCode::NO_CONTENT)
}

async fn burst(State(platform): State<Arc<Platform>>, Json(burst): Json<Burst>) -> Response {
    Json(platform.burst(burst).await).into_response()
}

/// Lets something go wrong: the path names the fault, the body has its fields and the `channel`.
fn fault(
    State(platform): State<Arc<Platform>>,
    Path(name): Path<String>,
    fields: Option<Json<Map<String, Value>>>,
) -> Ready<Result<Response, Refusal>> {
    let fields = fields.map(|Json(fields)| fields).unwrap_or_default();
    ready(strike(&platform, name, fields))
}

fn strike(
    platform: &Platform,
    name: String,
    mut fields: Map<String, Value>,
) -> Result<Response, Refusal> {
    let target = match fields.remove("channel").as_ref().and_then(Value::as_str) {
        Some(id) => LiveTarget::from(id),
        None => LiveTarget::All,
    };
    let fault = read_fault(name, fields)?;
    let struck = platform.apply(&target, &fault);
    Ok(Json(json!({ "channels": struck })).into_response())
}

/// Reads a fault whose fields may all be left out.
fn read_fault(name: String, fields: Map<String, Value>) -> Result<LiveFault, Refusal> {
    let plain = fields.is_empty().then(|| Value::from(name.as_str()));
    if let Some(Ok(fault)) = plain.map(serde_json::from_value) {
        return Ok(fault);
    }
    let whole = Map::from_iter([(name, Value::Object(fields))]);
    serde_json::from_value(Value::Object(whole))
        .map_err(|error| Refusal::bad_request(error.to_string()))
}
