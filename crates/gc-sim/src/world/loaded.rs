//! Hand-made records: from a file to days that are served like made-up ones.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use gc_core::Day;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::day::{Record, RenderedDay};
use crate::Error;

/// The parts of a hand-made record that place it; anything else may be as odd as it likes.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Head {
    conversation_start: Option<String>,
    conversation_end: Option<String>,
}

/// Reads the records of a file: a JSON array, an object with `conversations`, one record alone, or
/// one record a line. Each stays as it is written.
pub(crate) fn read_records(path: &Path) -> Result<Vec<Box<RawValue>>, Error> {
    let text = fs::read_to_string(path).map_err(|source| Error::ReadFile {
        path: path.to_owned(),
        source,
    })?;
    let parsed = whole(&text).map_or_else(|| lines(&text), Ok);
    parsed.map_err(|source| Error::ParseFile {
        path: path.to_owned(),
        source,
    })
}

fn whole(text: &str) -> Option<Vec<Box<RawValue>>> {
    #[derive(Deserialize)]
    struct Page {
        conversations: Vec<Box<RawValue>>,
    }
    let page = serde_json::from_str::<Page>(text).map(|page| page.conversations);
    page.or_else(|_| serde_json::from_str(text)).ok()
}

fn lines(text: &str) -> Result<Vec<Box<RawValue>>, serde_json::Error> {
    serde_json::Deserializer::from_str(text)
        .into_iter()
        .collect()
}

/// Loads the records of a file, by the UTC day on which each started.
pub(crate) fn load(path: &Path) -> Result<BTreeMap<Day, Arc<RenderedDay>>, Error> {
    let mut days: BTreeMap<Day, Vec<(Timestamp, Head, Box<RawValue>)>> = BTreeMap::new();
    for (place, raw) in read_records(path)?.into_iter().enumerate() {
        let head: Head = serde_json::from_str(raw.get()).unwrap_or_default();
        let start =
            instant(head.conversation_start.as_deref()).ok_or_else(|| Error::RecordStart {
                path: path.to_owned(),
                place,
            })?;
        days.entry(Day::of(start))
            .or_default()
            .push((start, head, raw));
    }
    let rendered = days
        .into_iter()
        .map(|(day, records)| (day, Arc::new(place_all(records))));
    Ok(rendered.collect())
}

fn instant(text: Option<&str>) -> Option<Timestamp> {
    text?.parse().ok()
}

fn place_all(mut records: Vec<(Timestamp, Head, Box<RawValue>)>) -> RenderedDay {
    records.sort_by_key(|(start, _, _)| *start);
    let mut day = RenderedDay {
        bytes: Vec::new(),
        cuts: Vec::new(),
        records: Vec::new(),
        facets: super::facets::Lazy::default(),
    };
    for (start, head, raw) in records {
        place(&mut day, start, &head, raw.get());
    }
    day
}

fn place(day: &mut RenderedDay, start: Timestamp, head: &Head, raw: &str) {
    let (from, first_cut) = (day.bytes.len(), day.cuts.len());
    day.bytes.extend_from_slice(raw.as_bytes());
    day.cuts
        .extend(attribute_spans(raw).map(|span| from + span.start..from + span.end));
    let end = instant(head.conversation_end.as_deref());
    day.records.push(Record {
        span: from..day.bytes.len(),
        id: id_span(raw).map_or(from..from, |span| from + span.start..from + span.end),
        start: start.as_millisecond(),
        end: end.map(Timestamp::as_millisecond),
        last_activity: end.unwrap_or(start).as_millisecond(),
        cuts: first_cut..day.cuts.len(),
    });
}

/// Returns where the id is written, when it is plain text.
fn id_span(raw: &str) -> Option<std::ops::Range<usize>> {
    #[derive(Deserialize)]
    struct Id<'a> {
        #[serde(borrow, rename = "conversationId")]
        id: &'a str,
    }
    let id = serde_json::from_str::<Id<'_>>(raw).ok()?.id;
    let from = id.as_ptr().addr() - raw.as_ptr().addr();
    Some(from..from + id.len())
}

/// Returns where participants' attributes are written, each with the comma that parts it.
fn attribute_spans(raw: &str) -> impl Iterator<Item = std::ops::Range<usize>> + use<'_> {
    #[derive(Deserialize)]
    struct Conversation<'a> {
        #[serde(borrow)]
        participants: Vec<Participant<'a>>,
    }
    #[derive(Deserialize)]
    struct Participant<'a> {
        #[serde(borrow)]
        attributes: Option<&'a RawValue>,
    }
    let parsed = serde_json::from_str::<Conversation<'_>>(raw).ok();
    let participants = parsed.into_iter().flat_map(|parsed| parsed.participants);
    participants
        .filter_map(|participant| participant.attributes)
        .map(move |attributes| {
            let value = attributes.get();
            let from = value.as_ptr().addr() - raw.as_ptr().addr();
            with_key(raw.as_bytes(), from, from + value.len())
        })
}

/// Widens the span of a value to its key and one comma, before or else after.
fn with_key(raw: &[u8], from: usize, to: usize) -> std::ops::Range<usize> {
    let key = r#""attributes""#;
    let at = raw[..from]
        .windows(key.len())
        .rposition(|window| window == key.as_bytes());
    let at = at.unwrap_or(from);
    let before = raw[..at]
        .iter()
        .rposition(|byte| !byte.is_ascii_whitespace());
    if let Some(comma) = before.filter(|place| raw[*place] == b',') {
        return comma..to;
    }
    let after = raw[to..]
        .iter()
        .position(|byte| !byte.is_ascii_whitespace())
        .map(|gap| to + gap);
    match after.filter(|place| raw[*place] == b',') {
        Some(comma) => at..comma + 1,
        None => at..to,
    }
}
