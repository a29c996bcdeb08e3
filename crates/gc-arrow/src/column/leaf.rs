//! Columns of values and of texts.

use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray};
use arrow::buffer::{Buffer, NullBuffer};
use arrow::datatypes::{ArrowNativeType as _, DataType};

use super::{Slots, all_null, offset, offsets};

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

    pub(super) fn cut(&mut self, slot: usize) {
        self.values.truncate(slot);
        self.slots.cut(slot);
    }

    pub(super) fn finish(
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
