//! Where in a record the decoder stands.

use std::fmt::Write as _;

/// One step from a value to a value inside it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Part {
    /// Into a field of an object.
    Field(&'static str),
    /// Into an item of a list, counted from 0.
    Item(usize),
}

/// Writes `participants[0].sessions[1].name`, with `last` as the last field if there is one.
pub(crate) fn exact(parts: &[Part], last: Option<&str>) -> String {
    render(parts, last, |path, item| {
        // Writing to a `String` cannot fail.
        let _infallible = write!(path, "[{item}]");
    })
}

/// Writes `participants[].sessions[].name`: the path without positions, to count by.
pub(crate) fn general(parts: &[Part], last: Option<&str>) -> String {
    render(parts, last, |path, _item| path.push_str("[]"))
}

fn render(parts: &[Part], last: Option<&str>, item: impl Fn(&mut String, usize)) -> String {
    let mut path = String::new();
    for part in parts {
        match part {
            Part::Field(name) => push_field(&mut path, name),
            Part::Item(index) => item(&mut path, *index),
        }
    }
    if let Some(name) = last {
        push_field(&mut path, name);
    }
    path
}

/// Appends `.name`, or `["name"]` when the name could be taken for more than one step.
fn push_field(path: &mut String, name: &str) {
    if name.is_empty() || name.contains(['.', '[', ']', '"']) {
        path.push('[');
        path.push_str(&quoted(name));
        path.push(']');
        return;
    }
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(name);
}

/// Returns `text` as a JSON text.
pub(crate) fn quoted(text: &str) -> String {
    sonic_rs::to_string(text).expect("a text is always JSON")
}
