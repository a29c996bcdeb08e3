//! The clock of the live world.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

/// A clock that goes at its own speed, or stands still until it is moved.
#[derive(Debug)]
pub(crate) struct WorldClock {
    speed: f64,
    hand: Mutex<Hand>,
}

/// Where the hand stood, in milliseconds since 1970, and since when it goes, if it does.
#[derive(Clone, Copy, Debug)]
struct Hand {
    at: i64,
    since: Option<Instant>,
}

impl WorldClock {
    pub(crate) fn new(start: Timestamp, speed: f64, goes: bool) -> Self {
        let hand = Hand {
            at: start.as_millisecond(),
            since: goes.then(Instant::now),
        };
        Self {
            speed,
            hand: Mutex::new(hand),
        }
    }

    /// Returns the time of the world, in milliseconds since 1970.
    pub(crate) fn now(&self) -> i64 {
        self.read(*self.lock())
    }

    pub(crate) fn timestamp(&self) -> Timestamp {
        Timestamp::from_millisecond(self.now()).unwrap_or(Timestamp::MAX)
    }

    /// Moves the clock forward to `at`; it never goes back.
    pub(crate) fn advance_to(&self, at: i64) {
        let mut hand = self.lock();
        // Touched only where it has to be: each touch costs what is left of a millisecond.
        if self.read(*hand) < at {
            hand.at = at;
            hand.since = hand.since.map(|_| Instant::now());
        }
    }

    pub(crate) fn stop(&self) {
        let mut hand = self.lock();
        hand.at = self.read(*hand);
        hand.since = None;
    }

    pub(crate) fn go(&self) {
        let mut hand = self.lock();
        hand.at = self.read(*hand);
        hand.since = Some(Instant::now());
    }

    /// Returns how long it takes, in real time, until it is `at`; `None` when it stands still.
    pub(crate) fn until(&self, at: i64) -> Option<Duration> {
        let hand = *self.lock();
        hand.since?;
        let millis = u64::try_from(at - self.read(hand)).unwrap_or(0);
        let real = Duration::from_millis(millis).as_secs_f64() / self.speed;
        Some(Duration::try_from_secs_f64(real).unwrap_or(Duration::MAX))
    }

    fn read(&self, hand: Hand) -> i64 {
        let gone = hand
            .since
            .map_or(0.0, |since| since.elapsed().as_secs_f64());
        let gone = Duration::try_from_secs_f64(gone * self.speed).unwrap_or_default();
        hand.at + i64::try_from(gone.as_millis()).unwrap_or(0)
    }

    fn lock(&self) -> MutexGuard<'_, Hand> {
        self.hand.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
