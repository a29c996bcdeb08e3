//! Columns in the making.
//!
//! A column is filled by slot: `put` pads the slots before with nulls, so a field that records lack
//! costs nothing until the batch is finished. Every column can be cut back to a slot, which takes a
//! refused record, or the first value of a repeated key, out again.

use std::sync::Arc;

use arrow::array::NullBufferBuilder;
use arrow::array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, ListArray, MapArray, StringArray,
    StructArray, TimestampMillisecondArray, new_null_array,
};
use arrow::buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{ArrowNativeType, DataType, Field as ArrowField, Fields};

use crate::table::{self, Field, Kind};

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

/// Values of a fixed size.
#[derive(Debug, Default)]
pub(crate) struct ValueColumn<T> {
    values: Vec<T>,
    slots: Slots,
}

impl<T: Copy + Default> ValueColumn<T> {
    pub(crate) fn put(&mut self, slot: usize, value: T) {
        self.cut(slot);
        self.slots.pad(slot);
        self.values.resize(slot, T::default());
        self.values.push(value);
        self.slots.push();
    }

    fn cut(&mut self, slot: usize) {
        self.values.truncate(slot);
        self.slots.cut(slot);
    }

    fn finish(
        &mut self,
        rows: usize,
        array: impl FnOnce(&[T], Option<NullBuffer>) -> ArrayRef,
    ) -> ArrayRef {
        self.slots.pad(rows);
        self.values.resize(rows, T::default());
        let array = array(&self.values, self.slots.finish());
        self.values.clear();
        array
    }
}

/// Texts.
#[derive(Debug)]
pub(crate) struct TextColumn {
    ends: Vec<i32>,
    bytes: Vec<u8>,
    slots: Slots,
}

impl Default for TextColumn {
    fn default() -> Self {
        Self {
            ends: vec![0],
            bytes: Vec::new(),
            slots: Slots::default(),
        }
    }
}

impl TextColumn {
    pub(crate) fn put(&mut self, slot: usize, text: &str) {
        self.cut(slot);
        self.pad(slot);
        self.bytes.extend_from_slice(text.as_bytes());
        self.ends.push(offset(self.bytes.len()));
        self.slots.push();
    }

    /// Makes `slot` the last one, null.
    pub(crate) fn put_null(&mut self, slot: usize) {
        self.cut(slot);
        self.pad(slot + 1);
    }

    fn pad(&mut self, slot: usize) {
        if self.slots.pad(slot) > 0 {
            self.ends.resize(slot + 1, offset(self.bytes.len()));
        }
    }

    pub(crate) fn cut(&mut self, slot: usize) {
        if self.slots.len() > slot {
            self.slots.cut(slot);
            self.ends.truncate(slot + 1);
            self.bytes.truncate(self.ends[slot].as_usize());
        }
    }

    pub(crate) fn finish(&mut self, rows: usize) -> ArrayRef {
        if self.slots.len() == 0 {
            return all_null(&DataType::Utf8, rows);
        }
        self.pad(rows);
        let bytes = Buffer::from_slice_ref(&self.bytes);
        let array = StringArray::try_new(offsets(&self.ends), bytes, self.slots.finish())
            .expect("the offsets lie between whole texts");
        self.bytes.clear();
        self.ends.truncate(1);
        Arc::new(array)
    }
}

/// Objects with the fields of a table.
#[derive(Debug)]
pub(crate) struct ObjectColumn {
    fields: &'static [Field],
    arrow_fields: Fields,
    columns: Vec<Column>,
    by_name: foldhash::HashMap<&'static str, usize>,
    /// For each field, the field that followed it in the last object: keys come in the same order
    /// nearly always, which spares the look-up.
    followers: Vec<usize>,
    slots: Slots,
}

impl ObjectColumn {
    pub(crate) fn new(fields: &'static [Field]) -> Self {
        Self {
            fields,
            arrow_fields: table::schema(fields),
            columns: fields.iter().map(|field| Column::new(field.kind)).collect(),
            by_name: fields
                .iter()
                .enumerate()
                .map(|(at, field)| (field.name, at))
                .collect(),
            followers: vec![0; fields.len() + 1],
            slots: Slots::default(),
        }
    }

    /// Returns the position of the field called `name`, expected after the one at `last`.
    pub(crate) fn find(&self, name: &str, last: Option<usize>) -> Option<usize> {
        let guess = self.followers[last.map_or(0, |last| last + 1)];
        match self.fields.get(guess) {
            Some(field) if field.name == name => Some(guess),
            _ => self.by_name.get(name).copied(),
        }
    }

    pub(crate) fn remember(&mut self, last: Option<usize>, field: usize) {
        self.followers[last.map_or(0, |last| last + 1)] = field;
    }

