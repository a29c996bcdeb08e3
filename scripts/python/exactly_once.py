"""Reads an archive with a plain glob, over and over, while somebody else rewrites it.

Usage: exactly_once.py ROOT

Prints `reading` after the first look, and goes on until standard input ends; then prints how often
it looked, and how often it had to ask again. Exits with 1 as soon as a conversation is found twice,
one is found in the folder of another day than its own, or the files cannot be read.

DuckDB reads a file's footer, closes the file and opens it again by name for the data. When it is
replaced between the two, the query fails, whoever wrote the files, so it is asked again, at once.
"""

import sys
import threading

import duckdb

TRIES = 3
QUESTION = """
    SELECT count(*), count(DISTINCT conversationId),
           count(*) FILTER (CAST(timezone('UTC', conversationStart) AS DATE) <> date)
    FROM read_parquet(?, hive_partitioning = true)
"""


def ask(connection, files):
    """Returns the answer, and how often the question had to be asked again."""
    for again in range(TRIES):
        try:
            return connection.execute(QUESTION, [files]).fetchone(), again
        except duckdb.Error as error:
            broken = error
    sys.exit(f"failed {TRIES} times in a row: {broken}")


def main():
    files = f"{sys.argv[1]}/conversations/date=*/*.parquet"
    ended = threading.Event()

    def wait():
        sys.stdin.read()
        ended.set()

    threading.Thread(target=wait, daemon=True).start()
    connection = duckdb.connect()
    looks = repetitions = 0
    while not ended.is_set():
        (rows, ids, strays), again = ask(connection, files)
        if rows != ids or strays or not rows:
            sys.exit(f"look {looks}: {rows} rows, {ids} conversations, {strays} in a wrong folder")
        looks += 1
        repetitions += again
        if looks == 1:
            print("reading", flush=True)
    print(f"{looks} looks, {repetitions} questions asked again")


if __name__ == "__main__":
    main()
