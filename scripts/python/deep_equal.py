"""Compares an archive with the platform, value by value.

Usage: deep_equal.py BASE_URL ROOT DATE...

Asks the simulator for every conversation that started on each DATE, reads the archive at ROOT with
DuckDB, and walks the served JSON: each value in it must be found in the row, or in `_extra` under
its path, and the row must hold nothing that the JSON does not. Timestamps are compared to the
millisecond. The derived columns are worked out once more from the JSON. Exits with 1 and the first differences, if there are any.
"""

import datetime
import json
import re
import sys
import urllib.request

import duckdb

PROVENANCE = {"_source", "_exportedAt", "_extra", "date"}
SUMS = {
    "queueWaitMs": "tAcd",
    "talkMs": "tTalkComplete",
    "holdMs": "tHeldComplete",
    "wrapUpMs": "tAcw",
    "handleMs": "tHandle",
}
TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d*))?(Z|[+-]\d\d:?\d\d)")
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
MOST_SHOWN = 20


def served(base_url, date):
    with urllib.request.urlopen(f"{base_url}/_sim/conversations?date={date}") as answer:
        return [json.loads(line) for line in answer.read().splitlines()]


def stored(root, date):
    """Returns the rows of a day, as dictionaries."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    files = f"{root}/conversations/date=*/*.parquet"
    rows = connection.execute(
        "SELECT * FROM read_parquet(?, hive_partitioning = true) WHERE date = CAST(? AS DATE)",
        [files, date],
    )
    names = [column[0] for column in rows.description]
    return [dict(zip(names, row)) for row in rows.fetchall()]


def milliseconds(value):
    """Returns milliseconds since 1970 of what the platform sends as a time, else None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return int(value)
    match = TIME.fullmatch(value) if isinstance(value, str) else None
    if not match:
        return None
    whole, fraction, zone = match.groups()
    moment = datetime.datetime.fromisoformat(whole + zone.replace("Z", "+00:00"))
    return int((moment - EPOCH).total_seconds()) * 1000 + int(((fraction or "") + "000")[:3])


def step(path, name):
    """Returns the path of a field, as `_extra` writes it."""
    if not name or any(mark in name for mark in '.[]"'):
        return f"{path}[{json.dumps(name, ensure_ascii=False)}]"
    return f"{path}.{name}" if path else name


class Record:
    """One conversation: as served, as stored, and the differences between the two."""

    def __init__(self, wanted, row):
        self.wanted = wanted
        self.row = row
        self.extra = json.loads(row["_extra"] or "{}")
        self.seen = set()
        self.differences = []

    def compare(self):
        columns = {k: v for k, v in self.row.items() if k not in PROVENANCE}
        derived = self.derived()
        for name, value in derived.items():
            if columns.pop(name) != value:
                self.differ(name, value, self.row[name])
        self.object("", self.wanted, columns)
        for path in self.extra.keys() - self.seen:
            self.differ(f"_extra {path}", "nothing", self.extra[path])
        return self.differences

    def differ(self, path, wanted, found):
        identity = self.wanted.get("conversationId")
        self.differences.append(f"{identity}: {path}: served {wanted!r}, stored {found!r}")

    def in_extra(self, path, wanted):
        """Returns whether `_extra` holds exactly this under this path."""
        if path in self.extra and same(self.extra[path], wanted):
            self.seen.add(path)
            return True
        return False

    def object(self, path, wanted, found):
        for name, value in wanted.items():
            inner = step(path, name)
            if found.get(name) is None:
                self.absent(inner, value)
            else:
                self.value(inner, value, found[name])
        for name in found.keys() - wanted.keys():
            if not is_empty(found[name]):
                self.differ(step(path, name), "nothing", found[name])

    def absent(self, path, wanted):
        """Nothing is stored here: that is right for null, else it has to be in `_extra`."""
        hidden = path.endswith(".attributes") and self.row["_source"] == "query"
        if not self.in_extra(path, wanted) and wanted is not None and not hidden:
            self.differ(path, wanted, None)

    def value(self, path, wanted, found):
        if isinstance(found, dict) and isinstance(wanted, dict):
            self.object(path, wanted, found)
        elif isinstance(found, list) and isinstance(wanted, list):
            self.list(path, wanted, found)
        else:
            self.leaf(path, wanted, found)

    def list(self, path, wanted, found):
        if len(wanted) != len(found):
            self.differ(path, f"{len(wanted)} items", f"{len(found)} items")
        for place, (value, item) in enumerate(zip(wanted, found)):
            inner = f"{path}[{place}]"
            if item is None:
                self.absent(inner, value)
            else:
                self.value(inner, value, item)

    def leaf(self, path, wanted, found):
        self.in_extra(path, wanted)
        if isinstance(found, datetime.datetime):
            elapsed = found - EPOCH
            stored_ms = elapsed // datetime.timedelta(milliseconds=1)
            exact = milliseconds(wanted) == stored_ms
        else:
            exact = same(found, wanted)
        if not exact:
            self.differ(path, wanted, found)

    def derived(self):
        """Returns the derived columns, by the formulas that the format promises."""
        parties = self.wanted.get("participants") or []
        sessions = [one for party in parties for one in party.get("sessions") or []]
        segments = [one for session in sessions for one in session.get("segments") or []]
        metrics = [one for session in sessions for one in session.get("metrics") or []]
        names = [metric.get("name") for metric in metrics]
        start, end = (
            milliseconds(self.wanted.get(name)) for name in ("conversationStart", "conversationEnd")
        )
        columns = {
            "mediaTypes": distinct(sessions, "mediaType"),
            "queueIds": distinct(segments, "queueId"),
            "userIds": distinct(parties, "userId"),
            "wrapUpCodes": distinct(segments, "wrapUpCode"),
            "durationMs": None if None in (start, end) else end - start,
            "abandoned": "tAbandon" in names,
        }
        for column, metric in SUMS.items():
            values = [one.get("value") for one in metrics if one.get("name") == metric]
            values = [value for value in values if value is not None]
            columns[column] = sum(values) if values else None
        return columns


def distinct(objects, name):
    values = (one.get(name) for one in objects)
    return list(dict.fromkeys(value for value in values if value is not None))


def is_empty(value):
    """Returns whether a stored value says nothing: null, or an object of nothing but nulls."""
    return value is None or (isinstance(value, dict) and all(map(is_empty, value.values())))


def same(one, other):
    """Equality of JSON values, in which true is not 1 but 3 is 3.0."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and one == other


def compare_day(base_url, root, date):
    wanted = {one["conversationId"]: one for one in served(base_url, date)}
    rows = stored(root, date)
    found = {row["conversationId"]: row for row in rows}
    differences = [f"{date}: {len(rows)} rows for {len(found)} ids"] * (len(rows) != len(found))
    differences += [f"{one}: served, not stored" for one in wanted.keys() - found.keys()]
    differences += [f"{one}: stored, not served" for one in found.keys() - wanted.keys()]
    for identity in wanted.keys() & found.keys():
        differences += Record(wanted[identity], found[identity]).compare()
    print(f"{date}: {len(wanted)} served, {len(rows)} stored, {len(differences)} differences")
    return differences


def main():
    base_url, root, *dates = sys.argv[1:]
    differences = [one for date in dates for one in compare_day(base_url, root, date)]
    if differences:
        sys.exit("\n".join(differences[:MOST_SHOWN]))


if __name__ == "__main__":
    main()
