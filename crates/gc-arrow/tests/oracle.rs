//! Columns and unknown fields together are the record, by a slow reading of the same record.

use std::collections::BTreeMap;

use arrow::array::RecordBatch;
use gc_arrow::{
    BatchBuilder, Field, Kind, boolean, double, integer, integers, object, objects, text, text_map,
    texts,
};
use proptest::prelude::*;
use serde_json::value::RawValue;

use crate::generate::record;
use crate::support::{RECORD, extra, finish, rows};

fn raw_extra(batch: &RecordBatch, row: usize) -> BTreeMap<String, String> {
    let text = extra(batch, row).unwrap_or_else(|| "{}".to_owned());
    let fields: BTreeMap<String, Box<RawValue>> = serde_json::from_str(&text).unwrap();
    let raw = |(path, raw): (String, Box<RawValue>)| (path, raw.get().to_owned());
    fields.into_iter().map(raw).collect()
}

/// Replaces positions by `[]`, as counts do.
fn general(path: &str) -> String {
    let (known, name) = path.split_once('?').unwrap();
    let known = known.replace(|c: char| c.is_ascii_digit(), "");
    format!("{known}?{name}")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn columns_and_unknown_fields_together_are_the_record(
        records in prop::collection::vec(record(), 0..6),
    ) {
        let mut batch = BatchBuilder::new(RECORD);
        let (mut expected, mut extras) = (Vec::new(), Vec::new());
        let mut counts = BTreeMap::<String, u64>::new();
        for record in &records {
            let text = record.text();
            prop_assert_eq!(batch.push(&text), Ok(()), "{}", text);
            let mut extra = BTreeMap::new();
            expected.push(record.meaning(Kind::Object(RECORD), "", &mut extra));
            for path in extra.keys() {
                *counts.entry(general(path)).or_default() += 1;
            }
            extras.push(extra);
        }
        let built = finish(&mut batch);
        prop_assert_eq!(rows(&built.batch), expected);
        for (row, expected) in extras.into_iter().enumerate() {
            prop_assert_eq!(raw_extra(&built.batch, row), expected);
        }
        prop_assert_eq!(built.unknown, counts);
    }
}

/// Without instants: arrow-json knows no time zone by name.
const PLAIN_ITEM: &[Field] = &[
    text("id"),
    objects("leaves", &[double("score")]),
    text_map("attributes"),
];
const PLAIN: &[Field] = &[
    text("id"),
    integer("count"),
    double("score"),
    boolean("ok"),
    texts("tags"),
    integers("codes"),
    object("leaf", &[text("name"), integer("value")]),
    objects("items", PLAIN_ITEM),
    text_map("attributes"),
];

#[test]
fn arrow_json_reads_the_same_columns() {
    let records = [
        r#"{"id":"a","count":1,"score":1.5,"ok":true,"tags":["x",null],"codes":[1,2],
            "leaf":{"name":"n","value":3},"items":[{"id":"i","leaves":[{"score":2.5}]},{},null],
            "attributes":{"k":"v","l":"w"}}"#,
        r#"{"items":[],"tags":[],"attributes":{}}"#,
        "{}",
        r#"{"items":[{"attributes":{"a":"b"}}],"leaf":{}}"#,
    ];
    let mut batch = BatchBuilder::new(PLAIN);
    for record in records {
        batch.push(record).unwrap();
    }
    let ours = finish(&mut batch).batch;
    let schema = std::sync::Arc::new(arrow::datatypes::Schema::new(gc_arrow::schema(PLAIN)));
    let lines = records.map(|record| record.replace('\n', " ")).join("\n");
    let mut reader = arrow::json::ReaderBuilder::new(schema)
        .build(lines.as_bytes())
        .unwrap();
    let theirs = reader.next().unwrap().unwrap();
    for (at, column) in theirs.columns().iter().enumerate() {
        assert_eq!(ours.column(at), column, "{}", PLAIN[at].name);
    }
}
