//! Why a record was refused.

use std::fmt;

/// What was found in a place, by its JSON type alone: never the value, which may be personal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Found {
    /// `null` where null means nothing, such as the record itself.
    Null,
    /// `true` or `false`.
    Boolean,
    /// A number.
    Number,
    /// A text.
    Text,
    /// A list.
    List,
    /// An object.
    Object,
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Null => "null",
            Self::Boolean => "a boolean",
            Self::Number => "a number",
            Self::Text => "a text",
            Self::List => "a list",
            Self::Object => "an object",
        })
    }
}

/// Why a record was refused. Names the place and the types, never the value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Misfit {
    /// The value has a type that its column cannot hold.
    #[error("`{path}` holds {found} where {expected} belongs")]
    WrongType {
        /// Where, for instance `participants[0].sessions[1].mediaCount`.
        path: String,
        /// What the column holds.
        expected: &'static str,
        /// What the record holds.
        found: Found,
    },
    /// The text or number is no instant between the years -9999 and 9999.
    #[error("`{path}` is not a date and time")]
    NoTime {
        /// Where.
        path: String,
    },
    /// The number has a fraction or needs more than 64 bits.
    #[error("`{path}` is not a whole number of 64 bits")]
    NoInteger {
        /// Where.
        path: String,
    },
    /// The number is too large for a double.
    #[error("`{path}` is not a finite number")]
    NoDouble {
        /// Where.
        path: String,
    },
    /// An unknown value is nested more deeply than [`crate::MAX_DEPTH`].
    #[error("`{path}` is nested more than {limit} levels deep", limit = crate::MAX_DEPTH)]
    TooDeep {
        /// Where.
        path: String,
    },
    /// The record is larger than a batch may be.
    #[error("the record has {bytes} bytes, more than a batch has room for")]
    TooLarge {
        /// The size of the record.
        bytes: usize,
    },
    /// The record is no JSON, or a text in it is no Unicode (half a surrogate pair).
    #[error("the record is not valid JSON at byte {offset}, in `{path}`")]
    NoJson {
        /// Where the parser stopped, as a path.
        path: String,
        /// Where the parser stopped, in bytes from the beginning of the record.
        offset: usize,
    },
}
