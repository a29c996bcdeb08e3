//! Lists of queues, users and other entities, a page at a time.

use std::future::ready;
use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use axum::{Extension, Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::cursor;
use super::gate::Strike;
use super::refusal::Refusal;
use crate::entities::{LISTS, entities};
use crate::fault::Fault;
use crate::platform::Platform;

/// The page size of who names none.
const PAGE_SIZE: usize = 25;
/// The largest page size of the users' list.
const PAGE_SIZE_MAX: usize = 500;

/// The parameters of a list: its pages, and what it shows.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parameters {
    page_size: Option<usize>,
    page_number: Option<usize>,
    after: Option<String>,
    state: Option<String>,
    deleted: Option<String>,
}

/// Returns every list.
pub(super) fn router() -> Router<Arc<Platform>> {
    let add = |router: Router<_>, (name, path)| router.route(path, list(name, path));
    LISTS.into_iter().fold(Router::new(), add)
}

fn list(name: &'static str, path: &'static str) -> MethodRouter<Arc<Platform>> {
    let answer = move |State(platform): State<Arc<Platform>>,
                       Query(parameters): Query<Parameters>,
                       Extension(Strike(strike)): Extension<Strike>| {
        let all = entities(&platform, name).unwrap_or_default();
        let mut shown: Vec<Value> = all
            .into_iter()
            .filter(|one| parameters.shows(name, one))
            .collect();
        if let Some((Fault::Inject { records, .. }, _)) = &strike {
            let injected = records.iter().map(|raw| serde_json::from_str(raw.get()));
            shown.extend(injected.filter_map(Result::ok));
        }
        ready(parameters.page(name, path, &shown))
    };
    get(answer)
}

impl Parameters {
    /// Returns whether the list shows this entity to who asks like this.
    ///
    /// Source: official Python SDK 269.0.0, `get_users` (`state`) and `get_flows` (`deleted`).
    fn shows(&self, list: &str, entity: &Value) -> bool {
        match list {
            "users" => {
                let state = self.state.as_deref().unwrap_or("active");
                state == "any" || entity["state"] == state
            }
            // The platform's Python client writes `True`.
            "flows" => {
                let asked_for = self.deleted.as_ref();
                let asked_for = asked_for.is_some_and(|it| it.eq_ignore_ascii_case("true"));
                asked_for || entity["deleted"] == false
            }
            _ => true,
        }
    }

    /// Returns what the addresses of other pages repeat.
    fn shown(&self) -> String {
        let state = self.state.as_ref().map(|state| format!("&state={state}"));
        let deleted = self
            .deleted
            .as_ref()
            .map(|deleted| format!("&deleted={deleted}"));
        [state, deleted].into_iter().flatten().collect()
    }

    fn page(&self, list: &str, path: &str, all: &[Value]) -> Result<Response, Refusal> {
        let size = self.page_size.unwrap_or(PAGE_SIZE);
        if !(1..=PAGE_SIZE_MAX).contains(&size) || self.page_number == Some(0) {
            let problem = "The page size or number is out of range";
            return Err(Refusal::bad_request(problem));
        }
        let body = match list {
            "teams" => self.page_by_cursor(path, all, size)?,
            _ => self.page_by_number(path, all, size),
        };
        Ok(Json(body).into_response())
    }

    /// Returns one page, in the shape that nearly all lists have.
    ///
    /// Source: `PyPI` `purecloudplatformclientv2` 269.0.0, `QueueEntityListing`.
    fn page_by_number(&self, path: &str, all: &[Value], size: usize) -> Value {
        let number = self.page_number.unwrap_or(1);
        let (total, page_count) = (all.len(), all.len().div_ceil(size));
        let shown = self.shown();
        let uri = |number: usize| format!("{path}?pageSize={size}&pageNumber={number}{shown}");
        let entities: Vec<_> = all.iter().skip((number - 1) * size).take(size).collect();
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
        body
    }

    /// Returns one page, in the shape of the list of teams.
    ///
    /// Source: `PyPI` `purecloudplatformclientv2` 269.0.0, `TeamEntityListing`.
    fn page_by_cursor(&self, path: &str, all: &[Value], size: usize) -> Result<Value, Refusal> {
        let from = match &self.after {
            Some(after) => cursor::read(path, after)
                .ok_or_else(|| Refusal::bad_request("The cursor is not one of this list"))?,
            None => 0,
        };
        let entities: Vec<_> = all.iter().skip(from).take(size).collect();
        let mut body = json!({ "entities": entities, "selfUri": path });
        if from + size < all.len() {
            let after = cursor::write(path, from + size);
            let after = after
                .replace('+', "%2B")
                .replace('/', "%2F")
                .replace('=', "%3D");
            body["nextUri"] = json!(format!("{path}?pageSize={size}&after={after}"));
        }
        Ok(body)
    }
}
