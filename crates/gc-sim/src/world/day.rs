//! One day of the world, rendered.

use std::ops::Range;

use super::config::WorldConfig;
use super::curve;
use super::dice::Dice;
use super::directory::Directory;
use super::json::{Fraction, JsonWriter};
use super::model::{Conversation, Model as _};
use super::story::{cut, late, tell};
use super::value::Time;
use gc_core::Day;

/// Which part of the world conversations take their chance from.
const PLACE: u64 = 2;
/// Which part of the world late changes take their chance from.
const LATE_PLACE: u64 = 3;
/// How long after a day's end its first export sees it, in milliseconds.
const FIRST_EXPORT: i64 = 6 * 3_600_000;
/// How long after a day's end its late changes are over, in milliseconds.
const LATE_EXPORT: i64 = 90 * 86_400_000;

/// Which of its two states a day is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Edition {
    /// As first exported.
    First,
    /// After late changes.
    Late,
}

/// One record in the buffer of its day.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    /// Where its JSON is.
    pub(crate) span: Range<usize>,
    /// Where its id is; empty when it has none.
    pub(crate) id: Range<usize>,
    /// When it started, in milliseconds since 1970.
    pub(crate) start: i64,
    /// When it ended, if it has.
    pub(crate) end: Option<i64>,
    /// When something last happened in it.
    pub(crate) last_activity: i64,
    /// Which of the day's cuts lie in it.
    pub(crate) cuts: Range<usize>,
}

/// The conversations that started on one day, in order of their start, as JSON.
#[derive(Debug)]
pub(crate) struct RenderedDay {
    pub(crate) bytes: Vec<u8>,
    pub(crate) cuts: Vec<Range<usize>>,
    pub(crate) records: Vec<Record>,
    pub(crate) facets: super::facets::Lazy,
}

impl RenderedDay {
    /// Returns a record's JSON with attributes.
    pub(crate) fn json(&self, record: &Record) -> &[u8] {
        &self.bytes[record.span.clone()]
    }

    /// Returns a record's id.
    pub(crate) fn id(&self, record: &Record) -> &str {
        std::str::from_utf8(&self.bytes[record.id.clone()]).unwrap_or_default()
    }

    /// Appends a record's JSON to `out`.
    pub(crate) fn append(&self, record: &Record, attributes: bool, out: &mut Vec<u8>) {
        if attributes {
            return out.extend_from_slice(self.json(record));
        }
        let mut from = record.span.start;
        for cut in &self.cuts[record.cuts.clone()] {
            out.extend_from_slice(&self.bytes[from..cut.start]);
            from = cut.end;
        }
        out.extend_from_slice(&self.bytes[from..record.span.end]);
    }
}

/// What is needed to render days.
#[derive(Debug)]
pub(crate) struct Renderer<'w> {
    pub(crate) config: &'w WorldConfig,
    pub(crate) directory: &'w Directory,
    /// The present, in milliseconds since 1970: nothing later is known.
    pub(crate) now: i64,
}

impl Renderer<'_> {
    /// Renders a day of the world.
    pub(crate) fn render(&self, day: Day, edition: Edition) -> RenderedDay {
        let start = day.start().as_millisecond();
        let mut starts = self.starts(day, start, edition);
        starts.sort_unstable();
        let size = self.config.bytes_per_conversation.max(4_800);
        let mut out = JsonWriter::default();
        out.bytes
            .reserve(starts.len() * usize::try_from(size).unwrap_or(0) * 11 / 10);
        let after = if edition == Edition::First {
            FIRST_EXPORT
        } else {
            LATE_EXPORT
        };
        let known = self.now.min(start + 86_400_000 + after);
        let mut records = Vec::with_capacity(starts.len());
        for (_, index) in starts {
            let conversation = self.conversation(day, index, edition, known);
            records.push(write(
                &conversation,
                fraction(self.config.seed, day, index),
                known,
                &mut out,
            ));
        }
        let (bytes, cuts) = (out.bytes, out.cuts);
        RenderedDay {
            bytes,
            cuts,
            records,
            facets: super::facets::Lazy::default(),
        }
    }

    /// Returns when each conversation of the day starts, as readers see it, and its index.
    fn starts(&self, day: Day, midnight: i64, edition: Edition) -> Vec<(i64, u32)> {
        let count = self.config.conversations_per_day;
        let absent = |index| match edition {
            Edition::First => index == count / 3 || index == count / 3 * 2,
            Edition::Late => self.config.vanishing && index == count / 2,
        };
        (0..count)
            .filter(|index| !absent(*index))
            .map(|index| {
                let start = midnight + curve::start(&mut self.dice(PLACE, day, index));
                (fraction(self.config.seed, day, index).seen(start), index)
            })
            .filter(|(start, _)| *start <= self.now)
            .collect()
    }

    fn dice(&self, place: u64, day: Day, index: u32) -> Dice {
        Dice::at(
            self.config.seed,
            [place, day_number(day).unsigned_abs(), u64::from(index)],
        )
    }

    fn conversation(&self, day: Day, index: u32, edition: Edition, known: i64) -> Conversation {
        let mut dice = self.dice(PLACE, day, index);
        let start = day.start().as_millisecond() + curve::start(&mut dice);
        let id = super::id::of(self.config.seed, day_number(day), index, dice.id());
        let mut told = tell(self.config, self.directory, dice, id, start);
        if edition == Edition::Late {
            late::change(
                &mut told,
                self.directory,
                &mut self.dice(LATE_PLACE, day, index),
            );
        }
        cut::cut(&mut told, known);
        told
    }
}

/// Renders conversations that are told to their end, as they were known at `known`.
pub(crate) fn render_all(told: impl Iterator<Item = Conversation>, known: i64) -> RenderedDay {
    let mut out = JsonWriter::default();
    let mut records = Vec::new();
    for mut conversation in told {
        cut::cut(&mut conversation, known);
        records.push(write(&conversation, Fraction::Millis, known, &mut out));
    }
    RenderedDay {
        bytes: out.bytes,
        cuts: out.cuts,
        records,
        facets: super::facets::Lazy::default(),
    }
}

/// Returns the number of days since 1970.
pub(crate) fn day_number(day: Day) -> i64 {
    day.start().as_millisecond().div_euclid(86_400_000)
}

/// Returns how a conversation's timestamps are written: one in thirty mixes its decimals.
fn fraction(seed: u64, day: Day, index: u32) -> Fraction {
    let place = seed
        .wrapping_add(day_number(day).unsigned_abs())
        .wrapping_add(index.into());
    let mixed = place.is_multiple_of(30);
    if mixed {
        Fraction::Mixed
    } else {
        Fraction::Millis
    }
}

fn write(
    conversation: &Conversation,
    fraction: Fraction,
    known: i64,
    out: &mut JsonWriter,
) -> Record {
    out.fraction = fraction;
    let (from, first_cut) = (out.position(), out.cuts.len());
    conversation.write(out);
    let id_at = from + r#"{"conversationId":""#.len();
    let id_len = uuid::fmt::Hyphenated::LENGTH;
    let seen = |time: Time| fraction.seen(time.0);
    Record {
        span: from..out.position(),
        id: id_at..id_at + id_len,
        start: conversation.conversation_start.map_or(0, seen),
        end: conversation.conversation_end.map(seen),
        last_activity: cut::last_activity(conversation, known),
        cuts: first_cut..out.cuts.len(),
    }
}
