//! Segments and what hangs on them.

use super::{Text, Time};

model! {
    /// One phase of a session.
    Segment as "AnalyticsConversationSegment" {
        segment_start: Option<Time> = "segmentStart",
        segment_end: Option<Time> = "segmentEnd",
        queue_id: Option<Text> = "queueId",
        wrap_up_code: Option<Text> = "wrapUpCode",
        wrap_up_note: Option<Text> = "wrapUpNote",
        disconnect_type: Option<Text> = "disconnectType",
        segment_type: Option<Text> = "segmentType",
        audio_muted: Option<bool> = "audioMuted",
        conference: Option<bool> = "conference",
        destination_conversation_id: Option<Text> = "destinationConversationId",
        destination_session_id: Option<Text> = "destinationSessionId",
        error_code: Option<Text> = "errorCode",
        group_id: Option<Text> = "groupId",
        q850_response_codes: Vec<i64> = "q850ResponseCodes",
        requested_language_id: Option<Text> = "requestedLanguageId",
        requested_routing_skill_ids: Vec<Text> = "requestedRoutingSkillIds",
        requested_routing_user_ids: Vec<Text> = "requestedRoutingUserIds",
        sip_response_codes: Vec<i64> = "sipResponseCodes",
        source_conversation_id: Option<Text> = "sourceConversationId",
        source_session_id: Option<Text> = "sourceSessionId",
        subject: Option<Text> = "subject",
        video_muted: Option<bool> = "videoMuted",
        wrap_up_tags: Vec<Text> = "wrapUpTags",
        scored_agents: Vec<ScoredAgent> = "scoredAgents",
        properties: Vec<Property> = "properties",
    }
}

model! {
    /// A typed key and value; the value is always text.
    Property as "AnalyticsProperty" {
        property_type: Option<Text> = "propertyType",
        property: Option<Text> = "property",
        value: Option<Text> = "value",
    }
}

model! {
    /// An agent and the score routing gave.
    ScoredAgent as "AnalyticsScoredAgent" {
        agent_score: Option<i64> = "agentScore",
        scored_agent_id: Option<Text> = "scoredAgentId",
    }
}
