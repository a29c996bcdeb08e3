//! The course a live conversation takes.

use uuid::Uuid;

use super::super::dice::Dice;
use super::super::directory::{Directory, person};
use super::super::names;
use super::super::story::Media;
use super::course::{
    Course, Doing, FloorQueue, FloorUser, Leaving, Note, Party, Phase, Role, WrapUp,
};

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
struct Telling<'s, 'f> {
    dice: Dice,
    stage: &'s mut Stage<'f>,
    course: Course,
    now: i64,
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
    fn join(&mut self, role: Role, name: String) -> usize {
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
    fn lasts(&mut self, typical: i64) -> i64 {
        let drawn = self.dice.around(typical);
        quicken(drawn, self.stage.pace)
    }

    /// Lets time pass while a party does something.
    fn pass(&mut self, place: usize, doing: Doing, millis: i64) {
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

    /// Waits in a queue until an agent answers, who is returned, or the customer gives up.
    fn wait(&mut self, queue: &FloorQueue) -> Option<usize> {
        let place = self.join(Role::Acd, queue.name.clone());
        self.course.parties[place].queue = Some(queue.clone());
        let (from, wait) = (self.now, self.wait_millis());
        self.now += wait;
        let abandons = self.course.media != Media::Email && self.dice.per_mille(80);
        let agent = (!abandons).then(|| self.be_answered(queue));
        let party = &mut self.course.parties[place];
        party.leaving = if abandons {
            Leaving::Peer
        } else {
            Leaving::Transfer
        };
        party.phases.push(Phase {
            doing: Doing::Talking,
            from,
            to: self.now,
        });
        agent
    }

    fn wait_millis(&mut self) -> i64 {
        let typical = match self.course.media {
            Media::Callback => 60_000,
            Media::Email => 90_000,
            _ => 20_000,
        };
        self.lasts(typical)
    }

    /// Alerts agents until one answers.
    fn be_answered(&mut self, queue: &FloorQueue) -> usize {
        for _ in 0..2 {
            if !self.dice.per_mille(140) {
                break;
            }
            let place = self.agent(Some(queue));
            let rang = quicken(ALERT_TIMEOUT, self.stage.pace);
            self.course.parties[place].leaving = Leaving::NoAnswer;
            self.pass(place, Doing::Alerting, rang);
            let gap = self.lasts(1_500);
            self.now += gap;
        }
        let place = self.agent(Some(queue));
        let rang = self.lasts(4_000);
        self.pass(place, Doing::Alerting, rang);
        place
    }

    fn agent(&mut self, queue: Option<&FloorQueue>) -> usize {
        let user = self.choose_user();
        let name = self.stage.directory.users[user].name.clone();
        let place = self.join(Role::Agent, name);
        let user = &self.stage.directory.users[user];
        let party = &mut self.course.parties[place];
        party.user = Some(FloorUser {
            id: user.id,
            team: user.team,
        });
        party.queue = queue.cloned();
        place
    }

    /// Returns an agent who is free, if there is one.
    fn choose_user(&mut self) -> usize {
        let free: Vec<usize> = self.place_of_free();
        let all: Vec<usize> = (0..self.stage.busy.len()).collect();
        let chosen = *self.dice.pick(if free.is_empty() { &all } else { &free });
        self.stage.busy[chosen] = self.now + quicken(60_000, self.stage.pace);
        chosen
    }

    fn place_of_free(&self) -> Vec<usize> {
        let busy = self.stage.busy.iter().enumerate();
        busy.filter(|(_, until)| **until <= self.now)
            .map(|(place, _)| place)
            .collect()
    }

    /// Serves the customer to the end; returns how the customer leaves.
    fn serve(&mut self, agent: usize) -> Leaving {
        self.talk(agent);
        let agent = if self.course.media == Media::Voice && self.dice.per_mille(120) {
            self.consult(agent)
        } else {
            agent
        };
        let hangs_up = self.dice.per_mille(500);
        let (mine, theirs) = if hangs_up {
            (Leaving::Client, Leaving::Peer)
        } else {
            (Leaving::Peer, Leaving::Client)
        };
        self.leave(agent, mine);
        theirs
    }

    /// Talks, with pauses as the medium has them.
    fn talk(&mut self, agent: usize) {
        let pause = match self.course.media {
            Media::Voice => Doing::Holding,
            Media::Email | Media::Message => Doing::Parked,
            _ => Doing::Talking,
        };
        let rounds = self.dice.weighted(&[550, 300, 150]);
        for _ in 0..rounds {
            self.talk_once(agent);
            let paused = self.lasts(20_000);
            self.pass(agent, pause, paused);
        }
        self.talk_once(agent);
    }

    fn talk_once(&mut self, agent: usize) {
        let (from, talked) = (self.now, self.lasts(70_000));
        self.pass(agent, Doing::Talking, talked);
        if self.course.media == Media::Message {
            let count = self.dice.between(1, 3);
            for number in 1..=count {
                self.course.notes.push(Note {
                    at: from + talked * number / (count + 1),
                    id: self.dice.id(),
                    from_customer: self.dice.per_mille(500),
                });
            }
        }
    }

    /// Asks a colleague while the customer holds; returns who goes on with the customer.
    fn consult(&mut self, agent: usize) -> usize {
        let colleague = self.agent(None);
        let asker = self.course.parties[agent].id;
        self.course.parties[colleague].consults_for = Some(asker);
        let from = self.now;
        let (rang, talked) = (self.lasts(5_000), self.lasts(25_000));
        self.pass(colleague, Doing::Dialing, rang);
        self.pass(colleague, Doing::Talking, talked);
        let hold = Phase {
            doing: Doing::Holding,
            from,
            to: self.now,
        };
        self.course.parties[agent].phases.push(hold);
        let hands_over = self.dice.per_mille(500);
        let (stays, goes, how) = if hands_over {
            (colleague, agent, Leaving::ConsultTransfer)
        } else {
            (agent, colleague, Leaving::Client)
        };
        self.leave(goes, how);
        self.talk_once(stays);
        stays
    }

    /// Lets an agent leave now, and mostly wrap up.
    fn leave(&mut self, agent: usize, leaving: Leaving) {
        let spent = self.lasts(15_000);
        let wraps_up = self.dice.per_mille(880);
        let code = self.dice.pick(&self.stage.directory.wrap_ups).id;
        let noted = self.dice.per_mille(200);
        let note = noted.then(|| *self.dice.pick(&names::NOTES));
        let party = &mut self.course.parties[agent];
        party.leaving = leaving;
        party.wrap_up = wraps_up.then_some(WrapUp {
            from: self.now,
            to: self.now + spent,
            code,
            note,
        });
        self.free(agent, self.now + spent);
    }

    fn free(&mut self, agent: usize, at: i64) {
        let user = self.course.parties[agent].user;
        let users = self.stage.directory.users.iter();
        let place = users
            .zip(0..)
            .find(|(one, _)| Some(one.id) == user.map(|user| user.id));
        if let Some((_, place)) = place {
            self.stage.busy[place] = at;
        }
    }
}

/// Divides a duration by the pace; nothing is over at once.
fn quicken(millis: i64, pace: f64) -> i64 {
    let seconds = std::time::Duration::from_millis(millis.unsigned_abs()).as_secs_f64() / pace;
    let quick = std::time::Duration::try_from_secs_f64(seconds).unwrap_or_default();
    i64::try_from(quick.as_millis()).unwrap_or(i64::MAX).max(2)
}
