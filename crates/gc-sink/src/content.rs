//! What a row holds, as a hash over its Arrow values.
//!
//! - The same for any order of rows and of columns, for slices, and for rows read back from Parquet.
//! - A null adds nothing: a column that is null everywhere leaves every hash as it was. So a later schema
//!   that only adds columns does not make old rows look changed.
//! - Lists depend on order, maps do not; an empty list, an empty struct and an absent one differ.
//!
//! A field is known by the hash of its path of names. Each value is mixed with it, and a row's hash is
//! the sum over its fields, so columns can be walked one after the other, without a look at rows that
//! are null. Not guaranteed: resistance against somebody who constructs collisions.

use arrow::array::{
    Array, AsArray as _, GenericListArray, MapArray, RecordBatch, StringArray, StructArray,
};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{
    DataType, Float64Type, Int32Type, Int64Type, TimeUnit, TimestampMillisecondType,
};
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use crate::{Digest, Error};

/// Odd constants with as many ones as zeros; which ones they are is part of the archive's format.
const K1: u64 = 0x9e37_79b9_7f4a_7c15;
const K2: u64 = 0xd6e8_feb8_6659_fd93;
const K3: u64 = 0xa076_1d64_78bd_642f;
/// Stands for a struct that is there, whatever is in it.
const PRESENT: u64 = 0xe703_7ed1_a0b4_28db;
/// Begins a list.
const LIST: u64 = 0x8ebc_6af0_9c88_c6e3;

/// Returns a hash of each row of `batch` over all columns but those named in `exclude`.
///
/// # Errors
///
/// When a column has a type that no dataset uses.
pub fn row_hashes(batch: &RecordBatch, exclude: &[&str]) -> Result<Vec<u64>, Error> {
    let mut sums = vec![0; batch.num_rows()];
    for (field, column) in batch.schema_ref().fields().iter().zip(batch.columns()) {
        if !exclude.contains(&field.name().as_str()) {
            add(column, path(0, field.name()), None, &mut sums)?;
        }
    }
    Ok(sums)
}

/// Returns what a row adds to the content of its partition: 128 bits, so that sums of millions of rows
/// stay apart.
pub(crate) fn share(key: u128, row: u64) -> u128 {
    let [low, high] = halves(key);
    u128::from(mix(row ^ high, low)) << 64 | u128::from(mix(row.wrapping_add(low), high ^ K3))
}

#[expect(clippy::cast_possible_truncation, reason = "takes a number apart")]
pub(crate) fn halves(bits: u128) -> [u64; 2] {
    [bits as u64, (bits >> 64) as u64]
}

/// Returns the hash of the path `above` followed by `name`.
fn path(above: u64, name: &str) -> u64 {
    xxh3_64_with_seed(name.as_bytes(), above)
}

#[inline]
fn fold(a: u64, b: u64) -> u64 {
    let [low, high] = halves(u128::from(a) * u128::from(b));
    low ^ high
}

#[inline]
fn mix(value: u64, path: u64) -> u64 {
    fold(fold(value ^ K1, path ^ K2) ^ path, K3)
}

/// Adds the hash of each value to the sum of its row. `above` says which rows' structs are there at all.
fn add(
    array: &dyn Array,
    path: u64,
    above: Option<&NullBuffer>,
    sums: &mut [u64],
) -> Result<(), Error> {
    if array.null_count() == array.len() {
        return Ok(());
    }
    let valid = NullBuffer::union(above, array.nulls());
    let valid = valid.as_ref();
    match array.data_type() {
        DataType::Utf8 => add_strings(array.as_string(), path, valid, sums),
        DataType::Int64 => {
            let values = array.as_primitive::<Int64Type>().values();
            add_each(valid, sums, |row| mix(values[row].cast_unsigned(), path));
        }
        DataType::Int32 => {
            let values = array.as_primitive::<Int32Type>().values();
            add_each(valid, sums, |row| {
                mix(i64::from(values[row]).cast_unsigned(), path)
            });
        }
        DataType::Float64 => {
            let values = array.as_primitive::<Float64Type>().values();
            add_each(valid, sums, |row| mix(values[row].to_bits(), path));
        }
        DataType::Timestamp(TimeUnit::Millisecond, _) => {
            let values = array.as_primitive::<TimestampMillisecondType>().values();
            add_each(valid, sums, |row| mix(values[row].cast_unsigned(), path));
        }
        DataType::Boolean => {
            let values = array.as_boolean().values();
            add_each(valid, sums, |row| mix(u64::from(values.value(row)), path));
        }
        DataType::Struct(_) => add_struct(array.as_struct(), path, valid, sums)?,
        DataType::List(_) => add_list(array.as_list::<i32>(), path, valid, sums)?,
        DataType::Map(..) => add_map(array.as_map(), path, valid, sums)?,
        other => return Err(Error::UnknownType(other.clone())),
    }
    Ok(())
}

