//! Random records over the small table, each with what it has to become.

use std::collections::BTreeMap;

use gc_arrow::{Field, Kind};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Map, Value, json};

use crate::support::RECORD;

/// A JSON value as it is written: keys may repeat.
#[derive(Clone, Debug)]
pub(crate) enum Written {
    /// A value without parts: its text, and what it becomes.
    Leaf(String, Value),
    /// A list.
    List(Vec<Written>),
    /// An object.
    Object(Vec<(String, Written)>),
}

impl Written {
    pub(crate) fn text(&self) -> String {
        let joined = |parts: Vec<String>| parts.join(" ,");
        match self {
            Self::Leaf(text, _) => text.clone(),
            Self::List(items) => format!("[{} ]", joined(items.iter().map(Self::text).collect())),
            Self::Object(entries) => {
                let entry =
                    |(key, value): &(String, Self)| format!("{}: {}", json!(key), value.text());
                format!("{{{}}}", joined(entries.iter().map(entry).collect()))
            }
        }
    }

    /// Returns what a value of this kind has to become, and notes its unknown fields by path.
    pub(crate) fn meaning(
        &self,
        kind: Kind,
        path: &str,
        extra: &mut BTreeMap<String, String>,
    ) -> Value {
        match (self, kind) {
            (Self::Leaf(_, value), _) => value.clone(),
            (Self::List(items), Kind::Objects(fields)) => {
                let item = |(at, item): (usize, &Self)| {
                    item.meaning(Kind::Object(fields), &format!("{path}[{at}]"), extra)
                };
                Value::Array(items.iter().enumerate().map(item).collect())
            }
            (Self::List(items), _) => Value::Array(
                items
                    .iter()
                    .map(|item| item.meaning(Kind::Text, path, extra))
                    .collect(),
            ),
            (Self::Object(entries), Kind::Object(fields)) => {
                object_meaning(entries, fields, path, extra)
            }
            (Self::Object(entries), _) => {
                let entry = |(key, value): &(String, Self)| {
                    (key.clone(), value.meaning(Kind::Text, path, extra))
                };
                Value::Object(entries.iter().map(entry).collect())
            }
        }
    }
}

fn object_meaning(
    entries: &[(String, Written)],
    fields: &[Field],
    path: &str,
    extra: &mut BTreeMap<String, String>,
) -> Value {
    let last: BTreeMap<_, _> = entries
        .iter()
        .map(|(key, value)| (key.as_str(), value))
        .collect();
    let mut object = Map::new();
    for (key, value) in last {
        let path = if key.is_empty() || key.contains(['.', '[', ']', '"']) {
            format!("{path}[{}]", json!(key))
        } else if path.is_empty() {
            key.to_owned()
        } else {
            format!("{path}.{key}")
        };
        match fields.iter().find(|field| field.name == key) {
            Some(field) => {
                let value = value.meaning(field.kind, &path, extra);
                if !value.is_null() {
                    object.insert(key.to_owned(), value);
                }
            }
            None => {
                extra.insert(path, value.text());
            }
        }
    }
    Value::Object(object)
}

/// Writes a record with the fields of the small table, and with others.
pub(crate) fn record() -> BoxedStrategy<Written> {
    object(RECORD)
}

fn object(fields: &'static [Field]) -> BoxedStrategy<Written> {
    let known = prop::sample::select(fields)
        .prop_flat_map(|field| (Just(field.name.to_owned()), or_null(field.kind)));
    // A name that begins with `?` is unknown, and no path of another field begins with it.
    let unknown = (r#"\?[a-c.\[\]"\\ ]{0,3}"#, anything());
    let entry = prop_oneof![6 => known, 1 => unknown];
    prop::collection::vec(entry, 0..8)
        .prop_map(Written::Object)
        .boxed()
}

fn or_null(kind: Kind) -> BoxedStrategy<Written> {
    prop_oneof![6 => value(kind), 1 => null()].boxed()
}

fn null() -> Just<Written> {
    Just(Written::Leaf("null".to_owned(), Value::Null))
}

fn value(kind: Kind) -> BoxedStrategy<Written> {
    let list = |kind| {
        prop::collection::vec(or_null(kind), 0..4)
            .prop_map(Written::List)
            .boxed()
    };
    match kind {
        Kind::Integer => integer().boxed(),
        Kind::Double => double().boxed(),
        Kind::Boolean => any::<bool>().prop_map(|yes| leaf(json!(yes))).boxed(),
        Kind::Time => instant().boxed(),
        Kind::Object(fields) => object(fields),
        Kind::TextMap => prop::collection::vec(("[ab. ]{0,2}", or_null(Kind::Text)), 0..4)
            .prop_map(Written::Object)
            .boxed(),
        Kind::Texts => list(Kind::Text),
        Kind::Integers => list(Kind::Integer),
        Kind::Objects(fields) => list(Kind::Object(fields)),
        _ => text().boxed(),
    }
}

fn leaf(value: Value) -> Written {
    Written::Leaf(value.to_string(), value)
}

fn text() -> impl Strategy<Value = Written> {
    let texts = prop_oneof![any::<String>(), "[a-z]{0,3}", "\\PC{0,40}"];
    (texts, any::<bool>()).prop_map(|(text, escaped)| {
        let written = if escaped {
            let unit = |unit: u16| format!(r"\u{unit:04x}");
            format!("\"{}\"", text.encode_utf16().map(unit).collect::<String>())
        } else {
            json!(text).to_string()
        };
        Written::Leaf(written, json!(text))
    })
}

fn integer() -> impl Strategy<Value = Written> {
    prop_oneof![
        any::<i64>().prop_map(|value| leaf(json!(value))),
        (-100_i64..100).prop_map(|value| leaf(json!(value))),
        (-1_000_000_i64..1_000_000)
            .prop_map(|value| Written::Leaf(format!("{value}.0"), json!(value))),
    ]
}

fn double() -> impl Strategy<Value = Written> {
    prop_oneof![
        prop::num::f64::NORMAL.prop_map(|value| Written::Leaf(format!("{value:e}"), json!(value))),
        (-100_i32..100).prop_map(|value| Written::Leaf(value.to_string(), json!(f64::from(value)))),
    ]
}

fn instant() -> impl Strategy<Value = Written> {
    let milliseconds = -62_135_596_800_000_i64..253_402_207_200_000;
    (milliseconds, any::<Index>()).prop_map(|(milliseconds, form)| {
        let instant = jiff::Timestamp::from_millisecond(milliseconds).unwrap();
        let written = match form.index(4) {
            0 => milliseconds.to_string(),
            1 => format!("\"{instant}\""),
            2 => format!("\"{instant:.7}\""),
            _ => format!("\"{instant:.3}\""),
        };
        Written::Leaf(written, json!(milliseconds))
    })
}

fn anything() -> impl Strategy<Value = Written> {
    let leaf = prop_oneof![null(), text(), integer(), double()];
    leaf.prop_recursive(4, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Written::List),
            prop::collection::vec(("[a-c]{1,2}", inner), 0..4).prop_map(Written::Object),
        ]
    })
}
