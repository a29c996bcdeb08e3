//! A participant's leg on one medium, at an instant.

use super::super::story::Media;
use super::super::value::Time;
use super::course::{Course, Party, Role};
use super::plot::ALERT_TIMEOUT;
use super::shape::{Address, AfterCallWork, Leg, MediaSettings, MessageDetails, RecordersState};
use super::snapshot::{Standing, noted};

/// Returns the leg of a party.
pub(super) fn leg(course: &Course, party: &Party, standing: Standing, at: i64) -> Leg {
    let customer = course.parties.first().filter(|one| one.leg != party.leg);
    let mut leg = Leg {
        id: Some(party.leg.into()),
        state: Some(standing.state.into()),
        initial_state: Some(standing.initial.into()),
        held: Some(standing.held_since.is_some()),
        start_hold_time: standing.held_since.map(Time),
        disconnect_type: standing.left.map(|_| party.leaving.live().into()),
        provider: Some(course.media.provider().into()),
        peer_id: customer.map(|customer| customer.leg.into()),
        connected_time: standing.connected.map(Time),
        disconnected_time: standing.left.map(Time),
        wrapup: noted(party).filter(|_| standing.wrapped),
        after_call_work: work(party, standing),
        after_call_work_required: Some(party.role == Role::Agent),
        queue_media_settings: (party.role == Role::Agent).then(settings),
        ..Leg::default()
    };
    match course.media {
        Media::Email => mail(&mut leg, course, standing),
        Media::Chat => leg.room_id = Some(course.contact.into()),
        Media::Message => message(&mut leg, course, standing, at),
        Media::Callback => callback(&mut leg, course),
        _ => call(&mut leg, course, party),
    }
    leg
}

fn work(party: &Party, standing: Standing) -> Option<AfterCallWork> {
    let wrap_up = party.wrap_up.as_ref()?;
    let state = match (standing.wrapped, standing.wrapping) {
        (true, _) => "complete",
        (_, true) => "pending",
        _ => return None,
    };
    Some(AfterCallWork {
        state: Some(state.into()),
        start_time: Some(Time(wrap_up.from)),
        end_time: standing.wrapped.then_some(Time(wrap_up.to)),
        unknown: Vec::new(),
    })
}

fn settings() -> MediaSettings {
    MediaSettings {
        alerting_timeout_seconds: Some(ALERT_TIMEOUT / 1000),
        auto_answer_alert_tone_seconds: Some(0.0),
        manual_answer_alert_tone_seconds: Some(1.5),
        enable_auto_answer: Some(false),
        unknown: Vec::new(),
    }
}

fn call(leg: &mut Leg, course: &Course, party: &Party) {
    let inner = party.role != Role::Customer;
    leg.direction = Some("inbound".into());
    leg.recording = Some(inner);
    leg.recording_state = Some(if inner { "active" } else { "none" }.into());
    leg.recorders_state = (party.role == Role::Agent).then(|| RecordersState {
        adhoc_state: Some("none".into()),
        customer_experience_state: Some("none".into()),
        agent_experience_state: Some("none".into()),
        snippet_state: Some("none".into()),
        unknown: Vec::new(),
    });
    leg.muted = Some(false);
    leg.confined = Some(false);
    leg.secure_pause = Some(false);
    leg.own = Some(address(&course.addresses[usize::from(inner)], &party.name));
    leg.other = Some(address(&course.addresses[usize::from(!inner)], ""));
}

fn address(address: &str, name: &str) -> Address {
    let shown = address.trim_start_matches("tel:");
    Address {
        name: Some(name.to_owned().into()),
        address_raw: Some(address.to_owned().into()),
        address_displayable: Some(shown.to_owned().into()),
        ..Address::default()
    }
}

fn mail(leg: &mut Leg, course: &Course, standing: Standing) {
    leg.direction = Some("inbound".into());
    leg.subject = Some(course.subject.into());
    leg.auto_generated = Some(false);
    leg.spam = Some(false);
    leg.messages_sent = Some(i64::from(standing.left.is_some()));
    leg.message_id = Some(course.contact.into());
    leg.park_time = standing.parked_since.map(Time);
}

fn message(leg: &mut Leg, course: &Course, standing: Standing, at: i64) {
    leg.direction = Some("inbound".into());
    leg.kind = Some("webmessaging".into());
    leg.park_time = standing.parked_since.map(Time);
    leg.from_address = Some(address(&course.addresses[0], ""));
    leg.to_address = Some(address(&course.addresses[1], ""));
    leg.messages = texts(course, at);
}

/// Returns the texts that were written by `at`.
pub(super) fn texts(course: &Course, at: i64) -> Vec<MessageDetails> {
    let seen = course.notes.iter().filter(|note| note.at <= at);
    seen.map(|note| MessageDetails {
        message_id: Some(note.id.into()),
        message_time: Some(Time(note.at)),
        message_status: Some(
            if note.from_customer {
                "received"
            } else {
                "sent"
            }
            .into(),
        ),
        message_segment_count: Some(1),
        ..MessageDetails::default()
    })
    .collect()
}

fn callback(leg: &mut Leg, course: &Course) {
    leg.direction = Some("inbound".into());
    leg.callback_numbers = vec![course.addresses[0].clone().into()];
    leg.callback_user_name = course.parties.first().map(|one| one.name.clone().into());
    leg.skip_enabled = Some(true);
    leg.timeout_seconds = Some(0);
}
