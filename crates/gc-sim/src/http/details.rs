//! What the bodies of the details query and of the details job have in common.

use gc_core::Interval;
use http::{HeaderMap, StatusCode, header};
use jiff::SignedDuration;
use serde::de::DeserializeOwned;

use super::refusal::Refusal;
use crate::filter::{Filter, Filters};
use crate::platform::parse_interval;

/// Reads a body strictly: fields the platform does not know are refused.
pub(super) fn read_body<T: DeserializeOwned>(
    headers: &HeaderMap,
    body: &str,
) -> Result<T, Refusal> {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    if !kind.is_some_and(|kind| kind.starts_with("application/json")) {
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        return Err(Refusal::new(
            status,
            "unsupported.media.type",
            "Unsupported Media Type",
        ));
    }
    serde_json::from_str(body).map_err(|error| {
        Refusal::bad_request(format!("The request body could not be parsed: {error}"))
    })
}

/// Filters as they come, checked by [`WrittenFilters::check`].
#[derive(Debug, Default)]
pub(super) struct WrittenFilters {
    pub(super) conversation: Option<Vec<Filter>>,
    pub(super) segment: Option<Vec<Filter>>,
    /// Kinds of filters that are not simulated: fine as long as they are empty.
    pub(super) others: [Option<Vec<serde_json::Value>>; 3],
}

impl WrittenFilters {
    pub(super) fn check(self) -> Result<Filters, Refusal> {
        if self
            .others
            .iter()
            .flatten()
            .any(|filters| !filters.is_empty())
        {
            let message = "The simulator knows conversationFilters and segmentFilters only";
            return Err(Refusal::bad_request(message));
        }
        Filters::new(
            self.conversation.unwrap_or_default(),
            self.segment.unwrap_or_default(),
        )
    }
}

/// Reads the interval and checks its length; `too_long` is the refusal's text.
pub(super) fn interval(
    text: Option<&str>,
    longest: SignedDuration,
    too_long: &str,
) -> Result<Interval, Refusal> {
    let text = text.ok_or_else(|| Refusal::bad_request("An interval is required"))?;
    let interval = parse_interval(text).ok_or_else(|| {
        Refusal::bad_request(format!(
            "The interval '{text}' is not a start and an end in ISO-8601"
        ))
    })?;
    if interval.start.duration_until(interval.end) > longest {
        return Err(Refusal::bad_request(too_long));
    }
    Ok(interval)
}
