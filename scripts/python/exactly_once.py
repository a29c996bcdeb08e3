"""Reads an archive with a plain glob, over and over, while somebody else rewrites it.

Usage: exactly_once.py ROOT

Prints `reading` after the first look, and goes on until standard input ends; then prints how often
it looked. Exits with 1 as soon as a file cannot be read, a conversation is found twice, or one is
found in the folder of another day than its own.
"""

import sys
import threading

import duckdb

QUESTION = """
    SELECT count(*), count(DISTINCT conversationId),
           count(*) FILTER (CAST(timezone('UTC', conversationStart) AS DATE) <> date)
    FROM read_parquet(?, hive_partitioning = true)
"""


def main():
    files = f"{sys.argv[1]}/conversations/date=*/*.parquet"
    ended = threading.Event()

    def wait():
        sys.stdin.read()
        ended.set()

    threading.Thread(target=wait, daemon=True).start()
    connection = duckdb.connect()
    looks = 0
    while not ended.is_set():
        rows, ids, strays = connection.execute(QUESTION, [files]).fetchone()
        if rows != ids or strays or not rows:
            sys.exit(f"look {looks}: {rows} rows, {ids} conversations, {strays} in a wrong folder")
        looks += 1
        if looks == 1:
            print("reading", flush=True)
    print(looks)


if __name__ == "__main__":
    main()
