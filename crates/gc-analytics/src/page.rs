//! A page of an answer: the records as received, and what the envelope says of them.

use std::ops::Range;

use bytes::Bytes;
use jiff::Timestamp;
use sonic_rs::{JsonValueTrait, LazyValue};

/// A page of records.
#[derive(Clone, Debug)]
pub struct Page {
    /// The body as received.
    body: Bytes,
    /// The body with every byte that is no UTF-8 replaced by another single byte.
    text: Bytes,
    /// Where those bytes are, in order.
    mended: Vec<usize>,
    /// Where the records are.
    records: Vec<Range<usize>>,
    /// Where the next page begins; absent on the last one.
    pub(crate) cursor: Option<String>,
    /// How many records the whole query has.
    pub(crate) total_hits: Option<u64>,
    /// Up to when the platform vouches for the answer.
    pub(crate) watermark: Option<Timestamp>,
}

/// The body is no JSON object of the expected form: cut short, or no answer of the platform.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the page is not complete JSON")]
pub struct BrokenPage;

impl Page {
    /// Reads the envelope; the records stay as they are.
    ///
    /// # Errors
    ///
    /// [`BrokenPage`] when the body is no complete JSON object, or `conversations` no list.
    pub fn parse(body: Bytes) -> Result<Self, BrokenPage> {
        let (text, mended) = mend(&body);
        let mut page = Self {
            body,
            text: text.clone(),
            mended,
            records: Vec::new(),
            cursor: None,
            total_hits: None,
            watermark: None,
        };
        // Given as `str` and not as `Bytes`: then every slice points into the text.
        let text = std::str::from_utf8(&text).map_err(|_| BrokenPage)?;
        if !is_object(text) {
            return Err(BrokenPage);
        }
        for entry in sonic_rs::to_object_iter(text) {
            let (key, value) = entry.map_err(|_| BrokenPage)?;
            page.take(&key, value)?;
        }
        Ok(page)
    }

    fn take(&mut self, key: &str, value: LazyValue<'_>) -> Result<(), BrokenPage> {
        match key {
            "conversations" if value.is_null() => {}
            "conversations" => {
                let records = value.into_array_iter().ok_or(BrokenPage)?;
                let begin = self.text.as_ptr().addr();
                self.records = records
                    .map(|record| {
                        let record = record.map_err(|_| BrokenPage)?;
                        let raw = record.as_raw_str();
                        let at = raw.as_ptr().addr() - begin;
                        Ok(at..at + raw.len())
                    })
                    .collect::<Result<_, _>>()?;
            }
            "cursor" => self.cursor = value.as_str().map(str::to_owned).filter(|c| !c.is_empty()),
            "totalHits" => self.total_hits = value.as_u64(),
            "dataAvailabilityDate" => {
                self.watermark = value.as_str().and_then(|text| text.parse().ok());
            }
            _ => {}
        }
        Ok(())
    }

    /// Returns the size of the page in bytes, after decompression.
    pub fn size(&self) -> usize {
        self.body.len()
    }

    /// Returns how many records the page has.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Returns whether the page has no records at all.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Returns a record as received.
    pub(crate) fn raw(&self, record: usize) -> Bytes {
        self.body.slice(self.records[record].clone())
    }

    /// Returns a record as text, or nothing when it is not UTF-8.
    pub(crate) fn text(&self, record: usize) -> Option<&str> {
        let range = self.records[record].clone();
        let mended = self.mended.partition_point(|at| *at < range.start);
        if self.mended.get(mended).is_some_and(|at| range.contains(at)) {
            return None;
        }
        std::str::from_utf8(&self.text[range]).ok()
    }
}

/// Returns the body as UTF-8 and where bytes had to be replaced, each by a single one, so that
/// everything stays where it is.
fn mend(body: &Bytes) -> (Bytes, Vec<usize>) {
    if std::str::from_utf8(body).is_ok() {
        return (body.clone(), Vec::new());
    }
    let mut text = body.to_vec();
    let mut mended = Vec::new();
    let mut at = 0;
    for chunk in body.utf8_chunks() {
        at += chunk.valid().len();
        for _ in chunk.invalid() {
            text[at] = b'?';
            mended.push(at);
            at += 1;
        }
    }
    (text.into(), mended)
}

/// The iterator over the entries accepts an empty text and does not look past the end.
fn is_object(text: &str) -> bool {
    let text = text.trim_ascii();
    text.starts_with('{') && text.ends_with('}')
}
