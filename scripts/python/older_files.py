"""Reads an archive in which one day was written by an earlier schema, together with the others.

Usage: older_files.py ENGINES ROOT DATE

DATE is the older day: it lacks top-level and nested columns that the other days have. Both must read as one
table, what the older day lacks as null, and every view and report must run. Exits with 1 otherwise.
"""

import sys

import engines

# What the older file lacks, as it is asked for: in conversations, and in the views.
LACKS = {
    "conversations": ["selfServed", "abandoned", "_extra"],
    "sessions": ["usedRouting", "requestedRoutings"],
    "segments": ["conference", "wrapUpNote"],
}
REPORTS = ["queue_intervals", "agents", "transfers", "repeat_contacts", "wrap_up_codes", "open_conversations"]
VIEWS = ["participants", "sessions", "segments", "metrics", "attributes", "evaluations", "surveys"]


def compare(engine, date):
    old, new = f"date = DATE '{date}'", f"date <> DATE '{date}'"
    for view, columns in LACKS.items():
        for column in columns:
            counts = [
                engine.ask(f"SELECT count(*) AS rows, count({column}) AS known FROM {view} WHERE {where}")[0]
                for where in (old, new)
            ]
            print(f"{engine.name}: {view}.{column}: older {counts[0]}, newer {counts[1]}")
            if counts[0]["known"] != 0 or counts[0]["rows"] == 0:
                yield f"{engine.name}: {view}.{column} of the older day: {counts[0]}"
            if column != "_extra" and counts[1]["known"] == 0:
                yield f"{engine.name}: {view}.{column} of the newer days: {counts[1]}"
    for view in VIEWS:
        if not engine.ask(f"SELECT * FROM {view} WHERE {new} LIMIT 1"):
            yield f"{engine.name}: {view}: no rows"


def answers(engine, date):
    """What is asked of the older day alone."""
    engine.set(from_day=date, to_day=date, timezone="UTC")
    found = {report: engine.report(report) for report in REPORTS}
    found["sums"] = engine.ask(
        f"SELECT count(*) AS rows, sum(handleMs) AS handled FROM conversations WHERE date = DATE '{date}'"
    )
    return found


def main():
    names, root, date = sys.argv[1:]
    failures, first = [], None
    for engine in engines.engines(names, root):
        failures += compare(engine, date)
        found = answers(engine, date)
        for name, rows in found.items():
            print(f"{engine.name}: {name}: {len(rows)} rows")
            if not rows:
                failures.append(f"{engine.name}: {name} says nothing of the older day")
            key = [column for column, value in (rows or [{}])[0].items() if not isinstance(value, (list, float))]
            if first is not None:
                failures += engines.differences(f"{engine.name}: {name}", first[name], rows, key)
        first = found
    if failures:
        sys.exit("\n".join(failures))


if __name__ == "__main__":
    main()
