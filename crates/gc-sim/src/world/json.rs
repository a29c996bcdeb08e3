//! A writer of JSON that does no more than rendering a conversation needs.

use std::io::Write as _;
use std::ops::Range;

use uuid::Uuid;

/// How many decimals the seconds of a conversation's timestamps carry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Fraction {
    /// Three, as nearly always.
    ///
    /// Source: a captured job-results page of 2024, three decimals in 602 of 602 values.
    #[default]
    Millis,
    /// None, one, two, six or nine, changing from value to value.
    Mixed,
}

impl Fraction {
    /// Returns the number of decimals with which `millis` is written.
    fn decimals(self, millis: i64) -> usize {
        match self {
            Self::Millis => 3,
            Self::Mixed => match millis.rem_euclid(7) {
                0 => 0,
                1 => 1,
                2 => 2,
                3 => 6,
                4 => 9,
                _ => 3,
            },
        }
    }

    /// Returns the instant a reader of the written form sees, cut to milliseconds.
    pub(crate) fn seen(self, millis: i64) -> i64 {
        let step = match self.decimals(millis) {
            0 => 1000,
            1 => 100,
            2 => 10,
            _ => 1,
        };
        millis - millis.rem_euclid(step)
    }
}

/// A growing buffer of JSON, with the spans that the query's variant of a record leaves out.
#[derive(Debug, Default)]
pub(crate) struct JsonWriter {
    pub(crate) bytes: Vec<u8>,
    pub(crate) cuts: Vec<Range<usize>>,
    pub(crate) fraction: Fraction,
}

impl JsonWriter {
    pub(crate) fn position(&self) -> usize {
        self.bytes.len()
    }

    /// Notes that everything since `from` is absent where attributes are.
    pub(crate) fn cut(&mut self, from: usize) {
        self.cuts.push(from..self.bytes.len());
    }

    pub(crate) fn open(&mut self, bracket: u8) {
        self.bytes.push(bracket);
    }

    pub(crate) fn close(&mut self, bracket: u8) {
        self.bytes.push(bracket);
    }

    /// Writes the comma between two members, unless the first one is still to come.
    pub(crate) fn separate(&mut self) {
        if !matches!(self.bytes.last(), Some(b'{' | b'[')) {
            self.bytes.push(b',');
        }
    }

    pub(crate) fn colon(&mut self) {
        self.bytes.push(b':');
    }

    /// Writes a key that already carries its quotes and its colon.
    pub(crate) fn key(&mut self, key: &str) {
        self.separate();
        self.raw(key);
    }

    pub(crate) fn raw(&mut self, text: &str) {
        self.bytes.extend_from_slice(text.as_bytes());
    }

    pub(crate) fn raw_field(&mut self, name: &str, raw: &str) {
        self.separate();
        self.string(name);
        self.colon();
        self.raw(raw);
    }

    pub(crate) fn string(&mut self, text: &str) {
        self.bytes.push(b'"');
        let plain = text
            .bytes()
            .all(|byte| byte >= 0x20 && byte != b'"' && byte != b'\\');
        if plain {
            self.raw(text);
        } else {
            self.escaped(text);
        }
        self.bytes.push(b'"');
    }

    fn escaped(&mut self, text: &str) {
        for byte in text.bytes() {
            match byte {
                b'"' | b'\\' => self.bytes.extend([b'\\', byte]),
                b'\n' => self.raw("\\n"),
                b'\t' => self.raw("\\t"),
                0..0x20 => self.print(format_args!("\\u{byte:04x}")),
                _ => self.bytes.push(byte),
            }
        }
    }

    pub(crate) fn id(&mut self, id: Uuid) {
        let mut text = Uuid::encode_buffer();
        let text = id.hyphenated().encode_lower(&mut text);
        self.bytes.push(b'"');
        self.bytes.extend_from_slice(text.as_bytes());
        self.bytes.push(b'"');
    }

    pub(crate) fn integer(&mut self, value: i64) {
        self.raw(itoa::Buffer::new().format(value));
    }

    pub(crate) fn number(&mut self, value: f64) {
        self.print(format_args!("{value}"));
    }

    fn print(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing to a `Vec` cannot fail.
        let _infallible = self.bytes.write_fmt(text);
    }

    /// Writes an instant as ISO 8601 in UTC.
    pub(crate) fn time(&mut self, millis: i64) {
        let (days, rest) = (millis.div_euclid(86_400_000), millis.rem_euclid(86_400_000));
        let (year, month, day) = civil(days);
        self.bytes.push(b'"');
        self.digits(year, 4);
        for (mark, value) in [(b'-', month), (b'-', day)] {
            self.bytes.push(mark);
            self.digits(value, 2);
        }
        for (mark, value) in [
            (b'T', rest / 3_600_000),
            (b':', rest / 60_000 % 60),
            (b':', rest / 1000 % 60),
        ] {
            self.bytes.push(mark);
            self.digits(value, 2);
        }
        self.decimals(rest % 1000, self.fraction.decimals(millis));
        self.raw("Z\"");
    }

    /// Writes `count` decimals of a second of which three are known; those beyond are made up.
    fn decimals(&mut self, millis: i64, count: usize) {
        if count == 0 {
            return;
        }
        self.bytes.push(b'.');
        self.digits(millis, 3);
        if count < 3 {
            self.bytes.truncate(self.bytes.len() - (3 - count));
        }
        self.raw(&"123456"[..count.saturating_sub(3)]);
    }

    /// Writes the last `width` digits of a number that is not negative.
    fn digits(&mut self, value: i64, width: usize) {
        let at = self.bytes.len();
        self.bytes.resize(at + width, b'0');
        let mut left = value;
        for place in self.bytes[at..].iter_mut().rev() {
            *place += u8::try_from(left % 10).unwrap_or(0);
            left /= 10;
        }
    }
}

/// Returns year, month and day of a count of days since 1970, by the proleptic Gregorian calendar.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_agree_with_the_calendar_library() {
        for millis in (0..400).map(|step| step * 86_399_999 * 37 + 951_782_400_000) {
            let mut out = JsonWriter::default();
            out.time(millis);
            let stamp = jiff::Timestamp::from_millisecond(millis).unwrap();
            assert_eq!(out.bytes, format!("\"{stamp:.3}\"").as_bytes());
        }
    }

    #[test]
    fn mixed_fractions_read_back_as_seen() {
        for millis in 1_700_000_000_000..1_700_000_000_700 {
            let mut out = JsonWriter {
                fraction: Fraction::Mixed,
                ..JsonWriter::default()
            };
            out.time(millis);
            let text: String = serde_json::from_slice(&out.bytes).unwrap();
            let stamp: jiff::Timestamp = text.parse().unwrap();
            assert_eq!(
                stamp.as_millisecond(),
                Fraction::Mixed.seen(millis),
                "{text}"
            );
        }
    }

    #[test]
    fn text_is_escaped() {
        let text = "a \"quoted\" \\ tab\t line\n bell\u{7} ünïcode";
        let mut out = JsonWriter::default();
        out.string(text);
        assert_eq!(serde_json::from_slice::<String>(&out.bytes).unwrap(), text);
    }
}
