//! What an answer says around its records.

use std::borrow::Cow;
use std::fmt;

use gc_arrow::Nesting;
use serde::Deserialize;
use serde::de::{Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use sonic_rs::{JsonValueTrait, LazyValue};

/// The key of the list of records.
pub(crate) const RECORDS: &str = "conversations";

/// How many levels deep the parser is let into a body: more than any record that fits, and far
/// less than its stack holds.
const MAX_DEPTH: usize = 128;

/// The body is no JSON object of the expected form: cut short, or no answer of the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the page is not complete JSON")]
pub struct BrokenPage;

/// What an answer says around its records. Every field may be absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Envelope {
    /// Where the next page begins; absent on the last one.
    pub(crate) cursor: Option<String>,
    /// How many records the whole query has.
    pub(crate) total_hits: Option<u64>,
    /// Up to when the platform vouches for the answer.
    pub(crate) data_availability_date: Option<String>,
    /// Whether there are no records.
    #[serde(skip)]
    pub(crate) is_empty: bool,
}

impl Envelope {
    /// Reads the envelope of a whole body.
    pub(crate) fn of(text: &str) -> Result<Self, BrokenPage> {
        Self::at_the_edges(text).map_or_else(|| Self::walk(&shallow(text)), Ok)
    }

    /// Reads what stands before and behind the list of records, without a look at the list.
    ///
    /// The cursor is needed to fetch the next page while this one is still being decoded, and to
    /// walk a page of many megabytes costs half as much as to decode it. Returns nothing unless
    /// both edges are JSON objects by themselves and name a key that only envelopes have; decoding
    /// then proves the page whole and the envelope right.
    fn at_the_edges(text: &str) -> Option<Self> {
        let (front, rest) = text.split_once(&format!("\"{RECORDS}\""))?;
        let rest = rest.trim_ascii_start().strip_prefix(':')?;
        let list = rest.trim_ascii_start().strip_prefix('[')?;
        let (_, back) = text.rsplit_once(']')?;
        let front = front.trim_ascii_end();
        let front = Self::edge(&format!("{}}}", front.strip_suffix(',').unwrap_or(front)))?;
        let back = back.trim_ascii_start();
        let back = Self::edge(&format!("{{{}", back.strip_prefix(',').unwrap_or(back)))?;
        let last = |back: Option<String>, front| back.or(front).filter(|text| !text.is_empty());
        let envelope = Self {
            cursor: last(back.cursor, front.cursor),
            total_hits: back.total_hits.or(front.total_hits),
            data_availability_date: last(back.data_availability_date, front.data_availability_date),
            is_empty: list.trim_ascii_start().starts_with(']'),
        };
        let names_a_key = envelope.cursor.is_some()
            || envelope.total_hits.is_some()
            || envelope.data_availability_date.is_some();
        names_a_key.then_some(envelope)
    }

    fn edge(text: &str) -> Option<Self> {
        matches!(shallow(text), Cow::Borrowed(_))
            .then(|| sonic_rs::from_str(text).ok())
            .flatten()
    }

    /// Reads every key of a shallow body, and thereby proves the body a complete JSON object.
    pub(crate) fn walk(text: &str) -> Result<Self, BrokenPage> {
        let mut envelope = Self {
            is_empty: true,
            ..Self::default()
        };
        for entry in entries(text)? {
            let (key, value) = entry?;
            match key.as_ref() {
                RECORDS => envelope.is_empty = records(value)?.next().is_none(),
                key => envelope.take(key, &value),
            }
        }
        Ok(envelope)
    }

