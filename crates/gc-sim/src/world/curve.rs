//! When in a day conversations start.

use super::dice::Dice;

/// How busy each hour (UTC) of a call centre's day is.
const HOURS: [i64; 24] = [
    2, 2, 1, 1, 2, 6, 18, 42, 78, 96, 100, 92, 74, 80, 90, 88, 76, 56, 34, 22, 14, 9, 6, 4,
];

/// Draws when a conversation starts, in milliseconds after midnight.
pub(crate) fn start(dice: &mut Dice) -> i64 {
    let hour = i64::try_from(dice.weighted(&HOURS)).unwrap_or(0);
    hour * 3_600_000 + dice.below(3_600_000)
}
