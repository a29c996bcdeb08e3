//! How long to wait before the next try.

use std::time::Duration;

/// Waits between tries: each between nothing and a bound that doubles (full jitter).
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    /// The bound of the first wait.
    pub first: Duration,
    /// The bound of every wait.
    pub cap: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            first: Duration::from_millis(500),
            cap: Duration::from_secs(30),
        }
    }
}

impl Backoff {
    /// Returns the wait after `failures` failures in a row.
    pub(crate) fn wait(&self, failures: u32) -> Duration {
        self.bound(failures).mul_f64(fastrand::f64())
    }

    fn bound(&self, failures: u32) -> Duration {
        let doublings = failures.saturating_sub(1).min(20);
        self.first.saturating_mul(1 << doublings).min(self.cap)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bound_doubles_up_to_the_cap() {
        let backoff = Backoff::default();
        let bounds = [1, 2, 3, 7, 8, u32::MAX].map(|failures| backoff.bound(failures).as_millis());
        assert_eq!(bounds, [500, 1000, 2000, 30_000, 30_000, 30_000]);
        assert!((0..99).all(|_| backoff.wait(1) <= backoff.first));
    }
}
