-- What the views and reports have to be told. Copy this file, change the values, and read it first:
--
--   duckdb -init /dev/null
--   .read my_settings.sql
--   .read scripts/sql/duckdb/views.sql
--   .read scripts/sql/duckdb/names.sql
--   .read scripts/sql/duckdb/reports/queue_intervals.sql
--
-- From Python, with `connection = duckdb.connect()`, run `connection.execute(open(file).read())` for each
-- file; a report is one SELECT. An archive without names wants no_names.sql in place of names.sql. Time zones need
-- the extension icu, which DuckDB brings along.

-- The root of the archive: a folder, or s3://bucket/prefix (with the extension httpfs and a secret).
SET VARIABLE root = 'lake';
-- The time zone in which days begin and intervals lie.
SET VARIABLE timezone = 'Europe/Berlin';
-- The first and the last day of a report, in that time zone, both included.
SET VARIABLE from_day = DATE '2026-11-01';
SET VARIABLE to_day = DATE '2026-11-07';
-- The length of an interval; it divides 1440, and is 60 at most where the clock changes.
SET VARIABLE interval_minutes = 30;
-- The service level: answered within so many seconds.
SET VARIABLE threshold_seconds = 20;
-- What happens within the days of a report may belong to a conversation that started so many days earlier:
-- mails and messages live long. Partitions before that are not read.
SET VARIABLE lookback_days = 30;
-- A contact is repeated when the same customer came within so many days before.
SET VARIABLE repeat_days = 7;
-- The conversation of the timeline.
SET VARIABLE conversation = '00000000-0000-0000-0000-000000000000';
