//! How large the world is.

use gc_core::{Clock, Day, SystemClock};

/// How large the made-up world is. The same configuration and the same time make the same bytes.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct WorldConfig {
    /// What all chance comes from. Default: 1.
    pub seed: u64,
    /// The first UTC day on which conversations start.
    pub first_day: Day,
    /// The last such day, included. Default: today, which then is filled as far as it is old.
    pub last_day: Day,
    /// Conversations of one day that is over, after its late changes. Default: 2,000.
    pub conversations_per_day: u32,
    /// Roughly how much JSON one conversation is, in bytes; less than 4,800, what they have
    /// without padding, makes no difference. Default: 4,800.
    pub bytes_per_conversation: u32,
    /// Whether one conversation of a day vanishes with its late changes. Default: no.
    pub vanishing: bool,
}

impl WorldConfig {
    /// Returns the default world for the days from `first_day` to `last_day`, both included.
    pub fn new(first_day: Day, last_day: Day) -> Self {
        Self {
            seed: 1,
            first_day,
            last_day,
            conversations_per_day: 2_000,
            bytes_per_conversation: 4_800,
            vanishing: false,
        }
    }
}

impl Default for WorldConfig {
    /// Returns the default world of the last seven days, today included.
    fn default() -> Self {
        let today = SystemClock.today();
        Self::new(today.back(6), today)
    }
}
