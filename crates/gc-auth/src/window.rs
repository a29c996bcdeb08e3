//! One window of a rate limit: what is used of it, and when it ends.

use std::time::Duration;

use tokio::time::Instant;

use crate::headers::RateLimit;

/// What may be missing from a reset given in whole seconds, since nobody says how it is rounded.
pub(crate) const ROUNDING: Duration = Duration::from_secs(1);

/// What a request has to wait for; the greater is the longer wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Hold {
    /// The answer to a request under way, which will tell more.
    Answers,
    /// A moment.
    Until(Instant),
}

/// One window of a rate limit.
#[derive(Debug, Default)]
pub(crate) struct Window {
    known: Option<Known>,
    in_flight: u64,
    closed_until: Option<Instant>,
}

#[derive(Debug)]
struct Known {
    allowed: u64,
    count: u64,
    /// None once the window has ended and no answer has told of the next.
    end: Option<Instant>,
}

impl Window {
    /// Returns what the next request has to wait for.
    pub(crate) fn hold(&mut self, now: Instant) -> Option<Hold> {
        self.closed_until = self.closed_until.filter(|end| *end > now);
        if let Some(end) = self.closed_until {
            return Some(Hold::Until(end));
        }
        let known = self.known.as_mut()?;
        if known.end.is_some_and(|end| end <= now) {
            (known.count, known.end) = (0, None);
        }
        match known.end {
            Some(end) if known.count >= known.allowed => Some(Hold::Until(end)),
            // One at least goes when nothing is under way, to learn of the window.
            _ if self.in_flight > 0 && known.count + self.in_flight >= known.allowed => {
                Some(Hold::Answers)
            }
            _ => None,
        }
    }

    /// Takes note of an answer's headers.
    pub(crate) fn learn(&mut self, limit: RateLimit, now: Instant) {
        let end = now + limit.reset + ROUNDING;
        let known = self.known.get_or_insert(Known {
            allowed: limit.allowed,
            count: 0,
            end: None,
        });
        known.allowed = limit.allowed;
        match known.end {
            // The same window, seen by answers that may overtake each other.
            Some(before) if end <= before + ROUNDING => {
                known.count = known.count.max(limit.count);
                known.end = Some(end.max(before));
            }
            _ => (known.count, known.end) = (limit.count, Some(end)),
        }
    }

    /// Lets no request through before `end`.
    pub(crate) fn close(&mut self, end: Instant) {
        self.closed_until = self.closed_until.max(Some(end));
    }

    /// Counts a request of which no answer told.
    pub(crate) fn count_one(&mut self) {
        if let Some(known) = &mut self.known {
            known.count += 1;
        }
    }

    /// Takes note that a request begins.
    pub(crate) fn start(&mut self) {
        self.in_flight += 1;
    }

    /// Takes note that a request ended.
    pub(crate) fn end(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    /// Returns whether a request is under way.
    pub(crate) fn is_busy(&self) -> bool {
        self.in_flight > 0
    }

    /// Returns the limit, once an answer has named it.
    pub(crate) fn allowed(&self) -> Option<u64> {
        self.known.as_ref().map(|known| known.allowed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(count: u64, reset: u64) -> RateLimit {
        RateLimit {
            count,
            allowed: 10,
            reset: Duration::from_secs(reset),
        }
    }

    #[test]
    fn answer_that_was_overtaken_takes_nothing_back() {
        let (mut window, now) = (Window::default(), Instant::now());
        window.learn(limit(10, 30), now);
        window.learn(limit(7, 30), now + Duration::from_millis(900));
        assert!(matches!(window.hold(now), Some(Hold::Until(_))));
    }

    #[test]
    fn window_that_began_anew_before_its_time_is_noticed() {
        let (mut window, now) = (Window::default(), Instant::now());
        window.learn(limit(10, 30), now);
        window.learn(limit(1, 60), now + Duration::from_secs(1));
        assert_eq!(window.hold(now + Duration::from_secs(1)), None);
    }

    #[test]
    fn ended_window_lets_no_more_through_than_the_next_allows() {
        let (mut window, now) = (Window::default(), Instant::now());
        window.learn(limit(10, 3), now);
        let later = now + Duration::from_secs(4);
        for _ in 0..10 {
            assert_eq!(window.hold(later), None);
            window.start();
        }
        assert_eq!(window.hold(later), Some(Hold::Answers));
    }
}
