//! The query's wall: of more than [`WALL`] results it shows the first ones alone.
//!
//! An interval shorter than a day does not help, since the query goes by whole days. So the day is
//! split by filters that no conversation passes twice: first by dimensions of which a conversation
//! has one value or none, then by ranges of voice quality. What no filter reaches is counted.

use gc_core::Day;

use crate::error::Error;
use crate::filter::{Filter, Predicate};
use crate::platform::Platform;

/// The most results that the pages of one query reach.
///
/// Source: the platform's message `Pagination may not exceed 100000 results.`, quoted in the
/// changelog of the Splunk add-on, v0.2.2.
pub const WALL: u64 = 100_000;

/// The dimensions to split by, each with the values it is known to take.
///
/// Source: enums of the official Python SDK 269.0.0, `AnalyticsConversation`.
const DIMENSIONS: &[(&str, &[&str])] = &[
    ("originatingDirection", &["inbound", "outbound"]),
    (
        "conversationInitiator",
        &[
            "acd",
            "agent",
            "api",
            "botflow",
            "campaign",
            "customer",
            "dialer",
            "external",
            "fax",
            "group",
            "inbound",
            "ivr",
            "manual",
            "outbound",
            "station",
            "user",
            "voicemail",
            "voicesurveyflow",
            "workflow",
        ],
    ),
    ("customerParticipation", &["true", "false"]),
    ("originatingSocialMediaPublic", &["true", "false"]),
];
const END: &str = "conversationEnd";
const QUALITY: &str = "mediaStatsMinConversationMos";
/// Voice quality lies between 1 and 5; the range is wider to be safe.
const QUALITY_RANGE: (f64, f64) = (0.0, 10.0);
/// A range narrower than this is not split further.
const NARROWEST: f64 = 0.001;

/// A part of a day that the query shows whole, or as much of it as it shows.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) filter: Filter,
    pub(crate) rows: u64,
}

/// A day in parts.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    pub(crate) parts: Vec<Part>,
    /// How many conversations no part is sure to show.
    pub(crate) unreachable: u64,
}

/// How a part was made, which says how to split it further.
#[derive(Clone, Copy, Debug)]
enum Level {
    Dimension(usize),
    End,
    Quality,
    Range(f64, f64),
    Last,
}

/// Splits the `rows` conversations of `day` into parts of at most `wall` rows.
pub(crate) async fn split(
    platform: &Platform,
    day: Day,
    filter: Filter,
    rows: u64,
    wall: u64,
) -> Result<Parts, Error> {
    let mut parts = Parts::default();
    let mut open = vec![(Part { filter, rows }, Level::Dimension(0))];
    while let Some((part, level)) = open.pop() {
        if part.rows <= wall {
            parts.parts.push(part);
            continue;
        }
        let finer = finer(&part.filter, level);
        if finer.is_empty() {
            parts.unreachable += part.rows - wall;
            parts.parts.push(Part { rows: wall, ..part });
            continue;
        }
        let mut reached = 0;
        for (filter, level) in finer {
            let rows = platform.count(day, &filter).await?.unwrap_or(0);
            reached += rows;
            if rows > 0 {
                open.push((Part { filter, rows }, level));
            }
        }
        let missing = part.rows.saturating_sub(reached);
        if missing > 0 {
            // No value that is known finds them. The first rows of the part as a whole may.
            parts.unreachable += missing;
            parts.parts.push(Part { rows: wall, ..part });
        }
    }
    Ok(parts)
}

/// Returns the parts of a part, each with the way to split it further.
fn finer(filter: &Filter, level: Level) -> Vec<(Filter, Level)> {
    let with = |conditions: Vec<Predicate>, level: Level| -> Vec<_> {
        conditions
            .into_iter()
            .map(|condition| (filter.and(condition), level))
            .collect()
    };
    match level {
        Level::Dimension(at) => {
            let (dimension, values) = DIMENSIONS[at];
            let matches = values
                .iter()
                .map(|value| Predicate::Matches(dimension, (*value).to_owned()));
            let conditions = matches.chain([Predicate::NotExists(dimension)]).collect();
            let last = at + 1 == DIMENSIONS.len();
            with(
                conditions,
                if last {
                    Level::End
                } else {
                    Level::Dimension(at + 1)
                },
            )
        }
        Level::End => with(
            vec![Predicate::Exists(END), Predicate::NotExists(END)],
            Level::Quality,
        ),
        Level::Quality => {
            let (from, to) = QUALITY_RANGE;
            let mut parts = with(vec![Predicate::NotExists(QUALITY)], Level::Last);
            parts.push(range(filter, from, to));
            parts
        }
        Level::Range(from, to) if to - from > NARROWEST => {
            let middle = f64::midpoint(from, to);
            vec![range(filter, from, middle), range(filter, middle, to)]
        }
        Level::Range(..) | Level::Last => Vec::new(),
    }
}

fn range(filter: &Filter, from: f64, to: f64) -> (Filter, Level) {
    (
        filter.and(Predicate::Within(QUALITY, from, to)),
        Level::Range(from, to),
    )
}
