//! Which rows of a partition were admitted: 16 bytes for each key, 17 with the table's own byte.
//!
//! A table is between 7/16 and 7/8 full, so a key costs 19 to 39 bytes, 27 on average. 96 bits of a
//! key's hash are kept: of ten million keys two are taken for one with a chance of 10^-15. 32 bits of the
//! row's hash are kept, for counting what differs; what decides whether a partition has changed is the
//! full hash of its content.

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use xxhash_rust::xxh3::xxh3_128;

use crate::content::halves;

/// What an index knows of a row that is offered to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    /// Its key was not there.
    No,
    /// Its key was there, with the same content.
    Same,
    /// Its key was there, with other content.
    Other,
}

/// Which rows of a partition were admitted.
#[derive(Debug, Default)]
pub(crate) struct KeyIndex {
    rows: HashTable<Row>,
}

#[derive(Clone, Copy, Debug)]
struct Row {
    key: [u32; 3],
    content: u32,
}

impl Row {
    fn new(key: u128, content: u64) -> Self {
        let [low, high] = halves(key);
        Self {
            key: [upper(low), lower(high), upper(high)],
            content: upper(content),
        }
    }

    /// All of these bits are kept, so that the table can grow without the keys.
    fn place(&self) -> u64 {
        u64::from(self.key[1]) << 32 | u64::from(self.key[2])
    }

    fn compared_with(&self, other: &Self) -> Known {
        if self.content == other.content {
            Known::Same
        } else {
            Known::Other
        }
    }
}

fn upper(bits: u64) -> u32 {
    lower(bits >> 32)
}

#[expect(clippy::cast_possible_truncation, reason = "takes a number apart")]
fn lower(bits: u64) -> u32 {
    bits as u32
}

impl KeyIndex {
    /// Adds a row unless its key is known; the first row of a key stays.
    pub(crate) fn admit(&mut self, key: u128, content: u64) -> Known {
        let row = Row::new(key, content);
        match self
            .rows
            .entry(row.place(), |other| other.key == row.key, Row::place)
        {
            Entry::Occupied(known) => known.get().compared_with(&row),
            Entry::Vacant(place) => {
                place.insert(row);
                Known::No
            }
        }
    }

    /// Looks a row up.
    pub(crate) fn look_up(&self, key: u128, content: u64) -> Known {
        let row = Row::new(key, content);
        let known = self.rows.find(row.place(), |other| other.key == row.key);
        known.map_or(Known::No, |known| known.compared_with(&row))
    }

    /// Returns how many rows were admitted.
    pub(crate) fn len(&self) -> u64 {
        self.rows.len() as u64
    }
}

/// The hash by which a key is known.
pub(crate) fn key_hash(key: &str) -> u128 {
    xxh3_128(key.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_row_of_a_key_stays() {
        let mut index = KeyIndex::default();
        let (key, one, two) = (7 << 90, 1 << 40, 2 << 40);
        assert_eq!(index.admit(key, one), Known::No);
        assert_eq!(index.admit(key, two), Known::Other);
        assert_eq!(index.admit(key, one), Known::Same);
        assert_eq!(index.look_up(key + (1 << 80), one), Known::No);
        assert_eq!(index.len(), 1);
    }

    #[test]
    fn row_takes_sixteen_bytes() {
        assert_eq!(size_of::<Row>(), 16);
    }
}
