-- Views over the table `events` that gc-live writes: one row for each event, one row for each change that an
-- event brought. They need the variable `root`, see settings.sql. A condition on `date` and `hour` (both UTC, by
-- time of receipt) reads only the partitions that it leaves over.

CREATE OR REPLACE VIEW events AS
SELECT * FROM read_parquet(getvariable('root') || '/events/date=*/hour=*/*.parquet',
                           hive_partitioning = true, union_by_name = true,
                           hive_types = {'date': DATE, 'hour': INTEGER});

CREATE OR REPLACE VIEW event_changes AS
SELECT * EXCLUDE (change), change.*
FROM (SELECT date, hour, eventId, receivedAt, topicKind, conversationId, queueId, origin, changeKind,
             unnest(range(len(changes))) AS changeOrdinal, unnest(changes) AS change
      FROM events);
