//! Lists of queues and users, a page at a time.

use std::future::{Ready, ready};
use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::refusal::Refusal;
use crate::platform::Platform;

/// The page size of who names none.
const PAGE_SIZE: usize = 25;
/// The largest page size of the users' list.
const PAGE_SIZE_MAX: usize = 500;

/// The paging of a list.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Paging {
    page_size: Option<usize>,
    page_number: Option<usize>,
}

/// `GET /api/v2/routing/queues`.
pub(super) fn queues(
    State(platform): State<Arc<Platform>>,
    Query(paging): Query<Paging>,
) -> Ready<Result<Response, Refusal>> {
    let queues = platform.live.floor().queues().to_vec();
    let queues = queues.iter().map(|queue| {
        json!({
            "id": queue.id,
            "name": queue.name,
            "division": { "id": queue.division },
            "selfUri": format!("/api/v2/routing/queues/{}", queue.id),
        })
    });
    ready(list("/api/v2/routing/queues", queues.collect(), &paging))
}

/// `GET /api/v2/users`.
pub(super) fn users(
    State(platform): State<Arc<Platform>>,
    Query(paging): Query<Paging>,
) -> Ready<Result<Response, Refusal>> {
    let users = platform.world.directory.users.iter().map(|user| {
        json!({
            "id": user.id,
            "name": user.name,
            "state": "active",
            "division": { "id": user.division },
            "team": { "id": user.team },
            "selfUri": format!("/api/v2/users/{}", user.id),
        })
    });
    ready(list("/api/v2/users", users.collect(), &paging))
}

/// Answers one page of a list, in the shape all lists have.
///
/// Source: `PyPI` `purecloudplatformclientv2` 269.0.0, `QueueEntityListing`.
fn list(path: &str, all: Vec<Value>, paging: &Paging) -> Result<Response, Refusal> {
    let (size, number) = (
        paging.page_size.unwrap_or(PAGE_SIZE),
        paging.page_number.unwrap_or(1),
    );
    if !(1..=PAGE_SIZE_MAX).contains(&size) || number == 0 {
        return Err(Refusal::bad_request(
            "The page size or number is out of range",
        ));
    }
    let (total, page_count) = (all.len(), all.len().div_ceil(size));
    let uri = |number: usize| format!("{path}?pageSize={size}&pageNumber={number}");
    let entities: Vec<Value> = all
        .into_iter()
        .skip((number - 1) * size)
        .take(size)
        .collect();
    let mut body = json!({
        "entities": entities,
        "pageSize": size,
        "pageNumber": number,
        "total": total,
        "pageCount": page_count,
        "firstUri": uri(1),
        "lastUri": uri(page_count.max(1)),
        "selfUri": uri(number),
    });
    if number < page_count {
        body["nextUri"] = json!(uri(number + 1));
    }
    Ok(Json(body).into_response())
}
