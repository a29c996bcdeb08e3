-- Views over the nested table `conversations`: one row for each participant, session, segment, metric,
-- attribute, evaluation and survey. `${root}` stands for the root of the archive, a folder or s3a://bucket/prefix:
--
--   spark-sql -d root=lake -f scripts/sql/spark/views.sql
--
-- or, in a session that is there, `spark.conf.set("root", "lake")`; then `spark.sql(…)` with each statement of
-- this file (they end with a semicolon at the end of a line). Spark 3.4 or later.
--
-- Rows join by `conversationId` and the ordinals, which are places in the platform's lists, counted from 0:
-- a session is (conversationId, participantOrdinal, sessionOrdinal). `participantId` and `sessionId` are
-- there too, but the platform does not promise that every participant and session has one. A condition on
-- `date` reads only the partitions that it leaves over, through every view. All other columns have the
-- platform's names; `queueId` of a session is ours: that of its first segment that has one.
--
-- Where the archive has flat tables, flat_views.sql defines the same views over them.

-- `mergeSchema` reads every footer once, so that files of before and after a new column read together.
CREATE OR REPLACE TEMPORARY VIEW conversations
USING parquet OPTIONS (path '${root}/conversations', mergeSchema 'true');

CREATE OR REPLACE TEMPORARY VIEW participants AS
SELECT date, conversationId, conversationStart, CAST(ordinal AS BIGINT) AS participantOrdinal,
       participant.externalContactId, participant.externalOrganizationId, participant.flaggedReason,
       participant.participantId, participant.participantName, participant.purpose, participant.screenRecording,
       participant.teamId, participant.userId, participant.attributes
FROM conversations LATERAL VIEW posexplode(participants) AS ordinal, participant;

CREATE OR REPLACE TEMPORARY VIEW _sessions AS
SELECT date, conversationId, conversationStart, CAST(outerOrdinal AS BIGINT) AS participantOrdinal,
       participant.participantId, participant.purpose, participant.userId, CAST(ordinal AS BIGINT) AS sessionOrdinal,
       get(filter(session.segments, segment -> segment.queueId IS NOT NULL), 0).queueId AS queueId, session
FROM conversations LATERAL VIEW posexplode(participants) AS outerOrdinal, participant
LATERAL VIEW posexplode(participant.sessions) AS ordinal, session;

CREATE OR REPLACE TEMPORARY VIEW sessions AS
SELECT date, conversationId, conversationStart, participantOrdinal, participantId, purpose, userId, sessionOrdinal,
       queueId,
       session.activeSkillIds, session.acwSkipped, session.addressFrom, session.addressOther, session.addressSelf,
       session.addressTo, session.agentAssistantId, session.agentBullseyeRing, session.agentOwned, session.ani,
       session.assignerId, session.authenticated, session.bargedParticipantId, session.bcc, session.callbackNumbers,
       session.callbackScheduledTime, session.callbackUserName, session.cc, session.cleared,
       session.coachedParticipantId, session.cobrowseRole, session.cobrowseRoomId, session.deliveryPushed,
       session.deliveryStatus, session.deliveryStatusChangeDate, session.destinationAddresses,
       session.detectedSpeechEnd, session.detectedSpeechStart, session.direction, session.dispositionAnalyzer,
       session.dispositionName, session.dnis, session.edgeId, session.eligibleAgentCounts, session.engagementSource,
       session.errorCodeDescription, session.extendedDeliveryStatus, session.flowInType, session.flowOutType,
       session.journeyActionId, session.journeyActionMapId, session.journeyActionMapVersion,
       session.journeyCustomerId, session.journeyCustomerIdType, session.journeyCustomerSessionId,
       session.journeyCustomerSessionIdType, session.mediaBridgeId, session.mediaCount, session.mediaType,
       session.messageType, session.monitoredParticipantId, session.outboundCampaignId, session.outboundContactId,
       session.outboundContactListId, session.peerId, session.protocolCallId, session.provider, session.recording,
       session.remote, session.remoteNameDisplayable, session.removedSkillIds, session.requestedRoutings,
       session.roomId, session.routingRing, session.routingRule, session.routingRuleType,
       session.screenMonitoredUserId, session.screenShareAddressSelf, session.screenShareRoomId, session.scriptId,
       session.selectedAgentId, session.selectedAgentRank, session.sessionDnis, session.sessionId,
       session.sharingScreen, session.skillExpressionId, session.skipEnabled, session.snippetRecording,
       session.timeoutSeconds, session.usedRouting, session.videoAddressSelf, session.videoRoomId,
       session.waitingInteractionCounts, session.agentGroups, session.proposedAgents, session.mediaEndpointStats,
       session.flow
