//! Instants as the platform writes them.

use jiff::Timestamp;

/// Reads ISO 8601 text (a date, a time with 0 to 9 decimals, an offset) as milliseconds since
/// 1970-01-01T00:00:00Z, rounded down.
pub(crate) fn parse(text: &str) -> Option<i64> {
    parse_usual(text.as_bytes()).or_else(|| parse_any(text))
}

/// Reads the one form nearly every timestamp has, `2026-11-21T13:45:09.123Z`.
///
/// A record holds a hundred of them: this is several times faster than a general parser. Whatever
/// is unusual, or may not exist (the 30th of February), is left to the general parser.
fn parse_usual(text: &[u8]) -> Option<i64> {
    let text: &[u8; 24] = text.try_into().ok()?;
    let separators = [
        text[4], text[7], text[10], text[13], text[16], text[19], text[23],
    ];
    if separators != *b"--T::.Z" {
        return None;
    }
    let year = number(text, 0)? * 100 + number(text, 2)?;
    let (month, day) = (number(text, 5)?, number(text, 8)?);
    let (hour, minute, second) = (number(text, 11)?, number(text, 14)?, number(text, 17)?);
    let fraction = number(text, 20)? * 10 + digit(text[22])?;
    let plain = (1..=12).contains(&month) && (1..=28).contains(&day);
    if !(plain && hour < 24 && minute < 60 && second < 60) {
        return None;
    }
    let seconds = ((days_from_civil(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
    Some(seconds * 1000 + fraction)
}

fn digit(byte: u8) -> Option<i64> {
    byte.is_ascii_digit().then(|| i64::from(byte - b'0'))
}

fn number(text: &[u8; 24], at: usize) -> Option<i64> {
    Some(digit(text[at])? * 10 + digit(text[at + 1])?)
}

/// Counts the days from 1970-01-01 in the proleptic Gregorian calendar.
///
/// The year is taken to begin in March, so that the leap day is its last.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

fn parse_any(text: &str) -> Option<i64> {
    let instant: Timestamp = text.parse().ok()?;
    i64::try_from(instant.as_nanosecond().div_euclid(1_000_000)).ok()
}

/// Reads epoch milliseconds.
pub(crate) fn from_epoch(milliseconds: i64) -> Option<i64> {
    Timestamp::from_millisecond(milliseconds).ok()?;
    Some(milliseconds)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn zero_to_nine_decimals_and_offsets_are_read() {
        for (text, milliseconds) in [
            ("2024-02-06T00:30:44Z", 1_707_179_444_000),
            ("2024-02-06T00:30:44.4Z", 1_707_179_444_400),
            ("2024-02-06T00:30:44.42Z", 1_707_179_444_420),
            ("2024-02-06T00:30:44.424Z", 1_707_179_444_424),
            ("2024-02-06T00:30:44.424000Z", 1_707_179_444_424),
            ("2024-02-06T00:30:44.4241Z", 1_707_179_444_424),
            ("2024-02-06T00:30:44.424999999Z", 1_707_179_444_424),
            ("2024-02-06T01:30:44.424+01:00", 1_707_179_444_424),
            ("2024-02-29T00:00:00.000Z", 1_709_164_800_000),
            ("1969-12-31T23:59:59.9999Z", -1),
        ] {
            assert_eq!(parse(text), Some(milliseconds), "{text}");
        }
    }

    #[test]
    fn what_is_no_instant_is_refused() {
        for text in [
            "2021-04-2T15:30:51.418Z",
            "2023-02-29T00:00:00.000Z",
            "2024-13-01T00:00:00.000Z",
            "2024-01-01T24:00:00.000Z",
            "2024-01-01T00:00:00.000",
            "2024-01-01",
            "yesterday",
            "",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(from_epoch(i64::MAX), None);
    }

    proptest! {
        #[test]
        fn the_usual_form_agrees_with_the_general_parser(
            milliseconds in -62_135_596_800_000_i64..253_402_207_200_000,
        ) {
            let text = format!("{:.3}", Timestamp::from_millisecond(milliseconds).unwrap());
            prop_assert_eq!(parse(&text), Some(milliseconds));
            if let Some(usual) = parse_usual(text.as_bytes()) {
                prop_assert_eq!(usual, milliseconds);
            }
        }
    }
}
