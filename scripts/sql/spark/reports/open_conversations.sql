-- Conversations that have not ended, the oldest first, as far as the archive knows: a day is read again by the next
-- export as long as it holds one. Wants views.sql.
--
--   openSeconds  how long it was open when it was last read: `_exportedAt` - `conversationStart`
SELECT conversationId, conversationStart, originatingDirection, mediaTypes, queueIds, userIds, _exportedAt AS asOf,
       (unix_millis(_exportedAt) - unix_millis(conversationStart)) / 1000 AS openSeconds
FROM conversations
WHERE conversationEnd IS NULL
ORDER BY conversationStart, conversationId;
