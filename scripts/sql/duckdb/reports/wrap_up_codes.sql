-- How conversations were wrapped up, by queue and medium. Wants views.sql and the variables `timezone`,
-- `from_day`, `to_day`, `lookback_days` of settings.sql.
--
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
SELECT queueId, mediaType, wrapUpCode, count(*) AS wrapUps,
       count(*) / sum(count(*)) OVER (PARTITION BY queueId, mediaType) AS share,
       avg(length_ms) / 1000 AS afterCallWork
FROM coded
GROUP BY queueId, mediaType, wrapUpCode
ORDER BY queueId NULLS FIRST, mediaType, wrapUpCode;
