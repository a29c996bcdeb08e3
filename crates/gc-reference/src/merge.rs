//! What is listed now, together with what was listed before.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{
    Array as _, ArrayRef, AsArray as _, RecordBatch, StructArray, UInt64Array, new_null_array,
};
use arrow::compute::{concat_batches, take_record_batch};
use arrow::datatypes::{DataType, Field, SchemaRef};

use crate::error::MergeError;
use crate::rows::{ID_COLUMN, table_schema};
use crate::table::Table;

/// The rows of a table: each entity once, in the order of their ids.
#[derive(Clone, Debug)]
pub struct Merged {
    /// The rows.
    pub rows: RecordBatch,
    /// How many of them are listed now.
    pub listed: u64,
    /// How many are listed no longer and were kept as they were.
    pub kept: u64,
}

/// Puts the rows that are listed now together with those of an earlier file.
///
/// Of an entity that is listed several times the last row counts. One that is listed no longer keeps
/// its earlier row, `_exportedAt` included: old conversations go on having names.
///
/// # Errors
///
/// [`MergeError::Newer`] when the earlier rows have columns that would be lost.
pub fn merge(
    table: &Table,
    listed: &[RecordBatch],
    earlier: &[RecordBatch],
) -> Result<Merged, MergeError> {
    let schema = table_schema(table);
    let earlier = earlier.iter().map(|batch| adapt_rows(batch, &schema));
    let earlier = earlier.collect::<Result<Vec<_>, _>>()?;
    let first_earlier: usize = listed.iter().map(RecordBatch::num_rows).sum();
    let all = concat_batches(&schema, listed.iter().chain(&earlier))?;
    let ids = all.column(0).as_string::<i32>();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for (place, id) in ids.iter().enumerate() {
        let Some(id) = id else { continue };
        if place < first_earlier {
            places.insert(id, place);
        } else {
            places.entry(id).or_insert(place);
        }
    }
    let kept = places
        .values()
        .filter(|place| **place >= first_earlier)
        .count();
    let order: UInt64Array = places.values().map(|place| *place as u64).collect();
    Ok(Merged {
        listed: (places.len() - kept) as u64,
        kept: kept as u64,
        rows: take_record_batch(&all, &order)?,
    })
}

/// Gives earlier rows the columns of today; those they lack are null.
fn adapt_rows(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, MergeError> {
    let found = batch.schema();
    let unknown = |field: &&Arc<Field>| schema.column_with_name(field.name()).is_none();
    let unknown = found
        .fields()
        .iter()
        .find(unknown)
        .map(|field| field.name());
    let no_id = found.column_with_name(ID_COLUMN).is_none();
    if let Some(column) = unknown.map(String::as_str).or(no_id.then_some(ID_COLUMN)) {
        let column = column.to_owned();
        return Err(MergeError::Newer { column });
    }
    let columns = schema
        .fields()
        .iter()
        .map(|field| match batch.column_by_name(field.name()) {
            Some(column) => adapt(column, field),
            None => Ok(new_null_array(field.data_type(), batch.num_rows())),
        });
    let columns = columns.collect::<Result<Vec<_>, _>>()?;
    Ok(RecordBatch::try_new(Arc::clone(schema), columns)?)
}

/// Gives an earlier column the type of today: objects may have gained fields.
fn adapt(column: &ArrayRef, field: &Field) -> Result<ArrayRef, MergeError> {
    let newer = || MergeError::Newer {
        column: field.name().clone(),
    };
    if column.data_type() == field.data_type() {
        return Ok(Arc::clone(column));
    }
    let (DataType::Struct(wanted), DataType::Struct(found)) =
        (field.data_type(), column.data_type())
    else {
        return Err(newer());
    };
    if found
        .iter()
        .any(|inner| wanted.find(inner.name()).is_none())
    {
        return Err(newer());
    }
    let objects = column.as_struct();
    let inner = wanted
        .iter()
        .map(|inner| match objects.column_by_name(inner.name()) {
            Some(column) => adapt(column, inner),
            None => Ok(new_null_array(inner.data_type(), column.len())),
        });
    let inner = inner.collect::<Result<Vec<_>, _>>()?;
    let nulls = objects.nulls().cloned();
    Ok(Arc::new(StructArray::try_new(
        wanted.clone(),
        inner,
        nulls,
    )?))
}
