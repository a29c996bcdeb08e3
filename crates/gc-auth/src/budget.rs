//! The rate budget: requests wait for the platform's limit instead of running into it.
//!
//! The platform tells with each answer how many requests it has counted, how many it allows and
//! when it counts anew. It does not tell what it counts: 300 a minute for one token, fewer for
//! some operations. So there are two windows for each request:
//!
//! - one for its operation, from the latest answers to that operation;
//! - one for the token, from the answers that name the greatest limit seen. An answer that names a
//!   smaller one speaks of its operation; for the token it is one more request.
//!
//! A request goes when both windows have room, requests without an answer counted as used. The
//! first request of all goes alone, since nothing is known before its answer.
//!
//! Not guaranteed: other programs may use the same OAuth client. What they use is seen with the
//! next answer, so a status 429 is still possible.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use crate::headers::RateLimit;
use crate::retry::LONGEST_WAIT;
use crate::window::{Hold, ROUNDING, Window};
use crate::{Error, Observer};

/// What is known of the rate limits, shared by all requests of a token.
#[derive(Debug, Default)]
pub(crate) struct Budget {
    state: Mutex<State>,
    /// Told whenever a request gets its answer or is given up.
    answered: Notify,
}

#[derive(Debug, Default)]
struct State {
    token: Window,
    operations: HashMap<&'static str, Window>,
    /// Whether a request has come to its end, so that what can be known is known.
    is_learnt: bool,
}

impl Budget {
    /// Waits until there is room for a request.
    ///
    /// # Errors
    ///
    /// [`Error::RateLimited`] when there will be none for longer than [`LONGEST_WAIT`].
    pub(crate) async fn admit(
        &self,
        operation: &'static str,
        observer: &dyn Observer,
    ) -> Result<Permit<'_>, Error> {
        loop {
            // Armed before the look, so that no answer is missed in between.
            let mut answered = std::pin::pin!(self.answered.notified());
            answered.as_mut().enable();
            match self.enter(operation) {
                None => {
                    return Ok(Permit {
                        budget: self,
                        operation,
                        stage: Stage::Held,
                    });
                }
                Some(Hold::Answers) => answered.await,
                Some(Hold::Until(end)) => wait(operation, end, observer).await?,
            }
        }
    }

    /// Takes room for a request, or returns what it has to wait for.
    fn enter(&self, operation: &'static str) -> Option<Hold> {
        let now = Instant::now();
        let mut guard = self.lock();
        let state = &mut *guard;
        if !state.is_learnt && state.token.is_busy() {
            return Some(Hold::Answers);
        }
        let window = state.operations.entry(operation).or_default();
        let hold = state.token.hold(now).max(window.hold(now));
        if hold.is_none() {
            state.token.start();
            window.start();
        }
        hold
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Counters are right after every statement, whatever panicked elsewhere.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn wait(operation: &'static str, end: Instant, observer: &dyn Observer) -> Result<(), Error> {
    let rest = end.saturating_duration_since(Instant::now());
    if rest > LONGEST_WAIT + ROUNDING {
        return Err(Error::RateLimited {
            operation,
            after: Some(rest),
        });
    }
    tracing::debug!(operation, ?rest, "waiting for the rate limit");
    observer.waiting(&format!("{operation}: rate limit"), rest);
    sleep_until(end).await;
    Ok(())
}

/// Room for one request. Dropped without an answer, it counts as used if the request was sent.
#[derive(Debug)]
pub(crate) struct Permit<'a> {
    budget: &'a Budget,
    operation: &'static str,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Nothing was sent.
    Held,
    /// The request was sent, and no count of the platform holds it yet.
    Sent,
    /// The platform's count holds the request.
    Counted,
}

