//! The organisation: queues, users and the other things conversations refer to.

use uuid::Uuid;

use super::dice::Dice;
use super::names;

/// The number of agents.
const USERS: u64 = 60;
/// Which part of the world the directory's chance belongs to.
const PLACE: u64 = 1;

/// Something with a name and an id.
#[derive(Clone, Debug)]
pub(crate) struct Named {
    pub(crate) id: Uuid,
    pub(crate) name: String,
}

/// A queue.
#[derive(Clone, Debug)]
pub(crate) struct Queue {
    pub(crate) id: Uuid,
    pub(crate) name: &'static str,
    pub(crate) division: Uuid,
    /// Which media it serves, as letters; see [`names::QUEUES`].
    pub(crate) serves: &'static str,
}

/// An agent.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) id: Uuid,
    pub(crate) name: String,
    pub(crate) team: Uuid,
    pub(crate) division: Uuid,
}

/// Everything conversations refer to; the same for the same seed.
#[derive(Clone, Debug)]
pub(crate) struct Directory {
    pub(crate) queues: Vec<Queue>,
    pub(crate) users: Vec<User>,
    pub(crate) divisions: Vec<Named>,
    pub(crate) wrap_ups: Vec<Named>,
    pub(crate) skills: Vec<Named>,
    pub(crate) flows: Vec<Named>,
    /// Ids of campaigns, contact lists, scripts, forms, edges: things known by id alone.
    pub(crate) others: Vec<Uuid>,
}

impl Directory {
    pub(crate) fn new(seed: u64) -> Self {
        let mut dice = Dice::at(seed, [PLACE, 0, 0]);
        let divisions = named(&mut dice, &names::DIVISIONS);
        let queues = names::QUEUES.iter().map(|(name, serves)| Queue {
            id: dice.id(),
            name,
            division: dice.pick(&divisions).id,
            serves,
        });
        Self {
            queues: queues.collect(),
            users: users(seed, &divisions),
            wrap_ups: named(&mut dice, &names::WRAP_UPS),
            skills: named(&mut dice, &names::SKILLS),
            flows: named(&mut dice, &names::FLOWS),
            others: (0..24).map(|_| dice.id()).collect(),
            divisions,
        }
    }
}

fn named(dice: &mut Dice, names: &[&str]) -> Vec<Named> {
    names
        .iter()
        .map(|name| Named {
            id: dice.id(),
            name: (*name).to_owned(),
        })
        .collect()
}

fn users(seed: u64, divisions: &[Named]) -> Vec<User> {
    let mut dice = Dice::at(seed, [PLACE, 1, 0]);
    let teams: Vec<Uuid> = (0..5).map(|_| dice.id()).collect();
    let user = |index| {
        let mut dice = Dice::at(seed, [PLACE, 2, index]);
        User {
            id: dice.id(),
            name: person(&mut dice),
            team: *dice.pick(&teams),
            division: dice.pick(divisions).id,
        }
    };
    (0..USERS).map(user).collect()
}

/// Returns an invented full name.
pub(crate) fn person(dice: &mut Dice) -> String {
    format!("{} {}", dice.pick(&names::GIVEN), dice.pick(&names::FAMILY))
}
