//! Which conversations are asked for.

use serde::{Serialize, Serializer};

/// A condition on one dimension of a conversation.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Predicate {
    /// The dimension has this value.
    Matches(&'static str, String),
    /// The dimension has a value.
    Exists(&'static str),
    /// The dimension has no value.
    NotExists(&'static str),
    /// The dimension has a value within `[from, to)`.
    Within(&'static str, f64, f64),
}

impl Serialize for Predicate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Wire::from(self).serialize(serializer)
    }
}

/// A predicate as the platform reads it.
#[derive(Serialize)]
struct Wire<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    dimension: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    operator: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    range: Option<Range>,
}

#[derive(Serialize)]
struct Range {
    gte: f64,
    lt: f64,
}

impl<'a> From<&'a Predicate> for Wire<'a> {
    fn from(predicate: &'a Predicate) -> Self {
        let (dimension, operator, value, range) = match predicate {
            Predicate::Matches(dimension, value) => (dimension, Some("matches"), Some(value), None),
            Predicate::Exists(dimension) => (dimension, Some("exists"), None, None),
            Predicate::NotExists(dimension) => (dimension, Some("notExists"), None, None),
            Predicate::Within(dimension, gte, lt) => {
                (dimension, None, None, Some(Range { gte: *gte, lt: *lt }))
            }
        };
        Self {
            kind: "dimension",
            dimension,
            operator,
            value: value.map(String::as_str),
            range,
        }
    }
}

/// A filter as the platform reads it.
#[derive(Debug, Serialize)]
pub(crate) struct Clause {
    #[serde(rename = "type")]
    kind: &'static str,
    predicates: Vec<Predicate>,
}

/// Which conversations are asked for; all of them by default.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    media: Vec<String>,
    conditions: Vec<Predicate>,
}

impl Filter {
    /// Asks for the conversations that used one of these media; for all when there is none.
    pub fn for_media(media: impl IntoIterator<Item = String>) -> Self {
        Self {
            media: media.into_iter().collect(),
            conditions: Vec::new(),
        }
    }

    /// Returns the same filter with one condition more.
    pub(crate) fn and(&self, condition: Predicate) -> Self {
        let mut filter = self.clone();
        filter.conditions.push(condition);
        filter
    }

    /// Returns the filters on conversations, of which each must hold.
    pub(crate) fn conversation_filters(&self) -> Vec<Clause> {
        if self.conditions.is_empty() {
            return Vec::new();
        }
        vec![Clause {
            kind: "and",
            predicates: self.conditions.clone(),
        }]
    }

    /// Returns the filters on segments.
    pub(crate) fn segment_filters(&self) -> Vec<Clause> {
        if self.media.is_empty() {
            return Vec::new();
        }
        let media = self.media.iter().cloned();
        let predicates = media
            .map(|media| Predicate::Matches("mediaType", media))
            .collect();
        vec![Clause {
            kind: "or",
            predicates,
        }]
    }
}
