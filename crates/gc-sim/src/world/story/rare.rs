//! Documented fields that few conversations carry.

use uuid::Uuid;

use super::super::directory::Named;
use super::super::model::{AgentGroup, Property, ProposedAgent, ScoredAgent, Segment, Session};
use super::super::value::{Text, Time};
use super::{Media, Story, late};

/// How many of a thousand conversations carry each group of rare fields.
const SHARE: i64 = 25;

/// Adds groups of rare fields to some conversations.
pub(super) fn decorate(story: &mut Story<'_>) {
    let groups = [
        Story::associations,
        Story::journey,
        Story::delivery,
        Story::routing,
        Story::watched,
        Story::troubled,
        Story::properties,
        Story::judged,
        Story::flow_trouble,
    ];
    for group in groups {
        if story.dice.per_mille(SHARE) {
            group(story);
        }
    }
}

/// Returns one of `items` for an id that chance has given.
fn chosen<T>(items: &[T], chance: Uuid) -> Option<&T> {
    let place = chance.as_u128() % (items.len().max(1) as u128);
    items.get(usize::try_from(place).unwrap_or(0))
}

fn id_of(named: Option<&Named>) -> Option<Text> {
    named.map(|one| one.id.into())
}

impl Story<'_> {
    fn some_id(&mut self) -> Option<Text> {
        Some(self.dice.id().into())
    }

    /// Returns the session that joined last.
    fn last_session(&mut self) -> &mut Session {
        let last = self.conversation.participants.last_mut();
        let last = last.and_then(|participant| participant.sessions.last_mut());
        last.expect("the customer always has a session")
    }

    /// Returns the first phase of the session that joined last.
    fn last_segment(&mut self) -> &mut Segment {
        let first = self.last_session().segments.first_mut();
        first.expect("every session begins with a phase")
    }

    fn associations(&mut self) {
        let start = self
            .conversation
            .conversation_start
            .map_or(self.now, |start| start.0);
        let ids = [
            self.some_id(),
            self.some_id(),
            self.some_id(),
            self.some_id(),
        ];
        let [associated, consult, base, organisation] = ids;
        let tag = format!("crm:case/{}", self.dice.digits(7));
        let conversation = &mut self.conversation;
        conversation.associated_conversation_id = associated;
        conversation.consultation_conversation_ids.extend(consult);
        conversation.knowledge_base_ids.extend(base);
        conversation.access_attributes = vec!["restricted".into(), "région=nord".into()];
        conversation.conference_start = Some(Time(start + 30_000));
        conversation.external_tag = Some(tag.into());
        conversation.inactivity_timeout = Some(Time(self.now + 86_400_000));
        let customer = &mut conversation.participants[0];
        customer.external_organization_id = organisation;
        customer.flagged_reason = Some("general".into());
        customer.screen_recording = Some(true);
    }

    fn journey(&mut self) {
        let (action, map, bridge, assistant) = (
            self.some_id(),
            self.some_id(),
            self.some_id(),
            self.some_id(),
        );
        let session = self.last_session();
        session.journey_action_id = action;
        session.journey_action_map_id = map;
        session.journey_action_map_version = Some(3);
        session.media_bridge_id = bridge;
        session.agent_assistant_id = assistant;
        session.address_other = Some("other@company.example".into());
        session.address_self = Some("self@company.example".into());
        session.flow_in_type = Some("agent".into());
        session.flow_out_type = Some("acd".into());
    }

    fn delivery(&mut self) {
        let (changed, assigner) = (Time(self.now), self.some_id());
        let status = *self
            .dice
            .pick(&["Sent", "DeliverySuccess", "Read", "DeliveryFailed"]);
        let session = self.last_session();
        session.delivery_status = Some(status.into());
        session.delivery_status_change_date = Some(changed);
        session.delivery_pushed = Some(true);
        session.extended_delivery_status = Some("provider: 30007".into());
        session.destination_addresses = vec!["+120255501".into(), "a@mail.example".into()];
        session.agent_owned = Some(true);
        session.assigner_id = assigner;
        session.cleared = Some(false);
    }

    fn routing(&mut self) {
        let (skill, expression, user) = (self.dice.id(), self.some_id(), self.dice.id());
        let (group, scored) = (self.dice.id(), self.dice.id());
        let directory = self.directory;
        let skill = id_of(chosen(&directory.skills, skill));
        let team = id_of(chosen(&directory.teams, group));
        let group = id_of(chosen(&directory.groups, group));
        let [user, scored] = [user, scored].map(|chance| {
            let user = chosen(&directory.users, chance);
            user.map(|user| user.id.into())
        });
        let session = self.last_session();
        session.active_skill_ids.extend(skill.clone());
        session.removed_skill_ids.extend(skill);
        session.skill_expression_id = expression;
        session.agent_bullseye_ring = Some(2);
        session.routing_ring = Some(2);
        session.routing_rule = Some("prefer the last agent".into());
        session.routing_rule_type = Some("Preferred".into());
        session.selected_agent_rank = Some(1);
        session.eligible_agent_counts = vec![12, 30];
        session.waiting_interaction_counts = vec![4];
        session.proposed_agents.push(ProposedAgent {
            agent_rank: Some(1),
            proposed_agent_id: user.clone(),
            unknown: Vec::new(),
        });
        session.agent_groups.push(AgentGroup {
            agent_group_id: team,
            agent_group_type: Some("Team".into()),
            unknown: Vec::new(),
        });
        let segment = self.last_segment();
        segment.group_id = group;
        segment.requested_routing_user_ids.extend(user);
        segment.scored_agents.push(ScoredAgent {
            agent_score: Some(87),
            scored_agent_id: scored,
            unknown: Vec::new(),
        });
    }

    fn watched(&mut self) {
        let (watched, coached, barged) = (self.some_id(), self.some_id(), self.some_id());
        let (screen, now) = (self.some_id(), self.now);
        let session = self.last_session();
        session.monitored_participant_id = watched;
        session.coached_participant_id = coached;
        session.barged_participant_id = barged;
        session.screen_monitored_user_id = screen;
        session.snippet_recording = Some(true);
        session.detected_speech_start = Some(Time(now - 9_000));
        session.detected_speech_end = Some(Time(now - 1_000));
        let segment = self.last_segment();
        segment.audio_muted = Some(true);
        segment.video_muted = Some(false);
    }

    fn troubled(&mut self) {
        let ids = [
            self.some_id(),
            self.some_id(),
            self.some_id(),
            self.some_id(),
        ];
        let [from, from_session, to, to_session] = ids;
        self.last_session().error_code_description = Some("The far end hung up: 486".into());
        let segment = self.last_segment();
        segment.error_code = Some("error.ininedgecontrol.session.inactive".into());
        segment.q850_response_codes = vec![16, 17];
        segment.sip_response_codes = vec![486, 603];
        segment.source_conversation_id = from;
        segment.source_session_id = from_session;
        segment.destination_conversation_id = to;
        segment.destination_session_id = to_session;
        segment.wrap_up_tags = vec!["billing".into(), "à rappeler".into()];
    }

    fn properties(&mut self) {
        let id = self.dice.id().to_string();
        let values = [
            ("bool", "isVip", "true".to_owned()),
            ("integer", "attempts", "3".to_owned()),
            ("real", "score", "0.75".to_owned()),
            ("date", "promised", "2026-12-01".to_owned()),
            ("string", "reason", "late \"delivery\"".to_owned()),
            ("uuid", "case", id),
        ];
        let properties = values.map(|(kind, name, value)| Property {
            property_type: Some(kind.into()),
            property: Some(name.into()),
            value: Some(value.into()),
            unknown: Vec::new(),
        });
        self.last_segment().properties.extend(properties);
    }

    /// Surveys, evaluations and resolutions that were there from the first export on.
    fn judged(&mut self) {
        let end = self.now - 4_100_000;
        let others = &self.directory.others;
        let (survey_form, evaluation_form) = (others[7], others[8]);
        let queue: Text = self.dice.pick(&self.directory.queues).id.into();
        let user = self
            .conversation
            .participants
            .iter()
            .rev()
            .find_map(|one| one.user_id.clone());
        let mut survey = late::survey(&mut self.dice, end, survey_form.into(), user.clone());
        survey.queue_id = Some(queue.clone());
        let mut evaluation =
            late::evaluation(&mut self.dice, end, evaluation_form.into(), user.clone());
        evaluation.queue_id = Some(queue.clone());
        evaluation.calibration_id = self.some_id();
        self.conversation.surveys.push(survey);
        self.conversation.evaluations.push(evaluation);
        self.conversation
            .resolutions
            .push(late::resolution(&mut self.dice, end, queue, user));
    }

    fn flow_trouble(&mut self) {
        let number = self.phone();
        let sessions = self
            .conversation
            .participants
            .iter_mut()
            .flat_map(|one| &mut one.sessions);
        for flow in sessions.filter_map(|session| session.flow.as_mut()) {
            flow.entry_reason = Some("directFlowEntry".into());
            flow.recognition_failure_reason = Some("noInput".into());
            flow.transfer_target_address = Some(number.clone().into());
        }
        if self.media == Media::Voice {
            self.last_session().remote_name_displayable = Some("anonymous".into());
        }
    }
}
