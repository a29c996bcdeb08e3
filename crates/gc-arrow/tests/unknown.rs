//! Unknown fields: kept with their path, counted, never dropped.

use gc_arrow::{BatchBuilder, MAX_COUNTED_PATHS, OTHER_PATHS};

use crate::support::{RECORD, built, extra, finish};

#[test]
fn unknown_fields_are_kept_with_their_exact_path_at_every_depth() {
    let record = r#"{"new":1,"leaf":{"new":2},"items":[{"id":"a"},
        {"new":3,"leaf":{"new":4},"leaves":[null,{"new":5},{"newer":6}]}]}"#;
    let built = built(&[record]);
    let kept = concat!(
        r#"{"items[1].leaf.new":4,"items[1].leaves[1].new":5,"items[1].leaves[2].newer":6,"#,
        r#""items[1].new":3,"leaf.new":2,"new":1}"#
    );
    assert_eq!(extra(&built.batch, 0).as_deref(), Some(kept));
    let counted: Vec<_> = built
        .unknown
        .iter()
        .map(|(path, count)| (path.as_str(), *count))
        .collect();
    let expected = [
        ("items[].leaf.new", 1),
        ("items[].leaves[].new", 1),
        ("items[].leaves[].newer", 1),
        ("items[].new", 1),
        ("leaf.new", 1),
        ("new", 1),
    ];
    assert_eq!(counted, expected);
}

#[test]
fn unknown_values_are_kept_as_they_are_written() {
    for raw in [
        "null",
        "true",
        "-0",
        "1E+2",
        "1e400",
        "0.10",
        "123456789012345678901234567890",
        r#""\u0041\/\"𝄞""#,
        "[ ]",
        r#"{ "b" : [ 1 , {"a":null} ], "b" : 2 }"#,
        r#"[[],{},"]}",[{}]]"#,
    ] {
        let built = built(&[format!(r#"{{"id":"a","new": {raw} ,"ok":true}}"#)]);
        let kept = extra(&built.batch, 0).unwrap();
        assert_eq!(kept, format!(r#"{{"new":{raw}}}"#));
    }
}

#[test]
fn unknown_values_are_json_that_every_reader_takes() {
    for raw in [
        r#""\ud800""#,
        r#""a\udc00""#,
        r#"["\ud800x"]"#,
        r#"{"\ud800":1}"#,
        r#""\q""#,
        "\"\u{1}\"",
        "[1 2]",
        "1.",
        "-",
        "tru",
    ] {
        crate::support::misfit(&format!(r#"{{"id":"a","new":{raw}}}"#));
    }
}

#[test]
fn a_row_without_unknown_fields_has_a_null() {
    let built = built(&["{}", r#"{"new":[]}"#, r#"{"id":"a"}"#]);
    let kept: Vec<_> = (0..3).map(|row| extra(&built.batch, row)).collect();
    assert_eq!(kept, [None, Some(r#"{"new":[]}"#.to_owned()), None]);
}

#[test]
fn keys_that_look_like_paths_stand_in_brackets_and_never_collide() {
    let built = built(&[r#"{"leaf":{"x":1,"":2},"leaf.x":3,"":4,"a[0]":5,"plain name":6}"#]);
    let kept = extra(&built.batch, 0).unwrap();
    let expected =
        r#"{"[\"\"]":4,"[\"a[0]\"]":5,"[\"leaf.x\"]":3,"leaf.x":1,"leaf[\"\"]":2,"plain name":6}"#;
    assert_eq!(kept, expected);
}

#[test]
fn counts_are_by_path_and_begin_anew_with_each_batch() {
    let mut batch = BatchBuilder::new(RECORD);
    for _ in 0..3 {
        batch
            .push(r#"{"items":[{"new":1},{"new":2}],"other":3}"#)
            .unwrap();
    }
    let first = finish(&mut batch);
    assert_eq!(first.unknown["items[].new"], 6);
    assert_eq!(first.unknown["other"], 3);
    batch.push("{}").unwrap();
    assert!(finish(&mut batch).unknown.is_empty());
}

#[test]
fn paths_past_the_limit_are_counted_together_and_kept_all_the_same() {
    let mut batch = BatchBuilder::new(RECORD);
    let fields: Vec<_> = (0..MAX_COUNTED_PATHS + 7)
        .map(|at| format!(r#""new{at:05}":{at}"#))
        .collect();
    let record = format!("{{{}}}", fields.join(","));
    batch.push(&record).unwrap();
    batch.push(r#"{"new00000":1,"new99999":1}"#).unwrap();
    let built = finish(&mut batch);
    assert_eq!(built.unknown.len(), MAX_COUNTED_PATHS + 1);
    assert_eq!(built.unknown[OTHER_PATHS], 8);
    assert_eq!(built.unknown["new00000"], 2);
    assert_eq!(
        built.unknown.values().sum::<u64>(),
        MAX_COUNTED_PATHS as u64 + 7 + 2
    );
    assert_eq!(extra(&built.batch, 0), Some(record));
}
