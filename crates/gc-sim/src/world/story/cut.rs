//! What was known of a conversation at an instant.

use super::super::model::{Conversation, Participant, Session};
use super::super::value::Time;

/// Leaves what was known at `instant`: what had not ended yet is open, what had not begun is absent.
pub(crate) fn cut(conversation: &mut Conversation, instant: i64) {
    let known = |time: Option<Time>| time.is_none_or(|time| time.0 <= instant);
    if !known(conversation.conversation_end) {
        conversation.conversation_end = None;
        conversation.media_stats_min_conversation_mos = None;
        conversation.media_stats_min_conversation_rfactor = None;
    }
    conversation
        .evaluations
        .retain(|evaluation| known(evaluation.event_time));
    conversation
        .surveys
        .retain(|survey| known(survey.event_time));
    conversation
        .resolutions
        .retain(|resolution| known(resolution.event_time));
    let mut place = 0;
    conversation.participants.retain_mut(|participant| {
        place += 1;
        place == 1 || began(participant, instant)
    });
    let sessions = conversation
        .participants
        .iter_mut()
        .flat_map(|one| &mut one.sessions);
    sessions.for_each(|session| cut_session(session, instant));
}

fn began(participant: &Participant, instant: i64) -> bool {
    let mut starts = participant
        .sessions
        .iter()
        .flat_map(|session| &session.segments)
        .filter_map(|segment| segment.segment_start)
        .peekable();
    starts.peek().is_none() || starts.any(|start| start.0 <= instant)
}

fn cut_session(session: &mut Session, instant: i64) {
    let known = |time: Option<Time>| time.is_none_or(|time| time.0 <= instant);
    session
        .segments
        .retain(|segment| known(segment.segment_start));
    for segment in &mut session.segments {
        if !known(segment.segment_end) {
            segment.segment_end = None;
            segment.disconnect_type = None;
            segment.wrap_up_code = None;
            segment.wrap_up_note = None;
        }
    }
    session.metrics.retain(|metric| known(metric.emit_date));
    session
        .media_endpoint_stats
        .retain(|stat| known(stat.event_time));
}

/// Returns the last instant something is known to have happened.
pub(crate) fn last_activity(conversation: &Conversation, open_until: i64) -> i64 {
    if conversation.conversation_end.is_none() {
        return open_until;
    }
    let segments = conversation
        .participants
        .iter()
        .flat_map(|participant| &participant.sessions)
        .flat_map(|session| &session.segments);
    let ends = segments.filter_map(|segment| segment.segment_end);
    ends.chain(conversation.conversation_end)
        .map(|time| time.0)
        .max()
        .unwrap_or(open_until)
}
