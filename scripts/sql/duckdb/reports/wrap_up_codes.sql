-- How conversations were wrapped up, by queue and medium. Wants views.sql, names.sql (or no_names.sql) and the
-- variables `timezone`, `from_day`, `to_day`, `lookback_days` of settings.sql.
--
--   queueName, wrapUpName  the names as they were listed last; null where none is known, as for codes that are the
--                  platform's own
--   wrapUps        number of segments with this wrap-up code; a conversation that several agents wrapped up counts
--                  as often
--   share          wrapUps / all wrap-ups of the queue and medium
--   afterCallWork  mean length of these segments, in seconds; segments without an end do not count
--
-- A segment counts on the local day on which it began.
WITH coded AS (
    SELECT queueId, mediaType, wrapUpCode, epoch_ms(segmentEnd) - epoch_ms(segmentStart) AS length_ms
    FROM segments
    WHERE date BETWEEN CAST(getvariable('from_day') AS DATE) - 1 - CAST(getvariable('lookback_days') AS INTEGER)
                   AND CAST(getvariable('to_day') AS DATE) + 1
      AND wrapUpCode IS NOT NULL
      AND CAST(timezone(getvariable('timezone'), coalesce(segmentStart, conversationStart)) AS DATE)
          BETWEEN CAST(getvariable('from_day') AS DATE) AND CAST(getvariable('to_day') AS DATE)
)
SELECT queueId, any_value(queues.name) AS queueName, mediaType, wrapUpCode, any_value(codes.name) AS wrapUpName,
       count(*) AS wrapUps,
       count(*) / sum(count(*)) OVER (PARTITION BY queueId, mediaType) AS share,
       avg(length_ms) / 1000 AS afterCallWork
FROM coded
LEFT JOIN queues ON queues.id = queueId
LEFT JOIN wrapup_codes codes ON codes.id = wrapUpCode
GROUP BY queueId, mediaType, wrapUpCode
ORDER BY queueId NULLS FIRST, mediaType, wrapUpCode;
