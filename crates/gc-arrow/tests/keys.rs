//! Keys: repeated, escaped, in any order.

use gc_arrow::BatchBuilder;
use serde_json::json;

use crate::support::{RECORD, built, extra, finish, row, rows};

#[test]
fn of_a_repeated_key_the_last_value_counts() {
    for (record, expected) in [
        (r#"{"id":"a","id":"b"}"#, json!({"id": "b"})),
        (r#"{"id":"a","id":null}"#, json!({})),
        (r#"{"id":null,"id":"b"}"#, json!({"id": "b"})),
        (
            r#"{"count":1,"ok":true,"count":2,"ok":false}"#,
            json!({"count": 2, "ok": false}),
        ),
        (
            r#"{"start":1,"start":"1970-01-01T00:00:00.002Z"}"#,
            json!({"start": 2}),
        ),
        (
            r#"{"tags":["a","b","c"],"tags":["d"]}"#,
            json!({"tags": ["d"]}),
        ),
        (r#"{"tags":["a"],"tags":[]}"#, json!({"tags": []})),
        (r#"{"tags":["a"],"tags":null}"#, json!({})),
        (
            r#"{"codes":[1,2],"codes":[null,3,4]}"#,
            json!({"codes": [null, 3, 4]}),
        ),
        (
            r#"{"leaf":{"name":"a","value":1},"leaf":{"value":2}}"#,
            json!({"leaf": {"value": 2}}),
        ),
        (r#"{"leaf":{"name":"a"},"leaf":null}"#, json!({})),
        (
            r#"{"leaf":{"name":"a","name":"b"}}"#,
            json!({"leaf": {"name": "b"}}),
        ),
        (
            r#"{"attributes":{"k":"a","l":"b"},"attributes":{"k":"c"}}"#,
            json!({"attributes": {"k": "c"}}),
        ),
        (
            r#"{"attributes":{"k":"a","k":null,"l":"x","l":"y"}}"#,
            json!({"attributes": {"k": null, "l": "y"}}),
        ),
        (
            r#"{"items":[{"id":"1","leaves":[{"name":"a"},{"name":"b"}]},{"id":"2","tags":["t"]}],
                "items":[{"leaves":[{"value":9}]}]}"#,
            json!({"items": [{"leaves": [{"value": 9}]}]}),
        ),
        (
            r#"{"items":[{"id":"1","leaves":[{"name":"a"}],"leaves":[{},{"ok":true}],"id":"2"}]}"#,
            json!({"items": [{"id": "2", "leaves": [{}, {"ok": true}]}]}),
        ),
    ] {
        assert_eq!(row(record), expected, "{record}");
        // Neighbours must not feel it.
        let neighbour = r#"{"id":"n","tags":["x"],"items":[{"id":"i","leaves":[{"name":"l"}]}],"attributes":{"p":"q"}}"#;
        let read = rows(&built(&[neighbour, record, neighbour]).batch);
        assert_eq!(read, [row(neighbour), expected, row(neighbour)], "{record}");
    }
}

#[test]
fn what_a_repeated_key_replaces_leaves_no_unknown_fields() {
    for record in [
        r#"{"items":[{"new":1},{"leaf":{"new":2}}],"items":[{"id":"a"}]}"#,
        r#"{"items":[{"new":1}],"items":null}"#,
        r#"{"leaf":{"new":1},"leaf":{}}"#,
        r#"{"leaf":{"new":1},"leaf":null}"#,
        r#"{"items":[{"leaves":[{"new":1}],"leaves":[]}]}"#,
    ] {
        let built = built(&[record]);
        assert_eq!(extra(&built.batch, 0), None, "{record}");
        assert!(built.unknown.is_empty(), "{record}");
    }
    let record = r#"{"leaf":{"old":1},"leaves":7,"leaf":{"new":2},"leaf.own":3}"#;
    let built = built(&[record]);
    let kept = r#"{"[\"leaf.own\"]":3,"leaf.new":2,"leaves":7}"#;
    assert_eq!(extra(&built.batch, 0).as_deref(), Some(kept));
}

#[test]
fn of_a_repeated_unknown_key_the_last_value_is_kept_and_counted_once() {
    let built = built(&[r#"{"new":1,"id":"a","new":{"b":2},"new":null}"#]);
    assert_eq!(extra(&built.batch, 0).as_deref(), Some(r#"{"new":null}"#));
    assert_eq!(built.unknown["new"], 1);
}

#[test]
fn keys_may_be_written_with_escapes() {
    let record = r#"{"\u0069d":"a","\u0069\u0074ems":[{"\u0069d":"b"}],"ne\u0077\n":1}"#;
    let built = built(&[record]);
    assert_eq!(
        rows(&built.batch),
        [json!({"id": "a", "items": [{"id": "b"}]})]
    );
    assert_eq!(extra(&built.batch, 0).as_deref(), Some(r#"{"new\n":1}"#));
    assert_eq!(row(r#"{"id":"a","\u0069d":"b"}"#), json!({"id": "b"}));
}

#[test]
fn keys_differ_by_case_and_length() {
    let built = built(&[r#"{"ID":1,"Id":2,"i":3,"idd":4,"":5,"id ":6}"#]);
    assert_eq!(rows(&built.batch), [json!({})]);
    assert_eq!(built.unknown.len(), 6);
}

#[test]
fn the_order_of_keys_is_free_and_may_change_between_records() {
    let forwards = r#"{"id":"a","count":1,"leaf":{"name":"n","value":2},"ok":true}"#;
    let backwards = r#"{"ok":true,"leaf":{"value":2,"name":"n"},"count":1,"id":"a"}"#;
    let mut batch = BatchBuilder::new(RECORD);
    for record in [forwards, backwards, forwards, "{}", backwards] {
        batch.push(record).unwrap();
    }
    let read = rows(&finish(&mut batch).batch);
    let expected = row(forwards);
    for at in [0, 1, 2, 4] {
        assert_eq!(read[at], expected);
    }
}
