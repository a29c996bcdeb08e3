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
    SELECT conversationId, conversationStart, get(queueIds, 0) AS queueId,
           get(filter(participants, one -> one.purpose IN ('customer', 'external')), 0) AS party
    FROM conversations
    WHERE date BETWEEN date_sub(DATE '${from_day}', 1 + ${repeat_days})
                   AND date_add(DATE '${to_day}', 1)
      AND originatingDirection = 'inbound'
), known AS (
    SELECT conversationId, conversationStart, queueId,
           coalesce(party.externalContactId, get(party.sessions, 0).ani, get(party.sessions, 0).addressFrom) AS customer
    FROM contacts
), followed AS (
    SELECT *, unix_millis(conversationStart)
              - unix_millis(lag(conversationStart) OVER (PARTITION BY customer
                                                         ORDER BY conversationStart, conversationId)) AS since_ms
    FROM known
    WHERE customer IS NOT NULL
)
SELECT queueId, any_value(queues.name) AS queueName, count(*) AS contacts,
       count(*) FILTER (WHERE since_ms <= ${repeat_days} * 86400000L) AS repeated,
       repeated / contacts AS repeatRate
FROM followed
LEFT JOIN queues ON queues.id = queueId
WHERE date_from_unix_date(CAST(unix_millis(from_utc_timestamp(conversationStart, '${timezone}'))
                               DIV 86400000 AS INT))
      BETWEEN DATE '${from_day}' AND DATE '${to_day}'
GROUP BY queueId
ORDER BY queueId NULLS FIRST;
