//! A page of an answer, as received.

use bytes::{Buf as _, Bytes};
use jiff::Timestamp;

use crate::envelope::{self, BrokenPage, Envelope, RECORDS};

/// What some gateways put before UTF-8; not part of the JSON.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// A page of records, as received.
#[derive(Clone, Debug)]
pub struct Page {
    body: Bytes,
    /// The body with every byte that is no UTF-8 replaced by another single byte, if there is one.
    mended: Option<String>,
    envelope: Envelope,
}

impl Page {
    /// Reads the envelope; the records stay as they are.
    ///
    /// # Errors
    ///
    /// [`BrokenPage`] when the body is seen to be no complete JSON object, or `conversations` to be
    /// no list. What is not seen here is seen when the page is decoded.
    pub fn parse(mut body: Bytes) -> Result<Self, BrokenPage> {
        if body.starts_with(BYTE_ORDER_MARK) {
            body.advance(BYTE_ORDER_MARK.len());
        }
        let (envelope, mended) = match std::str::from_utf8(&body) {
            Ok(text) => (Envelope::of(text)?, None),
            Err(_) => {
                let mended = gc_arrow::mend(&body);
                (Envelope::of(&mended)?, Some(mended))
            }
        };
        Ok(Self {
            body,
            mended,
            envelope,
        })
    }

    /// Returns the size of the page in bytes, after decompression.
    pub fn size(&self) -> usize {
        self.body.len()
    }

    /// Returns the records, each as received.
    ///
    /// # Errors
    ///
    /// [`BrokenPage`] when the page is no complete JSON object.
    pub fn records(&self) -> Result<Vec<Bytes>, BrokenPage> {
        let text = envelope::shallow(self.text());
        if Envelope::walk(&text)? != self.envelope {
            return Err(BrokenPage);
        }
        let mut found = Vec::new();
        for entry in envelope::entries(&text)? {
            let (key, value) = entry?;
            if key == RECORDS {
                let records = envelope::records(value)?;
                found.extend(records.map(|record| self.received(&text, record.as_raw_str())));
            }
        }
        Ok(found)
    }

    /// Returns what was received where `part` stands in a text of the same length as the body.
    pub(crate) fn received(&self, text: &str, part: &str) -> Bytes {
        let begin = part.as_ptr().addr() - text.as_ptr().addr();
        self.body.slice(begin..begin + part.len())
    }

    /// Returns the body as text; where it is no UTF-8, with other characters in its place.
    pub(crate) fn text(&self) -> &str {
        match &self.mended {
            Some(text) => text,
            None => std::str::from_utf8(&self.body).unwrap_or_default(),
        }
    }

    /// Returns whether the body is UTF-8.
    pub(crate) fn is_utf8(&self) -> bool {
        self.mended.is_none()
    }

    pub(crate) fn envelope(&self) -> &Envelope {
        &self.envelope
    }

    /// Returns how many records the whole query has; an empty answer that does not say has none.
    pub(crate) fn total(&self) -> Option<u64> {
        let none = self.envelope.is_empty.then_some(0);
        self.envelope.total_hits.or(none)
    }

    /// Returns up to when the platform vouches for the answer.
    pub(crate) fn watermark(&self) -> Option<Timestamp> {
        self.envelope
            .data_availability_date
            .as_ref()
            .and_then(|text| text.parse().ok())
    }
}
