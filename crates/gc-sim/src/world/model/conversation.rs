//! The conversation and its participants.

use super::{Attributes, Evaluation, Resolution, Session, Survey, Text, Time};

model! {
    /// One conversation.
    Conversation as "AnalyticsConversation" {
        conversation_id: Option<Text> = "conversationId",
        conversation_start: Option<Time> = "conversationStart",
        conversation_end: Option<Time> = "conversationEnd",
        access_attributes: Vec<Text> = "accessAttributes",
        associated_conversation_id: Option<Text> = "associatedConversationId",
        conference_start: Option<Time> = "conferenceStart",
        consultation_conversation_ids: Vec<Text> = "consultationConversationIds",
        conversation_initiator: Option<Text> = "conversationInitiator",
        customer_participation: Option<bool> = "customerParticipation",
        division_ids: Vec<Text> = "divisionIds",
        external_tag: Option<Text> = "externalTag",
        inactivity_timeout: Option<Time> = "inactivityTimeout",
        knowledge_base_ids: Vec<Text> = "knowledgeBaseIds",
        media_stats_min_conversation_mos: Option<f64> = "mediaStatsMinConversationMos",
        media_stats_min_conversation_rfactor: Option<f64> = "mediaStatsMinConversationRFactor",
        originating_direction: Option<Text> = "originatingDirection",
        originating_social_media_public: Option<bool> = "originatingSocialMediaPublic",
        self_served: Option<bool> = "selfServed",
        evaluations: Vec<Evaluation> = "evaluations",
        surveys: Vec<Survey> = "surveys",
        resolutions: Vec<Resolution> = "resolutions",
        participants: Vec<Participant> = "participants",
    }
}

model! {
    /// One party of a conversation: customer, flow, queue, agent.
    Participant as "AnalyticsParticipant" {
        participant_id: Option<Text> = "participantId",
        participant_name: Option<Text> = "participantName",
        user_id: Option<Text> = "userId",
        purpose: Option<Text> = "purpose",
        external_contact_id: Option<Text> = "externalContactId",
        external_organization_id: Option<Text> = "externalOrganizationId",
        flagged_reason: Option<Text> = "flaggedReason",
        screen_recording: Option<bool> = "screenRecording",
        team_id: Option<Text> = "teamId",
        sessions: Vec<Session> = "sessions",
        attributes: Attributes = "attributes",
    }
}
