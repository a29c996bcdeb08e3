//! The whole life of one live conversation, known from its first moment.
//!
//! - Snapshots and the record in analytics are both read from it, so they cannot disagree.
//! - All instants are milliseconds since 1970; a stretch that ends where it begins did not happen.

use uuid::Uuid;

use super::super::story::Media;

/// Who a party is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Customer,
    Flow,
    Acd,
    Agent,
}

/// What a party's leg does for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Doing {
    Alerting,
    Dialing,
    Talking,
    Holding,
    Parked,
}

/// One stretch of a leg.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Phase {
    pub(crate) doing: Doing,
    pub(crate) from: i64,
    pub(crate) to: i64,
}

/// How a party leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leaving {
    /// The other side ended it.
    Peer,
    /// This side ended it.
    Client,
    Transfer,
    ConsultTransfer,
    NoAnswer,
}

impl Leaving {
    /// Returns the word of events.
    pub(crate) fn live(self) -> &'static str {
        match self {
            Self::Peer => "peer",
            Self::Client => "client",
            Self::Transfer => "transfer",
            Self::ConsultTransfer => "transfer.consult",
            Self::NoAnswer => "transfer.noanswer",
        }
    }

    /// Returns the word of analytics.
    pub(crate) fn recorded(self) -> &'static str {
        match self {
            Self::ConsultTransfer => "consultTransfer",
            Self::NoAnswer => "noAnswerTransfer",
            other => other.live(),
        }
    }
}

/// What an agent notes after a contact.
#[derive(Clone, Debug)]
pub(crate) struct WrapUp {
    pub(crate) from: i64,
    pub(crate) to: i64,
    pub(crate) code: Uuid,
    pub(crate) note: Option<&'static str>,
}

/// A queue of the floor.
#[derive(Clone, Debug)]
pub(crate) struct FloorQueue {
    pub(crate) id: Uuid,
    pub(crate) name: String,
    pub(crate) division: Uuid,
    /// Which media it serves, as letters.
    pub(crate) serves: String,
}

/// An agent of the floor.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FloorUser {
    pub(crate) id: Uuid,
    pub(crate) team: Uuid,
}

/// One participant and its leg.
#[derive(Clone, Debug)]
pub(crate) struct Party {
    pub(crate) id: Uuid,
    /// The id of the leg: the communication id of events, the session id of analytics.
    pub(crate) leg: Uuid,
    pub(crate) role: Role,
    pub(crate) name: String,
    pub(crate) user: Option<FloorUser>,
    pub(crate) queue: Option<FloorQueue>,
    pub(crate) phases: Vec<Phase>,
    pub(crate) leaving: Leaving,
    pub(crate) wrap_up: Option<WrapUp>,
    /// The party that consults this one.
    pub(crate) consults_for: Option<Uuid>,
}

impl Party {
    pub(crate) fn joined(&self) -> i64 {
        self.phases.first().map_or(i64::MAX, |phase| phase.from)
    }

    pub(crate) fn left(&self) -> i64 {
        self.phases.last().map_or(i64::MAX, |phase| phase.to)
    }

    /// Returns when its wrap-up is over, or else when it left.
    pub(crate) fn over(&self) -> i64 {
        self.wrap_up
            .as_ref()
            .map_or(self.left(), |wrap_up| wrap_up.to)
    }

    /// Returns when it first talked.
    pub(crate) fn connected(&self) -> Option<i64> {
        let talk = self
            .phases
            .iter()
            .find(|phase| phase.doing == Doing::Talking);
        talk.map(|phase| phase.from)
    }

    /// Returns what it does at `at`; nothing before it joined and after it left.
    pub(crate) fn phase(&self, at: i64) -> Option<Phase> {
        let mut phases = self.phases.iter().rev();
        phases
            .find(|phase| phase.from <= at)
            .copied()
            .filter(|phase| at < phase.to)
    }

    /// Returns how long it did something in all.
    pub(crate) fn spent(&self, doing: Doing) -> i64 {
        let phases = self.phases.iter().filter(|phase| phase.doing == doing);
        phases.map(|phase| phase.to - phase.from).sum()
    }
}

/// A text in a message conversation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Note {
    pub(crate) at: i64,
    pub(crate) id: Uuid,
    pub(crate) from_customer: bool,
}

/// A live conversation, from its beginning to its end.
#[derive(Clone, Debug)]
pub(crate) struct Course {
    pub(crate) id: Uuid,
    pub(crate) media: Media,
    pub(crate) start: i64,
    pub(crate) division: Uuid,
    /// The customer's address and our own.
    pub(crate) addresses: [String; 2],
    pub(crate) subject: &'static str,
    pub(crate) contact: Uuid,
    pub(crate) priority: i64,
    pub(crate) skill: (Uuid, String),
    pub(crate) attributes: Vec<(&'static str, String)>,
    pub(crate) parties: Vec<Party>,
    pub(crate) notes: Vec<Note>,
    /// The instants at which there is something new to see, in order.
    pub(crate) changes: Vec<i64>,
}

impl Course {
    /// Returns when the customer left.
    pub(crate) fn end(&self) -> i64 {
        self.parties.first().map_or(self.start, Party::left)
    }

    /// Returns when the last wrap-up was over.
    pub(crate) fn over(&self) -> i64 {
        let parties = self.parties.iter();
        parties.map(Party::over).max().unwrap_or(self.start)
    }

    /// Returns the parties that have joined at `at`.
    pub(crate) fn present(&self, at: i64) -> impl Iterator<Item = &Party> {
        self.parties
            .iter()
            .filter(move |party| party.joined() <= at)
    }

    /// Returns the queues it has entered at `at`, each once.
    pub(crate) fn queues(&self, at: i64) -> Vec<Uuid> {
        let mut queues = Vec::new();
        let entered = self.present(at).filter(|party| party.role == Role::Acd);
        for queue in entered.filter_map(|party| party.queue.as_ref()) {
            if !queues.contains(&queue.id) {
                queues.push(queue.id);
            }
        }
        queues
    }

    /// Returns the agents that have to do with it at `at`, each once.
    pub(crate) fn users(&self, at: i64) -> Vec<Uuid> {
        let mut users = Vec::new();
        let involved = self.present(at).filter(|party| at <= party.over());
        for user in involved.filter_map(|party| party.user) {
            if !users.contains(&user.id) {
                users.push(user.id);
            }
        }
        users
    }

    /// Gathers the instants at which something is new.
    pub(super) fn gather_changes(&mut self) {
        let mut changes: Vec<i64> = self.notes.iter().map(|note| note.at).collect();
        for party in &self.parties {
            changes.push(party.joined());
            changes.extend(party.phases.iter().map(|phase| phase.to));
            changes.push(party.over());
        }
        changes.sort_unstable();
        changes.dedup();
        self.changes = changes;
    }
}
