//! Which JSON value becomes which column value.

use gc_arrow::{Found, Misfit};
use serde_json::{Value, json};

use crate::support::{built, misfit, row, rows};

#[test]
fn absent_and_null_are_null() {
    let all_null = r#"{"id":null,"start":null,"count":null,"score":null,"ok":null,"tags":null,
        "codes":null,"leaf":null,"items":null,"attributes":null}"#;
    assert_eq!(row("{}"), json!({}));
    assert_eq!(row(all_null), json!({}));
}

#[test]
fn empty_is_not_absent() {
    let empty =
        json!({"tags": [], "codes": [], "leaf": {}, "items": [], "attributes": {}, "id": ""});
    assert_eq!(row(&empty.to_string()), empty);
    let nested = json!({"items": [{}, {"leaves": [], "attributes": {}, "leaf": {}, "tags": []}]});
    assert_eq!(row(&nested.to_string()), nested);
}

#[test]
fn nulls_in_lists_keep_their_places() {
    let record = json!({
        "tags": [null, "a", null, null],
        "codes": [null, 1, null],
        "items": [null, {"id": "x", "leaves": [null, {"name": "n"}, null]}, null],
        "attributes": {"a": null, "b": "c"},
    });
    assert_eq!(row(&record.to_string()), record);
    let several = [
        r#"{"tags":[null]}"#,
        r#"{"tags":["b"]}"#,
        "{}",
        r#"{"tags":[null,null]}"#,
    ];
    let read = rows(&built(&several).batch);
    assert_eq!(read[0], json!({"tags": [null]}));
    assert_eq!(read[1], json!({"tags": ["b"]}));
    assert_eq!(read[3], json!({"tags": [null, null]}));
}

