//! What real records do that their documentation does not say.

use super::super::model::{Participant, Session};
use super::super::value::Time;
use super::{Story, metric};

/// Fields no SDK knows, at the depths where the simulator adds them: name and raw JSON.
pub const UNKNOWN_FIELDS: [(&str, &str, &str); 8] = [
    ("AnalyticsConversation", "sustainabilityScore", "0.25"),
    ("AnalyticsConversation", "additionalProperties", "{}"),
    (
        "AnalyticsConversation",
        "journeyContext",
        r#"{"stage":"renewal","touchpoints":[1,2,3]}"#,
    ),
    ("AnalyticsParticipant", "pronouns", r#""they/them""#),
    ("AnalyticsSession", "holographic", "true"),
    (
        "AnalyticsConversationSegment",
        "ambientNoise",
        r#"[{"db":41},{"db":40.5}]"#,
    ),
    ("AnalyticsSessionMetric", "qualifier", "null"),
    ("AnalyticsFlow", "modelVersion", r#""7-β""#),
];

/// How many of a thousand conversations carry fields no SDK knows.
const UNKNOWN_SHARE: i64 = 30;

/// Bends some conversations in the ways real ones are bent.
pub(super) fn bend(story: &mut Story<'_>) {
    if story.dice.per_mille(UNKNOWN_SHARE) {
        story.add_unknown();
    }
    if story.dice.per_mille(8) {
        story.add_bare_participant();
    }
    if story.dice.per_mille(8) {
        story.add_bare_session();
    }
    if story.dice.per_mille(15) {
        story.repeat_metrics();
    }
    if story.dice.per_mille(12) {
        story.repeat_user();
    }
    if story.dice.per_mille(10) {
        story.start_early();
    }
}

impl Story<'_> {
    fn add_unknown(&mut self) {
        let chosen = self.dice.pick(&UNKNOWN_FIELDS);
        for (model, name, raw) in UNKNOWN_FIELDS {
            if model == chosen.0 {
                self.add_unknown_field(model, (name, raw));
            }
        }
    }

    fn add_unknown_field(&mut self, model: &str, field: (&'static str, &'static str)) {
        let conversation = &mut self.conversation;
        match model {
            "AnalyticsConversation" => return conversation.unknown.push(field),
            "AnalyticsParticipant" => return conversation.participants[0].unknown.push(field),
            _ => {}
        }
        for session in conversation
            .participants
            .iter_mut()
            .flat_map(|one| &mut one.sessions)
        {
            match model {
                "AnalyticsSession" => session.unknown.push(field),
                "AnalyticsFlow" => {
                    session
                        .flow
                        .iter_mut()
                        .for_each(|flow| flow.unknown.push(field));
                }
                "AnalyticsSessionMetric" => {
                    session
                        .metrics
                        .iter_mut()
                        .for_each(|metric| metric.unknown.push(field));
                }
                _ => session
                    .segments
                    .iter_mut()
                    .for_each(|segment| segment.unknown.push(field)),
            }
        }
    }

    /// A participant without sessions.
    fn add_bare_participant(&mut self) {
        self.conversation.participants.push(Participant {
            participant_id: Some(self.dice.id().into()),
            purpose: Some("external".into()),
            ..Participant::default()
        });
    }

    /// A session without segments.
    fn add_bare_session(&mut self) {
        let bare = Session {
            media_type: Some("unknown".into()),
            session_id: Some(self.dice.id().into()),
            ..Session::default()
        };
        self.conversation.participants[0].sessions.push(bare);
    }

    /// The same metric many times in one session.
    fn repeat_metrics(&mut self) {
        let (start, count) = (self.start(), self.dice.between(20, 60));
        let customer = self.conversation.participants[0].sessions.first_mut();
        if let Some(session) = customer {
            let turns = (0..count).map(|turn| metric("oMessageTurn", 1, start + turn));
            session.metrics.extend(turns);
        }
    }

    /// One user on several participants.
    fn repeat_user(&mut self) {
        let agent = self
            .conversation
            .participants
            .iter()
            .find(|one| one.user_id.is_some());
        let Some(user) = agent.and_then(|agent| agent.user_id.clone()) else {
            return;
        };
        let mut session = self.session();
        let mut segment = self.phase("monitoring", 0);
        segment.disconnect_type = Some("client".into());
        session.segments.push(segment);
        self.join("user", None, session);
        if let Some(again) = self.conversation.participants.last_mut() {
            again.user_id = Some(user);
        }
    }

    /// A segment that starts before its conversation.
    fn start_early(&mut self) {
        let early = Time(self.start() - self.dice.between(1, 4_000));
        let sessions = self
            .conversation
            .participants
            .iter_mut()
            .flat_map(|one| &mut one.sessions);
        if let Some(segment) = sessions.flat_map(|session| &mut session.segments).next() {
            segment.segment_start = Some(early);
        }
    }

    fn start(&self) -> i64 {
        self.conversation
            .conversation_start
            .map_or(self.now, |start| start.0)
    }
}
