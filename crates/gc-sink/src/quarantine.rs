//! Records set aside: kept as received, with the reason, as compressed lines of JSON.
//!
//! A line is `{"reason": "…", "record": "<the record exactly as received>"}`; a record that is not UTF-8
//! is `recordBase64` instead.

use std::io::{self, Write as _};
use std::mem;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gc_core::Day;
use serde::Serialize;
use zstd::stream::write::Encoder;

use crate::{Archive, Error, Replacement, layout};

/// Compressed bytes kept in memory before they go to the replacement.
const DRAIN_BYTES: usize = 256 * 1024;
/// The level of compression: records set aside are few.
const LEVEL: i32 = 3;

/// The quarantine of one partition, being written.
pub(crate) struct Quarantine {
    lines: Encoder<'static, Vec<u8>>,
    replacement: Replacement,
    path: String,
    records: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    reason: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    record_base64: Option<String>,
}

impl<'a> Line<'a> {
    fn new(record: &'a [u8], reason: &'a str) -> Self {
        let text = std::str::from_utf8(record).ok();
        let record_base64 = text.is_none().then(|| STANDARD.encode(record));
        Self {
            reason,
            record: text,
            record_base64,
        }
    }
}

/// Returns the line of a record set aside: `{"reason": "…", "record": "…"}`, without an end of line.
pub fn quarantine_line(record: &[u8], reason: &str) -> Vec<u8> {
    // Texts alone are always JSON.
    serde_json::to_vec(&Line::new(record, reason)).unwrap_or_default()
}

/// Returns lines as a file of the quarantine holds them: each with its end, compressed.
///
/// # Errors
///
/// When they cannot be compressed, for want of memory.
pub fn compress_lines<'a>(lines: impl IntoIterator<Item = &'a [u8]>) -> Result<Vec<u8>, Error> {
    let failed = |error| Error::disk("compress", "lines set aside")(error);
    let mut file = Encoder::new(Vec::new(), LEVEL).map_err(failed)?;
    for line in lines {
        file.write_all(line).map_err(failed)?;
        file.write_all(b"\n").map_err(failed)?;
    }
    file.finish().map_err(failed)
}

impl Quarantine {
    pub(crate) async fn begin(archive: &Archive, dataset: &str, day: Day) -> Result<Self, Error> {
        let path = layout::quarantine_file(dataset, day);
        let name = path.to_string();
        let lines = Encoder::new(Vec::new(), LEVEL).map_err(Error::disk("compress", &name))?;
        let replacement = archive.replace(dataset, path).await?;
        Ok(Self {
            lines,
            replacement,
            path: name,
            records: 0,
        })
    }

    pub(crate) async fn set_aside(&mut self, record: &[u8], reason: &str) -> Result<(), Error> {
        self.line(record, reason)
            .map_err(Error::disk("compress", &self.path))?;
        self.records += 1;
        if self.lines.get_ref().len() < DRAIN_BYTES {
            return Ok(());
        }
        let bytes = mem::take(self.lines.get_mut());
        self.replacement.write(bytes.into()).await
    }

    fn line(&mut self, record: &[u8], reason: &str) -> io::Result<()> {
        self.lines.write_all(&quarantine_line(record, reason))?;
        self.lines.write_all(b"\n")
    }

    pub(crate) fn records(&self) -> u64 {
        self.records
    }

    pub(crate) async fn abort(self) -> Result<(), Error> {
        self.replacement.abort().await
    }

    /// Ends the file, still unseen.
    pub(crate) async fn finish(mut self) -> Result<(String, Replacement), Error> {
        let bytes = self
            .lines
            .finish()
            .map_err(Error::disk("compress", &self.path))?;
        self.replacement.write(bytes.into()).await?;
        Ok((self.path, self.replacement))
    }
}

impl std::fmt::Debug for Quarantine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Quarantine")
            .field("records", &self.records)
            .finish_non_exhaustive()
    }
}
