//! The organisation: queues, users and the other things conversations refer to.

use std::ops::Range;

use uuid::Uuid;

use super::dice::Dice;
use super::names;

/// The number of agents.
const USERS: u64 = 60;
/// The number of users who have left.
const FORMER_USERS: u64 = 3;
/// Which part of the world the directory's chance belongs to.
const PLACE: u64 = 1;
/// Which of the ids that are known by themselves are those of groups, and of languages.
const GROUP_IDS: Range<usize> = 9..15;
const LANGUAGE_IDS: Range<usize> = 16..24;
/// Those of the campaigns that dial.
const CAMPAIGN_IDS: Range<usize> = 4..6;

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
    pub(crate) teams: Vec<Named>,
    pub(crate) groups: Vec<Named>,
    pub(crate) languages: Vec<Named>,
    pub(crate) campaigns: Vec<Named>,
    /// Users who have left: in no conversation, and on no list but that of their state.
    pub(crate) former: Vec<User>,
    /// A flow that was deleted, likewise.
    pub(crate) retired_flow: Named,
    /// Ids of contact lists, scripts, forms, edges: things known by id alone. Those of groups, languages and
    /// campaigns are among them.
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
        let queues = queues.collect();
        let teams = named(&mut Dice::at(seed, [PLACE, 1, 0]), &names::TEAMS);
        let wrap_ups = named(&mut dice, &names::WRAP_UPS);
        let skills = named(&mut dice, &names::SKILLS);
        let flows = named(&mut dice, &names::FLOWS);
        let others: Vec<Uuid> = (0..24).map(|_| dice.id()).collect();
        Self {
            queues,
            users: users(seed, 0..USERS, &teams, &divisions),
            wrap_ups,
            skills,
            flows,
            groups: known(&others[GROUP_IDS], &names::GROUPS),
            languages: known(&others[LANGUAGE_IDS], &names::LANGUAGES),
            campaigns: known(&others[CAMPAIGN_IDS], &names::CAMPAIGNS),
            former: users(seed, USERS..USERS + FORMER_USERS, &teams, &divisions),
            retired_flow: Named {
                id: dice.id(),
                name: "Old Main Menu".to_owned(),
            },
            others,
            teams,
            divisions,
        }
    }
}

/// Gives ids that are there already their names.
fn known(ids: &[Uuid], names: &[&str]) -> Vec<Named> {
    let named = ids.iter().zip(names);
    named
        .map(|(id, name)| Named {
            id: *id,
            name: (*name).to_owned(),
        })
        .collect()
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

fn users(seed: u64, places: Range<u64>, teams: &[Named], divisions: &[Named]) -> Vec<User> {
    let user = |index| {
        let mut dice = Dice::at(seed, [PLACE, 2, index]);
        User {
            id: dice.id(),
            name: person(&mut dice),
            team: dice.pick(teams).id,
            division: dice.pick(divisions).id,
        }
    };
    places.map(user).collect()
}

/// Returns an invented full name.
pub(crate) fn person(dice: &mut Dice) -> String {
    format!("{} {}", dice.pick(&names::GIVEN), dice.pick(&names::FAMILY))
}