impl Permit<'_> {
    /// Takes note that the request is about to go out.
    pub(crate) fn send(&mut self) {
        self.stage = Stage::Sent;
    }

    /// Takes note of the answer: what it says about the limit, and how long a status 429 closes
    /// the operation.
    pub(crate) fn settle(mut self, limit: Option<RateLimit>, closed: Option<Duration>) {
        let now = Instant::now();
        self.stage = if limit.is_some() {
            Stage::Counted
        } else {
            Stage::Sent
        };
        let mut guard = self.budget.lock();
        let state = &mut *guard;
        let window = state.operations.entry(self.operation).or_default();
        if let Some(closed) = closed {
            window.close(now + closed);
        }
        let Some(limit) = limit else { return };
        window.learn(limit, now);
        if state
            .token
            .allowed()
            .is_none_or(|allowed| limit.allowed >= allowed)
        {
            state.token.learn(limit, now);
        } else {
            state.token.count_one();
        }
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let mut guard = self.budget.lock();
        let state = &mut *guard;
        state.is_learnt |= self.stage != Stage::Held;
        let window = state.operations.entry(self.operation).or_default();
        for window in [&mut state.token, window] {
            window.end();
            if self.stage == Stage::Sent {
                window.count_one();
            }
        }
        drop(guard);
        self.budget.answered.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observer::Unobserved;

    fn limit(count: u64, allowed: u64, reset: u64) -> Option<RateLimit> {
        Some(RateLimit {
            count,
            allowed,
            reset: Duration::from_secs(reset),
        })
    }

    /// Sends one request and settles it; returns how long it waited.
    async fn send(budget: &Budget, operation: &'static str, limit: Option<RateLimit>) -> Duration {
        let start = Instant::now();
        let mut permit = budget.admit(operation, &Unobserved).await.unwrap();
        permit.send();
        permit.settle(limit, None);
        start.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn used_up_window_is_waited_for() {
        let budget = Budget::default();
        assert_eq!(send(&budget, "a", limit(2, 3, 60)).await, Duration::ZERO);
        assert_eq!(send(&budget, "a", limit(3, 3, 60)).await, Duration::ZERO);
        assert!(send(&budget, "a", limit(1, 3, 60)).await >= Duration::from_secs(60));
        assert_eq!(send(&budget, "a", limit(2, 3, 60)).await, Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn smaller_limit_of_one_operation_holds_no_other() {
        let budget = Budget::default();
        send(&budget, "wide", limit(10, 300, 60)).await;
        send(&budget, "narrow", limit(180, 180, 60)).await;
        assert_eq!(
            send(&budget, "wide", limit(12, 300, 60)).await,
            Duration::ZERO
        );
        assert!(send(&budget, "narrow", None).await >= Duration::from_secs(60));
    }

    #[tokio::test(start_paused = true)]
    async fn requests_without_an_answer_count_as_used() {
        let budget = Budget::default();
        send(&budget, "a", limit(1, 3, 60)).await;
        let first = budget.admit("a", &Unobserved).await.unwrap();
        let mut second = budget.admit("a", &Unobserved).await.unwrap();
        assert_eq!(budget.enter("a"), Some(Hold::Answers));
        drop(first);
        assert_eq!(budget.enter("a"), None);
        second.send();
        drop(second);
        assert_eq!(budget.enter("a"), Some(Hold::Answers));
    }

    #[tokio::test(start_paused = true)]
    async fn first_request_goes_alone_until_its_answer() {
        let budget = Budget::default();
        let first = budget.admit("a", &Unobserved).await.unwrap();
        assert_eq!(budget.enter("b"), Some(Hold::Answers));
        first.settle(None, None);
        for _ in 0..1000 {
            assert_eq!(budget.enter("b"), None, "no limit is known");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn long_reset_is_an_error_that_names_it() {
        let budget = Budget::default();
        send(&budget, "a", limit(3, 3, 3600)).await;
        let error = budget.admit("a", &Unobserved).await.unwrap_err();
        let Error::RateLimited {
            after: Some(after), ..
        } = error
        else {
            panic!("{error}")
        };
        assert!(after >= Duration::from_secs(3600));
    }

    #[tokio::test(start_paused = true)]
    async fn status_429_closes_its_operation_alone() {
        let budget = Budget::default();
        let permit = budget.admit("a", &Unobserved).await.unwrap();
        permit.settle(None, Some(Duration::from_secs(7)));
        assert_eq!(send(&budget, "b", None).await, Duration::ZERO);
        assert_eq!(send(&budget, "a", None).await, Duration::from_secs(7));
    }
}
