//! Faults on request: what goes wrong, where, and how often.
//!
//! A list of rules; the first that matches a request wins. In a file:
//!
//! ```json
//! [ {"on": "POST /oauth/token", "times": 1, "fault": {"serverError": {"status": 503}}},
//!   {"on": "GET /api/v2/analytics/conversations/details/jobs/{jobId}/results",
//!    "skip": 1, "times": 1, "fault": "tokenRevoked"},
//!   {"on": "* /api/v2/**", "fault": {"delay": {"ms": 200}}} ]
//! ```

mod kind;
mod pattern;

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use serde::Deserialize;

use crate::Error;

pub use kind::{Fault, When};
use pattern::Pattern;

/// One fault: on which requests, after how many, how often.
#[derive(Clone, Debug)]
pub struct Rule {
    on: Pattern,
    skip: u64,
    times: Option<u64>,
    fault: Fault,
}

/// A rule that still has to be told its fault; see [`Rule::on`].
#[derive(Clone, Debug)]
pub struct RuleBuilder {
    on: Pattern,
    skip: u64,
    times: Option<u64>,
}

impl Rule {
    /// Begins a rule for the requests that match `pattern`: a method and a path, such as
    /// `GET /api/v2/analytics/conversations/details/jobs/{jobId}/results`.
    ///
    /// `*` or `{name}` stands for one segment of the path, `**` for all that is left of it; the
    /// method may be `*`. Without more, the rule holds for every matching request.
    ///
    /// # Panics
    ///
    /// When `pattern` is not a method and a path.
    pub fn on(pattern: &str) -> RuleBuilder {
        let on = Pattern::parse(pattern).expect("a fault's pattern is a method and a path");
        RuleBuilder {
            on,
            skip: 0,
            times: None,
        }
    }
}

impl RuleBuilder {
    /// Lets the first `count` matching requests pass.
    #[must_use]
    pub fn skip(self, count: u64) -> Self {
        Self {
            skip: count,
            ..self
        }
    }

    /// Ends the rule after `count` faults. Default: never.
    #[must_use]
    pub fn times(self, count: u64) -> Self {
        Self {
            times: Some(count),
            ..self
        }
    }

    /// Says what goes wrong.
    pub fn fault(self, fault: Fault) -> Rule {
        Rule {
            on: self.on,
            skip: self.skip,
            times: self.times,
            fault,
        }
    }
}

/// The rules of a run, in order.
#[derive(Clone, Debug, Default)]
pub struct Faults(Vec<Rule>);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenRule {
    on: String,
    #[serde(default)]
    skip: u64,
    times: Option<u64>,
    fault: Fault,
}

impl Faults {
    /// Reads a list of rules from JSON.
    ///
    /// # Errors
    ///
    /// When the text is not a list of rules, or a rule's pattern is not a method and a path.
    pub fn parse(json: &str) -> Result<Self, Error> {
        let written: Vec<WrittenRule> = serde_json::from_str(json).map_err(Error::Faults)?;
        let rules = written.into_iter().map(|rule| {
            let on = Pattern::parse(&rule.on).ok_or(Error::Pattern { on: rule.on })?;
            Ok(Rule {
                on,
                skip: rule.skip,
                times: rule.times,
                fault: rule.fault.loaded()?,
            })
        });
        rules.collect::<Result<_, _>>().map(Self)
    }

    /// Reads a list of rules from a file.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, and as [`Faults::parse`].
    pub fn load(path: &Path) -> Result<Self, Error> {
        let text = std::fs::read_to_string(path).map_err(|source| Error::ReadFile {
            path: path.to_owned(),
            source,
        })?;
        Self::parse(&text)
    }
}

impl FromIterator<Rule> for Faults {
    fn from_iter<I: IntoIterator<Item = Rule>>(rules: I) -> Self {
        Self(rules.into_iter().collect())
    }
}

/// The rules of a running simulator, with how often each has matched.
#[derive(Debug, Default)]
pub(crate) struct Script(Mutex<Vec<(Rule, u64)>>);

impl Script {
    pub(crate) fn new(faults: Faults) -> Self {
        Self(Mutex::new(
            faults.0.into_iter().map(|rule| (rule, 0)).collect(),
        ))
    }

    pub(crate) fn add(&self, rule: Rule) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push((rule, 0));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_empty()
    }

    pub(crate) fn clear(&self) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    /// Returns the fault of the first rule that strikes, and how often it struck before.
    pub(crate) fn strike(&self, method: &str, path: &str) -> Option<(Fault, u64)> {
        let mut rules = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (rule, seen) in rules
            .iter_mut()
            .filter(|(rule, _)| rule.on.matches(method, path))
        {
            let place = *seen;
            *seen += 1;
            let struck = place.checked_sub(rule.skip);
            if let Some(struck) = struck
                && rule.times.is_none_or(|times| struck < times)
            {
                return Some((rule.fault.clone(), struck));
            }
        }
        None
    }
}
