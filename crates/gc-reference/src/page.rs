//! A page of a list, as received.

use std::ops::Range;

use bytes::{Buf as _, Bytes};
use serde::Deserialize;
use serde_json::value::RawValue;

/// What some gateways put before UTF-8; not part of the JSON.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// The body is no JSON object of the expected form: cut short, or no answer of the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the page is not a complete list in JSON")]
pub struct BrokenPage;

/// What an answer says. Every field may be absent; entities are passed over without a look inside,
/// however deep they are.
///
/// Source: official Python SDK 269.0.0, `QueueEntityListing`, `TeamEntityListing`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<'a> {
    #[serde(borrow)]
    entities: Option<Vec<&'a RawValue>>,
    page_count: Option<u64>,
    next_uri: Option<String>,
}

/// A page of a list, as received.
#[derive(Clone, Debug)]
pub struct Page {
    body: Bytes,
    records: Vec<Range<usize>>,
    /// How many pages there are.
    pub(crate) page_count: Option<u64>,
    /// Where the next page is.
    pub(crate) next_uri: Option<String>,
}

impl Page {
    /// Takes a body apart into its entities.
    ///
    /// # Errors
    ///
    /// [`BrokenPage`] when the body is no complete JSON object, or `entities` is no list.
    pub fn parse(mut body: Bytes) -> Result<Self, BrokenPage> {
        if body.starts_with(BYTE_ORDER_MARK) {
            body.advance(BYTE_ORDER_MARK.len());
        }
        // An entity that is no UTF-8 must not cost its neighbours: look at a text of the same length.
        let mended;
        let text = match std::str::from_utf8(&body) {
            Ok(text) => text,
            Err(_) => {
                mended = gc_arrow::mend(&body);
                &mended
            }
        };
        let envelope: Envelope<'_> = serde_json::from_str(text).map_err(|_| BrokenPage)?;
        let place = |record: &&RawValue| {
            let begin = record.get().as_ptr().addr() - text.as_ptr().addr();
            begin..begin + record.get().len()
        };
        let records = envelope.entities.iter().flatten().map(place).collect();
        let (page_count, next_uri) = (envelope.page_count, envelope.next_uri);
        Ok(Self {
            body,
            records,
            page_count,
            next_uri: next_uri.filter(|uri| !uri.is_empty()),
        })
    }

    /// Returns the entities, each as received.
    pub fn records(&self) -> impl Iterator<Item = Bytes> + '_ {
        self.records
            .iter()
            .map(|place| self.body.slice(place.clone()))
    }

    /// Returns whether there are no entities.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(body: &'static [u8]) -> Vec<Bytes> {
        let page = Page::parse(Bytes::from_static(body)).unwrap();
        page.records().collect()
    }

    #[test]
    fn entities_are_handed_on_byte_for_byte() {
        let found =
            records(b"\xef\xbb\xbf{\"total\":[], \"entities\" : [ {\"id\": \"\xff\"} ,7,[] ]}");
        assert_eq!(found, [&b"{\"id\": \"\xff\"}"[..], b"7", b"[]"]);
    }

    #[test]
    fn an_answer_without_entities_is_an_empty_page() {
        for body in [&b"{}"[..], b"{\"entities\":null}", b"{\"entities\":[]}"] {
            assert!(records(body).is_empty());
        }
    }

    #[test]
    fn a_body_that_is_cut_anywhere_or_no_list_is_broken() {
        let whole = br#"{"entities":[{"id":"a"},{"id":"b"}],"pageCount":1,"nextUri":null}"#;
        for end in 0..whole.len() {
            assert!(Page::parse(Bytes::copy_from_slice(&whole[..end])).is_err());
        }
        for body in [&br#"{"entities":{}}"#[..], b"[]", b"<html>"] {
            assert!(Page::parse(Bytes::from_static(body)).is_err());
        }
    }

    #[test]
    fn nesting_without_end_breaks_nothing() {
        let deep = |depth| {
            format!(
                "{{\"entities\":[{}{}]}}",
                "[".repeat(depth),
                "]".repeat(depth)
            )
        };
        assert!(Page::parse(deep(1_000_000).into()).is_ok());
        assert!(Page::parse("[".repeat(1_000_000).into()).is_err());
    }
}
