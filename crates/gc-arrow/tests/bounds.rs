//! Depth and size are bounded; nothing overflows the stack.

use gc_arrow::{BatchBuilder, MAX_BATCH_BYTES, MAX_DEPTH, Misfit};

use crate::support::{RECORD, built, extra, finish, misfit};

const ABYSS: usize = 100_000;

fn nested(open: &str, close: &str, depth: usize) -> String {
    format!("{}{}", open.repeat(depth), close.repeat(depth))
}

#[test]
fn unknown_values_may_be_nested_up_to_the_limit() {
    for (open, close) in [("[", "]"), (r#"{"a":["#, "]}"), (r#"[{"a":0,"b":"#, "}]")] {
        let levels = open.matches(['[', '{']).count();
        let inner = if open.ends_with(':') { "1" } else { "" };
        let raw = |depth: usize| format!("{}{inner}{}", open.repeat(depth), close.repeat(depth));
        let fits = raw(MAX_DEPTH / levels);
        let batch = built(&[format!(r#"{{"new":{fits}}}"#)]).batch;
        assert_eq!(extra(&batch, 0), Some(format!(r#"{{"new":{fits}}}"#)));
        let path = "items[0].new".to_owned();
        let record = format!(r#"{{"items":[{{"new":{}}}]}}"#, raw(MAX_DEPTH / levels + 1));
        assert_eq!(misfit(&record), Misfit::TooDeep { path });
    }
    let flat = format!(r#"{{"new":["{}"]}}"#, "[".repeat(1_000));
    built(&[flat]);
}

#[test]
fn a_record_nested_without_end_is_refused_and_not_descended_into() {
    for raw in [
        nested("[", "]", ABYSS),
        "[".repeat(ABYSS),
        r#"{"a":"#.repeat(ABYSS),
        format!("{}1{}", r#"{"a":"#.repeat(ABYSS), "}".repeat(ABYSS)),
        format!("{}{}", r#"[{"id":"#.repeat(ABYSS), "}]".repeat(ABYSS)),
    ] {
        for record in [
            raw.clone(),
            format!(r#"{{"new":{raw}}}"#),
            format!(r#"{{"id":{raw}}}"#),
            format!(r#"{{"count":{raw}}}"#),
            format!(r#"{{"tags":{raw}}}"#),
            format!(r#"{{"leaf":{raw}}}"#),
            format!(r#"{{"items":{raw}}}"#),
            format!(r#"{{"items":[{{"leaves":[{{"new":{raw}}}]}}]}}"#),
            format!(r#"{{"attributes":{raw}}}"#),
            format!(r#"{{"attributes":{{"a":{raw}}}}}"#),
        ] {
            misfit(&record);
        }
    }
}

#[test]
fn a_batch_takes_so_many_bytes_and_no_more() {
    let mut batch = BatchBuilder::new(RECORD);
    let record = r#"{"id":"a"}"#;
    batch.reserve(MAX_BATCH_BYTES - record.len()).unwrap();
    batch.push(record).unwrap();
    let bytes = record.len();
    assert_eq!(batch.push(record), Err(Misfit::TooLarge { bytes }));
    assert_eq!(batch.reserve(1), Err(Misfit::TooLarge { bytes: 1 }));
    assert_eq!(finish(&mut batch).rows, 1);
    batch.push(record).unwrap();
    assert_eq!(finish(&mut batch).rows, 1);
}

#[test]
fn a_refused_record_takes_no_room() {
    let mut batch = BatchBuilder::new(RECORD);
    let (wrong, record) = (r#"{"id":7}"#, r#"{"i":7}"#);
    batch.reserve(MAX_BATCH_BYTES - wrong.len()).unwrap();
    batch.push(wrong).unwrap_err();
    batch.push(record).unwrap();
    assert_eq!(finish(&mut batch).rows, 1);
}
