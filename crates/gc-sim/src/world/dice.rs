//! Seeded chance.

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use uuid::{Builder, Uuid};

/// A stream of chance that depends on nothing but its seed and its place in the world.
#[derive(Debug)]
pub(crate) struct Dice(ChaCha8Rng);

impl Dice {
    /// Returns the stream of one place: `(what, day, index)`, for instance.
    pub(crate) fn at(seed: u64, place: [u64; 3]) -> Self {
        let mut key = [0_u8; 32];
        for (part, number) in key
            .chunks_exact_mut(8)
            .zip([seed, place[0], place[1], place[2]])
        {
            part.copy_from_slice(&number.to_le_bytes());
        }
        Self(ChaCha8Rng::from_seed(key))
    }

    /// Returns a number below `bound`, which must not be 0.
    pub(crate) fn below(&mut self, bound: i64) -> i64 {
        let wide = i128::from(self.0.next_u64()) * i128::from(bound.max(1));
        i64::try_from(wide >> 64).unwrap_or(0)
    }

    /// Returns a number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below(high - low + 1)
    }

    /// Returns `true` in `count` of a thousand cases.
    pub(crate) fn per_mille(&mut self, count: i64) -> bool {
        self.below(1000) < count
    }

    /// Returns a duration around `typical` with a long tail: half are shorter, one in a hundred
    /// is ten times as long.
    pub(crate) fn around(&mut self, typical: i64) -> i64 {
        let spread = self.between(150, 1000) * self.between(400, 1700) / 1000;
        let stretch = if self.per_mille(10) { 10 } else { 1 };
        typical * spread / 580 * stretch + self.below(997)
    }

    /// Returns one of `items`, which must not be empty.
    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        let bound = i64::try_from(items.len()).unwrap_or(i64::MAX);
        &items[usize::try_from(self.below(bound)).unwrap_or(0)]
    }

    /// Returns an index into `weights`, each as likely as it weighs.
    pub(crate) fn weighted(&mut self, weights: &[i64]) -> usize {
        let mut left = self.below(weights.iter().sum());
        let chosen = weights.iter().position(|weight| {
            left -= weight;
            left < 0
        });
        chosen.unwrap_or(0)
    }

    /// Returns an id of version 4.
    pub(crate) fn id(&mut self) -> Uuid {
        let mut bytes = [0_u8; 16];
        self.0.fill_bytes(&mut bytes);
        Builder::from_random_bytes(bytes).into_uuid()
    }

    /// Returns `count` digits.
    pub(crate) fn digits(&mut self, count: usize) -> String {
        (0..count)
            .map(|_| char::from(b'0' + u8::try_from(self.below(10)).unwrap_or(0)))
            .collect()
    }
}
