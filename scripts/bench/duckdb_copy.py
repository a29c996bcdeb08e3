"""Lines of JSON to Parquet by DuckDB; prints rows and seconds.

    duckdb_copy.py LINES OUTPUT TYPES THREADS SETTING
"""

import json
import pathlib
import sys
import time

import duckdb

lines, output, types, threads, setting = sys.argv[1:]
setting = json.loads(setting)
columns = ", ".join(f"'{name}': '{kind}'" for name, kind in json.loads(pathlib.Path(types).read_text()).items())
connection = duckdb.connect(config={"threads": int(threads)})
connection.sql(f"SET preserve_insertion_order = {str(setting['preserve_insertion_order']).lower()}")
copy = f"""
COPY (SELECT * FROM read_json('{lines}', format = 'newline_delimited', columns = {{{columns}}}))
TO '{output}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1,
    ROW_GROUP_SIZE {setting['row_group_size']}, PARQUET_VERSION '{setting['parquet_version']}')
"""
start = time.perf_counter()
connection.execute(copy)
seconds = time.perf_counter() - start
(rows,) = connection.execute(f"SELECT count(*) FROM read_parquet('{output}')").fetchone()
print(json.dumps({"rows": rows, "seconds": seconds}))
