"""Counts the conversations of each day of an archive, as any analyst would.

Usage: count_days.py ROOT
"""

import sys

import duckdb

rows = duckdb.execute(
    "SELECT date, count(*) FROM read_parquet(?, hive_partitioning = true) GROUP BY 1 ORDER BY 1",
    [f"{sys.argv[1]}/conversations/date=*/*.parquet"],
).fetchall()
for date, count in rows:
    print(date, count)
