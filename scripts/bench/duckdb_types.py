"""Prints the types, as DuckDB names them, of the platform's own columns in a file of the archive.

    duckdb_types.py FILE
"""

import json
import sys

import duckdb

OURS = {
    "mediaTypes", "queueIds", "userIds", "wrapUpCodes", "durationMs", "queueWaitMs", "talkMs", "holdMs", "wrapUpMs",
    "handleMs", "abandoned", "_source", "_exportedAt", "_extra",
}

described = duckdb.sql(f"DESCRIBE SELECT * FROM read_parquet('{sys.argv[1]}')").fetchall()
# Without a time zone DuckDB reads times quicker, and writes the same.
types = {name: kind.replace("TIMESTAMP WITH TIME ZONE", "TIMESTAMP") for name, kind, *_ in described if name not in OURS}
print(json.dumps(types))