    /// Reads the value of a key that is not the list of records, from a parser of `text`.
    pub(crate) fn read<'de, A: MapAccess<'de>>(
        &mut self,
        key: &str,
        map: &mut A,
        text: &str,
    ) -> Result<(), A::Error> {
        match key {
            "cursor" => self.cursor = map.next_value::<Scalar>()?.text,
            "totalHits" => self.total_hits = map.next_value::<Scalar>()?.number,
            "dataAvailabilityDate" => {
                self.data_availability_date = map.next_value::<Scalar>()?.text;
            }
            // The parser would follow nesting without end.
            _ if matches!(shallow(text), Cow::Owned(_)) => {
                return Err(A::Error::custom("nested too deeply"));
            }
            _ => {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }

    /// Takes the value of a key that is not the list of records.
    pub(crate) fn take(&mut self, key: &str, value: &LazyValue<'_>) {
        let text = || {
            value
                .as_str()
                .map(str::to_owned)
                .filter(|text| !text.is_empty())
        };
        match key {
            "cursor" => self.cursor = text(),
            "totalHits" => self.total_hits = value.as_u64(),
            "dataAvailabilityDate" => self.data_availability_date = text(),
            _ => {}
        }
    }
}

/// A value without parts: a text that is not empty, a number that counts something, or neither.
///
/// Read by what is there and not by what is wanted: to say that it found a list in place of a text
/// the parser would follow the list to its end.
#[derive(Default)]
struct Scalar {
    text: Option<String>,
    number: Option<u64>,
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl Visitor<'_> for ScalarVisitor {
    type Value = Scalar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text or a number")
    }

    fn visit_str<E>(self, text: &str) -> Result<Scalar, E> {
        let text = Some(text.to_owned()).filter(|text| !text.is_empty());
        Ok(Scalar { text, number: None })
    }

    fn visit_u64<E>(self, number: u64) -> Result<Scalar, E> {
        let number = Some(number);
        Ok(Scalar { text: None, number })
    }

    fn visit_i64<E>(self, number: i64) -> Result<Scalar, E> {
        let number = u64::try_from(number).ok();
        Ok(Scalar { text: None, number })
    }

    fn visit_f64<E>(self, _number: f64) -> Result<Scalar, E> {
        Ok(Scalar::default())
    }

    fn visit_bool<E>(self, _value: bool) -> Result<Scalar, E> {
        Ok(Scalar::default())
    }

    fn visit_unit<E>(self) -> Result<Scalar, E> {
        Ok(Scalar::default())
    }
}

/// Returns a body with every value that is nested too deeply blanked out, byte for byte.
///
/// The parser passes over values by descending a level of its stack for each of theirs.
pub(crate) fn shallow(text: &str) -> Cow<'_, str> {
    let (mut nesting, mut depth) = (Nesting::default(), 0);
    let mut blanked: Option<Vec<u8>> = None;
    for (at, byte) in text.bytes().enumerate() {
        let was_deep = depth > MAX_DEPTH;
        depth = nesting.step(byte);
        if was_deep || depth > MAX_DEPTH {
            let blanked = blanked.get_or_insert_with(|| text.as_bytes().to_vec());
            blanked[at] = if was_deep { b' ' } else { b'0' };
        }
    }
    let blanked = blanked.and_then(|bytes| String::from_utf8(bytes).ok());
    blanked.map_or(Cow::Borrowed(text), Cow::Owned)
}

type Entry<'a> = (Cow<'a, str>, LazyValue<'a>);

/// Returns the entries of a body, which has to be an object and nothing more.
pub(crate) fn entries(
    text: &str,
) -> Result<impl Iterator<Item = Result<Entry<'_>, BrokenPage>>, BrokenPage> {
    let text = text.trim_ascii();
    // The iterator accepts an empty text and does not look past the end.
    if !(text.starts_with('{') && text.ends_with('}')) {
        return Err(BrokenPage);
    }
    Ok(sonic_rs::to_object_iter(text).map(|entry| entry.map_err(|_| BrokenPage)))
}

/// Returns the records of a list; null is an empty one.
pub(crate) fn records(
    list: LazyValue<'_>,
) -> Result<impl Iterator<Item = LazyValue<'_>>, BrokenPage> {
    let is_null = list.is_null();
    let records = list.into_array_iter();
    if records.is_none() && !is_null {
        return Err(BrokenPage);
    }
    // The list was walked as JSON before it was given out, so every item is found.
    Ok(records.into_iter().flatten().filter_map(Result::ok))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_edges_say_the_same_as_the_whole() {
        for text in [
            r#"{"conversations":[{"a":[1]}],"cursor":"x","dataAvailabilityDate":"2026-11-21T00:00:00Z"}"#,
            r#"{ "totalHits" : 7 , "conversations" : [ {"cursor":"evil"} ] }"#,
            r#"{"cursor":"x","conversations":[],"totalHits":0}"#,
            r#"{"conversations":[{"totalHits":[5]}]}"#,
            r#"{"conversations":[1],"other":{"list":[1],"cursor":"wrong"}}"#,
            r#"{"conversations":[1],"cursor":"a]b"}"#,
            r#"{"conversations":null,"totalHits":3}"#,
            "{}",
        ] {
            assert_eq!(Envelope::of(text), Envelope::walk(text), "{text}");
        }
    }

    #[test]
    fn a_body_cut_anywhere_is_broken() {
        let whole = r#"{"conversations":[{"a":{"totalHits":[1],"b":"c"}},{"d":"e"}],"cursor":"x"}"#;
        for end in 0..whole.len() {
            assert_eq!(Envelope::of(&whole[..end]), Err(BrokenPage), "{end}");
        }
    }
}