    pub(crate) fn name(&self, field: usize) -> &'static str {
        self.fields[field].name
    }

    pub(crate) fn column(&mut self, field: usize) -> &mut Column {
        &mut self.columns[field]
    }

    /// Begins the object of `slot`, empty.
    pub(crate) fn begin(&mut self, slot: usize) {
        self.cut(slot);
        self.slots.pad(slot);
        self.slots.push();
    }

    pub(crate) fn cut(&mut self, slot: usize) {
        if self.slots.len() > slot {
            self.slots.cut(slot);
            for column in &mut self.columns {
                column.cut(slot);
            }
        }
    }

    /// Returns how many objects were begun.
    pub(crate) fn slots(&self) -> usize {
        self.slots.len()
    }

    /// Returns one array for each field of the objects, which are the records themselves.
    pub(crate) fn finish_record(&mut self, rows: usize) -> Vec<ArrayRef> {
        self.slots = Slots::default();
        self.finish_fields(rows)
    }

    fn finish_fields(&mut self, rows: usize) -> Vec<ArrayRef> {
        self.columns
            .iter_mut()
            .map(|column| column.finish(rows))
            .collect()
    }

    fn finish(&mut self, rows: usize) -> ArrayRef {
        if self.slots.len() == 0 {
            return all_null(&DataType::Struct(self.arrow_fields.clone()), rows);
        }
        self.slots.pad(rows);
        let arrays = self.finish_fields(rows);
        let nulls = self.slots.finish();
        Arc::new(StructArray::new(self.arrow_fields.clone(), arrays, nulls))
    }
}

/// Lists.
#[derive(Debug)]
pub(crate) struct ListColumn {
    item: Box<Column>,
    item_field: Arc<ArrowField>,
    ends: Vec<i32>,
    slots: Slots,
}

impl ListColumn {
    fn new(item: Kind) -> Self {
        Self {
            item: Box::new(Column::new(item)),
            item_field: Arc::new(ArrowField::new_list_field(item.data_type(), true)),
            ends: vec![0],
            slots: Slots::default(),
        }
    }

    /// Begins the list of `slot`, empty; returns the slot of its first item.
    pub(crate) fn begin(&mut self, slot: usize) -> usize {
        self.cut(slot);
        let end = self.ends[self.slots.len()];
        if self.slots.pad(slot) > 0 {
            self.ends.resize(slot + 1, end);
        }
        self.slots.push();
        self.ends.push(end);
        end.as_usize()
    }

    pub(crate) fn item(&mut self) -> &mut Column {
        &mut self.item
    }

    /// Ends the list that was begun last, before the item slot `end`.
    pub(crate) fn end(&mut self, end: usize) {
        let last = self.ends.len() - 1;
        self.ends[last] = offset(end);
    }

    fn cut(&mut self, slot: usize) {
        if self.slots.len() > slot {
            self.slots.cut(slot);
            self.ends.truncate(slot + 1);
            self.item.cut(self.ends[slot].as_usize());
        }
    }

    fn finish(&mut self, rows: usize) -> ArrayRef {
        if self.slots.len() == 0 {
            return all_null(&DataType::List(Arc::clone(&self.item_field)), rows);
        }
        let end = self.ends[self.slots.len()];
        self.slots.pad(rows);
        self.ends.resize(rows + 1, end);
        let items = self.item.finish(end.as_usize());
        let nulls = self.slots.finish();
        let array = ListArray::new(
            Arc::clone(&self.item_field),
            offsets(&self.ends),
            items,
            nulls,
        );
        self.ends.truncate(1);
        Arc::new(array)
    }
}

/// Objects whose keys are data.
#[derive(Debug)]
pub(crate) struct TextMapColumn {
    keys: TextColumn,
    values: TextColumn,
    ends: Vec<i32>,
    slots: Slots,
}

impl Default for TextMapColumn {
    fn default() -> Self {
        Self {
            keys: TextColumn::default(),
            values: TextColumn::default(),
            ends: vec![0],
            slots: Slots::default(),
        }
    }
}

impl TextMapColumn {
    /// Puts a map into `slot`. Its keys differ from one another.
    pub(crate) fn put<'a>(
        &mut self,
        slot: usize,
        entries: impl Iterator<Item = (&'a str, Option<&'a str>)>,
    ) {
        self.cut(slot);
        let mut end = self.ends[self.slots.len()].as_usize();
        if self.slots.pad(slot) > 0 {
            self.ends.resize(slot + 1, offset(end));
        }
        for (key, value) in entries {
            self.keys.put(end, key);
            match value {
                Some(value) => self.values.put(end, value),
                None => self.values.put_null(end),
            }
            end += 1;
        }
        self.slots.push();
        self.ends.push(offset(end));
    }

    fn cut(&mut self, slot: usize) {
        if self.slots.len() > slot {
            self.slots.cut(slot);
            self.ends.truncate(slot + 1);
            let entries = self.ends[slot].as_usize();
            self.keys.cut(entries);
            self.values.cut(entries);
        }
    }

    fn finish(&mut self, rows: usize) -> ArrayRef {
        if self.slots.len() == 0 {
            return all_null(&Kind::TextMap.data_type(), rows);
        }
        let end = self.ends[self.slots.len()];
        self.slots.pad(rows);
        self.ends.resize(rows + 1, end);
        let entries = vec![
            self.keys.finish(end.as_usize()),
            self.values.finish(end.as_usize()),
        ];
        let entries = StructArray::new(table::map_fields(), entries, None);
        let nulls = self.slots.finish();
        let array = MapArray::new(
            table::map_entries(),
            offsets(&self.ends),
            entries,
            nulls,
            false,
        );
        self.ends.truncate(1);
        Arc::new(array)
    }
}
