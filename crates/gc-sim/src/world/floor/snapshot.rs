//! What an event says of a conversation at an instant, all media in one.

use super::super::json::JsonWriter;
use super::super::model::Model as _;
use super::super::story::Media;
use super::super::value::{Attributes, Text, Time};
use super::course::{Course, Doing, Leaving, Party, Role};
use super::leg::leg;
use super::plot::ALERT_TIMEOUT;
use super::shape::{
    Entity, Leg, Membership, Reference, RoutingData, SeenParticipant, SeenWrapUp, Snapshot,
    Transfer, TransferParty,
};

/// How a leg stands at an instant.
#[derive(Clone, Copy, Debug)]
pub(super) struct Standing {
    pub(super) state: &'static str,
    pub(super) initial: &'static str,
    pub(super) held_since: Option<i64>,
    pub(super) parked_since: Option<i64>,
    pub(super) connected: Option<i64>,
    pub(super) left: Option<i64>,
    pub(super) wrapped: bool,
    pub(super) wrapping: bool,
}

impl Standing {
    pub(super) fn of(party: &Party, media: Media, at: i64) -> Self {
        let phase = party.phase(at);
        let since = |doing| phase.filter(|one| one.doing == doing).map(|one| one.from);
        let wrapped = at >= party.over();
        let state = match phase.map(|phase| phase.doing) {
            Some(Doing::Alerting) => "alerting",
            Some(Doing::Dialing) => "dialing",
            Some(Doing::Parked) => "parked",
            Some(Doing::Talking | Doing::Holding) => "connected",
            None if wrapped && matches!(media, Media::Voice | Media::Callback) => "terminated",
            None => "disconnected",
        };
        let initial = match party.phases.first().map(|phase| phase.doing) {
            Some(Doing::Alerting) => "alerting",
            Some(Doing::Dialing) => "dialing",
            _ => "connected",
        };
        Self {
            state,
            initial,
            held_since: since(Doing::Holding),
            parked_since: since(Doing::Parked),
            connected: party.connected().filter(|from| *from <= at),
            left: Some(party.left()).filter(|left| *left <= at),
            wrapped: party.wrap_up.is_some() && wrapped,
            wrapping: party
                .wrap_up
                .as_ref()
                .is_some_and(|one| one.from <= at && at < one.to),
        }
    }
}

/// Renders the body of an event on an all-media topic.
pub(crate) fn render(course: &Course, at: i64) -> Vec<u8> {
    let participants = course
        .present(at)
        .map(|party| participant(course, party, at));
    let snapshot = Snapshot {
        id: Some(course.id.into()),
        max_participants: Some(255),
        participants: participants.collect(),
        recent_transfers: transfers(course, at),
        recording_state: Some(recording(course.media).into()),
        address: Some(course.addresses[0].clone().into()),
        secure_pause: Some(false),
        divisions: divisions(course),
        ..Snapshot::default()
    };
    let mut out = JsonWriter::default();
    snapshot.write(&mut out);
    out.bytes
}

pub(super) fn recording(media: Media) -> &'static str {
    if media == Media::Voice {
        "active"
    } else {
        "none"
    }
}

fn participant(course: &Course, party: &Party, at: i64) -> SeenParticipant {
    let standing = Standing::of(party, course.media, at);
    let agent = party.role == Role::Agent;
    let mut seen = SeenParticipant {
        id: Some(party.id.into()),
        connected_time: standing.connected.map(Time),
        end_time: standing.left.map(Time),
        user_id: party.user.map(|user| user.id.into()),
        team_id: party.user.map(|user| user.team.into()),
        name: Some(party.name.clone().into()),
        queue_id: party.queue.as_ref().map(|queue| queue.id.into()),
        purpose: Some(purpose(course.media, party.role).into()),
        consult_participant_id: party.consults_for.map(Into::into),
        address: Some(
            course.addresses[usize::from(party.role != Role::Customer)]
                .clone()
                .into(),
        ),
        wrapup_required: Some(agent),
        wrapup_expected: Some(agent),
        conversation_routing_data: routing(course, party),
        media_roles: vec!["full".into()],
        ..SeenParticipant::default()
    };
    match party.role {
        Role::Customer => {
            seen.external_contact_id = Some(course.contact.into());
            seen.attributes = attributes(course);
        }
        Role::Agent => wrap_up(&mut seen, party, standing),
        Role::Flow | Role::Acd => {}
    }
    place(&mut seen, course.media, leg(course, party, standing, at));
    seen
}

