"""Asks every view and every report of both engines, and works them out from the JSON that was served.

Usage: reports_agree.py ENGINES ROOT SERVED... -- QUESTION...

ENGINES is `duckdb`, or `duckdb,spark`. SERVED is URL=FIRST..LAST: a simulator, and the days of the
archive at ROOT that came from it; names are those that the last one serves, when the archive has any. QUESTION is ZONE=FIRST..LAST/MINUTES: a time zone, the local days of the
reports, and the length of an interval. When the archive has flat tables, all is asked of these as well. Exits
with 1 and the first differences, if there are any.
"""

import pathlib
import sys

import engines
import served

THRESHOLD_SECONDS = 20
REPEAT_DAYS = 2
# By report: the columns that identify a row.
KEYS = {
    "queue_intervals": ["intervalStart", "queueId", "mediaType"],
    "agents": ["localDay", "userId", "mediaType"],
    "transfers": ["fromQueueId", "toQueueId", "mediaType"],
    "repeat_contacts": ["queueId"],
    "wrap_up_codes": ["queueId", "mediaType", "wrapUpCode"],
    "open_conversations": ["conversationId"],
}
# By view: those that only the nested table has come last.
FLAT = ["participants", "sessions", "segments", "metrics"]
VIEWS = [*FLAT, "attributes", "evaluations", "surveys"]


def compare_views(engine, title, records):
    for name in VIEWS:
        wanted = served.view(records, name)
        found = engine.ask(f"SELECT {', '.join(wanted[0])} FROM {name}")
        key = [column for column in wanted[0] if column.endswith(("Id", "Ordinal")) or column == "key"]
        print(f"{title}: {name}: {len(found)} rows")
        yield from engines.differences(f"{title}: {name}", wanted, found, key)


def compare_reports(engine, title, records, names, question):
    zone, span = question.split("=")
    days, minutes = span.split("/")
    first, last = days.split("..")
    engine.set(timezone=zone, from_day=first, to_day=last, interval_minutes=int(minutes))
    engine.set(threshold_seconds=THRESHOLD_SECONDS, repeat_days=REPEAT_DAYS)
    wanted = served.Reports(records, names, zone, first, last, int(minutes), THRESHOLD_SECONDS, REPEAT_DAYS)
    for name, key in KEYS.items():
        expected = getattr(wanted, name)()
        found = engine.report(name)
        if name == "open_conversations":
            found = [{column: row[column] for column in expected[0]} for row in found]
        print(f"{title}: {name} in {zone}: {len(found)} rows")
        if not found:
            yield f"{title}: {name} in {zone}: says nothing"
        yield from engines.differences(f"{title}: {name} in {zone}", expected, found, key)


def compare_names(engine, names):
    """Every table of names has the names that were served, those of entities that are gone included."""
    for table, wanted in names.items():
        found = {row["id"]: row["name"] for row in engine.ask(f"SELECT id, name FROM {table}")}
        print(f"{engine.name}: {table}: {len(found)} names")
        if found != wanted:
            yield f"{engine.name}: {table}: {found}, wanted {wanted}"


def compare_columns(engine, nested):
    """The flat tables have the columns of the views, in the same order."""
    for name in FLAT:
        flat = engine.columns(name)
        # A partition column stands first in the views and last in a file.
        in_order = sorted(flat, key=lambda column: column["name"] != "date")
        if in_order != nested[name]:
            odd = [column for column in in_order + nested[name] if column not in in_order or column not in nested[name]]
            yield f"{engine.name}: {name}: other columns than the view: {odd}"


def compare(engine, root, records, names, questions):
    yield from compare_views(engine, engine.name, records)
    for question in questions:
        yield from compare_reports(engine, engine.name, records, names, question)
    if (pathlib.Path(root) / "metrics").is_dir():
        nested = {name: engine.columns(name) for name in FLAT}
        engine.run("flat_views.sql")
        yield from compare_columns(engine, nested)
        yield from compare_views(engine, f"{engine.name}, flat", records)
        yield from compare_reports(engine, f"{engine.name}, flat", records, names, questions[0])


def is_named(root):
    return engines.names_of(root) == "names.sql"


def main():
    asked, root, *rest = sys.argv[1:]
    sources, questions = rest[: rest.index("--")], rest[rest.index("--") + 1 :]
    records, names = [], {}
    for source in sources:
        url, days = source.split("=")
        records += served.fetch(url, *days.split(".."))
        names = served.names(url) if is_named(root) else dict.fromkeys(served.LISTS, {})
    found = []
    for engine in engines.engines(asked, root):
        found += compare(engine, root, records, names, questions)
        found += compare_names(engine, names)
    if found:
        sys.exit("\n".join(found))


if __name__ == "__main__":
    main()
