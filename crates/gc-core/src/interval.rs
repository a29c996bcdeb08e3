//! Days and intervals: which stretch of time is meant.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

/// A half-open stretch of UTC time, `[start, end)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Interval {
    /// The first instant inside.
    pub start: Timestamp,
    /// The first instant after.
    pub end: Timestamp,
}

impl Interval {
    /// Returns whether `instant` lies inside.
    pub fn contains(&self, instant: Timestamp) -> bool {
        self.start <= instant && instant < self.end
    }
}

impl fmt::Display for Interval {
    /// Writes ISO 8601 with milliseconds: `2026-11-21T00:00:00.000Z/2026-11-22T00:00:00.000Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}/{:.3}", self.start, self.end)
    }
}

/// A UTC calendar day: the unit in which history is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Day(Date);

impl Day {
    /// Returns the UTC day that holds `instant`.
    pub fn of(instant: Timestamp) -> Self {
        Self(Offset::UTC.to_datetime(instant).date())
    }

    /// Returns the calendar date.
    pub fn date(self) -> Date {
        self.0
    }

    /// Returns the first instant of the day.
    pub fn start(self) -> Timestamp {
        self.0
            .to_zoned(TimeZone::UTC)
            .map_or(Timestamp::MAX, |midnight| midnight.timestamp())
    }

    /// Returns the day as an interval of 24 hours.
    pub fn interval(self) -> Interval {
        Interval {
            start: self.start(),
            end: self.next().start(),
        }
    }

    /// Returns the day after.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1.day()))
    }

    /// Returns the day `count` days before.
    #[must_use]
    pub fn back(self, count: u32) -> Self {
        Self(self.0.saturating_sub(i64::from(count).days()))
    }

    /// Returns every day from `self` to `last`, both included; empty when `last` is earlier.
    pub fn through(self, last: Self) -> impl Iterator<Item = Self> {
        std::iter::successors(Some(self), |day| Some(day.next()))
            .take_while(move |day| *day <= last)
    }
}

impl fmt::Display for Day {
    /// Writes `2026-11-21`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The text was not a date.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a date between 1970-01-01 and 9998-12-31 written as YYYY-MM-DD")]
pub struct ParseDayError {
    text: String,
}

impl FromStr for Day {
    type Err = ParseDayError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let plain = text.len() == 10;
        let date: Option<Date> = if plain { text.parse().ok() } else { None };
        date.filter(|date| (1970..=9998).contains(&date.year()))
            .map(Self)
            .ok_or_else(|| ParseDayError {
                text: text.to_owned(),
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn day_is_24_hours_of_utc() {
        let interval = day("2024-02-29").interval();
        assert_eq!(
            interval.to_string(),
            "2024-02-29T00:00:00.000Z/2024-03-01T00:00:00.000Z"
        );
        assert!(interval.contains(interval.start));
        assert!(!interval.contains(interval.end));
        assert_eq!(Day::of(interval.start), day("2024-02-29"));
        assert_eq!(Day::of(interval.end), day("2024-03-01"));
    }

    #[test]
    fn through_counts_both_ends_and_nothing_backwards() {
        assert_eq!(day("2024-12-30").through(day("2025-01-02")).count(), 4);
        assert_eq!(day("2025-01-02").through(day("2024-12-30")).count(), 0);
        assert_eq!(day("2025-01-02").back(3), day("2024-12-30"));
    }

    #[test]
    fn only_plain_dates_are_days() {
        for text in [
            "2024-02-30",
            "yesterday",
            "2024-2-3",
            "20240203",
            "2024-02-03T00:00",
            "",
            "1969-12-31",
        ] {
            assert!(text.parse::<Day>().is_err(), "{text}");
        }
    }

    #[test]
    fn day_is_a_plain_string_in_json() {
        assert_eq!(
            serde_json::to_string(&day("2026-11-21")).unwrap(),
            r#""2026-11-21""#
        );
    }
}
