"""Compares the tables of names in an archive with the platform, value by value.

Usage: names_equal.py BASE_URL ROOT

Asks the simulator for everything that each list can show, reads `reference/*.parquet` at ROOT with DuckDB,
and compares as deep_equal.py does: each value in the served JSON must be found in the row, or in `_extra`
under its path, and the row must hold nothing that the JSON does not. Exits with 1 and the first differences.
"""

import sys

import deep_equal
import duckdb
import served


class Entity(deep_equal.Record):
    """One entity: it has no derived columns."""

    def derived(self):
        return {}

    def differ(self, path, wanted, found):
        identity = self.wanted.get("id")
        self.differences.append(f"{identity}: {path}: served {wanted!r}, stored {found!r}")


def stored(root, table):
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    rows = connection.execute("SELECT * FROM read_parquet(?)", [f"{root}/reference/{table}.parquet"])
    names = [column[0] for column in rows.description]
    return [dict(zip(names, row)) for row in rows.fetchall()]


def compare(base_url, root, table):
    wanted = {one["id"]: one for one in served.entities(base_url, table)}
    rows = stored(root, table)
    found = {row["id"]: row for row in rows}
    differences = [f"{table}: {len(rows)} rows for {len(found)} ids"] * (len(rows) != len(found))
    differences += [f"{one}: served, not stored" for one in wanted.keys() - found.keys()]
    differences += [f"{one}: stored, not served" for one in found.keys() - wanted.keys()]
    differences += [f"{one}: not dated" for one, row in found.items() if row["_exportedAt"] is None]
    for identity in wanted.keys() & found.keys():
        differences += Entity(wanted[identity], found[identity]).compare()
    extra = sum(row["_extra"] is not None for row in rows)
    print(f"{table}: {len(wanted)} served, {len(rows)} stored, {extra} with more than columns, {len(differences)} differences")
    return [f"{table}: {one}" for one in differences]


def main():
    base_url, root = sys.argv[1:]
    differences = [one for table in served.LISTS for one in compare(base_url, root, table)]
    if differences:
        sys.exit("\n".join(differences[: deep_equal.MOST_SHOWN]))


if __name__ == "__main__":
    main()