FROM _sessions;

CREATE OR REPLACE TEMPORARY VIEW segments AS
SELECT date, conversationId, conversationStart, participantOrdinal, participantId, purpose, userId, sessionOrdinal,
       session.sessionId, session.mediaType, CAST(ordinal AS BIGINT) AS segmentOrdinal,
       segment.audioMuted, segment.conference, segment.destinationConversationId, segment.destinationSessionId,
       segment.disconnectType, segment.errorCode, segment.groupId, segment.q850ResponseCodes, segment.queueId,
       segment.requestedLanguageId, segment.requestedRoutingSkillIds, segment.requestedRoutingUserIds,
       segment.segmentEnd, segment.segmentStart, segment.segmentType, segment.sipResponseCodes,
       segment.sourceConversationId, segment.sourceSessionId, segment.subject, segment.videoMuted, segment.wrapUpCode,
       segment.wrapUpNote, segment.wrapUpTags, segment.scoredAgents, segment.properties
FROM _sessions LATERAL VIEW posexplode(session.segments) AS ordinal, segment;

CREATE OR REPLACE TEMPORARY VIEW metrics AS
SELECT date, conversationId, conversationStart, participantOrdinal, participantId, purpose, userId, sessionOrdinal,
       session.sessionId, session.mediaType, queueId, CAST(ordinal AS BIGINT) AS metricOrdinal,
       metric.emitDate, metric.name, metric.value
FROM _sessions LATERAL VIEW posexplode(session.metrics) AS ordinal, metric;

-- Only conversations that came by a job (`_source`) have attributes.
CREATE OR REPLACE TEMPORARY VIEW attributes AS
SELECT date, conversationId, conversationStart, participantOrdinal, participantId, purpose, userId, key, value
FROM participants LATERAL VIEW explode(attributes) AS key, value;

CREATE OR REPLACE TEMPORARY VIEW evaluations AS
SELECT date, conversationId, conversationStart, CAST(ordinal AS BIGINT) AS evaluationOrdinal,
       evaluation.assigneeApplicable, evaluation.assigneeId, evaluation.calibrationId, evaluation.contextId,
       evaluation.deleted, evaluation.evaluationId, evaluation.evaluationStatus, evaluation.evaluatorId,
       evaluation.eventTime, evaluation.formId, evaluation.formName, evaluation.queueId, evaluation.released,
       evaluation.rescored, evaluation.systemSubmitted, evaluation.userId, evaluation.oTotalCriticalScore,
       evaluation.oTotalScore
FROM conversations LATERAL VIEW posexplode(evaluations) AS ordinal, evaluation;

CREATE OR REPLACE TEMPORARY VIEW surveys AS
SELECT date, conversationId, conversationStart, CAST(ordinal AS BIGINT) AS surveyOrdinal,
       survey.eventTime, survey.queueId, survey.surveyCompletedDate, survey.surveyFormContextId, survey.surveyFormId,
       survey.surveyFormName, survey.surveyId, survey.surveyPartialResponse, survey.surveyPromoterScore,
       survey.surveyStatus, survey.surveyType, survey.userId, survey.oSurveyTotalScore
FROM conversations LATERAL VIEW posexplode(surveys) AS ordinal, survey;
