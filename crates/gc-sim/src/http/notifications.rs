//! `/api/v2/notifications/channels`: channels and what they are subscribed to.

use std::collections::BTreeMap;
use std::future::{Ready, ready};
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::caller::{Caller, Topics};
use super::refusal::Refusal;
use crate::live::{ChannelInfo, Judged, NotSubscribed, Rejection};
use crate::platform::Platform;

/// `POST /api/v2/notifications/channels`.
pub(super) fn create(
    State(platform): State<Arc<Platform>>,
    Caller { token, host }: Caller,
) -> Ready<Result<Response, Refusal>> {
    let id = platform.live.hub.create(&token);
    ready(answer(&platform, &host, &id))
}

/// `GET /api/v2/notifications/channels/{channelId}`, and `HEAD`.
pub(super) fn one(
    State(platform): State<Arc<Platform>>,
    Path(id): Path<String>,
    Caller { host, .. }: Caller,
) -> Ready<Result<Response, Refusal>> {
    platform.live.hub.sweep(&platform.tokens);
    ready(answer(&platform, &host, &id))
}

fn answer(platform: &Platform, host: &str, id: &str) -> Result<Response, Refusal> {
    let info = platform.live.hub.info(id).ok_or_else(|| gone(id))?;
    Ok(Json(channel(platform, host, &info)).into_response())
}

/// Whose channels are listed.
#[derive(Debug, Deserialize)]
pub(super) struct Which {
    #[serde(default)]
    includechannels: Owner,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Owner {
    /// Those of the token that asks.
    #[default]
    Token,
    /// Those of the client, by whatever token.
    OAuthClient,
}

/// `GET /api/v2/notifications/channels`.
pub(super) fn list(
    State(platform): State<Arc<Platform>>,
    Query(which): Query<Which>,
    Caller { token, host }: Caller,
) -> Ready<Response> {
    platform.live.hub.sweep(&platform.tokens);
    let infos = platform.live.hub.infos().into_iter();
    let infos =
        infos.filter(|info| which.includechannels == Owner::OAuthClient || info.token == token);
    let entities: Vec<Value> = infos.map(|info| channel(&platform, &host, &info)).collect();
    ready(Json(json!({ "entities": entities })).into_response())
}

/// Writes a channel.
///
/// Source: `PyPI` `purecloudplatformclientv2` 269.0.0, `Channel`.
fn channel(platform: &Platform, host: &str, info: &ChannelInfo) -> Value {
    let base = platform.live.hub.base();
    let base = base.unwrap_or_else(|| format!("ws://{host}"));
    let expires = info.expires(platform.config.clock.now());
    json!({
        "id": info.id,
        "connectUri": format!("{base}/channels/{}", info.id),
        "expires": format!("{expires:.3}"),
    })
}

/// How a subscription is made.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct How {
    #[serde(default)]
    ignore_errors: bool,
}

/// `POST …/{channelId}/subscriptions`: more topics.
pub(super) fn add(
    State(platform): State<Arc<Platform>>,
    Path(id): Path<String>,
    Query(how): Query<How>,
    Topics(topics): Topics,
) -> Ready<Result<Response, Refusal>> {
    ready(subscribe(&platform, &id, &how, &topics, false))
}

/// `PUT …/{channelId}/subscriptions`: these topics and no others.
pub(super) fn replace(
    State(platform): State<Arc<Platform>>,
    Path(id): Path<String>,
    Query(how): Query<How>,
    Topics(topics): Topics,
) -> Ready<Result<Response, Refusal>> {
    ready(subscribe(&platform, &id, &how, &topics, true))
}

fn subscribe(
    platform: &Platform,
    id: &str,
    how: &How,
    topics: &[String],
    alone: bool,
) -> Result<Response, Refusal> {
    let hub = &platform.live.hub;
    hub.sweep(&platform.tokens);
    hub.info(id).ok_or_else(|| gone(id))?;
    let judged = platform.judge(topics);
    if !how.ignore_errors {
        refuse_bad(&judged)?;
    }
    let granted = judged.iter().filter_map(|(topic, parts)| {
        let parts = parts.as_ref().ok()?;
        Some((topic.clone(), parts.clone()))
    });
    let granted: BTreeMap<_, _> = granted.collect();
    hub.subscribe(id, granted, alone).map_err(|why| match why {
        NotSubscribed::Gone => gone(id),
        NotSubscribed::TooMany => too_many(platform.live.config.topics_max),
    })?;
    let entities: Vec<Value> = judged
        .iter()
        .map(|(topic, judged)| entity(id, topic, judged))
        .collect();
    Ok(Json(json!({ "entities": entities })).into_response())
}

fn refuse_bad(judged: &Judged) -> Result<(), Refusal> {
    let bad = judged
        .iter()
        .find_map(|(topic, judged)| Some((topic, judged.as_ref().err()?)));
    let Some((topic, why)) = bad else {
        return Ok(());
    };
    let message = format!("{}: {topic}", why.reason());
    Err(Refusal::new(
        StatusCode::FORBIDDEN,
        "not.authorized",
        message,
    ))
}

/// Writes what became of a topic.
///
/// Source: `PyPI` `purecloudplatformclientv2` 269.0.0, `ChannelTopic`.
fn entity(id: &str, topic: &str, judged: &Result<Vec<String>, Rejection>) -> Value {
    let uri = format!("/api/v2/notifications/channels/{id}/subscriptions");
    match judged {
        Ok(_) => json!({ "id": topic, "state": "Permitted", "selfUri": uri }),
        Err(why) => {
            let mut entity = json!({
                "id": topic,
                "state": "Rejected",
                "rejectionReason": why.reason(),
                "selfUri": uri,
            });
            if *why == Rejection::Forbidden {
                entity["missingPermissions"] = json!(["conversation:communication:view"]);
            }
            entity
        }
    }
}

/// `GET …/{channelId}/subscriptions`.
pub(super) fn subscriptions(
    State(platform): State<Arc<Platform>>,
    Path(id): Path<String>,
) -> Ready<Result<Response, Refusal>> {
    platform.live.hub.sweep(&platform.tokens);
    let Some(info) = platform.live.hub.info(&id) else {
        return ready(Err(gone(&id)));
    };
    let topics = info.topics.iter();
    let entities: Vec<Value> = topics
        .map(|topic| entity(&id, topic, &Ok(Vec::new())))
        .collect();
    ready(Ok(Json(json!({ "entities": entities })).into_response()))
}

/// `DELETE …/{channelId}/subscriptions`.
pub(super) fn unsubscribe(
    State(platform): State<Arc<Platform>>,
    Path(id): Path<String>,
) -> Ready<Result<StatusCode, Refusal>> {
    let there = platform.live.hub.unsubscribe(&id);
    ready(there.then_some(StatusCode::OK).ok_or_else(|| gone(&id)))
}

fn gone(id: &str) -> Refusal {
    Refusal::not_found(format!("The channel {id} does not exist"))
}

fn too_many(most: usize) -> Refusal {
    Refusal::bad_request(format!("A channel may have at most {most} topics"))
}
