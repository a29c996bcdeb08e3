//! How long events take from the socket to the disk.

use jiff::SignedDuration;
use serde::Serialize;

/// Longer times are counted as this.
const LONGEST_MS: usize = 10_000;

/// Times in milliseconds, counted one by one.
#[derive(Clone, Debug)]
pub(crate) struct Latencies(Vec<u64>);

/// What was usual and what was worst, in whole milliseconds, rounded up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LatencySummary {
    /// Half of the events took no longer.
    pub p50: u64,
    /// All but one of a hundred took no longer.
    pub p99: u64,
    /// None took longer, unless it is 10,000: longer times are not told apart.
    pub max: u64,
}

impl Default for Latencies {
    fn default() -> Self {
        Self(vec![0; LONGEST_MS + 1])
    }
}

impl Latencies {
    pub(crate) fn add(&mut self, time: SignedDuration) {
        // A clock that was set back in between gives a negative time.
        let milliseconds = time.as_micros().max(0).unsigned_abs().div_ceil(1_000);
        let milliseconds = usize::try_from(milliseconds).unwrap_or(LONGEST_MS);
        self.0[milliseconds.min(LONGEST_MS)] += 1;
    }

    pub(crate) fn summary(&self) -> LatencySummary {
        let total: u64 = self.0.iter().sum();
        let below = |share: u64| {
            let wanted = (total * share).div_ceil(100);
            let mut seen = 0;
            let found = self.0.iter().position(|count| {
                seen += count;
                seen >= wanted
            });
            found.unwrap_or(0) as u64
        };
        LatencySummary {
            p50: below(50),
            p99: below(99),
            max: below(100),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_a_hundred_may_be_slow() {
        let mut latencies = Latencies::default();
        for milliseconds in 1..=99 {
            latencies.add(SignedDuration::from_millis(milliseconds));
        }
        latencies.add(SignedDuration::from_secs(60));
        let LatencySummary { p50, p99, max } = latencies.summary();
        assert_eq!((p50, p99, max), (50, 99, 10_000));
        assert_eq!(Latencies::default().summary(), LatencySummary::default());
    }
}
