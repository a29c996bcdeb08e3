//! Who is told what the client does.

use std::time::Duration;

/// Whoever watches the requests of one run.
///
/// Called from many tasks at once, and on the way of every request: an implementation counts or
/// sends on, it does not block.
pub trait Observer: Send + Sync {
    /// One request was put on the wire, whatever became of it. Requests for a token and repeated
    /// requests count like any other; what never reached a server does not.
    fn sent(&self, operation: &'static str);

    /// A request has to wait, for the `reason` given as a fragment.
    fn waiting(&self, reason: &str, duration: Duration);

    /// Something went wrong and was mended; `what` is a fragment.
    fn recovered(&self, what: &str);
}

/// Nobody watches.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Unobserved;

impl Observer for Unobserved {
    fn sent(&self, _operation: &'static str) {}

    fn waiting(&self, _reason: &str, _duration: Duration) {}

    fn recovered(&self, _what: &str) {}
}