#[inline]
fn add_each(valid: Option<&NullBuffer>, sums: &mut [u64], hash: impl Fn(usize) -> u64) {
    match valid {
        None => {
            for (row, sum) in sums.iter_mut().enumerate() {
                *sum = sum.wrapping_add(hash(row));
            }
        }
        Some(valid) => {
            for row in valid.valid_indices() {
                sums[row] = sums[row].wrapping_add(hash(row));
            }
        }
    }
}

fn add_strings(array: &StringArray, path: u64, valid: Option<&NullBuffer>, sums: &mut [u64]) {
    let (ends, text) = (array.value_offsets(), array.value_data());
    add_each(valid, sums, |row| {
        mix(xxh3_64(&text[index(ends[row])..index(ends[row + 1])]), path)
    });
}

fn add_struct(
    array: &StructArray,
    above: u64,
    valid: Option<&NullBuffer>,
    sums: &mut [u64],
) -> Result<(), Error> {
    let present = mix(PRESENT, above);
    add_each(valid, sums, |_| present);
    for (field, column) in array.fields().iter().zip(array.columns()) {
        add(column, path(above, field.name()), valid, sums)?;
    }
    Ok(())
}

fn add_list(
    array: &GenericListArray<i32>,
    path: u64,
    valid: Option<&NullBuffer>,
    sums: &mut [u64],
) -> Result<(), Error> {
    let ends = array.value_offsets();
    let first = index(ends[0]);
    let mut items = vec![0; index(ends[array.len()]) - first];
    add(
        &array.values().slice(first, items.len()),
        path,
        None,
        &mut items,
    )?;
    add_each(valid, sums, |row| {
        let list = &items[index(ends[row]) - first..index(ends[row + 1]) - first];
        let whole = list
            .iter()
            .fold(LIST ^ list.len() as u64, |sum, item| fold(sum ^ item, K2));
        mix(whole, path)
    });
    Ok(())
}

fn add_map(
    array: &MapArray,
    above: u64,
    valid: Option<&NullBuffer>,
    sums: &mut [u64],
) -> Result<(), Error> {
    let ends = array.value_offsets();
    let first = index(ends[0]);
    let mut items = vec![0; index(ends[array.len()]) - first];
    add(
        &array.keys().slice(first, items.len()),
        path(above, "key"),
        None,
        &mut items,
    )?;
    add(
        &array.values().slice(first, items.len()),
        path(above, "value"),
        None,
        &mut items,
    )?;
    add_each(valid, sums, |row| {
        let entries = &items[index(ends[row]) - first..index(ends[row + 1]) - first];
        let whole = entries
            .iter()
            .fold(PRESENT, |sum, item| sum.wrapping_add(mix(*item, above)));
        mix(whole, above)
    });
    Ok(())
}

/// Arrow's offsets are never negative.
#[inline]
#[expect(
    clippy::cast_sign_loss,
    reason = "offsets of a valid array are not negative"
)]
fn index(offset: i32) -> usize {
    offset as usize
}

/// Returns the hash of a partition's content: the sum over its rows, in whatever order, and their number.
pub(crate) fn content_digest(content: u128, rows: u64) -> Digest {
    const SPREAD: u128 = 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835;
    Digest(content.wrapping_add(u128::from(rows).wrapping_mul(SPREAD)))
}
