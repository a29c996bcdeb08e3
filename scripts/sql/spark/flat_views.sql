-- The views of views.sql over flat tables, for an archive that was made with
-- `gc-history export --tables conversations,participants,sessions,segments,metrics`. Run it after views.sql:
-- it puts these in the place of those, with the same columns, so that every report runs on both. For an
-- archive with some of the flat tables, take the statements of those.

CREATE OR REPLACE TEMPORARY VIEW participants
USING parquet OPTIONS (path '${root}/participants', mergeSchema 'true');

CREATE OR REPLACE TEMPORARY VIEW sessions
USING parquet OPTIONS (path '${root}/sessions', mergeSchema 'true');

CREATE OR REPLACE TEMPORARY VIEW segments
USING parquet OPTIONS (path '${root}/segments', mergeSchema 'true');

CREATE OR REPLACE TEMPORARY VIEW metrics
USING parquet OPTIONS (path '${root}/metrics', mergeSchema 'true');
