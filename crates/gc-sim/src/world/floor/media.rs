//! What an event says of a conversation on the topic of its medium.

use super::super::json::JsonWriter;
use super::super::model::Model as _;
use super::super::story::Media;
use super::super::value::Time;
use super::course::{Course, Party, Role};
use super::leg::texts;
use super::plot::ALERT_TIMEOUT;
use super::shape::{MediaParticipant, MediaSnapshot, MessageDetails, Reference};
use super::snapshot::{
    Standing, attributes, divisions, noted, purpose, recording, reference, routing,
};

/// Returns how topics spell a medium, such as `calls`.
pub(crate) fn topic_word(media: Media) -> &'static str {
    match media {
        Media::Email => "emails",
        Media::Chat => "chats",
        Media::Message => "messages",
        Media::Callback => "callbacks",
        _ => "calls",
    }
}

/// Renders the body of an event on the topic of the conversation's medium.
pub(crate) fn render_media(course: &Course, at: i64) -> Vec<u8> {
    let voice = course.media == Media::Voice;
    let participants = course
        .present(at)
        .map(|party| participant(course, party, at));
    let snapshot = MediaSnapshot {
        id: Some(course.id.into()),
        participants: participants.collect(),
        address: Some(course.addresses[0].clone().into()),
        divisions: divisions(course),
        recording_state: voice.then(|| recording(course.media).into()),
        secure_pause: voice.then_some(false),
        max_participants: voice.then_some(255),
        ..MediaSnapshot::default()
    };
    let mut out = JsonWriter::default();
    snapshot.write(&mut out);
    out.bytes
}

fn participant(course: &Course, party: &Party, at: i64) -> MediaParticipant {
    let standing = Standing::of(party, course.media, at);
    let customer = course.parties.first().filter(|one| one.leg != party.leg);
    let queue = party.queue.as_ref();
    let mut seen = MediaParticipant {
        id: Some(party.id.into()),
        name: Some(party.name.clone().into()),
        address: Some(
            course.addresses[usize::from(party.role != Role::Customer)]
                .clone()
                .into(),
        ),
        start_time: Some(Time(party.joined())),
        connected_time: standing.connected.map(Time),
        end_time: standing.left.map(Time),
        start_hold_time: standing.held_since.map(Time),
        park_time: standing.parked_since.map(Time),
        purpose: Some(purpose(course.media, party.role).into()),
        state: Some(standing.state.into()),
        initial_state: Some(standing.initial.into()),
        direction: Some("inbound".into()),
        disconnect_type: standing.left.map(|_| party.leaving.live().into()),
        held: Some(standing.held_since.is_some()),
        queue: queue.map(|queue| reference(queue.id.into(), &queue.name)),
        provider: Some(course.media.provider().into()),
        conversation_routing_data: routing(course, party),
        peer: customer.map(|customer| customer.leg.into()),
        media_roles: vec!["full".into()],
        consult_participant_id: party.consults_for.map(Into::into),
        ..MediaParticipant::default()
    };
    match party.role {
        Role::Customer => {
            seen.external_contact = Some(reference(course.contact.into(), &party.name));
            seen.attributes = attributes(course);
        }
        Role::Agent => agent(&mut seen, party, standing),
        Role::Flow | Role::Acd => {}
    }
    own(&mut seen, course, at);
    seen
}

fn agent(seen: &mut MediaParticipant, party: &Party, standing: Standing) {
    seen.user = party
        .user
        .map(|user| reference(user.id.into(), &party.name));
    seen.team = party.user.map(|user| reference(user.team.into(), "Team"));
    seen.wrapup_required = Some(true);
    seen.wrapup_prompt = Some("optional".into());
    seen.wrapup_timeout_ms = Some(60_000);
    seen.wrapup_skipped = Some(party.wrap_up.is_none());
    seen.alerting_timeout_ms = Some(ALERT_TIMEOUT);
    if let Some(wrap_up) = &party.wrap_up {
        let began = standing.wrapping || standing.wrapped;
        seen.start_acw_time = began.then_some(Time(wrap_up.from));
        seen.end_acw_time = standing.wrapped.then_some(Time(wrap_up.to));
        seen.wrapup = noted(party).filter(|_| standing.wrapped);
    }
}

/// Sets what only this medium has.
fn own(seen: &mut MediaParticipant, course: &Course, at: i64) {
    match course.media {
        Media::Email => {
            seen.subject = Some(course.subject.into());
            seen.messages_sent = Some(i64::from(seen.end_time.is_some()));
        }
        Media::Chat => seen.room_id = Some(course.contact.into()),
        Media::Message => {
            seen.kind = Some("webmessaging".into());
            seen.messages = referred(texts(course, at));
        }
        Media::Callback => {
            seen.callback_numbers = vec![course.addresses[0].clone().into()];
            seen.callback_user_name = course.parties.first().map(|one| one.name.clone().into());
        }
        _ => {
            seen.ani = Some(course.addresses[0].clone().into());
            seen.dnis = Some(course.addresses[1].clone().into());
            seen.muted = Some(false);
            seen.confined = Some(false);
            seen.recording = Some(true);
            seen.recording_state = Some(recording(course.media).into());
            seen.secure_pause = Some(false);
        }
    }
}

/// Returns texts known by reference.
fn referred(mut texts: Vec<MessageDetails>) -> Vec<MessageDetails> {
    for text in &mut texts {
        text.message = Some(Reference {
            id: text.message_id.take(),
            ..Reference::default()
        });
    }
    texts
}
