-- The views of views.sql over flat tables, for an archive that was made with
-- `gc-history export --tables conversations,participants,sessions,segments,metrics`. Read it after views.sql:
-- it puts these in the place of those, with the same columns, so that every report runs on both. For an
-- archive with some of the flat tables, take the statements of those.

CREATE OR REPLACE VIEW participants AS
SELECT * FROM read_parquet(getvariable('root') || '/participants/date=*/*.parquet',
                           hive_partitioning = true, union_by_name = true);

CREATE OR REPLACE VIEW sessions AS
SELECT * FROM read_parquet(getvariable('root') || '/sessions/date=*/*.parquet',
                           hive_partitioning = true, union_by_name = true);

CREATE OR REPLACE VIEW segments AS
SELECT * FROM read_parquet(getvariable('root') || '/segments/date=*/*.parquet',
                           hive_partitioning = true, union_by_name = true);

CREATE OR REPLACE VIEW metrics AS
SELECT * FROM read_parquet(getvariable('root') || '/metrics/date=*/*.parquet',
                           hive_partitioning = true, union_by_name = true);
