//! The course a live conversation takes.

use uuid::Uuid;

use super::super::dice::Dice;
use super::super::directory::{Directory, person};
use super::super::names;
use super::super::story::Media;
use super::course::{Course, Doing, FloorQueue, Leaving, Party, Phase, Role};

/// Media with how often each occurs, in a thousand conversations.
const MEDIA: [(Media, i64); 5] = [
    (Media::Voice, 560),
    (Media::Message, 160),
    (Media::Chat, 110),
    (Media::Email, 100),
    (Media::Callback, 70),
];
/// How long an alert rings before it is taken away, in milliseconds.
pub(super) const ALERT_TIMEOUT: i64 = 12_000;

/// What a conversation is told with.
#[derive(Debug)]
pub(super) struct Stage<'f> {
    pub(super) directory: &'f Directory,
    pub(super) queues: &'f [FloorQueue],
    /// Until when each agent is busy.
    pub(super) busy: &'f mut [i64],
    pub(super) pace: f64,
}

/// A conversation while its course is told.
#[derive(Debug)]
pub(super) struct Telling<'s, 'f> {
    pub(super) dice: Dice,
    pub(super) stage: &'s mut Stage<'f>,
    pub(super) course: Course,
    pub(super) now: i64,
}

/// Tells the course of conversation `id` that starts at `start`; `media` leaves no choice.
pub(super) fn tell(
    stage: &mut Stage<'_>,
    mut dice: Dice,
    id: Uuid,
    start: i64,
    media: Option<Media>,
) -> Course {
    let drawn = MEDIA[dice.weighted(&MEDIA.map(|(_, weight)| weight))].0;
    let course = open(stage, &mut dice, id, start, media.unwrap_or(drawn));
    let mut telling = Telling {
        dice,
        stage,
        course,
        now: start,
    };
    telling.run();
    telling.course
}

fn open(stage: &Stage<'_>, dice: &mut Dice, id: Uuid, start: i64, media: Media) -> Course {
    let skill = dice.pick(&stage.directory.skills);
    let attributes = names::ATTRIBUTE_KEYS
        .iter()
        .take(4)
        .map(|key| (*key, dice.digits(12)));
    Course {
        attributes: attributes.collect(),
        skill: (skill.id, skill.name.clone()),
        id,
        media,
        start,
        division: dice.pick(&stage.directory.divisions).id,
        addresses: addresses(dice, media),
        subject: names::SUBJECTS[usize::try_from(dice.below(6)).unwrap_or(0)],
        contact: dice.id(),
        priority: dice.below(10),
        parties: Vec::new(),
        notes: Vec::new(),
        changes: Vec::new(),
    }
}

fn addresses(dice: &mut Dice, media: Media) -> [String; 2] {
    match media {
        Media::Email => [
            format!("customer.{}@mail.example", dice.digits(6)),
            "service@company.example".to_owned(),
        ],
        Media::Message | Media::Chat => [dice.id().to_string(), dice.id().to_string()],
        _ => [phone(dice), phone(dice)],
    }
}

/// Returns a number of the range reserved for fiction.
fn phone(dice: &mut Dice) -> String {
    format!("tel:+1{}55501{}", dice.between(201, 989), dice.digits(2))
}

impl Telling<'_, '_> {
    fn run(&mut self) {
        let name = person(&mut self.dice);
        self.join(Role::Customer, name);
        if self.dice.per_mille(700) {
            self.flow();
        }
        let leaving = self.be_served();
        let start = self.course.start;
        self.course.parties[0].leaving = leaving;
        self.course.parties[0].phases.push(Phase {
            doing: Doing::Talking,
            from: start,
            to: self.now,
        });
        self.course.gather_changes();
    }

    /// Adds a party that has done nothing yet and returns its place.
    pub(super) fn join(&mut self, role: Role, name: String) -> usize {
        self.course.parties.push(Party {
            id: self.dice.id(),
            leg: self.dice.id(),
            role,
            name,
            user: None,
            queue: None,
            phases: Vec::new(),
            leaving: Leaving::Peer,
            wrap_up: None,
            consults_for: None,
        });
        self.course.parties.len() - 1
    }

    /// Draws a duration around `typical` milliseconds, at the floor's pace.
    pub(super) fn lasts(&mut self, typical: i64) -> i64 {
        let drawn = self.dice.around(typical);
        quicken(drawn, self.stage.pace)
    }

    /// Lets time pass while a party does something.
    pub(super) fn pass(&mut self, place: usize, doing: Doing, millis: i64) {
        let from = self.now;
        self.now += millis;
        let to = self.now;
        let phase = Phase { doing, from, to };
        self.course.parties[place].phases.push(phase);
    }

    fn flow(&mut self) {
        let place = self.join(Role::Flow, "Service Flow".to_owned());
        let spent = self.lasts(15_000);
        self.course.parties[place].leaving = Leaving::Transfer;
        self.pass(place, Doing::Talking, spent);
    }

    /// Goes through queues and agents; returns how the customer leaves.
    fn be_served(&mut self) -> Leaving {
        let mut queue = self.choose_queue();
        for hop in 0..3 {
            let Some(agent) = self.wait(&queue) else {
                return Leaving::Client;
            };
            let transfers = hop < 2 && self.dice.per_mille(150);
            if !transfers {
                return self.serve(agent);
            }
            self.talk(agent);
            self.leave(agent, Leaving::Transfer);
            queue = self.other_queue(queue.id);
        }
        Leaving::Peer
    }

    fn choose_queue(&mut self) -> FloorQueue {
        let letter = self.course.media.letter();
        let queues = self.stage.queues.iter();
        let serving: Vec<&FloorQueue> = queues
            .filter(|queue| queue.serves.contains(letter))
            .collect();
        (*self.dice.pick(&serving)).clone()
    }

    /// Returns another queue, of whatever media, or the same where there is no other.
    fn other_queue(&mut self, not: Uuid) -> FloorQueue {
        let queues = self.stage.queues.iter();
        let others: Vec<&FloorQueue> = queues.filter(|queue| queue.id != not).collect();
        if others.is_empty() {
            return self.choose_queue();
        }
        (*self.dice.pick(&others)).clone()
    }
}

/// Divides a duration by the pace; nothing is over at once.
pub(super) fn quicken(millis: i64, pace: f64) -> i64 {
    let seconds = std::time::Duration::from_millis(millis.unsigned_abs()).as_secs_f64() / pace;
    let quick = std::time::Duration::try_from_secs_f64(seconds).unwrap_or_default();
    i64::try_from(quick.as_millis()).unwrap_or(i64::MAX).max(2)
}
