-- From which queue to which, and how. Wants views.sql, names.sql (or no_names.sql) and the variables `timezone`,
-- `from_day`, `to_day`, `lookback_days` of settings.sql.
--
--   fromQueueId    the queue of the session that transferred
--   toQueueId      the queue in which the conversation waited next: that of the first session, in the platform's order,
--                  of a participant with the purpose `acd` after the one that transferred. Null when there is none:
--                  the transfer went to a person, to a number or to a flow without a queue.
--   fromQueueName, toQueueName  their names as they were listed last; null where none is known
--   transferred    sum of nTransferred
--   blind, consult sums of nBlindTransferred and nConsultTransferred: without and with a word before
--   handled        number of tHandle in `fromQueueId` for this medium, to whichever queue they went on
--   transferRate   transferred / handled
--
-- A metric counts on the local day on which the platform emitted it.
WITH measured AS (
    SELECT date, conversationId, participantOrdinal, sessionOrdinal, queueId, mediaType, name, value
    FROM metrics
    WHERE date BETWEEN date_sub(DATE '${from_day}', 1 + ${lookback_days})
                   AND date_add(DATE '${to_day}', 1)
      AND queueId IS NOT NULL
      AND name IN ('nTransferred', 'nBlindTransferred', 'nConsultTransferred', 'tHandle')
      AND date_from_unix_date(CAST(unix_millis(from_utc_timestamp(coalesce(emitDate, conversationStart), '${timezone}'))
                                   DIV 86400000 AS INT))
          BETWEEN DATE '${from_day}' AND DATE '${to_day}'
), handled AS (
    SELECT queueId, mediaType, count(*) AS handled FROM measured WHERE name = 'tHandle' GROUP BY queueId, mediaType
), transfers AS (
    SELECT conversationId, participantOrdinal, sessionOrdinal, queueId, mediaType,
           sum(value) FILTER (WHERE name = 'nTransferred') AS transferred,
           coalesce(sum(value) FILTER (WHERE name = 'nBlindTransferred'), 0) AS blind,
           coalesce(sum(value) FILTER (WHERE name = 'nConsultTransferred'), 0) AS consult
    FROM measured
    GROUP BY conversationId, participantOrdinal, sessionOrdinal, queueId, mediaType
    HAVING sum(value) FILTER (WHERE name = 'nTransferred') > 0
), waits AS (
    SELECT conversationId, participantOrdinal, sessionOrdinal, queueId
    FROM sessions
    WHERE date BETWEEN date_sub(DATE '${from_day}', 1 + ${lookback_days})
                   AND date_add(DATE '${to_day}', 1)
      AND purpose = 'acd' AND queueId IS NOT NULL
), followed AS (
    SELECT any_value(t.queueId) AS fromQueueId, any_value(t.mediaType) AS mediaType,
           min_by(w.queueId, w.participantOrdinal * 1000000 + w.sessionOrdinal) AS toQueueId,
           any_value(t.transferred) AS transferred, any_value(t.blind) AS blind, any_value(t.consult) AS consult
    FROM transfers t
    LEFT JOIN waits w ON w.conversationId = t.conversationId AND w.participantOrdinal > t.participantOrdinal
    GROUP BY t.conversationId, t.participantOrdinal, t.sessionOrdinal
)
SELECT f.fromQueueId, any_value(source.name) AS fromQueueName, f.toQueueId, any_value(target.name) AS toQueueName,
       f.mediaType, CAST(sum(f.transferred) AS BIGINT) AS transferred,
       CAST(sum(f.blind) AS BIGINT) AS blind, CAST(sum(f.consult) AS BIGINT) AS consult,
       coalesce(any_value(h.handled), 0) AS handled,
       sum(f.transferred) / any_value(h.handled) AS transferRate
FROM followed f
LEFT JOIN handled h ON h.queueId = f.fromQueueId AND h.mediaType <=> f.mediaType
LEFT JOIN queues source ON source.id = f.fromQueueId
LEFT JOIN queues target ON target.id = f.toQueueId
GROUP BY f.fromQueueId, f.toQueueId, f.mediaType
ORDER BY f.fromQueueId, f.toQueueId NULLS FIRST, f.mediaType;
