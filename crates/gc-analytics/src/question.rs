//! The bodies of the two questions: what the query and the job are asked.

use gc_core::{Day, Interval};
use serde::Serialize;

use crate::filter::{Clause, Filter};

/// The most rows that a page of the query holds.
///
/// Source: Genesys Cloud collectors in the field (`ANALYTICS_PAGE_SIZE` of a warehouse connector), 2026.
pub const QUERY_PAGE_SIZE: u32 = 100;

/// What the synchronous query is asked.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Query {
    interval: String,
    order: &'static str,
    order_by: &'static str,
    paging: Paging,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    conversation_filters: Vec<Clause>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    segment_filters: Vec<Clause>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Paging {
    page_size: u32,
    page_number: u32,
}

impl Query {
    /// Asks for page `page_number`, counted from 1, of the conversations that started on `day`.
    ///
    /// The query returns what started on any day that its interval touches, so the interval ends
    /// within the day: with the next midnight as its end it might touch the next day.
    pub(crate) fn page(day: Day, filter: &Filter, page_size: u32, page_number: u32) -> Self {
        let last = day.interval().end.as_millisecond() - 1;
        let last = jiff::Timestamp::from_millisecond(last).unwrap_or(day.interval().end);
        Self {
            interval: format!("{:.3}/{last:.3}", day.start()),
            order: "asc",
            order_by: "conversationStart",
            paging: Paging {
                page_size,
                page_number,
            },
            conversation_filters: filter.conversation_filters(),
            segment_filters: filter.segment_filters(),
        }
    }
}

/// What the asynchronous job is asked.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Job {
    interval: String,
    order: &'static str,
    order_by: &'static str,
    start_of_day_interval_matching: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    conversation_filters: Vec<Clause>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    segment_filters: Vec<Clause>,
}

impl Job {
    /// Asks for the conversations that started on `day`.
    ///
    /// A job returns what was active within its interval; `startOfDayIntervalMatching` leaves out
    /// what started before the day.
    pub(crate) fn of(day: Day, filter: &Filter) -> Self {
        Self {
            interval: day.interval().to_string(),
            order: "asc",
            order_by: "conversationStart",
            start_of_day_interval_matching: true,
            conversation_filters: filter.conversation_filters(),
            segment_filters: filter.segment_filters(),
        }
    }

    /// Asks for every conversation that was active within `interval`, whenever it started.
    pub(crate) fn active_in(interval: Interval) -> Self {
        Self {
            interval: interval.to_string(),
            order: "asc",
            order_by: "conversationStart",
            start_of_day_interval_matching: false,
            conversation_filters: Vec::new(),
            segment_filters: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::Predicate;

    #[test]
    fn the_query_stays_within_its_day() {
        let filter = Filter::for_media(["voice".to_owned(), "chat".to_owned()])
            .and(Predicate::Within("mediaStatsMinConversationMos", 1.0, 2.5));
        let query = Query::page("2026-11-21".parse().unwrap(), &filter, 100, 3);
        let expected = serde_json::json!({
            "interval": "2026-11-21T00:00:00.000Z/2026-11-21T23:59:59.999Z",
            "order": "asc",
            "orderBy": "conversationStart",
            "paging": {"pageSize": 100, "pageNumber": 3},
            "conversationFilters": [{"type": "and", "predicates": [
                {"type": "dimension", "dimension": "mediaStatsMinConversationMos",
                 "range": {"gte": 1.0, "lt": 2.5}}]}],
            "segmentFilters": [{"type": "or", "predicates": [
                {"type": "dimension", "dimension": "mediaType", "operator": "matches", "value": "voice"},
                {"type": "dimension", "dimension": "mediaType", "operator": "matches", "value": "chat"}]}],
        });
        assert_eq!(serde_json::to_value(query).unwrap(), expected);
    }

    #[test]
    fn the_job_asks_for_the_whole_day_and_nothing_before() {
        let job = Job::of("2026-11-21".parse().unwrap(), &Filter::default());
        let expected = serde_json::json!({
            "interval": "2026-11-21T00:00:00.000Z/2026-11-22T00:00:00.000Z",
            "order": "asc",
            "orderBy": "conversationStart",
            "startOfDayIntervalMatching": true,
        });
        assert_eq!(serde_json::to_value(job).unwrap(), expected);
    }
}
