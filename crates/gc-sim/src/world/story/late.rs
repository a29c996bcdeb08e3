//! What the platform corrects after a day was first exported.

use super::super::dice::Dice;
use super::super::directory::Directory;
use super::super::model::{Conversation, Evaluation, Resolution, Session, Survey};
use super::super::names;
use super::super::value::{Text, Time};
use super::agent::wrap_up_segment;
use super::metric;

/// How many of a thousand finished conversations each kind of change reaches.
const SHARE: i64 = 25;

/// Changes a finished conversation as it was changed later, or leaves it alone.
pub(crate) fn change(conversation: &mut Conversation, directory: &Directory, dice: &mut Dice) {
    let Some(end) = conversation.conversation_end.map(|end| end.0) else {
        return;
    };
    let user = agent_of(conversation);
    if dice.per_mille(SHARE) {
        wrap_up(conversation, directory, dice, end);
    }
    if dice.per_mille(SHARE) {
        let form = directory.others[7];
        conversation
            .surveys
            .push(survey(dice, end, form.into(), user.clone()));
    }
    if dice.per_mille(SHARE) {
        let form = directory.others[8];
        conversation
            .evaluations
            .push(evaluation(dice, end, form.into(), user.clone()));
    }
    if dice.per_mille(SHARE) {
        note(conversation, dice);
    }
    if dice.per_mille(SHARE) {
        let sessions = conversation
            .participants
            .iter()
            .flat_map(|one| &one.sessions);
        let mut queues = sessions
            .flat_map(|one| &one.segments)
            .filter_map(|one| one.queue_id.clone());
        let queue = queues
            .next()
            .unwrap_or_else(|| directory.queues[0].id.into());
        conversation
            .resolutions
            .push(resolution(dice, end, queue, user));
    }
}

fn agent_of(conversation: &Conversation) -> Option<Text> {
    conversation
        .participants
        .iter()
        .rev()
        .find_map(|participant| participant.user_id.clone())
}

fn last_agent(conversation: &mut Conversation) -> Option<&mut Session> {
    let agents = conversation.participants.iter_mut().rev();
    agents
        .filter(|one| one.user_id.is_some())
        .find_map(|one| one.sessions.last_mut())
}

/// An agent wraps up hours later.
fn wrap_up(conversation: &mut Conversation, directory: &Directory, dice: &mut Dice, end: i64) {
    let code = dice.pick(&directory.wrap_ups).id.into();
    let (start, spent) = (
        end + dice.between(3_600_000, 20_000_000),
        dice.around(30_000),
    );
    let Some(session) = last_agent(conversation) else {
        return;
    };
    let mut segment = wrap_up_segment(start, spent, code, Some("wrapped up later".into()));
    segment.queue_id = session
        .segments
        .last()
        .and_then(|last| last.queue_id.clone());
    session.segments.push(segment);
    session.metrics.push(metric("tAcw", spent, start + spent));
    let handled = session
        .metrics
        .iter_mut()
        .find(|one| one.name == Some("tHandle".into()));
    if let Some(handled) = handled {
        handled.value = handled.value.map(|value| value + spent);
    }
}

fn note(conversation: &mut Conversation, dice: &mut Dice) {
    let Some(session) = last_agent(conversation) else {
        return;
    };
    let wrapped = session
        .segments
        .iter_mut()
        .rev()
        .find(|one| one.wrap_up_code.is_some());
    if let Some(segment) = wrapped {
        segment.wrap_up_note = Some(format!("{} (corrected)", dice.pick(&names::NOTES)).into());
    }
}

/// Returns the survey a customer was sent.
pub(super) fn survey(dice: &mut Dice, end: i64, form: Text, user: Option<Text>) -> Survey {
    let sent = end + dice.between(60_000, 4_000_000);
    let answered = dice.per_mille(600);
    Survey {
        survey_id: Some(dice.id().into()),
        event_time: Some(Time(sent)),
        survey_completed_date: answered.then_some(Time(sent + dice.below(3_600_000))),
        survey_form_id: Some(form.clone()),
        survey_form_context_id: Some(form),
        survey_form_name: Some("After the call".into()),
        survey_partial_response: Some(dice.per_mille(100)),
        survey_promoter_score: answered.then(|| dice.between(0, 10)),
        survey_status: Some(if answered { "Finished" } else { "Sent" }.into()),
        survey_type: Some((*dice.pick(&["Web", "Voice"])).into()),
        o_survey_total_score: answered.then(|| dice.between(0, 100)),
        queue_id: None,
        user_id: user,
        unknown: Vec::new(),
    }
}

/// Returns the evaluation of an agent.
pub(super) fn evaluation(dice: &mut Dice, end: i64, form: Text, user: Option<Text>) -> Evaluation {
    Evaluation {
        evaluation_id: Some(dice.id().into()),
        assignee_applicable: Some(true),
        assignee_id: Some(dice.id().into()),
        context_id: Some(form.clone()),
        deleted: Some(false),
        evaluation_status: Some((*dice.pick(&["Finished", "InProgress", "Pending"])).into()),
        evaluator_id: Some(dice.id().into()),
        event_time: Some(Time(end + dice.between(60_000, 4_000_000))),
        form_id: Some(form),
        form_name: Some("Quality ✓ standard".into()),
        released: Some(dice.per_mille(700)),
        rescored: Some(false),
        system_submitted: Some(false),
        o_total_critical_score: Some(dice.between(0, 100)),
        o_total_score: Some(dice.between(0, 100)),
        user_id: user,
        ..Evaluation::default()
    }
}

/// Returns the record of whether the customer had to come back.
pub(super) fn resolution(dice: &mut Dice, end: i64, queue: Text, user: Option<Text>) -> Resolution {
    let resolution = Resolution {
        event_time: Some(Time(end + dice.between(60_000, 4_000_000))),
        n_next_contact_avoided: Some(dice.below(2)),
        queue_id: Some(queue),
        user_id: user,
        unknown: Vec::new(),
    };
    // What follows in the story has always come after an id here.
    dice.id();
    resolution
}
