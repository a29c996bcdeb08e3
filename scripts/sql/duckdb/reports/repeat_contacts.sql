-- How many customers had to come again. Wants views.sql, names.sql (or no_names.sql) and the variables `timezone`,
-- `from_day`, `to_day`, `repeat_days` of settings.sql.
--
--   contact      a conversation that began inbound and whose customer is known
--   customer     of the first participant with the purpose `customer` or `external`: its `externalContactId`, else
--                the `ani`, else the `addressFrom` of its first session. Withheld numbers are one customer, as far as the
--                platform gives them one name.
--   queueId      the first queue of the conversation; null when it came to none
--   queueName    its name as it was listed last; null where none is known
--   contacts     contacts that started on the days of the report, in local time
--   repeated     of these, contacts before which the same customer had come at most `repeat_days` times 24 hours
--                earlier, to whichever queue and by whichever medium
--   repeatRate   repeated / contacts
WITH contacts AS (
    SELECT conversationId, conversationStart, queueIds[1] AS queueId,
           list_filter(participants, lambda one: one.purpose IN ('customer', 'external'))[1] AS party
    FROM conversations
    WHERE date BETWEEN CAST(getvariable('from_day') AS DATE) - 1 - CAST(getvariable('repeat_days') AS INTEGER)
                   AND CAST(getvariable('to_day') AS DATE) + 1
      AND originatingDirection = 'inbound'
), known AS (
    SELECT conversationId, conversationStart, queueId,
           coalesce(party.externalContactId, party.sessions[1].ani, party.sessions[1].addressFrom) AS customer
    FROM contacts
), followed AS (
    SELECT *, epoch_ms(conversationStart)
              - epoch_ms(lag(conversationStart) OVER (PARTITION BY customer
                                                      ORDER BY conversationStart, conversationId)) AS since_ms
    FROM known
    WHERE customer IS NOT NULL
)
SELECT queueId, any_value(queues.name) AS queueName, count(*) AS contacts,
       count(*) FILTER (WHERE since_ms <= CAST(getvariable('repeat_days') AS BIGINT) * 86400000) AS repeated,
       repeated / contacts AS repeatRate
FROM followed
LEFT JOIN queues ON queues.id = queueId
WHERE CAST(timezone(getvariable('timezone'), conversationStart) AS DATE)
      BETWEEN CAST(getvariable('from_day') AS DATE) AND CAST(getvariable('to_day') AS DATE)
GROUP BY queueId
ORDER BY queueId NULLS FIRST;
