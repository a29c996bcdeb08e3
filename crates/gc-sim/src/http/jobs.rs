//! `/api/v2/analytics/conversations/details/jobs`: the asynchronous job.

use std::future::{Ready, ready};
use std::io::Write as _;
use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use http::{HeaderMap, StatusCode};
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde::Deserialize;
use serde_json::json;

use super::cursor;
use super::details::{WrittenFilters, interval, read_body};
use super::gate::Strike;
use super::page;
use super::refusal::Refusal;
use crate::fault::Fault;
use crate::filter::Filter;
use crate::jobs::{Job, JobState};
use crate::platform::Platform;
use crate::select::{Ask, Order, OrderBy, Source};

/// The longest interval of a job: about a month.
///
/// Source: third-party exporters use 31 days; the exact maximum is not published.
const LONGEST: SignedDuration = SignedDuration::from_hours(31 * 24);
/// What the simulator says to a longer one.
const TOO_LONG: &str = "The interval of a job may not exceed 31 days";
/// The rows of a page for who names no number.
const PAGE_SIZE: u32 = 1_000;

/// `AsyncConversationQuery`: the query without paging and aggregations.
///
/// Source: `PyPI` `purecloudplatformclientv2` 269.0.0.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct JobQuery {
    interval: Option<String>,
    order: Option<Order>,
    order_by: Option<OrderBy>,
    limit: Option<usize>,
    start_of_day_interval_matching: Option<bool>,
    conversation_filters: Option<Vec<Filter>>,
    segment_filters: Option<Vec<Filter>>,
    evaluation_filters: Option<Vec<serde_json::Value>>,
    survey_filters: Option<Vec<serde_json::Value>>,
    resolution_filters: Option<Vec<serde_json::Value>>,
}

/// Makes a job.
pub(super) async fn submit(
    State(platform): State<Arc<Platform>>,
    Extension(Strike(strike)): Extension<Strike>,
    headers: HeaderMap,
    body: String,
) -> Result<Response, Refusal> {
    let query: JobQuery = read_body(&headers, &body)?;
    let (watermark, limit) = (platform.watermark(), query.limit);
    let known = platform.live.clock.now().min(watermark.as_millisecond());
    let ask = ask(
        query,
        watermark,
        known,
        strike.as_ref().map(|(fault, _)| fault),
    )?;
    let mut selection = platform.choose(ask).await;
    if let Some(limit) = limit {
        selection.limit(limit);
    }
    let id = platform
        .jobs
        .submit(selection, platform.config.clock.now(), watermark);
    Ok((StatusCode::ACCEPTED, Json(json!({ "jobId": id }))).into_response())
}

fn ask(
    query: JobQuery,
    watermark: Timestamp,
    known: i64,
    fault: Option<&Fault>,
) -> Result<Ask, Refusal> {
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
    let start_of_day = query.start_of_day_interval_matching.unwrap_or(false);
    let drop = match fault {
        Some(Fault::DropRows { rows, date }) => Some((*rows, *date)),
        _ => None,
    };
    Ok(Ask {
        interval,
        filters: filters.check()?,
        order: query.order.unwrap_or_default(),
        order_by: query.order_by.unwrap_or_default(),
        source: Source::Job {
            start_of_day,
            watermark,
        },
        known,
        drop,
    })
}

/// Answers a poll.
pub(super) async fn status(
    State(platform): State<Arc<Platform>>,
    Extension(strike): Extension<Strike>,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    end(&platform, &id, &strike);
    let job = platform
        .jobs
        .poll(&id, platform.pace())
        .ok_or_else(|| no_job(&id))?;
    let mut body = json!({
        "state": job.state.name(),
        "submissionDate": format!("{:.3}", job.submitted),
        "expirationDate": format!("{:.3}", job.submitted + 168.hours()),
    });
    match job.state {
        JobState::Fulfilled => body["completionDate"] = json!(format!("{:.3}", job.submitted)),
        JobState::Failed => body["errorMessage"] = json!("The job failed."),
        _ => {}
    }
    Ok(Json(body).into_response())
}

