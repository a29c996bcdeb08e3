//! What an error asks for.
//!
//! Every library has its own error type; all of them answer [`Classify::class`], so that retry and
//! exit code are decided in one place each, without looking into the variants.

use std::error::Error;
use std::fmt::Write as _;
use std::time::Duration;

/// What an error asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Class {
    /// Trying again later may succeed: the other side was unreachable, busy or failing.
    Transient {
        /// The least time to wait, when the other side named one.
        after: Option<Duration>,
    },
    /// A person has to change something first: credentials, a permission, configuration.
    Operator {
        /// What to do, as a sentence for the person.
        remedy: String,
    },
    /// The data that was received cannot be used as it is.
    Data,
    /// Another run holds what this one needs.
    Held,
    /// The run was asked to stop.
    Interrupted,
    /// The program is wrong.
    Bug,
}

impl Class {
    /// A transient error for which the other side named no waiting time.
    pub const TRANSIENT: Self = Self::Transient { after: None };

    /// An error that needs a person, with the sentence that says what to do.
    pub fn operator(remedy: impl Into<String>) -> Self {
        Self::Operator {
            remedy: remedy.into(),
        }
    }

    /// Returns the exit code of a program that ends with an error of this class.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Bug => 1,
            Self::Operator { .. } => 3,
            Self::Transient { .. } | Self::Data => 4,
            Self::Held => 6,
            Self::Interrupted => 130,
        }
    }
}

/// An error that knows what it asks for.
pub trait Classify: Error {
    /// Returns what this error asks for.
    fn class(&self) -> Class;
}

/// Writes an error with its chain of causes on one line, each cause after a colon.
///
/// A cause whose text the line already ends with is not repeated.
///
/// ```
/// let error = std::io::Error::other("disk is full");
/// assert_eq!(gc_core::describe(&error), "disk is full");
/// ```
pub fn describe(error: &dyn Error) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if !line.ends_with(&text) {
            // Writing to a `String` cannot fail.
            let _infallible = write!(line, ": {text}");
        }
        cause = error.source();
    }
    line
}