/// Returns the platform's word for a party.
pub(crate) fn purpose(media: Media, role: Role) -> &'static str {
    match (role, media) {
        (Role::Customer, _) => "customer",
        (Role::Acd, _) => "acd",
        (Role::Agent, _) => "agent",
        (Role::Flow, Media::Voice) => "ivr",
        (Role::Flow, Media::Email | Media::Callback) => "workflow",
        (Role::Flow, _) => "botflow",
    }
}

pub(super) fn attributes(course: &Course) -> Attributes {
    let pairs = course.attributes.iter();
    Attributes(
        pairs
            .map(|(key, value)| ((*key).into(), value.clone().into()))
            .collect(),
    )
}

pub(super) fn routing(course: &Course, party: &Party) -> Option<RoutingData> {
    let queue = party.queue.as_ref()?;
    Some(RoutingData {
        queue: Some(reference(queue.id.into(), &queue.name)),
        priority: Some(course.priority),
        skills: vec![reference(course.skill.0.into(), &course.skill.1)],
        ..RoutingData::default()
    })
}

pub(super) fn reference(id: Text, name: &str) -> Reference {
    Reference {
        id: Some(id),
        name: Some(name.to_owned().into()),
        unknown: Vec::new(),
    }
}

fn wrap_up(seen: &mut SeenParticipant, party: &Party, standing: Standing) {
    seen.wrapup_prompt = Some("optional".into());
    seen.wrapup_timeout_ms = Some(60_000);
    seen.alerting_timeout_ms = Some(ALERT_TIMEOUT);
    let Some(wrap_up) = &party.wrap_up else {
        return;
    };
    if standing.wrapping || standing.wrapped {
        seen.start_acw_time = Some(Time(wrap_up.from));
    }
    if standing.wrapped {
        seen.end_acw_time = Some(Time(wrap_up.to));
        seen.wrapup = noted(party);
    }
}

/// Returns what the agent noted.
pub(super) fn noted(party: &Party) -> Option<SeenWrapUp> {
    let wrap_up = party.wrap_up.as_ref()?;
    Some(SeenWrapUp {
        code: Some(wrap_up.code.into()),
        notes: wrap_up.note.map(Into::into),
        duration_seconds: Some((wrap_up.to - wrap_up.from) / 1000),
        end_time: Some(Time(wrap_up.to)),
        unknown: Vec::new(),
    })
}

fn place(seen: &mut SeenParticipant, media: Media, leg: Leg) {
    let legs = match media {
        Media::Email => &mut seen.emails,
        Media::Chat => &mut seen.chats,
        Media::Message => &mut seen.messages,
        Media::Callback => &mut seen.callbacks,
        _ => &mut seen.calls,
    };
    legs.push(leg);
}

fn transfers(course: &Course, at: i64) -> Vec<Transfer> {
    let gone = course.present(at).filter(|party| party.left() <= at);
    let kinds = gone.filter_map(|party| match party.leaving {
        Leaving::Transfer if party.role == Role::Agent => Some((party, "unattended")),
        Leaving::ConsultTransfer => Some((party, "attended")),
        _ => None,
    });
    kinds
        .map(|(party, kind)| Transfer {
            id: Some(party.leg.into()),
            state: Some("complete".into()),
            date_issued: Some(Time(party.left())),
            initiator: Some(TransferParty {
                user_id: party.user.map(|user| user.id.into()),
                ..TransferParty::default()
            }),
            destination: Some(TransferParty {
                address: Some(course.addresses[1].clone().into()),
                ..TransferParty::default()
            }),
            transfer_type: Some(kind.into()),
            unknown: Vec::new(),
        })
        .collect()
}

pub(super) fn divisions(course: &Course) -> Vec<Membership> {
    let entity = |id: Text, uri: String| Entity {
        id: Some(id),
        self_uri: Some(uri.into()),
        unknown: Vec::new(),
    };
    let division = course.division;
    let queues = course
        .parties
        .iter()
        .filter_map(|party| party.queue.as_ref());
    let queue = queues.take(1).map(|queue| {
        entity(
            queue.id.into(),
            format!("/api/v2/routing/queues/{}", queue.id),
        )
    });
    let uri = format!("/api/v2/authorization/divisions/{division}");
    vec![Membership {
        division: Some(entity(division.into(), uri)),
        entities: queue.collect(),
        unknown: Vec::new(),
    }]
}
