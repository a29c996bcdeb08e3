-- What each queue did in each interval of the day, by medium. Wants views.sql, names.sql (or no_names.sql) and the
-- variables `timezone`, `from_day`, `to_day`, `interval_minutes`, `threshold_seconds`, `lookback_days` of
-- settings.sql.
--
-- Every number comes from the platform's metrics (`participants[].sessions[].metrics[]`). A metric counts in the
-- interval in which the platform emitted it, as in its own reports: a call is offered in the interval in which
-- it came to the queue, and handled in that in which its after-call work ended. It counts for the queue of its session.
--
--   queueName             the queue's name as it was listed last; null where none is known
--   offered               sum of nOffered
--   answered              number of tAnswered
--   abandoned             number of tAbandon
--   shortAbandoned        number of tShortAbandon, which are abandoned as well
--   abandonRate           abandoned / offered
--   averageSpeedOfAnswer  sum of tAnswered / answered, in seconds
--   handled               number of tHandle
--   averageHandleTime     sum of tHandle / handled, in seconds: talk, hold and after-call work
--   talk, hold            sums of tTalkComplete and tHeldComplete, in seconds
--   afterCallWork         sum of tAcw, in seconds
--   answeredInTime        number of tAnswered of at most the threshold
--   serviceLevel          answeredInTime / (answered + abandoned). An organisation may have told the platform to
--                         leave short abandons out: put (answered + abandoned - shortAbandoned) there.
--   longestWait           largest tAcd, in seconds, whether the wait ended in an answer or not
--
-- An interval is named by the instant at which it begins, and by its local time with the offset from UTC: the
-- hour that comes twice when the clock goes back has its intervals twice, the hour that is left out has none.
WITH measured AS (
    SELECT queueId, mediaType, name, value, coalesce(emitDate, conversationStart) AS emittedAt
    FROM metrics
    WHERE date BETWEEN CAST(getvariable('from_day') AS DATE) - 1 - CAST(getvariable('lookback_days') AS INTEGER)
                   AND CAST(getvariable('to_day') AS DATE) + 1
      AND queueId IS NOT NULL
      AND name IN ('nOffered', 'tAnswered', 'tAbandon', 'tShortAbandon', 'tHandle', 'tTalkComplete', 'tHeldComplete',
                   'tAcw', 'tAcd')
), placed AS (
    -- Milliseconds of the local clock since 1970, and by how many it is ahead of UTC.
    SELECT *, epoch_ms(timezone(getvariable('timezone'), emittedAt)) AS local_ms,
           local_ms - epoch_ms(emittedAt) AS offset_ms,
           local_ms - local_ms % (getvariable('interval_minutes') * 60000) AS start_ms
    FROM measured
), counted AS (
    SELECT start_ms, offset_ms, queueId, mediaType,
           CAST(coalesce(sum(value) FILTER (WHERE name = 'nOffered'), 0) AS BIGINT) AS offered,
           count(*) FILTER (WHERE name = 'tAnswered') AS answered,
           count(*) FILTER (WHERE name = 'tAbandon') AS abandoned,
           count(*) FILTER (WHERE name = 'tShortAbandon') AS shortAbandoned,
           count(*) FILTER (WHERE name = 'tHandle') AS handled,
           count(*) FILTER (WHERE name = 'tAnswered' AND value <= getvariable('threshold_seconds') * 1000)
               AS answeredInTime,
           sum(value) FILTER (WHERE name = 'tAnswered') AS answer_ms,
           sum(value) FILTER (WHERE name = 'tHandle') AS handle_ms,
           coalesce(sum(value) FILTER (WHERE name = 'tTalkComplete'), 0) AS talk_ms,
           coalesce(sum(value) FILTER (WHERE name = 'tHeldComplete'), 0) AS hold_ms,
           coalesce(sum(value) FILTER (WHERE name = 'tAcw'), 0) AS acw_ms,
           max(value) FILTER (WHERE name = 'tAcd') AS longest_ms
    FROM placed
    WHERE CAST(make_timestamp_ms(local_ms) AS DATE) BETWEEN CAST(getvariable('from_day') AS DATE)
                                                        AND CAST(getvariable('to_day') AS DATE)
    GROUP BY start_ms, offset_ms, queueId, mediaType
)
SELECT CAST(make_timestamp_ms(start_ms) AS DATE) AS localDay,
       strftime(make_timestamp_ms(start_ms), '%H:%M') || CASE WHEN offset_ms < 0 THEN '-' ELSE '+' END
           || strftime(make_timestamp_ms(abs(offset_ms)), '%H:%M') AS localTime,
       to_timestamp((start_ms - offset_ms) / 1000) AS intervalStart,
       queueId, queues.name AS queueName, mediaType,
       offered, answered, abandoned, shortAbandoned,
       abandoned / nullif(offered, 0) AS abandonRate,
       answer_ms / 1000 / nullif(answered, 0) AS averageSpeedOfAnswer,
       handled,
       handle_ms / 1000 / nullif(handled, 0) AS averageHandleTime,
       talk_ms / 1000 AS talk, hold_ms / 1000 AS hold, acw_ms / 1000 AS afterCallWork,
       answeredInTime,
       answeredInTime / nullif(answered + abandoned, 0) AS serviceLevel,
       longest_ms / 1000 AS longestWait
FROM counted
LEFT JOIN queues ON queues.id = queueId
ORDER BY intervalStart, queueId, mediaType;
