//! Queues and agents: waiting, alerts, talks, consultations, wrap-ups.

use super::super::names;
use super::super::story::Media;
use super::course::{Doing, FloorQueue, FloorUser, Leaving, Note, Phase, Role, WrapUp};
use super::plot::{ALERT_TIMEOUT, Telling, quicken};

impl Telling<'_, '_> {
    /// Waits in a queue until an agent answers, who is returned, or the customer gives up.
    pub(super) fn wait(&mut self, queue: &FloorQueue) -> Option<usize> {
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
    pub(super) fn serve(&mut self, agent: usize) -> Leaving {
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
    pub(super) fn talk(&mut self, agent: usize) {
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
    pub(super) fn leave(&mut self, agent: usize, leaving: Leaving) {
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
