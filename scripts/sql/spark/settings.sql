-- What the views and reports have to be told. Copy this file, change the values, and run it first:
--
--   cd scripts/sql/spark
--   cat my_settings.sql views.sql names.sql reports/agents.sql > all.sql
--   spark-sql -f all.sql
--
-- In a session that is there, `spark.conf.set("root", "lake")` and so on do the same. Spark puts the values in the
-- place of `${root}` and its like in every statement that follows (`spark.sql.variable.substitute`, on by default).
-- Statements end with a semicolon at the end of a line; a report is one SELECT. An archive without names
-- wants no_names.sql in place of names.sql. Spark 3.4 or later; the results do not depend on the session's own time
-- zone.

-- The root of the archive: a folder, or s3a://bucket/prefix (with the package hadoop-aws).
SET root = lake;
-- The time zone in which days begin and intervals lie.
SET timezone = Europe/Berlin;
-- The first and the last day of a report, in that time zone, both included.
SET from_day = 2026-11-01;
SET to_day = 2026-11-07;
-- The length of an interval; it divides 1440, and is 60 at most where the clock changes.
SET interval_minutes = 30;
-- The service level: answered within so many seconds.
SET threshold_seconds = 20;
-- What happens within the days of a report may belong to a conversation that started so many days earlier:
-- mails and messages live long. Partitions before that are not read.
SET lookback_days = 30;
-- A contact is repeated when the same customer came within so many days before.
SET repeat_days = 7;
-- The conversation of the timeline.
SET conversation = 00000000-0000-0000-0000-000000000000;
