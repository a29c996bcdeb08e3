//! Single conversations by their ids, without attributes.

use std::sync::Arc;

use axum::extract::{Path, RawQuery, State};
use axum::response::Response;

use super::page;
use super::refusal::Refusal;
use crate::platform::Platform;
use crate::select::Selection;

/// How many ids one request may name.
///
/// Source: commonly given; not published.
const IDS_MAX: usize = 100;

/// `GET /api/v2/analytics/conversations/{conversationId}/details`.
pub(super) async fn one(
    State(platform): State<Arc<Platform>>,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let found = find(&platform, vec![id.clone()]).await;
    let record = found.into_iter().next();
    let record =
        record.ok_or_else(|| Refusal::not_found(format!("The conversation {id} was not found")))?;
    Ok(page::json(record))
}

/// `GET /api/v2/analytics/conversations/details?id=a&id=b`.
pub(super) async fn many(
    State(platform): State<Arc<Platform>>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    let pairs = query.unwrap_or_default();
    let values = pairs.split('&').filter_map(|pair| pair.strip_prefix("id="));
    let ids: Vec<String> = values
        .flat_map(|value| value.split("%2C").flat_map(|part| part.split(',')))
        .map(str::to_owned)
        .collect();
    if ids.is_empty() || ids.len() > IDS_MAX {
        return Err(Refusal::bad_request(format!(
            "Name between 1 and {IDS_MAX} ids"
        )));
    }
    let found = find(&platform, ids).await;
    if found.is_empty() {
        return Ok(page::json(b"{}".to_vec()));
    }
    let mut out = br#"{"conversations":["#.to_vec();
    out.extend(found.join(&b','));
    out.extend_from_slice(b"]}");
    Ok(page::json(out))
}

/// Returns the JSON of those ids that exist.
async fn find(platform: &Arc<Platform>, ids: Vec<String>) -> Vec<Vec<u8>> {
    let platform = Arc::clone(platform);
    let look = move || {
        let live = |id: &String| Some((platform.live.find(id, platform.live.known())?, 0));
        let found = ids
            .iter()
            .filter_map(|id| platform.world.find(id).or_else(|| live(id)));
        let json = found.map(|(day, place)| {
            let mut out = Vec::new();
            Selection::one(day, place).append(0, false, &mut out);
            out
        });
        json.collect()
    };
    tokio::task::spawn_blocking(look).await.unwrap_or_default()
}
