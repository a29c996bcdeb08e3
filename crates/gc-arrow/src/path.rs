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

/// Writes `participants[0].sessions[1].name`, with `last` as the last field when it is not empty.
pub(crate) fn exact(parts: &[Part], last: &str) -> String {
    render(parts, last, |path, item| {
        // Writing to a `String` cannot fail.
        let _infallible = write!(path, "[{item}]");
    })
}

/// Writes `participants[].sessions[].name`: the path without positions, to count by.
pub(crate) fn general(parts: &[Part], last: &str) -> String {
    render(parts, last, |path, _item| path.push_str("[]"))
}

fn render(parts: &[Part], last: &str, item: impl Fn(&mut String, usize)) -> String {
    let mut path = String::new();
    for part in parts {
        match part {
            Part::Field(name) => push_field(&mut path, name),
            Part::Item(index) => item(&mut path, *index),
        }
    }
    if !last.is_empty() {
        push_field(&mut path, last);
    }
    path
}

fn push_field(path: &mut String, name: &str) {
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(name);
}
