//! What a record holds beyond its table: kept with its path, counted, never dropped.

use std::collections::BTreeMap;

use crate::path::{self, Part};

/// The column that holds, as JSON, every unknown field of the record with its path:
/// `{"participants[0].newField":true}`. Null when there is none.
pub const EXTRA_COLUMN: &str = "_extra";

/// How many levels deep an unknown value may be nested.
pub const MAX_DEPTH: usize = 64;

/// How many different unknown paths are counted by name; the rest are counted together as
/// [`OTHER_PATHS`], since keys that are data would otherwise grow without bound.
pub const MAX_COUNTED_PATHS: usize = 1_000;

/// The name under which unknown paths past [`MAX_COUNTED_PATHS`] are counted.
pub const OTHER_PATHS: &str = "(other paths)";

/// The unknown fields of the records of a batch.
#[derive(Debug, Default)]
pub(crate) struct Extra {
    /// Of the record in hand: exact path, general path, raw JSON. In order of appearance.
    found: Vec<(String, String, String)>,
    /// Of the whole batch: how many records' fields had each general path.
    counts: BTreeMap<String, u64>,
}

impl Extra {
    pub(crate) fn keep(&mut self, parts: &[Part], name: &str, raw: &str) {
        let exact = path::exact(parts, name);
        self.found
            .push((exact, path::general(parts, name), raw.to_owned()));
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
            .map(|(exact, general, raw)| (exact, (general, raw)))
            .collect();
        let mut json = String::from("{");
        for (exact, (general, raw)) in fields {
            self.count(general);
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

    fn count(&mut self, path: String) {
        let room = self.counts.len() < MAX_COUNTED_PATHS || self.counts.contains_key(&path);
        let path = if room { path } else { OTHER_PATHS.to_owned() };
        *self.counts.entry(path).or_default() += 1;
    }

    pub(crate) fn take_counts(&mut self) -> BTreeMap<String, u64> {
        std::mem::take(&mut self.counts)
    }
}

/// Returns `text` as a JSON text.
pub(crate) fn quoted(text: &str) -> String {
    sonic_rs::to_string(text).expect("a text is always JSON")
}

/// Returns whether `raw`, which is valid JSON, is nested at most [`MAX_DEPTH`] levels deep.
pub(crate) fn is_shallow(raw: &str) -> bool {
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    for byte in raw.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'[' | b'{' if !in_text => depth += 1,
            b']' | b'}' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_DEPTH {
            return false;
        }
    }
    true
}
