//! A live conversation as analytics has it.

use super::super::model::{Conversation, Metric, Participant, Segment, Session};
use super::super::story::{Media, metric};
use super::super::value::{Text, Time};
use super::course::{Course, Doing, Leaving, Party, Phase, Role};
use super::snapshot::{attributes, purpose};

/// Returns the whole record, as if everything were over.
pub(super) fn record(course: &Course) -> Conversation {
    let participants = course
        .parties
        .iter()
        .map(|party| participant(course, party));
    let mut participants: Vec<Participant> = participants.collect();
    if let Some(customer) = participants.first_mut() {
        customer.attributes = attributes(course);
        customer.external_contact_id = Some(course.contact.into());
    }
    Conversation {
        conversation_id: Some(course.id.into()),
        conversation_start: Some(Time(course.start)),
        conversation_end: Some(Time(course.end())),
        conversation_initiator: Some("customer".into()),
        customer_participation: Some(true),
        division_ids: vec![course.division.into()],
        originating_direction: Some("inbound".into()),
        participants,
        ..Conversation::default()
    }
}

fn participant(course: &Course, party: &Party) -> Participant {
    Participant {
        participant_id: Some(party.id.into()),
        participant_name: Some(party.name.clone().into()),
        user_id: party.user.map(|user| user.id.into()),
        team_id: party.user.map(|user| user.team.into()),
        purpose: Some(purpose(course.media, party.role).into()),
        sessions: vec![session(course, party)],
        ..Participant::default()
    }
}

fn session(course: &Course, party: &Party) -> Session {
    let customer = course.parties.first().filter(|one| one.leg != party.leg);
    let mut session = Session {
        media_type: Some(course.media.name().into()),
        session_id: Some(party.leg.into()),
        direction: Some("inbound".into()),
        peer_id: customer.map(|customer| customer.leg.into()),
        provider: Some(course.media.provider().into()),
        selected_agent_id: party.user.map(|user| user.id.into()),
        segments: segments(course, party),
        metrics: metrics(party),
        ..Session::default()
    };
    match course.media {
        Media::Voice => {
            session.ani = Some(course.addresses[0].clone().into());
            session.dnis = Some(course.addresses[1].clone().into());
        }
        Media::Callback => session.callback_numbers = vec![course.addresses[0].clone().into()],
        Media::Chat => session.room_id = Some(course.contact.into()),
        _ => {
            session.address_from = Some(course.addresses[0].clone().into());
            session.address_to = Some(course.addresses[1].clone().into());
        }
    }
    session
}

fn segments(course: &Course, party: &Party) -> Vec<Segment> {
    let queue = party.queue.as_ref().map(|queue| Text::from(queue.id));
    let phases = party.phases.iter();
    let mut segments: Vec<Segment> = phases.map(|phase| segment(course, party, *phase)).collect();
    if let Some(last) = segments.last_mut() {
        last.disconnect_type = Some(party.leaving.recorded().into());
    }
    segments.extend(party.wrap_up.as_ref().map(|wrap_up| Segment {
        segment_start: Some(Time(wrap_up.from)),
        segment_end: Some(Time(wrap_up.to)),
        wrap_up_code: Some(wrap_up.code.into()),
        wrap_up_note: wrap_up.note.map(Into::into),
        disconnect_type: Some("client".into()),
        segment_type: Some("wrapup".into()),
        conference: Some(false),
        ..Segment::default()
    }));
    for segment in &mut segments {
        segment.queue_id.clone_from(&queue);
    }
    segments
}

fn segment(course: &Course, party: &Party, phase: Phase) -> Segment {
    let kind = match (phase.doing, party.role) {
        (Doing::Alerting, _) => "alert",
        (Doing::Dialing, _) => "dialing",
        (Doing::Holding, _) => "hold",
        (Doing::Parked, _) => "parked",
        (Doing::Talking, Role::Flow) if course.media == Media::Voice => "ivr",
        (Doing::Talking, Role::Flow) => "system",
        (Doing::Talking, _) => "interact",
    };
    let customer = party.role == Role::Customer && course.media == Media::Email;
    Segment {
        segment_start: Some(Time(phase.from)),
        segment_end: Some(Time(phase.to)),
        segment_type: Some(kind.into()),
        subject: customer.then(|| course.subject.into()),
        conference: Some(false),
        ..Segment::default()
    }
}

fn metrics(party: &Party) -> Vec<Metric> {
    let (joined, left) = (party.joined(), party.left());
    match party.role {
        Role::Customer => vec![
            metric("nConnected", 1, joined),
            metric("tConnected", left - joined, left),
        ],
        Role::Flow => vec![
            metric("nFlow", 1, joined),
            metric("tFlow", left - joined, left),
            metric("tFlowOut", left - joined, left),
        ],
        Role::Acd => {
            let mut all = vec![metric("nOffered", 1, joined)];
            if party.leaving == Leaving::Peer {
                all.push(metric("tAbandon", left - joined, left));
            }
            all.push(metric("tAcd", left - joined, left));
            all
        }
        Role::Agent => agent_metrics(party),
    }
}

fn agent_metrics(party: &Party) -> Vec<Metric> {
    let (left, rang) = (party.left(), party.spent(Doing::Alerting));
    let mut all = Vec::new();
    if rang > 0 {
        all.push(metric("tAlert", rang, party.joined() + rang));
    }
    if party.leaving == Leaving::NoAnswer {
        all.push(metric("tNotResponding", rang, left));
        return all;
    }
    let (talked, held) = (party.spent(Doing::Talking), party.spent(Doing::Holding));
    for phase in party
        .phases
        .iter()
        .filter(|phase| phase.doing == Doing::Talking)
    {
        all.push(metric("tTalk", phase.to - phase.from, phase.to));
    }
    all.push(metric("tTalkComplete", talked, left));
    if held > 0 {
        all.push(metric("tHeldComplete", held, left));
    }
    if matches!(party.leaving, Leaving::Transfer | Leaving::ConsultTransfer) {
        all.push(metric("nTransferred", 1, left));
    }
    let wrapped = party.over() - left;
    if wrapped > 0 {
        all.push(metric("tAcw", wrapped, party.over()));
    }
    all.push(metric("tHandle", talked + held + wrapped, party.over()));
    all
}
