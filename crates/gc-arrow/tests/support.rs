//! A small nested table, and columns read back as JSON.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{Float64Type, Int64Type, TimestampMillisecondType};
use gc_arrow::{
    BatchBuilder, Built, EXTRA_COLUMN, Field, Kind, Misfit, boolean, double, integer, integers,
    object, objects, text, text_map, texts, time,
};
use serde_json::{Map, Value, json};

pub(crate) const LEAF: &[Field] = &[
    text("name"),
    integer("value"),
    double("score"),
    time("at"),
    boolean("ok"),
];

pub(crate) const ITEM: &[Field] = &[
    text("id"),
    texts("tags"),
    integers("codes"),
    object("leaf", LEAF),
    objects("leaves", LEAF),
    text_map("attributes"),
];

pub(crate) const RECORD: &[Field] = &[
    text("id"),
    time("start"),
    integer("count"),
    double("score"),
    boolean("ok"),
    texts("tags"),
    integers("codes"),
    object("leaf", LEAF),
    objects("items", ITEM),
    text_map("attributes"),
];

/// Decodes records, all of which have to fit.
pub(crate) fn built<T: AsRef<str>>(records: &[T]) -> Built {
    let mut batch = BatchBuilder::new(RECORD);
    for record in records {
        let record = record.as_ref();
        batch
            .push(record)
            .unwrap_or_else(|misfit| panic!("{misfit}: {record}"));
    }
    finish(&mut batch)
}

/// Finishes a batch and checks that Arrow finds nothing wrong with it.
pub(crate) fn finish(batch: &mut BatchBuilder) -> Built {
    let built = batch.finish();
    for column in built.batch.columns() {
        column.to_data().validate_full().unwrap();
    }
    assert_eq!(built.rows, built.batch.num_rows());
    built
}

/// Decodes one record and reads it back.
pub(crate) fn row(record: &str) -> Value {
    rows(&built(&[record]).batch).remove(0)
}

/// Returns why a record is refused, and checks that nothing of it stays.
pub(crate) fn misfit(record: &str) -> Misfit {
    let mut batch = BatchBuilder::new(RECORD);
    let misfit = batch.push(record).expect_err(record);
    assert_eq!(batch.rows(), 0);
    batch.push(r#"{"id":"after"}"#).unwrap();
    let built = finish(&mut batch);
    assert_eq!(rows(&built.batch), [json!({"id": "after"})]);
    assert!(built.unknown.is_empty());
    misfit
}

/// Reads rows back: objects without the fields that are null, instants as milliseconds.
pub(crate) fn rows(batch: &RecordBatch) -> Vec<Value> {
    (0..batch.num_rows())
        .map(|row| {
            let column = |field: &Field| batch.column_by_name(field.name).map(Arc::clone);
            Value::Object(fields_at(RECORD, column, row))
        })
        .collect()
}

/// Reads the unknown fields of a row back, as raw text by path.
pub(crate) fn extra(batch: &RecordBatch, row: usize) -> Option<String> {
    let column = batch
        .column_by_name(EXTRA_COLUMN)
        .unwrap()
        .as_string::<i32>();
    column.is_valid(row).then(|| column.value(row).to_owned())
}

fn fields_at(
    fields: &[Field],
    column: impl Fn(&Field) -> Option<ArrayRef>,
    row: usize,
) -> Map<String, Value> {
    fields
        .iter()
        .map(|field| (field, value_at(field.kind, &column(field).unwrap(), row)))
        .filter(|(_, value)| !value.is_null())
        .map(|(field, value)| (field.name.to_owned(), value))
        .collect()
}

fn value_at(kind: Kind, array: &ArrayRef, row: usize) -> Value {
    if array.is_null(row) {
        return Value::Null;
    }
    let items = |kind: Kind| {
        let list = array.as_list::<i32>().value(row);
        let items = (0..list.len()).map(|item| value_at(kind, &list, item));
        Value::Array(items.collect())
    };
    match kind {
        Kind::Text => json!(array.as_string::<i32>().value(row)),
        Kind::Integer => json!(array.as_primitive::<Int64Type>().value(row)),
        Kind::Double => json!(array.as_primitive::<Float64Type>().value(row)),
        Kind::Boolean => json!(array.as_boolean().value(row)),
        Kind::Time => json!(array.as_primitive::<TimestampMillisecondType>().value(row)),
        Kind::Object(fields) => {
            let column =
                |field: &Field| array.as_struct().column_by_name(field.name).map(Arc::clone);
            Value::Object(fields_at(fields, column, row))
        }
        Kind::Texts => items(Kind::Text),
        Kind::Integers => items(Kind::Integer),
        Kind::Objects(fields) => items(Kind::Object(fields)),
        Kind::TextMap => {
            let entries = array.as_map().value(row);
            let (keys, values) = (entries.column(0), entries.column(1));
            let entries = (0..keys.len()).map(|entry| {
                let key = keys.as_string::<i32>().value(entry).to_owned();
                (key, value_at(Kind::Text, values, entry))
            });
            Value::Object(entries.collect())
        }
        other => panic!("no test reads {other:?}"),
    }
}
