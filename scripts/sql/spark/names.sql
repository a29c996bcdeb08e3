-- Views over the tables of names, one row for each entity: what an id in a conversation is called. `${root}` stands
-- for the root of the archive, see settings.sql. The tables are kept by `gc-history reference`, and by each
-- `gc-history export`.
--
-- An entity that the platform lists no longer keeps the row that it had last (`_exportedAt` says when), so
-- that old conversations keep their names. Names change, and two entities may have the same: join by `id`, group by `id`.
--
-- An archive without names (`gc-history export --no-reference` from the start) has no such files: read no_names.sql in
-- place of this one. The reports want one or the other.

CREATE OR REPLACE TEMPORARY VIEW queues
USING parquet OPTIONS (path '${root}/reference/queues.parquet');

CREATE OR REPLACE TEMPORARY VIEW users
USING parquet OPTIONS (path '${root}/reference/users.parquet');

CREATE OR REPLACE TEMPORARY VIEW wrapup_codes
USING parquet OPTIONS (path '${root}/reference/wrapup_codes.parquet');

CREATE OR REPLACE TEMPORARY VIEW skills
USING parquet OPTIONS (path '${root}/reference/skills.parquet');

CREATE OR REPLACE TEMPORARY VIEW languages
USING parquet OPTIONS (path '${root}/reference/languages.parquet');

CREATE OR REPLACE TEMPORARY VIEW divisions
USING parquet OPTIONS (path '${root}/reference/divisions.parquet');

CREATE OR REPLACE TEMPORARY VIEW teams
USING parquet OPTIONS (path '${root}/reference/teams.parquet');

CREATE OR REPLACE TEMPORARY VIEW groups
USING parquet OPTIONS (path '${root}/reference/groups.parquet');

CREATE OR REPLACE TEMPORARY VIEW flows
USING parquet OPTIONS (path '${root}/reference/flows.parquet');

CREATE OR REPLACE TEMPORARY VIEW campaigns
USING parquet OPTIONS (path '${root}/reference/campaigns.parquet');
