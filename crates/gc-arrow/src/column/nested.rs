//! Columns that hold columns: objects, lists and maps of texts.

use std::sync::Arc;

use arrow::array::{ArrayRef, ListArray, MapArray, StructArray};
use arrow::datatypes::{ArrowNativeType as _, DataType, Field as ArrowField, Fields};

use super::{Column, Slots, TextColumn, all_null, offset, offsets};
use crate::table::{self, Field, Kind};

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
    pub(super) slots: Slots,
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

    pub(super) fn finish(&mut self, rows: usize) -> ArrayRef {
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
    pub(super) slots: Slots,
}

impl ListColumn {
    pub(super) fn new(item: Kind) -> Self {
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

    pub(super) fn cut(&mut self, slot: usize) {
        if self.slots.len() > slot {
            self.slots.cut(slot);
            self.ends.truncate(slot + 1);
            self.item.cut(self.ends[slot].as_usize());
        }
    }

    pub(super) fn finish(&mut self, rows: usize) -> ArrayRef {
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
    pub(super) slots: Slots,
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

    pub(super) fn cut(&mut self, slot: usize) {
        if self.slots.len() > slot {
            self.slots.cut(slot);
            self.ends.truncate(slot + 1);
            let entries = self.ends[slot].as_usize();
            self.keys.cut(entries);
            self.values.cut(entries);
        }
    }

    pub(super) fn finish(&mut self, rows: usize) -> ArrayRef {
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
