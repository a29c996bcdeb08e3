//! Conversation ids from which the day can be read back, by who knows the seed.

use uuid::{Builder, Uuid};

use super::dice::Dice;

/// Which part of the world the mask comes from.
const PLACE: u64 = 4;

/// Returns the id of conversation `index` of a day; `random` supplies what carries no meaning.
pub(crate) fn of(seed: u64, day_number: i64, index: u32, random: Uuid) -> Uuid {
    let mut bytes = random.into_bytes();
    let plain =
        (u64::try_from(day_number).unwrap_or(0) << 32 | u64::from(index)) & 0xff_ffff_ffff_ffff;
    let masked = plain ^ mask(seed, &bytes[..8]);
    bytes[9..].copy_from_slice(&masked.to_be_bytes()[1..]);
    Builder::from_random_bytes(bytes).into_uuid()
}

/// Returns the day an id was made for, if it was made by [`of`] with this seed.
pub(crate) fn day_number(seed: u64, id: Uuid) -> i64 {
    let bytes = id.into_bytes();
    let mut low = [0; 8];
    low[1..].copy_from_slice(&bytes[9..]);
    let plain = u64::from_be_bytes(low) ^ mask(seed, &bytes[..8]);
    i64::try_from(plain >> 32).unwrap_or(0)
}

/// Returns 56 bits that hide the day, by the random part of the id.
fn mask(seed: u64, random: &[u8]) -> u64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(random);
    // The version takes four bits of byte 6 after the mask was drawn.
    bytes[6] &= 0x0f;
    let mut dice = Dice::at(seed, [PLACE, u64::from_be_bytes(bytes), 0]);
    let hidden = dice.id().into_bytes();
    let mut mask = [0; 8];
    mask[1..].copy_from_slice(&hidden[9..]);
    u64::from_be_bytes(mask)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_tell_their_day_to_who_knows_the_seed() {
        for index in [0, 1, 77, 4_000_000_000] {
            let id = of(
                9,
                20_778,
                index,
                Uuid::from_u128((u128::from(index) * 7_919) << 60),
            );
            assert_eq!(day_number(9, id), 20_778);
            assert_eq!(id.get_version_num(), 4);
        }
    }
}
