//! What changed between two snapshots.

use std::collections::HashMap;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use sonic_rs::{Array, JsonContainerTrait as _, JsonValueTrait as _, Value};

/// One value that changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// Where it is: `participants[agent].calls[0].state`. Participants are named by their purpose, other
    /// elements of lists by their position.
    pub path: String,
    /// What it was: a text as it is, anything else as JSON; none where there was nothing.
    pub previous_value: Option<String>,
    /// What it is now, likewise.
    pub value: Option<String>,
}

/// Returns what is different in `new`. Elements of lists are matched by their `id`, where they have one, and
/// not by their position. Absent and null are the same.
pub(crate) fn changes(old: &Value, new: &Value) -> Vec<Change> {
    let mut found = Found::default();
    found.value(Some(old), Some(new));
    found.changes
}

#[derive(Default)]
struct Found {
    path: String,
    changes: Vec<Change>,
}

impl Found {
    fn value(&mut self, old: Option<&Value>, new: Option<&Value>) {
        let (old, new) = (present(old), present(new));
        match (old, new) {
            (None, None) => {}
            (Some(old), Some(new)) if old.is_object() && new.is_object() => self.object(old, new),
            (Some(old), Some(new)) if old.is_array() && new.is_array() => self.list(old, new),
            (old, new) if old == new => {}
            (old, new) => self.changes.push(Change {
                path: self.path.clone(),
                previous_value: old.map(text),
                value: new.map(text),
            }),
        }
    }

    fn object(&mut self, old: &Value, new: &Value) {
        let (Some(old), Some(new)) = (old.as_object(), new.as_object()) else {
            return;
        };
        for (key, value) in new {
            self.field(key, |found| found.value(old.get(&key), Some(value)));
        }
        for (key, value) in old {
            if new.get(&key).is_none() {
                self.field(key, |found| found.value(Some(value), None));
            }
        }
    }

    fn list(&mut self, old: &Value, new: &Value) {
        let (Some(before), Some(after)) = (old.as_array(), new.as_array()) else {
            return;
        };
        let are_objects = before.iter().chain(after.iter()).all(Value::is_object);
        match (ids(before), ids(after)) {
            (Some(old_ids), Some(new_ids)) => self.by_id((before, &old_ids), (after, &new_ids)),
            _ if are_objects => self.by_position(before, after),
            // Plain values: the list is the value.
            _ if before == after => {}
            _ => self.changes.push(Change {
                path: self.path.clone(),
                previous_value: Some(text(old)),
                value: Some(text(new)),
            }),
        }
    }

    fn by_id(&mut self, old: (&Array, &[&str]), new: (&Array, &[&str])) {
        let old_labels = labels(&self.path, old.0);
        let new_labels = labels(&self.path, new.0);
        let places: HashMap<&str, usize> = old
            .1
            .iter()
            .enumerate()
            .map(|(place, id)| (*id, place))
            .collect();
        for (place, id) in new.1.iter().enumerate() {
            let before = places.get(id).and_then(|place| old.0.get(*place));
            let after = new.0.get(place);
            self.element(&new_labels[place], |found| found.value(before, after));
        }
        for (place, id) in old.1.iter().enumerate() {
            if !new.1.contains(id) {
                let before = old.0.get(place);
                self.element(&old_labels[place], |found| found.value(before, None));
            }
        }
    }

    fn by_position(&mut self, old: &Array, new: &Array) {
        for place in 0..old.len().max(new.len()) {
            let label = place.to_string();
            self.element(&label, |found| found.value(old.get(place), new.get(place)));
        }
    }

    fn field(&mut self, key: &str, work: impl FnOnce(&mut Self)) {
        let length = self.path.len();
        if length > 0 {
            self.path.push('.');
        }
        self.path.push_str(key);
        work(self);
        self.path.truncate(length);
    }

    fn element(&mut self, label: &str, work: impl FnOnce(&mut Self)) {
        let length = self.path.len();
        // Writing to a `String` cannot fail.
        let _infallible = write!(self.path, "[{label}]");
        work(self);
        self.path.truncate(length);
    }
}

fn present(value: Option<&Value>) -> Option<&Value> {
    value.filter(|value| !value.is_null())
}

