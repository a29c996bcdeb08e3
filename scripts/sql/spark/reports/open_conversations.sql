-- Conversations that have not ended, the oldest first, as far as the archive knows: a day is read again by the next
-- export as long as it holds one. Wants views.sql and names.sql (or no_names.sql).
--
--   queueNames, userNames  the names of `queueIds` and `userIds` as they were listed last, each once, in alphabetical
--                          order; null where none is known
--   openSeconds            how long it was open when it was last read: `_exportedAt` - `conversationStart`
WITH opened AS (
    SELECT conversationId, conversationStart, originatingDirection, mediaTypes, queueIds, userIds, _exportedAt
    FROM conversations
    WHERE conversationEnd IS NULL
), in_queues AS (
    SELECT conversationId, CASE WHEN count(queues.name) > 0 THEN sort_array(collect_set(queues.name)) END AS queueNames
    FROM opened
    LEFT JOIN queues ON array_contains(queueIds, queues.id)
    GROUP BY conversationId
), with_users AS (
    SELECT conversationId, CASE WHEN count(users.name) > 0 THEN sort_array(collect_set(users.name)) END AS userNames
    FROM opened
    LEFT JOIN users ON array_contains(userIds, users.id)
    GROUP BY conversationId
)
SELECT opened.conversationId, conversationStart, originatingDirection, mediaTypes, queueIds, queueNames, userIds, userNames,
       _exportedAt AS asOf, (unix_millis(_exportedAt) - unix_millis(conversationStart)) / 1000 AS openSeconds
FROM opened
LEFT JOIN in_queues ON in_queues.conversationId = opened.conversationId
LEFT JOIN with_users ON with_users.conversationId = opened.conversationId
ORDER BY conversationStart, opened.conversationId;
