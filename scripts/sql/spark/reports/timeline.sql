-- What happened in one conversation: history and live events together, in order of time. Wants views.sql, names.sql
-- (or no_names.sql), events.sql and the variable `conversation` of settings.sql.
--
--   happenedAt of history: when the conversation, or the segment, began or ended; of an event: when it was received
--   source     `history`; or an event's origin: `live` as pushed, `backfill` as fetched afterwards to repair a gap
--   what       `conversation start`, `conversation end`, `segment <its type>`, or `event <its kind of change>`
--   purpose, userId, userName, queueId, queueName, mediaType  of whom and what, where it is known; names as they were
--              listed last
--   seconds    the length of a segment; null while it is open
--   detail     how a segment ended; what an event changed
--
-- Both tables have bloom filters or statistics for `conversationId`, so that most files are passed over; where the
-- day is known, a condition on `date` spares even that look.
SELECT happenedAt, source, what, purpose, userId, users.name AS userName, queueId, queues.name AS queueName, mediaType,
       seconds, detail
FROM (
    SELECT conversationStart AS happenedAt, 'history' AS source, 'conversation start' AS what, NULL AS purpose, NULL AS userId,
           NULL AS queueId, NULL AS mediaType, NULL AS seconds, originatingDirection AS detail, 0 AS place
    FROM conversations WHERE conversationId = '${conversation}'
    UNION ALL
    SELECT conversationEnd, 'history', 'conversation end', NULL, NULL, NULL, NULL, NULL, NULL, 3
    FROM conversations WHERE conversationId = '${conversation}' AND conversationEnd IS NOT NULL
    UNION ALL
    SELECT segmentStart, 'history', 'segment ' || segmentType, purpose, userId, queueId, mediaType,
           (unix_millis(segmentEnd) - unix_millis(segmentStart)) / 1000, disconnectType, 1
    FROM segments WHERE conversationId = '${conversation}'
    UNION ALL
    SELECT receivedAt, origin, 'event ' || changeKind, NULL, NULL, queueId, array_join(mediaTypes, ', '), NULL,
           array_join(transform(changes, change -> change.path || ': '
               || coalesce(change.previousValue, 'none') || ' -> ' || coalesce(change.value, 'none')), '; '), 2
    FROM events WHERE conversationId = '${conversation}'
)
LEFT JOIN users ON users.id = userId
LEFT JOIN queues ON queues.id = queueId
ORDER BY happenedAt NULLS FIRST, place, what, purpose, userId, detail;
