//! A refused record leaves no trace.

use gc_arrow::{BatchBuilder, Misfit};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::Value;

use crate::generate::record;
use crate::support::{RECORD, extra, finish, rows};

/// What is done to a record to spoil it, or not.
#[derive(Clone, Debug)]
enum Harm {
    None,
    Cut(Index),
    Replace(Index, char),
    WrongType(Index),
    Trailing,
}

const WRONG: &[&str] = &[
    r#""count":"x""#,
    r#""items":[{"id":"a","new":1},{"leaves":[{"name":"b"},{"value":0.5}]}]"#,
    r#""tags":["a","b",3]"#,
    r#""attributes":{"a":"b","c":{}}"#,
    r#""new":"\ud800""#,
    r#""leaf":{"name":"a","new":{},"at":"never"}"#,
    r#""items":[{"attributes":{"k":"v"}},{"leaf":{"ok":true}},7]"#,
];

fn harm() -> impl Strategy<Value = Harm> {
    let marks = prop::sample::select(r#"{}[],:"\0-.eE19x tnu"#.chars().collect::<Vec<_>>());
    prop_oneof![
        3 => Just(Harm::None),
        2 => any::<Index>().prop_map(Harm::Cut),
        3 => (any::<Index>(), marks).prop_map(|(at, mark)| Harm::Replace(at, mark)),
        2 => any::<Index>().prop_map(Harm::WrongType),
        1 => Just(Harm::Trailing),
    ]
}

fn apply(text: &str, harm: &Harm) -> String {
    let places: Vec<_> = text.char_indices().map(|(at, _)| at).collect();
    match harm {
        Harm::None => text.to_owned(),
        Harm::Cut(at) => text[..places[at.index(places.len())]].to_owned(),
        Harm::Replace(at, mark) => {
            let at = places[at.index(places.len())];
            let rest = text[at..].chars().skip(1);
            text[..at].chars().chain([*mark]).chain(rest).collect()
        }
        Harm::WrongType(which) => {
            let wrong = WRONG[which.index(WRONG.len())];
            let comma = if text == "{}" { "" } else { "," };
            format!("{}{comma}{wrong}}}", &text[..text.len() - 1])
        }
        Harm::Trailing => format!("{text} ]"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_batch_is_that_of_the_good_records_alone(
        records in prop::collection::vec((record(), harm()), 0..8),
    ) {
        let mut mixed = BatchBuilder::new(RECORD);
        let mut good = Vec::new();
        for (record, harm) in &records {
            let text = apply(&record.text(), harm);
            let pushed = mixed.push(&text);
            prop_assert_eq!(mixed.rows(), good.len() + usize::from(pushed.is_ok()));
            match harm {
                Harm::None => prop_assert_eq!(&pushed, &Ok(())),
                Harm::Replace(..) => {}
                _ => prop_assert!(pushed.is_err(), "{}", text),
            }
            if pushed.is_ok() {
                good.push(text);
            }
        }
        let mut alone = BatchBuilder::new(RECORD);
        for text in &good {
            prop_assert_eq!(alone.push(text), Ok(()));
        }
        let (mixed, alone) = (finish(&mut mixed), finish(&mut alone));
        prop_assert_eq!(&mixed.batch, &alone.batch);
        prop_assert_eq!(rows(&mixed.batch), rows(&alone.batch));
        prop_assert_eq!(mixed.unknown, alone.unknown);
    }

    #[test]
    fn what_is_accepted_is_json_and_so_is_what_is_kept(
        (record, at, mark) in (record(), any::<Index>(), prop::char::range('\0', '~')),
    ) {
        let text = apply(&record.text(), &Harm::Replace(at, mark));
        let mut batch = BatchBuilder::new(RECORD);
        if batch.push(&text).is_ok() {
            let read: Result<serde::de::IgnoredAny, _> = serde_json::from_str(&text);
            prop_assert!(read.is_ok(), "{}", text);
            let built = finish(&mut batch);
            if let Some(extra) = extra(&built.batch, 0) {
                let read: Result<Value, _> = serde_json::from_str(&extra);
                let too_large = read.as_ref().is_err_and(|error| error.to_string().contains("out of range"));
                prop_assert!(read.is_ok() || too_large, "{}", extra);
            }
        }
    }
}

#[test]
fn a_builder_is_as_new_after_discard() {
    let mut batch = BatchBuilder::new(RECORD);
    batch
        .push(r#"{"id":"a","new":1,"items":[{"new":2}]}"#)
        .unwrap();
    batch.push(r#"{"id":7}"#).unwrap_err();
    batch.discard();
    batch.push(r#"{"tags":["t"]}"#).unwrap();
    let mut fresh = BatchBuilder::new(RECORD);
    fresh.push(r#"{"tags":["t"]}"#).unwrap();
    let (one, other) = (finish(&mut batch), finish(&mut fresh));
    assert_eq!(one.batch, other.batch);
    assert_eq!(one.unknown, other.unknown);
}

#[test]
fn the_place_of_broken_json_is_named() {
    let mut batch = BatchBuilder::new(RECORD);
    let refused = batch
        .push(r#"{"items":[{},{"leaf":{"name":"a}}]}"#)
        .unwrap_err();
    let Misfit::NoJson { path, offset } = refused else {
        panic!("{refused}");
    };
    assert_eq!(path, "items[1].leaf.name");
    assert!(offset > 20, "{offset}");
}
