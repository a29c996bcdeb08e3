//! Pages: rows copied from the rendered days, with what a fault makes of them.

use std::ops::Range;

use axum::body::Body;
use axum::response::Response;
use http::{HeaderValue, header};

use crate::fault::Fault;
use crate::select::Selection;

/// Writes `"conversations":[…]`; nothing when the page is empty, as the platform does.
///
/// Source: MyPureCloud/developer-center-blog, post of 2022-04-21, whose loop ends when
/// `conversations` is null.
pub(super) fn write_rows(
    selection: &Selection,
    rows: Range<usize>,
    attributes: bool,
    fault: Option<&Fault>,
    out: &mut Vec<u8>,
) {
    let (before, order) = arrange(rows, fault);
    let injected: &[Box<serde_json::value::RawValue>] = match fault {
        Some(Fault::Inject { records, .. }) => records,
        _ => &[],
    };
    if order.is_empty() && before.is_empty() && injected.is_empty() {
        return;
    }
    out.reserve(selection.size(before.clone()) + selection.size(order.span()) + 256);
    out.extend_from_slice(br#""conversations":["#);
    for place in before.chain(order) {
        selection.append(place, attributes, out);
        out.push(b',');
    }
    for record in injected {
        out.extend_from_slice(record.get().as_bytes());
        out.push(b',');
    }
    // The last comma becomes the bracket.
    out.pop();
    out.extend_from_slice(b"],");
}

/// Places of rows, forwards or backwards.
#[derive(Clone, Debug)]
enum Places {
    Forwards(Range<usize>),
    Backwards(Range<usize>),
}

impl Places {
    fn span(&self) -> Range<usize> {
        match self {
            Self::Forwards(range) | Self::Backwards(range) => range.clone(),
        }
    }

    fn is_empty(&self) -> bool {
        self.span().is_empty()
    }
}

impl Iterator for Places {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        match self {
            Self::Forwards(range) => range.next(),
            Self::Backwards(range) => range.next_back(),
        }
    }
}

/// Returns rows of the page before that come again, and the rows of this page.
fn arrange(rows: Range<usize>, fault: Option<&Fault>) -> (Range<usize>, Places) {
    let none = rows.start..rows.start;
    match fault {
        Some(Fault::RepeatRows { rows: again }) => (
            rows.start.saturating_sub(*again)..rows.start,
            Places::Forwards(rows),
        ),
        Some(Fault::UnorderedPage) => (none, Places::Backwards(rows)),
        _ => (none, Places::Forwards(rows)),
    }
}

/// Returns an answer of ready-made JSON.
pub(super) fn json(body: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(body));
    let kind = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}
