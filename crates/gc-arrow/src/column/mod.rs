//! Columns in the making.
//!
//! A column is filled by slot: `put` pads the slots before with nulls, so a field that records lack
//! costs nothing until the batch is finished. Every column can be cut back to a slot, which takes a
//! refused record, or the first value of a repeated key, out again.

mod leaf;
mod nested;

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, NullBufferBuilder, TimestampMillisecondArray,
    new_null_array,
};
use arrow::buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{ArrowNativeType, DataType};

pub(crate) use leaf::{TextColumn, ValueColumn};
pub(crate) use nested::{ListColumn, ObjectColumn, TextMapColumn};

use crate::table::Kind;

/// A column of any kind.
#[derive(Debug)]
pub(crate) enum Column {
    Text(TextColumn),
    Integer(ValueColumn<i64>),
    Double(ValueColumn<f64>),
    Boolean(ValueColumn<bool>),
    Time(ValueColumn<i64>),
    Object(ObjectColumn),
    List(ListColumn),
    TextMap(TextMapColumn),
}

impl Column {
    pub(crate) fn new(kind: Kind) -> Self {
        match kind {
            Kind::Text => Self::Text(TextColumn::default()),
            Kind::Integer => Self::Integer(ValueColumn::default()),
            Kind::Double => Self::Double(ValueColumn::default()),
            Kind::Boolean => Self::Boolean(ValueColumn::default()),
            Kind::Time => Self::Time(ValueColumn::default()),
            Kind::Object(fields) => Self::Object(ObjectColumn::new(fields)),
            Kind::TextMap => Self::TextMap(TextMapColumn::default()),
            Kind::Texts => Self::List(ListColumn::new(Kind::Text)),
            Kind::Integers => Self::List(ListColumn::new(Kind::Integer)),
            Kind::Objects(fields) => Self::List(ListColumn::new(Kind::Object(fields))),
        }
    }

    /// Takes out every slot from `slot` on.
    pub(crate) fn cut(&mut self, slot: usize) {
        match self {
            Self::Text(column) => column.cut(slot),
            Self::Integer(column) | Self::Time(column) => column.cut(slot),
            Self::Double(column) => column.cut(slot),
            Self::Boolean(column) => column.cut(slot),
            Self::Object(column) => column.cut(slot),
            Self::List(column) => column.cut(slot),
            Self::TextMap(column) => column.cut(slot),
        }
    }

    /// Returns whether the slot holds an object or a list already: its key is repeated.
    pub(crate) fn holds_nested(&self, slot: usize) -> bool {
        match self {
            Self::Object(column) => column.slots.len() > slot,
            Self::List(column) => column.slots.len() > slot,
            _ => false,
        }
    }

    /// Returns the column as an array of `rows` slots and empties it.
    pub(crate) fn finish(&mut self, rows: usize) -> ArrayRef {
        match self {
            Self::Text(column) => column.finish(rows),
            Self::Integer(column) => column.finish(rows, |values, nulls| {
                Arc::new(Int64Array::new(copied(values), nulls))
            }),
            Self::Double(column) => column.finish(rows, |values, nulls| {
                Arc::new(Float64Array::new(copied(values), nulls))
            }),
            Self::Boolean(column) => column.finish(rows, |values, nulls| {
                Arc::new(BooleanArray::new(values.into(), nulls))
            }),
            Self::Time(column) => column.finish(rows, |values, nulls| {
                let array = TimestampMillisecondArray::new(copied(values), nulls);
                Arc::new(array.with_timezone("UTC"))
            }),
            Self::Object(column) => column.finish(rows),
            Self::List(column) => column.finish(rows),
            Self::TextMap(column) => column.finish(rows),
        }
    }

    /// Returns what the column holds, in words.
    pub(crate) fn expected(&self) -> &'static str {
        match self {
            Self::Text(_) => "a text",
            Self::Integer(_) => "a whole number",
            Self::Double(_) => "a number",
            Self::Boolean(_) => "a boolean",
            Self::Time(_) => "a date and time",
            Self::Object(_) | Self::TextMap(_) => "an object",
            Self::List(_) => "a list",
        }
    }
}

/// Copies values into a buffer of their exact size, so that the column keeps its own for the next
/// batch and the batch holds no spare room.
fn copied<T: ArrowNativeType>(values: &[T]) -> ScalarBuffer<T> {
    ScalarBuffer::from(Buffer::from_slice_ref(values))
}

fn offsets(values: &[i32]) -> OffsetBuffer<i32> {
    OffsetBuffer::new(copied(values))
}

/// Returns `count` as an Arrow offset.
///
/// A batch takes at most [`crate::MAX_BATCH_BYTES`] of JSON and a slot or a byte of text takes at
/// least one of them, so this holds for every record that a batch accepts.
pub(crate) fn offset(count: usize) -> i32 {
    i32::try_from(count).expect("a batch is smaller than 2^31 bytes")
}

/// An array of nulls alone, with no work for each slot, when nothing was put into the column.
fn all_null(kind: &DataType, rows: usize) -> ArrayRef {
    new_null_array(kind, rows)
}

/// Slots that are valid or not.
#[derive(Debug)]
struct Slots(NullBufferBuilder);

impl Default for Slots {
    fn default() -> Self {
        Self(NullBufferBuilder::new(0))
    }
}

impl Slots {
    fn len(&self) -> usize {
        self.0.len()
    }

    /// Makes every missing slot before `slot` null and returns how many there were.
    fn pad(&mut self, slot: usize) -> usize {
        let missing = slot.saturating_sub(self.0.len());
        if missing > 0 {
            self.0.append_n_nulls(missing);
        }
        missing
    }

    fn push(&mut self) {
        self.0.append_non_null();
    }

    fn cut(&mut self, slot: usize) {
        if self.0.len() > slot {
            self.0.truncate(slot);
        }
    }

    fn finish(&mut self) -> Option<NullBuffer> {
        self.0.finish()
    }
}