#[test]
fn whole_numbers_of_64_bits_are_integers() {
    for (written, value) in [
        ("0", 0),
        ("-0", 0),
        ("5.0", 5),
        ("5e0", 5),
        ("-1.0E3", -1_000),
        ("0.5e1", 5),
        ("9223372036854775807", i64::MAX),
        ("-9223372036854775808", i64::MIN),
        ("9007199254740992.0", 1 << 53),
    ] {
        let record = format!(r#"{{"count":{written},"codes":[{written}]}}"#);
        assert_eq!(
            row(&record),
            json!({"count": value, "codes": [value]}),
            "{written}"
        );
    }
}

#[test]
fn numbers_that_are_no_integers_of_64_bits_are_refused() {
    for written in [
        "9223372036854775808",
        "18446744073709551615",
        "18446744073709551616",
        "-9223372036854775809",
        "0.5",
        "1e-3",
        "9007199254740994.0",
        "1e300",
    ] {
        let path = "count".to_owned();
        let record = format!(r#"{{"count":{written}}}"#);
        assert_eq!(misfit(&record), Misfit::NoInteger { path }, "{written}");
    }
}

#[test]
fn integers_are_doubles_where_doubles_belong() {
    for (written, value) in [
        ("3", 3.0),
        ("-9223372036854775808", -9_223_372_036_854_775_808.0),
        ("9223372036854775808", 9_223_372_036_854_775_808.0),
        ("18446744073709551616", 18_446_744_073_709_551_616.0),
        ("0.1", 0.1),
        ("1e308", 1e308),
        ("5e-324", 5e-324),
    ] {
        let record = format!(r#"{{"score":{written}}}"#);
        assert_eq!(row(&record), json!({"score": value}), "{written}");
    }
}

#[test]
fn what_is_no_finite_number_is_refused() {
    for written in [
        "1e400",
        "-1e400",
        "NaN",
        "Infinity",
        "-Infinity",
        "nan",
        "0x10",
        "01",
        "1.",
        ".5",
        "+1",
        "--1",
    ] {
        misfit(&format!(r#"{{"score":{written}}}"#));
        misfit(&format!(r#"{{"count":{written}}}"#));
    }
    let refused = misfit(r#"{"score":"NaN"}"#);
    assert!(
        matches!(
            refused,
            Misfit::WrongType {
                found: Found::Text,
                ..
            }
        ),
        "{refused}"
    );
}

#[test]
fn instants_are_iso_texts_or_epoch_milliseconds() {
    for (written, milliseconds) in [
        (r#""2024-02-06T00:30:44Z""#, 1_707_179_444_000_i64),
        (r#""2024-02-06T00:30:44.4Z""#, 1_707_179_444_400),
        (r#""2024-02-06T00:30:44.42Z""#, 1_707_179_444_420),
        (r#""2024-02-06T00:30:44.424Z""#, 1_707_179_444_424),
        (r#""2024-02-06T00:30:44.4249Z""#, 1_707_179_444_424),
        (r#""2024-02-06T00:30:44.42499Z""#, 1_707_179_444_424),
        (r#""2024-02-06T00:30:44.424999Z""#, 1_707_179_444_424),
        (r#""2024-02-06T00:30:44.4249999Z""#, 1_707_179_444_424),
        (r#""2024-02-06T00:30:44.42499999Z""#, 1_707_179_444_424),
        (r#""2024-02-06T00:30:44.424999999Z""#, 1_707_179_444_424),
        (r#""2024-02-06T02:30:44.424+02:00""#, 1_707_179_444_424),
        (r#""2024-02-05T19:00:44.424-05:30""#, 1_707_179_444_424),
        (r#""2024-02-06T00:30:44.424+0000""#, 1_707_179_444_424),
        (r#""2024\u002d02-06T00:30:44.424Z""#, 1_707_179_444_424),
        ("1707179444424", 1_707_179_444_424),
        ("1707179444424.0", 1_707_179_444_424),
        ("1.707179444424e12", 1_707_179_444_424),
        ("0", 0),
        ("-1", -1),
    ] {
        let record = format!(r#"{{"start":{written}}}"#);
        assert_eq!(row(&record), json!({"start": milliseconds}), "{written}");
    }
}

#[test]
fn what_is_no_instant_is_refused() {
    for written in [
        r#""2021-04-2T15:30:51.418Z""#,
        r#""2024-02-30T00:00:00.000Z""#,
        r#""2024-02-06""#,
        r#""2024-02-06T00:30:44.424""#,
        r#""1707179444424""#,
        r#""""#,
        "9223372036854775807",
        "-9223372036854775808",
    ] {
        let path = "start".to_owned();
        let record = format!(r#"{{"start":{written}}}"#);
        assert_eq!(misfit(&record), Misfit::NoTime { path }, "{written}");
    }
    misfit(r#"{"start":1.5}"#);
    misfit(r#"{"start":true}"#);
}

#[test]
fn escapes_are_read_and_texts_of_any_length_kept() {
    let text = "\u{0}\u{1f}\"\\/\u{8}\u{c}\n\r\té𝄞\u{7f}\u{ffff}";
    let written = r#""\u0000\u001F\"\\\/\b\f\n\r\t\u00e9\ud834\udd1e\u007f\uffff""#;
    let record =
        format!(r#"{{"id":{written},"tags":[{written}],"attributes":{{{written}:{written}}}}}"#);
    let expected = json!({"id": text, "tags": [text], "attributes": {text: text}});
    assert_eq!(row(&record), expected);
    let long = "ü".repeat(3_000_000);
    assert_eq!(
        row(&json!({"id": long, "ok": true}).to_string()),
        json!({"id": long, "ok": true})
    );
}

#[test]
fn half_a_surrogate_pair_is_refused_wherever_it_stands() {
    for half in [
        r"\ud800",
        r"\udc00",
        r"\ud800\ud800",
        r"\ud834x",
        r"\udd1e\ud834",
        r"\uDBFF\u0041",
    ] {
        for record in [
            format!(r#"{{"id":"{half}"}}"#),
            format!(r#"{{"tags":["a","{half}"]}}"#),
            format!(r#"{{"attributes":{{"a":"{half}"}}}}"#),
            format!(r#"{{"attributes":{{"{half}":"a"}}}}"#),
            format!(r#"{{"{half}":1}}"#),
        ] {
            let refused = misfit(&record);
            assert!(
                matches!(refused, Misfit::NoJson { .. }),
                "{record}: {refused}"
            );
        }
    }
}

#[test]
fn bare_control_characters_and_wrong_escapes_are_refused() {
    for wrong in ["\n", "\u{0}", "\u{1f}", r"\x41", r"\u12", r"\u12g4", r"\"] {
        misfit(&format!(r#"{{"id":"{wrong}"}}"#));
        misfit(&format!(r#"{{"{wrong}":1}}"#));
        misfit(&format!(r#"{{"attributes":{{"a":"{wrong}"}}}}"#));
    }
}

/// A record, the place that is refused, what belongs there and what stands there.
type Wrong = (&'static str, &'static str, &'static str, Found);

fn check_wrong_types(cases: &[Wrong]) {
    for (record, path, expected, found) in cases {
        let wrong = Misfit::WrongType {
            path: (*path).to_owned(),
            expected,
            found: *found,
        };
        assert_eq!(misfit(record), wrong, "{record}");
    }
}

#[test]
fn a_value_of_another_type_is_refused_with_place_and_types() {
    check_wrong_types(&[
        (r#"{"id":7}"#, "id", "a text", Found::Number),
        (r#"{"id":true}"#, "id", "a text", Found::Boolean),
        (r#"{"id":{}}"#, "id", "a text", Found::Object),
        (r#"{"count":"7"}"#, "count", "a whole number", Found::Text),
        (r#"{"score":[]}"#, "score", "a number", Found::List),
        (r#"{"ok":"true"}"#, "ok", "a boolean", Found::Text),
        (r#"{"ok":1}"#, "ok", "a boolean", Found::Number),
        (r#"{"start":{}}"#, "start", "a date and time", Found::Object),
        (r#"{"tags":"a"}"#, "tags", "a list", Found::Text),
        (r#"{"tags":["a",1]}"#, "tags[1]", "a text", Found::Number),
        (
            r#"{"codes":[1,[2]]}"#,
            "codes[1]",
            "a whole number",
            Found::List,
        ),
        (r#"{"leaf":[]}"#, "leaf", "an object", Found::List),
        (r#"{"items":{}}"#, "items", "a list", Found::Object),
        (
            r#"{"items":[{},{"leaves":[{},5]}]}"#,
            "items[1].leaves[1]",
            "an object",
            Found::Number,
        ),
        (
            r#"{"items":[{"leaf":{"ok":1.5}}]}"#,
            "items[0].leaf.ok",
            "a boolean",
            Found::Number,
        ),
        (
            r#"{"attributes":[]}"#,
            "attributes",
            "an object",
            Found::List,
        ),
        (
            r#"{"attributes":{"k":1}}"#,
            "attributes.k",
            "a text",
            Found::Number,
        ),
        (
            r#"{"attributes":{"k":[[1],{}]}}"#,
            "attributes.k",
            "a text",
            Found::List,
        ),
        (
            r#"{"attributes":{"k":{"a":[1]}}}"#,
            "attributes.k",
            "a text",
            Found::Object,
        ),
    ]);
}

#[test]
fn a_record_that_is_no_object_is_refused() {
    check_wrong_types(&[
        ("null", "", "an object", Found::Null),
        ("[]", "", "an object", Found::List),
        (r#""{}""#, "", "an object", Found::Text),
        ("1", "", "an object", Found::Number),
        ("false", "", "an object", Found::Boolean),
    ]);
}

#[test]
fn what_is_no_json_is_refused() {
    for record in [
        "",
        " ",
        "{",
        "{\"id\"",
        "{\"id\":",
        "{\"id\":}",
        "{\"id\":\"a\"",
        "{\"id\":\"a\",}",
        "{,}",
        "{\"id\" \"a\"}",
        "{id:1}",
        "{\"id\":'a'}",
        "{}{}",
        "{} x",
        "{}]",
        "nul",
        "{\"tags\":[1,]}",
        "{\"tags\":[,]}",
        "{\"u\":[1,]}",
        "{\"u\":{\"a\"}}",
        "{\"u\":tru}",
        "{\"u\":01}",
        "{\"u\":}",
        "\u{feff}{}",
    ] {
        misfit(record);
    }
    assert_eq!(row(" \t\r\n{ \"id\" : \"a\" }\n "), json!({"id": "a"}));
}

#[test]
fn a_misfit_never_repeats_a_value() {
    let secret = "s3cr3t";
    for record in [
        r#"{"id":{"a":"s3cr3t"}}"#,
        r#"{"count":"s3cr3t"}"#,
        r#"{"count":47114711.5,"id":"s3cr3t"}"#,
        r#"{"start":"s3cr3t"}"#,
        r#"{"ok":"s3cr3t"}"#,
        r#"{"tags":"s3cr3t"}"#,
        r#"{"attributes":{"k":["s3cr3t"]}}"#,
        r#"{"id":"s3cr3t\x"}"#,
        r#"{"id":"s3cr3t"#,
        r#"{"id":"s3cr3t""s3cr3t"}"#,
        r#"{"u":"s3cr3t\q"}"#,
        r#"{"u":["s3cr3t",]}"#,
        r#"["s3cr3t"]"#,
        r#""s3cr3t""#,
        r#"s3cr3t"#,
        r#"{"id":s3cr3t}"#,
    ] {
        let misfit = misfit(record);
        for text in [misfit.to_string(), format!("{misfit:?}")] {
            assert!(!text.contains(secret) && !text.contains("4711"), "{text}");
        }
    }
}

#[test]
fn a_batch_without_records_has_all_columns() {
    let built = built::<&str>(&[]);
    assert_eq!(rows(&built.batch), Vec::<Value>::new());
    assert_eq!(built.batch.num_columns(), crate::support::RECORD.len() + 1);
}
