//! What is listed now beside what was listed before.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, RecordBatch, StringArray, StructArray};
use arrow::datatypes::{DataType, Field, Fields, Schema};
use bytes::Bytes;
use gc_reference::{EntityDecoder, MergeError, Page, merge};

use crate::support::{table, texts, then};

fn rows(name: &str, entities: &str) -> Vec<RecordBatch> {
    let page = Page::parse(Bytes::from(format!("{{\"entities\":[{entities}]}}"))).unwrap();
    let mut decoder = EntityDecoder::new(table(name), then());
    decoder.push(&page);
    decoder.finish().batches
}

#[test]
fn the_last_row_of_an_entity_counts_and_what_is_gone_is_kept() {
    let before = rows(
        "skills",
        r#"{"id":"a","name":"old"},{"id":"gone","name":"G"}"#,
    );
    let now = rows(
        "skills",
        r#"{"id":"c"},{"id":"a","name":"first"},{"id":"a","name":"last"}"#,
    );
    let merged = merge(table("skills"), &now, &before).unwrap();
    assert_eq!(texts(&merged.rows, "id"), ["a", "c", "gone"]);
    assert_eq!(texts(&merged.rows, "name"), ["last", "-", "G"]);
    assert_eq!((merged.listed, merged.kept), (2, 1));
}

/// A file of a program that knew fewer columns, and fewer fields of a division.
fn older() -> RecordBatch {
    let text = |value: &str| -> ArrayRef { Arc::new(StringArray::from(vec![value])) };
    let division = Fields::from(vec![Field::new("id", DataType::Utf8, true)]);
    let divisions = StructArray::new(division.clone(), vec![text("d")], None);
    let fields = vec![
        Field::new("id", DataType::Utf8, true),
        Field::new("name", DataType::Utf8, true),
        Field::new("division", DataType::Struct(division), true),
    ];
    let columns = vec![text("a"), text("A"), Arc::new(divisions)];
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
}

#[test]
fn an_older_file_lacks_columns_and_its_rows_are_kept() {
    let merged = merge(table("queues"), &[], &[older()]).unwrap();
    assert_eq!(texts(&merged.rows, "name"), ["A"]);
    let divisions = merged.rows.column_by_name("division").unwrap().as_struct();
    assert_eq!(
        divisions
            .column_by_name("id")
            .unwrap()
            .as_string::<i32>()
            .value(0),
        "d"
    );
    assert_eq!(divisions.column_by_name("name").unwrap().null_count(), 1);
    assert_eq!(
        merged
            .rows
            .column_by_name("memberCount")
            .unwrap()
            .null_count(),
        1
    );
}

#[test]
fn a_newer_file_is_not_cut_down_to_the_columns_that_are_known() {
    let error = merge(table("languages"), &[], &[older()]).unwrap_err();
    assert!(matches!(error, MergeError::Newer { column } if column == "division"));
}
