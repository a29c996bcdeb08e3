//! The one place that decides whether a failed request is sent again, and when.
//!
//! - What is not [`Class::Transient`] is not repeated.
//! - What creates something is repeated only when the platform certainly did nothing.
//! - The wait grows exponentially with full jitter; a wait that the server named is the least.
//! - A wait beyond [`LONGEST_WAIT`] is not sat through: the error says how long it would be.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder, Retryable};
use gc_core::{Class, Classify, describe};
use tokio::time::Instant;

use crate::request::Repeat;
use crate::{Error, Observer};

/// The longest single wait, for a server that asks for one or for a rate limit to reset. What is
/// longer is a daily limit, and nobody should be left to watch a program sleep for hours.
///
/// Source: official SDK templates (platform-client-sdk-common), which refuse to wait longer.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_secs(180);

/// How failed requests are repeated.
#[derive(Clone, Debug)]
pub struct RetryPolicy {
    /// The most repetitions of one request; 6 unless set.
    pub count: usize,
    /// The most time from the first failure of a request to its last repetition; 5 min unless set.
    pub total: Duration,
    /// The upper bound of the first wait, doubled each time; 1 s unless set.
    pub base_delay: Duration,
    /// The upper bound of every wait that the server did not name; 30 s unless set.
    pub max_delay: Duration,
    /// The least wait after a status 429 that names none; 3 s unless set.
    ///
    /// Source: official SDK templates (platform-client-sdk-common), retry code.
    pub rate_limit_delay: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            count: 6,
            total: Duration::from_secs(5 * 60),
            base_delay: Duration::from_secs(1),
            max_delay: Duration::from_secs(30),
            rate_limit_delay: Duration::from_secs(3),
        }
    }
}

impl RetryPolicy {
    /// Returns the waits between tries: between nothing and a bound that doubles.
    fn delays(&self) -> impl Iterator<Item = Duration> + Send + Sync + Unpin + use<> {
        let bounds = ExponentialBuilder::new()
            .with_min_delay(self.base_delay)
            .with_max_delay(self.max_delay)
            .with_max_times(self.count);
        bounds.build().map(|bound| bound.mul_f64(fastrand::f64()))
    }

    /// Returns the least wait that `error` asks for.
    fn least(&self, error: &Error) -> Duration {
        match (error, error.class()) {
            (_, Class::Transient { after: Some(after) }) => after,
            (Error::Token { source }, _) => self.least(source),
            (Error::RateLimited { .. }, _) => self.rate_limit_delay,
            _ => Duration::ZERO,
        }
    }
}

/// Runs `attempt` until it succeeds, fails for good, or the policy is used up.
pub(crate) async fn run<T, F: Future<Output = Result<T, Error>>>(
    policy: &RetryPolicy,
    repeat: Repeat,
    observer: &dyn Observer,
    attempt: impl FnMut() -> F,
) -> Result<T, Error> {
    let mut since: Option<Instant> = None;
    let mut mended: Option<String> = None;
    let result = attempt
        .retry(policy.delays())
        .when(|error| is_worth_another(error, repeat))
        .adjust(|error, delay| {
            let spent = since.get_or_insert_with(Instant::now).elapsed();
            let delay = delay?.max(policy.least(error));
            (spent + delay <= policy.total).then_some(delay)
        })
        .notify(|error, delay| {
            let failure = describe(error);
            tracing::debug!(error = failure, ?delay, "request failed, will be repeated");
            observer.waiting(&failure, delay);
            mended = Some(failure);
        })
        .await;
    if let (Ok(_), Some(failure)) = (&result, mended) {
        observer.recovered(&failure);
    }
    result
}

fn is_worth_another(error: &Error, repeat: Repeat) -> bool {
    let Class::Transient { after } = error.class() else {
        return false;
    };
    let soon = after.is_none_or(|after| after <= LONGEST_WAIT);
    soon && (repeat == Repeat::Always || error.is_before_action())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::observer::Unobserved;

    /// Fails as often as it is tried; returns the number of tries and the time they took.
    async fn fail(
        policy: &RetryPolicy,
        repeat: Repeat,
        error: impl Fn() -> Error,
    ) -> (usize, Duration) {
        let (tries, start) = (AtomicUsize::new(0), Instant::now());
        let result: Result<(), Error> = run(policy, repeat, &Unobserved, || async {
            tries.fetch_add(1, Ordering::Relaxed);
            Err(error())
        })
        .await;
        assert!(result.is_err());
        (tries.into_inner(), start.elapsed())
    }

    fn limited(after: Option<u64>) -> Error {
        Error::RateLimited {
            operation: "x",
            after: after.map(Duration::from_secs),
        }
    }

    fn hung() -> Error {
        Error::Timeout {
            operation: "x",
            limit: Duration::ZERO,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn count_bounds_the_tries_and_jitter_the_waits() {
        let (tries, time) = fail(&RetryPolicy::default(), Repeat::Always, hung).await;
        assert_eq!(tries, 7);
        assert!(
            time < Duration::from_secs(1 + 2 + 4 + 8 + 16 + 30),
            "{time:?}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn wait_named_by_the_server_is_the_least() {
        let policy = RetryPolicy {
            count: 1,
            ..RetryPolicy::default()
        };
        let (tries, time) = fail(&policy, Repeat::Always, || limited(Some(170))).await;
        assert_eq!(tries, 2);
        assert!(time >= Duration::from_secs(170), "{time:?}");
        let (_, time) = fail(&policy, Repeat::Always, || limited(None)).await;
        assert!(time >= Duration::from_secs(3), "{time:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn total_time_bounds_the_tries() {
        let policy = RetryPolicy::default();
        let (tries, time) = fail(&policy, Repeat::Always, || limited(Some(170))).await;
        assert_eq!(tries, 2);
        assert!(time < policy.total, "{time:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn long_wait_is_reported_and_not_sat_through() {
        let policy = RetryPolicy::default();
        let (tries, time) = fail(&policy, Repeat::Always, || limited(Some(181))).await;
        assert_eq!((tries, time), (1, Duration::ZERO));
    }

    #[tokio::test(start_paused = true)]
    async fn creation_is_repeated_only_when_nothing_was_done() {
        let policy = RetryPolicy::default();
        assert_eq!(fail(&policy, Repeat::UnlessActedOn, hung).await.0, 1);
        assert_eq!(
            fail(&policy, Repeat::UnlessActedOn, || limited(None))
                .await
                .0,
            7
        );
    }
}
