//! The conversation, field by field.
//!
//! Names, types and nesting are the platform's own, so that its documentation is the data
//! dictionary. To follow a new field, add a line: older files lack the column, readers see null.
//!
//! Source: models of the official Python SDK `purecloudplatformclientv2` 269.0.0, integer and
//! number formats of the official .NET SDK 270.0.0, 2026-10.

use gc_arrow::{
    Field, boolean, double, integer, integers, object, objects, text, text_map, texts, time,
};

/// A conversation, as the asynchronous job returns it.
pub const CONVERSATION: &[Field] = &[
    texts("accessAttributes"),
    text("associatedConversationId"),
    time("conferenceStart"),
    texts("consultationConversationIds"),
    time("conversationEnd"),
    text("conversationId"),
    text("conversationInitiator"),
    time("conversationStart"),
    boolean("customerParticipation"),
    texts("divisionIds"),
    text("externalTag"),
    time("inactivityTimeout"),
    texts("knowledgeBaseIds"),
    double("mediaStatsMinConversationMos"),
    double("mediaStatsMinConversationRFactor"),
    text("originatingDirection"),
    boolean("originatingSocialMediaPublic"),
    boolean("selfServed"),
    objects("evaluations", EVALUATION),
    objects("surveys", SURVEY),
    objects("resolutions", RESOLUTION),
    objects("participants", PARTICIPANT),
];

/// A party to a conversation. Only the job returns `attributes`.
pub const PARTICIPANT: &[Field] = &[
    text("externalContactId"),
    text("externalOrganizationId"),
    text("flaggedReason"),
    text("participantId"),
    text("participantName"),
    text("purpose"),
    boolean("screenRecording"),
    text("teamId"),
    text("userId"),
    objects("sessions", SESSION),
    text_map("attributes"),
];

/// A participant's use of one medium.
pub const SESSION: &[Field] = &[
    texts("activeSkillIds"),
    boolean("acwSkipped"),
    text("addressFrom"),
    text("addressOther"),
    text("addressSelf"),
    text("addressTo"),
    text("agentAssistantId"),
    integer("agentBullseyeRing"),
    boolean("agentOwned"),
    text("ani"),
    text("assignerId"),
    boolean("authenticated"),
    text("bargedParticipantId"),
    texts("bcc"),
    texts("callbackNumbers"),
    time("callbackScheduledTime"),
    text("callbackUserName"),
    texts("cc"),
    boolean("cleared"),
    text("coachedParticipantId"),
    text("cobrowseRole"),
    text("cobrowseRoomId"),
    boolean("deliveryPushed"),
    text("deliveryStatus"),
    time("deliveryStatusChangeDate"),
    texts("destinationAddresses"),
    time("detectedSpeechEnd"),
    time("detectedSpeechStart"),
    text("direction"),
    text("dispositionAnalyzer"),
    text("dispositionName"),
    text("dnis"),
    text("edgeId"),
    integers("eligibleAgentCounts"),
    text("engagementSource"),
    text("errorCodeDescription"),
    text("extendedDeliveryStatus"),
    text("flowInType"),
    text("flowOutType"),
    text("journeyActionId"),
    text("journeyActionMapId"),
    integer("journeyActionMapVersion"),
    text("journeyCustomerId"),
    text("journeyCustomerIdType"),
    text("journeyCustomerSessionId"),
    text("journeyCustomerSessionIdType"),
    text("mediaBridgeId"),
    integer("mediaCount"),
    text("mediaType"),
    text("messageType"),
    text("monitoredParticipantId"),
    text("outboundCampaignId"),
    text("outboundContactId"),
    text("outboundContactListId"),
    text("peerId"),
    text("protocolCallId"),
    text("provider"),
    boolean("recording"),
    text("remote"),
    text("remoteNameDisplayable"),
    texts("removedSkillIds"),
    texts("requestedRoutings"),
    text("roomId"),
    integer("routingRing"),
    text("routingRule"),
    text("routingRuleType"),
    text("screenMonitoredUserId"),
    text("screenShareAddressSelf"),
    text("screenShareRoomId"),
    text("scriptId"),
    text("selectedAgentId"),
    integer("selectedAgentRank"),
    text("sessionDnis"),
    text("sessionId"),
    boolean("sharingScreen"),
    text("skillExpressionId"),
    boolean("skipEnabled"),
    boolean("snippetRecording"),
    integer("timeoutSeconds"),
    text("usedRouting"),
    text("videoAddressSelf"),
    text("videoRoomId"),
    integers("waitingInteractionCounts"),
    objects("agentGroups", AGENT_GROUP),
    objects("proposedAgents", PROPOSED_AGENT),
    objects("mediaEndpointStats", MEDIA_ENDPOINT_STAT),
    object("flow", FLOW),
    objects("metrics", METRIC),
    objects("segments", SEGMENT),
];

