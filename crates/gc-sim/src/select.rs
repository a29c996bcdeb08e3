//! Which records answer a request, and in what order.

use std::sync::Arc;

use gc_core::{Day, Interval};
use jiff::Timestamp;
use serde::Deserialize;

use crate::filter::Filters;
use crate::live::Live;
use crate::world::{Facets, Record, RenderedDay, World};

/// For how many days before an interval a conversation may have begun and still be active in it.
const LONGEST_DAYS: u32 = 90;

/// The order of an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Order {
    #[default]
    Asc,
    Desc,
    Unordered,
}

/// What an answer is ordered by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum OrderBy {
    #[default]
    ConversationStart,
    ConversationEnd,
    SegmentStart,
    SegmentEnd,
}

/// Which records are asked for.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) interval: Interval,
    pub(crate) filters: Filters,
    pub(crate) order: Order,
    pub(crate) order_by: OrderBy,
    pub(crate) source: Source,
    /// Up to when live conversations are known, in milliseconds since 1970.
    pub(crate) known: i64,
    /// How many of the last rows of each day (of one day) are kept back, by a fault.
    pub(crate) drop: Option<(usize, Option<Day>)>,
}

/// By whose rules the records are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// Started on a day the interval touches.
    ///
    /// Source: `PyPI` `purecloudplatformclientv2` 269.0.0, `AnalyticsApi`, interval of the query.
    Query,
    /// Active in the interval, and started by the watermark.
    ///
    /// Source: the same, interval of the job and `startOfDayIntervalMatching`.
    Job {
        /// Only those that started since the beginning of the interval's first day.
        start_of_day: bool,
        watermark: Timestamp,
    },
}

/// A record of a selection.
#[derive(Clone, Copy, Debug)]
struct Row {
    day: u32,
    record: u32,
}

/// The records that answer a request, in their order.
#[derive(Debug, Default)]
pub(crate) struct Selection {
    days: Vec<Arc<RenderedDay>>,
    rows: Vec<Row>,
}

impl Selection {
    /// Chooses records; renders days where necessary, so keep it off the async threads.
    pub(crate) fn choose(world: &World, live: &Live, ask: &Ask) -> Self {
        let mut selection = Self::default();
        for day in ask.days() {
            let history = world.day(day).into_iter();
            let from = selection.rows.len();
            for rendered in history.chain(live.day(day, ask.known)) {
                selection.add(rendered, ask);
            }
            if let Some((rows, only)) = ask.drop
                && only.is_none_or(|only| only == day)
            {
                let kept = selection.rows.len().saturating_sub(rows).max(from);
                selection.rows.truncate(kept);
            }
        }
        selection.sort(ask.order, ask.order_by);
        selection
    }

    fn add(&mut self, rendered: Arc<RenderedDay>, ask: &Ask) {
        let mut admitted: Vec<u32> = (0_u32..)
            .zip(&rendered.records)
            .filter_map(|(place, record)| ask.covers(record).then_some(place))
            .collect();
        if !ask.filters.is_empty() {
            let facets = rendered.facets.get_or_init(|| Facets::read(&rendered));
            admitted.retain(|place| {
                usize::try_from(*place)
                    .is_ok_and(|place| ask.filters.admit(&rendered, facets, place))
            });
        }
        let place = u32::try_from(self.days.len()).unwrap_or(u32::MAX);
        self.rows.extend(
            admitted
                .into_iter()
                .map(|record| Row { day: place, record }),
        );
        self.days.push(rendered);
    }

    fn sort(&mut self, order: Order, by: OrderBy) {
        let plain = by == OrderBy::ConversationStart || by == OrderBy::SegmentStart;
        if !plain && order != Order::Unordered {
            let days = &self.days;
            self.rows.sort_by_key(|row| {
                let record = record(days, *row);
                record.map(|record| record.end.unwrap_or(i64::MAX))
            });
        }
        match order {
            Order::Asc => {}
            Order::Desc => self.rows.reverse(),
            Order::Unordered => {
                let middle = self.rows.len() / 2;
                self.rows.rotate_left(middle);
            }
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Keeps the first `limit` rows.
    pub(crate) fn limit(&mut self, limit: usize) {
        self.rows.truncate(limit);
    }

    /// Returns one record alone.
    pub(crate) fn one(day: Arc<RenderedDay>, place: usize) -> Self {
        let record = u32::try_from(place).unwrap_or(u32::MAX);
        Self {
            days: vec![day],
            rows: vec![Row { day: 0, record }],
        }
    }

    /// Appends the record at `place` to `out`.
    pub(crate) fn append(&self, place: usize, attributes: bool, out: &mut Vec<u8>) {
        let row = self.rows[place];
        let day = usize::try_from(row.day)
            .ok()
            .and_then(|day| self.days.get(day));
        if let (Some(day), Some(record)) = (day, record(&self.days, row)) {
            day.append(record, attributes, out);
        }
    }

    /// Returns how many bytes the records at `places` take with attributes.
    pub(crate) fn size(&self, places: std::ops::Range<usize>) -> usize {
        let rows = self.rows[places].iter();
        rows.filter_map(|row| record(&self.days, *row))
            .map(|record| record.span.len() + 1)
            .sum()
    }
}

fn record(days: &[Arc<RenderedDay>], row: Row) -> Option<&Record> {
    let day = days.get(usize::try_from(row.day).ok()?)?;
    day.records.get(usize::try_from(row.record).ok()?)
}

impl Ask {
    fn days(&self) -> impl Iterator<Item = Day> + use<> {
        let first = Day::of(self.interval.start);
        let last = Day::of(self.interval.end - jiff::SignedDuration::from_nanos(1));
        let first = match self.source {
            Source::Job {
                start_of_day: false,
                ..
            } => first.back(LONGEST_DAYS),
            _ => first,
        };
        first.through(last)
    }

    fn covers(&self, record: &Record) -> bool {
        let Source::Job { watermark, .. } = self.source else {
            return true;
        };
        let (from, to) = (
            self.interval.start.as_millisecond(),
            self.interval.end.as_millisecond(),
        );
        record.start < to
            && record.last_activity >= from
            && record.start <= watermark.as_millisecond()
    }
}
