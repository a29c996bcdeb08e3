-- Views over the table `events` that gc-live writes: one row for each event, one row for each change that an
-- event brought. `${root}` stands for the root of the archive, see settings.sql. A condition on `date` and
-- `hour` (both UTC, by time of receipt) reads only the partitions that it leaves over.

CREATE OR REPLACE TEMPORARY VIEW events
USING parquet OPTIONS (path '${root}/events', mergeSchema 'true');

CREATE OR REPLACE TEMPORARY VIEW event_changes AS
SELECT date, hour, eventId, receivedAt, topicKind, conversationId, queueId, origin, changeKind,
       CAST(ordinal AS BIGINT) AS changeOrdinal, change.path, change.previousValue, change.value
FROM events LATERAL VIEW posexplode(changes) AS ordinal, change;