/// Returns the id of each element, if all have one and no two the same.
fn ids(list: &Array) -> Option<Vec<&str>> {
    let ids: Option<Vec<&str>> = list
        .iter()
        .map(|element| element.get("id")?.as_str())
        .collect();
    let ids = ids?;
    let is_repeated = |(place, id): (usize, &&str)| ids[..place].contains(id);
    if ids.iter().enumerate().any(is_repeated) {
        return None;
    }
    Some(ids)
}

/// Returns what to call each element: participants by their purpose, `agent#2` for the second of a kind, and
/// all else by position.
fn labels(path: &str, list: &Array) -> Vec<String> {
    let mut counts: HashMap<&str, u32> = HashMap::new();
    let mut labels = Vec::with_capacity(list.len());
    for (place, element) in list.iter().enumerate() {
        let purpose = element.get("purpose").and_then(|purpose| purpose.as_str());
        let purpose = purpose.filter(|purpose| path == "participants" && is_plain(purpose));
        labels.push(match purpose {
            None => place.to_string(),
            Some(purpose) => {
                let count = counts.entry(purpose).or_default();
                *count += 1;
                match *count {
                    1 => purpose.to_owned(),
                    count => format!("{purpose}#{count}"),
                }
            }
        });
    }
    labels
}

/// Returns whether a purpose can stand in a path as it is.
fn is_plain(purpose: &str) -> bool {
    !purpose.is_empty() && purpose.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// Writes a text as it is, and anything else as JSON.
fn text(value: &Value) -> String {
    match value.as_str() {
        Some(text) => text.to_owned(),
        None => sonic_rs::to_string(value).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn between(old: &str, new: &str) -> Vec<(String, Option<String>, Option<String>)> {
        let parse = |text| sonic_rs::from_str(text).unwrap();
        let changes = changes(&parse(old), &parse(new));
        changes
            .into_iter()
            .map(|one| (one.path, one.previous_value, one.value))
            .collect()
    }

    fn change(
        path: &str,
        old: Option<&str>,
        new: Option<&str>,
    ) -> (String, Option<String>, Option<String>) {
        (
            path.to_owned(),
            old.map(str::to_owned),
            new.map(str::to_owned),
        )
    }

    #[test]
    fn elements_are_matched_by_id_when_their_order_changes() {
        let old = r#"{"participants":[{"id":"1","purpose":"customer"},{"id":"2","purpose":"agent","calls":[{"id":"c","state":"alerting"}]}]}"#;
        let new = r#"{"participants":[{"id":"2","purpose":"agent","calls":[{"id":"c","state":"connected"}]},{"id":"1","purpose":"customer"}]}"#;
        let state = "participants[agent].calls[0].state";
        assert_eq!(
            between(old, new),
            [change(state, Some("alerting"), Some("connected"))]
        );
    }

    #[test]
    fn second_of_a_purpose_has_a_number() {
        let old = r#"{"participants":[{"id":"1","purpose":"agent"},{"id":"2","purpose":"agent"}]}"#;
        let new = r#"{"participants":[{"id":"1","purpose":"agent"},{"id":"2","purpose":"agent","held":true}]}"#;
        assert_eq!(
            between(old, new),
            [change("participants[agent#2].held", None, Some("true"))]
        );
    }

    #[test]
    fn what_comes_and_goes_is_told_whole() {
        let old = r#"{"a":{"x":1},"list":[{"id":"1"}],"tags":["a"]}"#;
        let new = r#"{"b":[1],"list":[{"id":"2","n":1.5}],"tags":["b"],"nothing":null}"#;
        assert_eq!(
            between(old, new),
            [
                change("b", None, Some("[1]")),
                change("list[0]", None, Some(r#"{"id":"2","n":1.5}"#)),
                change("list[0]", Some(r#"{"id":"1"}"#), None),
                change("tags", Some(r#"["a"]"#), Some(r#"["b"]"#)),
                change("a", Some(r#"{"x":1}"#), None),
            ]
        );
    }

    #[test]
    fn equal_snapshots_have_no_changes_whatever_the_order_of_keys() {
        assert_eq!(
            between(r#"{"a":1,"b":[{"x":null}]}"#, r#"{"b":[{}],"a":1}"#),
            []
        );
    }
}
