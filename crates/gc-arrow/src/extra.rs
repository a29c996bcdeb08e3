//! What a record holds beyond its table: kept with its path, counted, never dropped.

use std::collections::BTreeMap;

use crate::path::{self, Part, quoted};

/// The column that holds, as JSON, every unknown field of the record with its path:
/// `{"participants[0].newField":true}`. Null when there is none.
pub const EXTRA_COLUMN: &str = "_extra";

/// How many levels deep an unknown value may be nested.
pub const MAX_DEPTH: usize = 64;

/// How many levels deep the parser is let into an input with unknown values: more than
/// [`MAX_DEPTH`] within any table, and far less than its stack holds.
pub(crate) const MAX_INPUT_DEPTH: usize = 2 * MAX_DEPTH;

/// How many different unknown paths are counted by name; the rest are counted together as
/// [`OTHER_PATHS`], since keys that are data would otherwise grow without bound.
pub const MAX_COUNTED_PATHS: usize = 1_000;

/// The name under which unknown paths past [`MAX_COUNTED_PATHS`] are counted.
pub const OTHER_PATHS: &str = "(other paths)";

/// The unknown fields of the records of a batch.
#[derive(Debug, Default)]
pub(crate) struct Extra {
    /// Of the record in hand, in order of appearance.
    found: Vec<Unknown>,
    /// Of the whole batch: how many records' fields had each general path.
    counts: BTreeMap<String, u64>,
}

/// One unknown field.
#[derive(Debug)]
struct Unknown {
    exact: String,
    general: String,
    raw: String,
    /// How many steps lead to the object that holds it.
    depth: usize,
}

impl Extra {
    pub(crate) fn keep(&mut self, parts: &[Part], name: &str, raw: &str) {
        self.found.push(Unknown {
            exact: path::exact(parts, Some(name)),
            general: path::general(parts, Some(name)),
            raw: raw.to_owned(),
            depth: parts.len(),
        });
    }

    /// Forgets the fields that the record in hand has inside the value at `parts`.
    pub(crate) fn forget_under(&mut self, parts: &[Part]) {
        if self.found.is_empty() {
            return;
        }
        let path = path::exact(parts, None);
        let is_under = |unknown: &Unknown| {
            let rest = unknown.exact.strip_prefix(&path);
            unknown.depth >= parts.len() && rest.is_some_and(|rest| rest.starts_with(['.', '[']))
        };
        self.found.retain(|unknown| !is_under(unknown));
    }

    /// Forgets the record in hand.
    pub(crate) fn forget(&mut self) {
        self.found.clear();
    }

    /// Returns the unknown fields of the record in hand as one JSON object, and counts them.
    ///
    /// Paths are in order; of a path given twice the last value counts.
    pub(crate) fn take(&mut self) -> Option<String> {
        if self.found.is_empty() {
            return None;
        }
        let fields: BTreeMap<String, (String, String)> = self
            .found
            .drain(..)
            .map(|unknown| (unknown.exact, (unknown.general, unknown.raw)))
            .collect();
        let mut json = String::from("{");
        for (exact, (general, raw)) in fields {
            count(&mut self.counts, general, 1);
            if json.len() > 1 {
                json.push(',');
            }
            json.push_str(&quoted(&exact));
            json.push(':');
            json.push_str(&raw);
        }
        json.push('}');
        Some(json)
    }

    pub(crate) fn take_counts(&mut self) -> BTreeMap<String, u64> {
        std::mem::take(&mut self.counts)
    }
}

/// Adds the counts of one batch to those of others, by name for at most [`MAX_COUNTED_PATHS`] paths.
pub fn add_counts(counts: &mut BTreeMap<String, u64>, more: BTreeMap<String, u64>) {
    for (path, times) in more {
        count(counts, path, times);
    }
}

fn count(counts: &mut BTreeMap<String, u64>, path: String, times: u64) {
    let room = counts.len() < MAX_COUNTED_PATHS || counts.contains_key(&path);
    let path = if room { path } else { OTHER_PATHS.to_owned() };
    *counts.entry(path).or_default() += times;
}

/// Returns whether every `\u` in `raw`, which is JSON otherwise, is part of a whole character.
///
/// The parser passes over unknown values without a look at these, and readers of JSON refuse them.
pub(crate) fn has_whole_escapes(raw: &str) -> bool {
    let mut rest = raw.as_bytes();
    while let Some(at) = rest.iter().position(|byte| *byte == b'\\') {
        rest = &rest[at..];
        rest = match code_unit(rest) {
            None if rest.get(1) == Some(&b'u') => return false,
            None => rest.get(2..).unwrap_or_default(),
            Some(0xd800..=0xdbff) => match code_unit(&rest[6..]) {
                Some(0xdc00..=0xdfff) => &rest[12..],
                _ => return false,
            },
            Some(0xdc00..=0xdfff) => return false,
            Some(_) => &rest[6..],
        };
    }
    true
}

/// Reads the `\uXXXX` that `text` begins with.
fn code_unit(text: &[u8]) -> Option<u16> {
    let digits = text.strip_prefix(b"\\u")?.get(..4)?;
    let digits = digits.iter().all(u8::is_ascii_hexdigit).then_some(digits)?;
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}
