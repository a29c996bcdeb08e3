"""Asks one question of an archive, in a DuckDB of its own; prints the seconds and what was answered.

    flat_questions.py ROOT nested|flat QUESTION ROUNDS

The views are those that ship. The first round is not counted: it is the one that waits for the disk.
"""

import json
import pathlib
import sys
import time

import duckdb

SQL = pathlib.Path(__file__).resolve().parent.parent / "sql" / "duckdb"
QUESTIONS = {
    "metrics": """
        SELECT queueId, mediaType, name, count(*) AS count, sum(value) AS total, max(value) AS longest
        FROM metrics WHERE queueId IS NOT NULL AND name IN ('tAnswered', 'tHandle', 'tAcw', 'tAbandon')
        GROUP BY ALL ORDER BY ALL
    """,
    "queue_intervals": None,
    "agents": None,
    "wrap_up_codes": None,
}


def main():
    root, way, name, rounds = sys.argv[1:]
    day = next(pathlib.Path(root, "conversations").iterdir()).name.removeprefix("date=")
    connection = duckdb.connect()
    connection.execute((SQL / "settings.sql").read_text())
    connection.execute(f"SET VARIABLE root = '{root}'; SET VARIABLE timezone = 'UTC'")
    connection.execute(f"SET VARIABLE from_day = DATE '{day}'; SET VARIABLE to_day = DATE '{day}'")
    connection.execute((SQL / "views.sql").read_text())
    if way == "flat":
        connection.execute((SQL / "flat_views.sql").read_text())
    question = QUESTIONS[name] or (SQL / "reports" / f"{name}.sql").read_text()
    seconds, rows = [], None
    for _ in range(int(rounds) + 1):
        start = time.perf_counter()
        rows = connection.execute(question).fetchall()
        seconds.append(time.perf_counter() - start)
    print(json.dumps({"seconds": seconds[1:], "answer": len(rows), "hash": digest(rows)}))


def digest(rows):
    """Tells answers apart; the last digits of fractions do not count."""
    def told(value):
        return f"{value:.6g}" if isinstance(value, float) else str(value)

    return hash_of(sorted("\t".join(map(told, row)) for row in rows))


def hash_of(lines):
    import hashlib

    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


if __name__ == "__main__":
    main()
