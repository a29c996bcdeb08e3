//! What the platform says when it refuses a request.

use std::fmt;

use http::{HeaderMap, StatusCode};
use serde_json::Value;

use crate::{headers, text};

/// The platform's own words about a refused request.
///
/// They speak of the request, not of the data. Nothing but the fields named here is taken from the
/// body, and a body that is not JSON is not repeated at all.
///
/// Source: official Python SDK 269.0.0, `ErrorBody`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// The dotted code, such as `bad.request`.
    pub code: Option<String>,
    /// The message, at most 500 characters.
    pub message: Option<String>,
    /// The id to quote in a support case: `contextId`, else the correlation id.
    pub context_id: Option<String>,
}

impl Refusal {
    /// Reads a refusal from an answer.
    pub(crate) fn of(status: StatusCode, headers: &HeaderMap, body: &Value) -> Self {
        let field = |name: &str| body.get(name).and_then(Value::as_str).map(text::bounded);
        Self {
            status: status.as_u16(),
            code: field("code"),
            message: field("message"),
            context_id: field("contextId").or_else(|| headers::correlation_id(headers)),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "status {}", self.status)?;
        if let Some(code) = &self.code {
            write!(f, " {code}")?;
        }
        if let Some(message) = &self.message {
            write!(f, ", {message}")?;
        }
        match &self.context_id {
            Some(id) => write!(f, " (context id {id})"),
            None => Ok(()),
        }
    }
}

/// Returns the permissions that a 403 names, joined by `or` when any of them is enough.
///
/// A permission is three words with colons, such as `analytics:conversationDetail:view`; it stands
/// in the message, in its parameters or in the details.
///
/// Source: operation tables of the official Python SDK (codes `missing.permissions` and
/// `missing.any.permissions`).
pub(crate) fn permission(body: &Value) -> Option<String> {
    let any = body.get("code").and_then(Value::as_str) == Some("missing.any.permissions");
    let mut found: Vec<&str> = Vec::new();
    for part in [
        "message",
        "messageWithParams",
        "messageParams",
        "details",
        "errors",
    ] {
        strings(body.get(part).unwrap_or(&Value::Null), &mut |text| {
            for word in text.split(|c: char| !(c.is_ascii_alphanumeric() || ":_*-".contains(c))) {
                if is_permission(word) && !found.contains(&word) {
                    found.push(word);
                }
            }
        });
    }
    let permissions = found.join(if any { " or " } else { " and " });
    (!found.is_empty()).then(|| text::bounded(&permissions))
}

fn is_permission(word: &str) -> bool {
    let name = |part: &str| !part.is_empty() && !part.starts_with(|c: char| c.is_ascii_digit());
    word.split(':').count() == 3 && word.split(':').all(name)
}

/// Hands every string inside `value` to `take`.
fn strings<'a>(value: &'a Value, take: &mut impl FnMut(&'a str)) {
    match value {
        Value::String(text) => take(text),
        Value::Array(items) => items.iter().for_each(|item| strings(item, take)),
        Value::Object(fields) => fields.values().for_each(|field| strings(field, take)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn permission_is_found_wherever_the_platform_puts_it() {
        let name = "analytics:conversationDetail:view";
        for body in [
            json!({"message": format!("You are missing the following permission(s): [{name}].")}),
            json!({"message": "No.", "messageParams": {"permissions": name}}),
            json!({"message": "No.", "details": [{"errorCode": "x", "fieldName": name}]}),
        ] {
            assert_eq!(permission(&body).as_deref(), Some(name), "{body}");
        }
        assert_eq!(
            permission(&json!({"message": "at 10:11:12Z, a::b, c:d"})),
            None
        );
        assert_eq!(permission(&Value::Null), None);
    }

    #[test]
    fn several_permissions_say_whether_one_is_enough() {
        let body = |code| json!({"code": code, "message": "needs a:b:view, c:d:view or a:b:view"});
        assert_eq!(
            permission(&body("missing.permissions")).unwrap(),
            "a:b:view and c:d:view"
        );
        assert_eq!(
            permission(&body("missing.any.permissions")).unwrap(),
            "a:b:view or c:d:view"
        );
    }
}