/// Ends the job where its fault says so.
fn end(platform: &Platform, id: &str, Strike(strike): &Strike) {
    match strike {
        Some((Fault::JobExpires, _)) => platform.jobs.end(id, JobState::Expired),
        Some((Fault::JobFails, _)) => platform.jobs.end(id, JobState::Failed),
        _ => {}
    }
}

/// The paging of results.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ResultsPaging {
    cursor: Option<String>,
    page_size: Option<u32>,
}

/// Answers one page of results.
pub(super) async fn results(
    State(platform): State<Arc<Platform>>,
    Extension(strike): Extension<Strike>,
    Path(id): Path<String>,
    Query(paging): Query<ResultsPaging>,
) -> Result<Response, Refusal> {
    end(&platform, &id, &strike);
    let job = platform.jobs.get(&id).ok_or_else(|| no_job(&id))?;
    match job.state {
        JobState::Fulfilled => {}
        JobState::Expired => return Err(no_job(&id)),
        state => {
            let message = format!("The job is {}: it has no results", state.name());
            return Err(Refusal::bad_request(message));
        }
    }
    let (from, size) = place(&platform, &id, &paging)?;
    Ok(results_page(
        &id,
        &job,
        from,
        size,
        paging.cursor.as_deref(),
        &strike,
    ))
}

fn place(platform: &Platform, id: &str, paging: &ResultsPaging) -> Result<(usize, usize), Refusal> {
    let size = paging.page_size.unwrap_or(PAGE_SIZE);
    let most = platform.config.job_page_max;
    if !(1..=most).contains(&size) {
        return Err(Refusal::bad_request(format!(
            "Page size must be between 1 and {most}"
        )));
    }
    let from = match &paging.cursor {
        None => Some(0),
        Some(cursor) => cursor::read(id, cursor),
    };
    let from = from.ok_or_else(|| Refusal::bad_request("The cursor is not one of this job"))?;
    Ok((from, usize::try_from(size).unwrap_or(usize::MAX)))
}

fn results_page(
    id: &str,
    job: &Job,
    from: usize,
    size: usize,
    asked: Option<&str>,
    Strike(strike): &Strike,
) -> Response {
    let fault = strike.as_ref().map(|(fault, _)| fault);
    let total = job.selection.len();
    let to = from.saturating_add(size).min(total);
    let dropped = match fault {
        Some(Fault::DropRows { rows, .. }) => *rows,
        _ => 0,
    };
    let rows = from.min(to)..to.saturating_sub(dropped).max(from.min(to));
    let next = match (fault, asked) {
        (Some(Fault::RepeatCursor), Some(asked)) => Some(asked.to_owned()),
        _ => (to < total).then(|| cursor::write(id, to)),
    };
    let mut out = b"{".to_vec();
    page::write_rows(&job.selection, rows, true, fault, &mut out);
    // Writing to a `Vec` cannot fail.
    let _infallible = next.map(|cursor| write!(out, r#""cursor":"{cursor}","#));
    let _infallible = write!(out, r#""dataAvailabilityDate":"{:.0}"}}"#, job.watermark);
    page::json(out)
}

/// Frees a job.
pub(super) fn delete(
    State(platform): State<Arc<Platform>>,
    Path(id): Path<String>,
) -> Ready<Result<StatusCode, Refusal>> {
    let deleted = platform.jobs.delete(&id);
    ready(if deleted {
        Ok(StatusCode::OK)
    } else {
        Err(no_job(&id))
    })
}

/// Says up to when jobs have the data; without decimals.
///
/// Source: a captured job-results page of 2024.
pub(super) fn availability(State(platform): State<Arc<Platform>>) -> Ready<Response> {
    let date = format!("{:.0}", platform.watermark());
    ready(Json(json!({ "dataAvailabilityDate": date })).into_response())
}

fn no_job(id: &str) -> Refusal {
    Refusal::not_found(format!("The job {id} does not exist"))
}