/// A phase of a session.
pub const SEGMENT: &[Field] = &[
    boolean("audioMuted"),
    boolean("conference"),
    text("destinationConversationId"),
    text("destinationSessionId"),
    text("disconnectType"),
    text("errorCode"),
    text("groupId"),
    integers("q850ResponseCodes"),
    text("queueId"),
    text("requestedLanguageId"),
    texts("requestedRoutingSkillIds"),
    texts("requestedRoutingUserIds"),
    time("segmentEnd"),
    time("segmentStart"),
    text("segmentType"),
    integers("sipResponseCodes"),
    text("sourceConversationId"),
    text("sourceSessionId"),
    text("subject"),
    boolean("videoMuted"),
    text("wrapUpCode"),
    text("wrapUpNote"),
    texts("wrapUpTags"),
    objects("scoredAgents", SCORED_AGENT),
    objects("properties", PROPERTY),
];

/// A measurement of a session: `t…` in milliseconds, `n…` and `o…` counts.
pub const METRIC: &[Field] = &[time("emitDate"), text("name"), integer("value")];

/// Voice quality at one end.
pub const MEDIA_ENDPOINT_STAT: &[Field] = &[
    texts("codecs"),
    integer("discardedPackets"),
    integer("duplicatePackets"),
    time("eventTime"),
    integer("invalidPackets"),
    integer("maxLatencyMs"),
    double("minMos"),
    double("minRFactor"),
    integer("overrunPackets"),
    integer("receivedPackets"),
    integer("underrunPackets"),
];

/// An Architect flow that ran in a session.
pub const FLOW: &[Field] = &[
    text("endingLanguage"),
    text("entryReason"),
    text("entryType"),
    text("exitReason"),
    text("flowId"),
    text("flowName"),
    text("flowType"),
    text("flowVersion"),
    boolean("issuedCallback"),
    text("recognitionFailureReason"),
    text("startingLanguage"),
    text("transferTargetAddress"),
    text("transferTargetName"),
    text("transferType"),
    objects("outcomes", FLOW_OUTCOME),
];

/// An outcome that a flow recorded.
pub const FLOW_OUTCOME: &[Field] = &[
    text("flowOutcome"),
    time("flowOutcomeEndTimestamp"),
    text("flowOutcomeId"),
    time("flowOutcomeStartTimestamp"),
    text("flowOutcomeValue"),
];

/// A typed property of a segment; the value is always a text.
pub const PROPERTY: &[Field] = &[text("property"), text("propertyType"), text("value")];

/// An agent with the score that routing gave.
pub const SCORED_AGENT: &[Field] = &[integer("agentScore"), text("scoredAgentId")];

/// An agent whom routing proposed.
pub const PROPOSED_AGENT: &[Field] = &[integer("agentRank"), text("proposedAgentId")];

/// A group of agents that routing considered.
pub const AGENT_GROUP: &[Field] = &[text("agentGroupId"), text("agentGroupType")];

/// A quality evaluation.
pub const EVALUATION: &[Field] = &[
    boolean("assigneeApplicable"),
    text("assigneeId"),
    text("calibrationId"),
    text("contextId"),
    boolean("deleted"),
    text("evaluationId"),
    text("evaluationStatus"),
    text("evaluatorId"),
    time("eventTime"),
    text("formId"),
    text("formName"),
    text("queueId"),
    boolean("released"),
    boolean("rescored"),
    boolean("systemSubmitted"),
    text("userId"),
    integer("oTotalCriticalScore"),
    integer("oTotalScore"),
];

/// A customer survey.
pub const SURVEY: &[Field] = &[
    time("eventTime"),
    text("queueId"),
    time("surveyCompletedDate"),
    text("surveyFormContextId"),
    text("surveyFormId"),
    text("surveyFormName"),
    text("surveyId"),
    boolean("surveyPartialResponse"),
    integer("surveyPromoterScore"),
    text("surveyStatus"),
    text("surveyType"),
    text("userId"),
    integer("oSurveyTotalScore"),
];

/// Whether the next contact was avoided.
pub const RESOLUTION: &[Field] = &[
    time("eventTime"),
    text("queueId"),
    text("userId"),
    integer("nNextContactAvoided"),
];
