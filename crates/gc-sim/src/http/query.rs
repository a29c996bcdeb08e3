//! `POST /api/v2/analytics/conversations/details/query`: the synchronous query.

use std::io::Write as _;
use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use jiff::SignedDuration;
use serde::Deserialize;

use super::details::{WrittenFilters, interval, read_body};
use super::gate::Strike;
use super::page;
use super::refusal::Refusal;
use crate::fault::Fault;
use crate::filter::Filter;
use crate::live::Live;
use crate::platform::Platform;
use crate::select::{Ask, Order, OrderBy, Source};

/// The longest interval of a query.
///
/// Source: `splunk/genesys_cloud_ta`, changelog of 0.4.0.
const LONGEST: SignedDuration = SignedDuration::from_hours(7 * 24);
/// What the platform says to a longer one.
///
/// Source: the same.
const TOO_LONG: &str =
    "You must specify a search interval as part of your query that does not exceed 7 days";
/// The page size of who names none.
///
/// Source: `PyPI` `purecloudplatformclientv2` 269.0.0, `PagingSpec`.
const PAGE_SIZE: u64 = 25;
/// The largest page size.
///
/// Source: `PostHog`, its Genesys Cloud source, `ANALYTICS_PAGE_SIZE`.
const PAGE_SIZE_MAX: u64 = 100;

/// `ConversationQuery`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Query {
    interval: Option<String>,
    order: Option<Order>,
    order_by: Option<OrderBy>,
    paging: Option<Paging>,
    conversation_filters: Option<Vec<Filter>>,
    segment_filters: Option<Vec<Filter>>,
    evaluation_filters: Option<Vec<serde_json::Value>>,
    survey_filters: Option<Vec<serde_json::Value>>,
    resolution_filters: Option<Vec<serde_json::Value>>,
    aggregations: Option<Vec<serde_json::Value>>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Paging {
    page_size: Option<u64>,
    page_number: Option<u64>,
}

/// Answers one page.
pub(super) async fn query(
    State(platform): State<Arc<Platform>>,
    Extension(Strike(strike)): Extension<Strike>,
    headers: HeaderMap,
    body: String,
) -> Result<Response, Refusal> {
    let query: Query = read_body(&headers, &body)?;
    let (page_size, page_number) = paging(&query, &platform)?;
    let fault = strike.as_ref().map(|(fault, _)| fault);
    let (key, ask) = ask(query, fault, &platform.live)?;
    let selection = platform.choose_once(key, ask).await;
    let total = selection.len();
    let at = |place: u64| usize::try_from(place).unwrap_or(usize::MAX).min(total);
    let rows = at((page_number - 1) * page_size)..at(page_number * page_size);
    let mut out = b"{".to_vec();
    page::write_rows(&selection, rows, false, fault, &mut out);
    let reported = shift(total, strike.as_ref());
    if reported == 0 && out.len() == 1 {
        return Ok(page::json(b"{}".to_vec()));
    }
    // Writing to a `Vec` cannot fail.
    let _infallible = write!(out, r#""totalHits":{reported}}}"#);
    Ok(page::json(out))
}

fn paging(query: &Query, platform: &Platform) -> Result<(u64, u64), Refusal> {
    let paging = query.paging.unwrap_or_default();
    let (size, number) = (
        paging.page_size.unwrap_or(PAGE_SIZE),
        paging.page_number.unwrap_or(1),
    );
    if !(1..=PAGE_SIZE_MAX).contains(&size) {
        let message = format!("Page size must be between 1 and {PAGE_SIZE_MAX}");
        return Err(Refusal::bad_request(message));
    }
    if number == 0 {
        return Err(Refusal::bad_request("Page number must be at least 1"));
    }
    let wall = platform.config.query_wall;
    if size.saturating_mul(number) > wall {
        // Source of the text: splunk/genesys_cloud_ta, changelog of 0.2.2.
        return Err(Refusal::bad_request(format!(
            "Pagination may not exceed {wall} results."
        )));
    }
    Ok((size, number))
}

/// Returns what is asked for, and a key that is the same for all its pages.
fn ask(query: Query, fault: Option<&Fault>, live: &Live) -> Result<(String, Ask), Refusal> {
    if query
        .aggregations
        .as_ref()
        .is_some_and(|aggregations| !aggregations.is_empty())
    {
        return Err(Refusal::bad_request("The simulator knows no aggregations"));
    }
    let interval = interval(query.interval.as_deref(), LONGEST, TOO_LONG)?;
    let filters = WrittenFilters {
        conversation: query.conversation_filters,
        segment: query.segment_filters,
        others: [
            query.evaluation_filters,
            query.survey_filters,
            query.resolution_filters,
        ],
    };
    let drop = match fault {
        Some(Fault::DropRows { rows, date }) => Some((*rows, *date)),
        _ => None,
    };
    let ask = Ask {
        interval,
        filters: filters.check()?,
        order: query.order.unwrap_or_default(),
        order_by: query.order_by.unwrap_or_default(),
        source: Source::Query,
        known: live.known_in(interval),
        drop,
    };
    Ok((format!("{ask:?}"), ask))
}

fn shift(total: usize, strike: Option<&(Fault, u64)>) -> u64 {
    let total = u64::try_from(total).unwrap_or(u64::MAX);
    match strike {
        Some((Fault::ShiftTotal { by }, struck)) if struck % 2 == 0 => total + by,
        Some((Fault::ShiftTotal { by }, _)) => total.saturating_sub(*by),
        _ => total,
    }
}
