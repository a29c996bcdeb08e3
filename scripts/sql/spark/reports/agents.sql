-- What each agent did on each day, by medium. Wants views.sql, names.sql (or no_names.sql) and the variables
-- `timezone`, `from_day`, `to_day`, `lookback_days` of settings.sql.
--
-- Every number comes from the platform's metrics of the sessions of participants with a `userId`. A metric counts on
-- the local day on which the platform emitted it.
--
--   userName           the agent's name as it was listed last; null where none is known
--   alerted            number of tAlert: how often the phone rang, so to speak
--   notResponding      number of tNotResponding: alerts that were not taken
--   answered           number of tAnswered
--   handled            number of tHandle
--   outbound           sum of nOutbound: conversations that the agent began
--   transferred        sum of nTransferred
--   talk, hold         sums of tTalkComplete and tHeldComplete, in seconds
--   afterCallWork      sum of tAcw, in seconds
--   averageHandleTime  sum of tHandle / handled, in seconds
WITH measured AS (
    SELECT userId, mediaType, name, value,
           date_from_unix_date(CAST(unix_millis(from_utc_timestamp(coalesce(emitDate, conversationStart), '${timezone}'))
                                    DIV 86400000 AS INT)) AS localDay
    FROM metrics
    WHERE date BETWEEN date_sub(DATE '${from_day}', 1 + ${lookback_days})
                   AND date_add(DATE '${to_day}', 1)
      AND userId IS NOT NULL
      AND name IN ('tAlert', 'tNotResponding', 'tAnswered', 'tHandle', 'nOutbound', 'nTransferred', 'tTalkComplete',
                   'tHeldComplete', 'tAcw')
)
SELECT localDay, userId, any_value(users.name) AS userName, mediaType,
       count(*) FILTER (WHERE measured.name = 'tAlert') AS alerted,
       count(*) FILTER (WHERE measured.name = 'tNotResponding') AS notResponding,
       count(*) FILTER (WHERE measured.name = 'tAnswered') AS answered,
       count(*) FILTER (WHERE measured.name = 'tHandle') AS handled,
       CAST(coalesce(sum(value) FILTER (WHERE measured.name = 'nOutbound'), 0) AS BIGINT) AS outbound,
       CAST(coalesce(sum(value) FILTER (WHERE measured.name = 'nTransferred'), 0) AS BIGINT) AS transferred,
       coalesce(sum(value) FILTER (WHERE measured.name = 'tTalkComplete'), 0) / 1000 AS talk,
       coalesce(sum(value) FILTER (WHERE measured.name = 'tHeldComplete'), 0) / 1000 AS hold,
       coalesce(sum(value) FILTER (WHERE measured.name = 'tAcw'), 0) / 1000 AS afterCallWork,
       sum(value) FILTER (WHERE measured.name = 'tHandle') / 1000
           / nullif(count(*) FILTER (WHERE measured.name = 'tHandle'), 0) AS averageHandleTime
FROM measured
LEFT JOIN users ON users.id = userId
WHERE localDay BETWEEN DATE '${from_day}' AND DATE '${to_day}'
GROUP BY localDay, userId, mediaType
ORDER BY localDay, userId, mediaType;
