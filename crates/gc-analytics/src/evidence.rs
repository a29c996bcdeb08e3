//! The verdict on a day, and the numbers it rests on.

use gc_core::Verdict;
use serde::{Deserialize, Serialize};

/// What is known of a day after it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Rows in the file.
    pub rows: u64,
    /// Rows that the platform counts, where it does.
    pub expected: Option<u64>,
    /// Records set aside.
    pub quarantined: u64,
    /// Conversations that came twice with different content.
    pub conflicting: u64,
    /// Whether the watermark has passed the day.
    pub past_watermark: bool,
}

impl Evidence {
    /// Returns how many rows are missing.
    pub fn missing(&self) -> u64 {
        self.expected.unwrap_or(self.rows).saturating_sub(self.rows)
    }

    /// Judges the day.
    ///
    /// - `short`: rows are missing, or records are set aside.
    /// - `provisional`: the watermark has not passed the day, or it counts fewer rows or none
    ///   at all, or a conversation changed while it was read.
    /// - `settled`: none of these.
    pub fn verdict(&self) -> Verdict {
        if self.missing() > 0 || self.quarantined > 0 {
            Verdict::Short
        } else if !self.past_watermark || self.expected != Some(self.rows) || self.conflicting > 0 {
            Verdict::Provisional
        } else {
            Verdict::Settled
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: Evidence = Evidence {
        rows: 669,
        expected: Some(669),
        quarantined: 0,
        conflicting: 0,
        past_watermark: true,
    };

    #[test]
    fn only_a_whole_day_past_the_watermark_is_settled() {
        assert_eq!(WHOLE.verdict(), Verdict::Settled);
        for evidence in [
            Evidence {
                past_watermark: false,
                ..WHOLE
            },
            Evidence {
                expected: Some(668),
                ..WHOLE
            },
            Evidence {
                conflicting: 1,
                ..WHOLE
            },
        ] {
            assert_eq!(evidence.verdict(), Verdict::Provisional, "{evidence:?}");
        }
    }

    #[test]
    fn a_hole_is_short_on_either_side_of_the_watermark() {
        for past_watermark in [true, false] {
            let short = Evidence {
                rows: 589,
                past_watermark,
                ..WHOLE
            };
            assert_eq!((short.verdict(), short.missing()), (Verdict::Short, 80));
            let aside = Evidence {
                quarantined: 1,
                past_watermark,
                ..WHOLE
            };
            assert_eq!(aside.verdict(), Verdict::Short);
        }
    }
}
