-- Views over the tables of names, one row for each entity: what an id in a conversation is called. They need the
-- variable `root`, see settings.sql. The tables are kept by `gc-history reference`, and by each `gc-history export`.
--
-- An entity that the platform lists no longer keeps the row that it had last (`_exportedAt` says when), so
-- that old conversations keep their names. Names change, and two entities may have the same: join by `id`, group by `id`.
--
-- An archive without names (`gc-history export --no-reference` from the start) has no such files: read no_names.sql in
-- place of this one. The reports want one or the other.

CREATE OR REPLACE VIEW queues AS
SELECT * FROM read_parquet(getvariable('root') || '/reference/queues.parquet');

CREATE OR REPLACE VIEW users AS
SELECT * FROM read_parquet(getvariable('root') || '/reference/users.parquet');

CREATE OR REPLACE VIEW wrapup_codes AS
SELECT * FROM read_parquet(getvariable('root') || '/reference/wrapup_codes.parquet');

CREATE OR REPLACE VIEW skills AS
SELECT * FROM read_parquet(getvariable('root') || '/reference/skills.parquet');

CREATE OR REPLACE VIEW languages AS
SELECT * FROM read_parquet(getvariable('root') || '/reference/languages.parquet');

CREATE OR REPLACE VIEW divisions AS
SELECT * FROM read_parquet(getvariable('root') || '/reference/divisions.parquet');

CREATE OR REPLACE VIEW teams AS
SELECT * FROM read_parquet(getvariable('root') || '/reference/teams.parquet');

CREATE OR REPLACE VIEW groups AS
SELECT * FROM read_parquet(getvariable('root') || '/reference/groups.parquet');

CREATE OR REPLACE VIEW flows AS
SELECT * FROM read_parquet(getvariable('root') || '/reference/flows.parquet');

CREATE OR REPLACE VIEW campaigns AS
SELECT * FROM read_parquet(getvariable('root') || '/reference/campaigns.parquet');
