-- Views over the nested table `conversations`: one row for each participant, session, segment, metric,
-- attribute, evaluation and survey. They need the variable `root`, see settings.sql.
--
-- Rows join by `conversationId` and the ordinals, which are places in the platform's lists, counted from 0:
-- a session is (conversationId, participantOrdinal, sessionOrdinal). `participantId` and `sessionId` are
-- there too, but the platform does not promise that every participant and session has one. A condition on
-- `date` reads only the partitions that it leaves over, through every view. All other columns have the
-- platform's names; `queueId` of a session is ours: that of its first segment that has one.
--
-- Where the archive has flat tables, flat_views.sql defines the same views over them, and every report
-- runs several times as fast.

CREATE OR REPLACE VIEW conversations AS
SELECT * FROM read_parquet(getvariable('root') || '/conversations/date=*/*.parquet',
                           hive_partitioning = true, union_by_name = true);

CREATE OR REPLACE VIEW participants AS
SELECT date, conversationId, conversationStart, participantOrdinal, participant.* EXCLUDE (sessions)
FROM (SELECT date, conversationId, conversationStart,
             unnest(range(len(participants))) AS participantOrdinal, unnest(participants) AS participant
      FROM conversations);

CREATE OR REPLACE VIEW _sessions AS
SELECT date, conversationId, conversationStart, participantOrdinal, participant.participantId AS participantId,
       participant.purpose AS purpose, participant.userId AS userId,
       unnest(range(len(participant.sessions))) AS sessionOrdinal, unnest(participant.sessions) AS session
FROM (SELECT date, conversationId, conversationStart,
             unnest(range(len(participants))) AS participantOrdinal, unnest(participants) AS participant
      FROM conversations);

CREATE OR REPLACE VIEW sessions AS
SELECT date, conversationId, conversationStart, participantOrdinal, participantId, purpose, userId, sessionOrdinal,
       list_filter(session.segments, lambda segment: segment.queueId IS NOT NULL)[1].queueId AS queueId,
       session.* EXCLUDE (segments, metrics)
FROM _sessions;

CREATE OR REPLACE VIEW segments AS
SELECT * EXCLUDE (segment), segment.*
FROM (SELECT date, conversationId, conversationStart, participantOrdinal, participantId, purpose, userId,
             sessionOrdinal, session.sessionId AS sessionId, session.mediaType AS mediaType,
             unnest(range(len(session.segments))) AS segmentOrdinal, unnest(session.segments) AS segment
      FROM _sessions);

CREATE OR REPLACE VIEW metrics AS
SELECT * EXCLUDE (metric), metric.*
FROM (SELECT date, conversationId, conversationStart, participantOrdinal, participantId, purpose, userId,
             sessionOrdinal, session.sessionId AS sessionId, session.mediaType AS mediaType,
             list_filter(session.segments, lambda segment: segment.queueId IS NOT NULL)[1].queueId AS queueId,
             unnest(range(len(session.metrics))) AS metricOrdinal, unnest(session.metrics) AS metric
      FROM _sessions);

-- Only conversations that came by a job (`_source`) have attributes.
CREATE OR REPLACE VIEW attributes AS
SELECT date, conversationId, conversationStart, participantOrdinal, participantId, purpose, userId,
       entry.key AS key, entry.value AS value
FROM (SELECT *, unnest(map_entries(attributes)) AS entry FROM participants);

CREATE OR REPLACE VIEW evaluations AS
SELECT * EXCLUDE (evaluation), evaluation.*
FROM (SELECT date, conversationId, conversationStart,
             unnest(range(len(evaluations))) AS evaluationOrdinal, unnest(evaluations) AS evaluation
      FROM conversations);

CREATE OR REPLACE VIEW surveys AS
SELECT * EXCLUDE (survey), survey.*
FROM (SELECT date, conversationId, conversationStart,
             unnest(range(len(surveys))) AS surveyOrdinal, unnest(surveys) AS survey
      FROM conversations);
