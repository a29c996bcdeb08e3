"""Asks the questions that ship of an archive in a bucket and of a copy on disk: DuckDB has to answer alike.

    python in_bucket.py s3://bucket/prefix copy 2026-11-01 2026-11-02

Wants the packages of bucket-requirements.txt on PYTHONPATH, and the usual AWS_* variables.
"""

import os
import sys
from importlib import metadata
from urllib.parse import urlsplit

import duckdb_extension_httpfs
from engines import DuckDb

REPORTS = ["queue_intervals", "agents", "transfers", "wrap_up_codes", "repeat_contacts"]


class InBucket(DuckDb):
    """DuckDB, with its own way to a bucket."""

    def prepare(self):
        folder = os.path.dirname(duckdb_extension_httpfs.__file__)
        version = metadata.version("duckdb")
        self.connection.execute(f"LOAD '{folder}/extensions/v{version}/httpfs.duckdb_extension'")
        endpoint = urlsplit(os.environ["AWS_ENDPOINT_URL"])
        self.connection.execute(
            f"""CREATE SECRET (TYPE s3, KEY_ID '{os.environ["AWS_ACCESS_KEY_ID"]}',
                SECRET '{os.environ["AWS_SECRET_ACCESS_KEY"]}', REGION '{os.environ["AWS_REGION"]}',
                ENDPOINT '{endpoint.netloc}', URL_STYLE 'path', USE_SSL {endpoint.scheme == "https"})"""
        )


def main():
    root, copy, first, last = sys.argv[1:]
    engines = [InBucket(root), DuckDb(copy)]
    for engine in engines:
        engine.connection.execute(f"SET VARIABLE from_day = DATE '{first}'")
        engine.connection.execute(f"SET VARIABLE to_day = DATE '{last}'")
    questions = {name: lambda engine, name=name: engine.report(name) for name in REPORTS}
    questions["days"] = lambda engine: engine.ask(
        f"""SELECT date, count(*) AS rows, count(DISTINCT conversationId) AS ids
            FROM conversations WHERE date <= DATE '{last}' GROUP BY date ORDER BY date"""
    )
    for name, question in questions.items():
        in_bucket, on_disk = map(question, engines)
        assert in_bucket, f"{name}: no rows"
        assert in_bucket == on_disk, f"{name} differs"
        print(f"{name}: {len(in_bucket)} rows")


if __name__ == "__main__":
    main()
