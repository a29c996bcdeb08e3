"""Proves from each engine's own plan and counts that it reads no more than a question needs.

Usage: pruning.py ENGINES ROOT DATE

ROOT holds conversations of several days, the one of DATE in several row groups, and events of several
hours. Exits with 1 and what was not as it should be, with the plan.
"""

import pathlib
import re
import sys

import engines

HOUR_MS = 3_600_000


def number(pattern, profile):
    found = re.search(pattern, profile)
    return int(found[1]) if found else None


def files_read(engine, profile):
    """Returns how many files were opened for their rows."""
    if engine.name == "spark":
        return number(r"numFiles: (\d+)", profile)
    return number(r"Scanning Files: (\d+)/", profile) or number(r"Total Files Read: (\d+)", profile)


def rows_read(engine, profile):
    """Returns how many rows came from the files; a row group is read whole or not at all."""
    if engine.name == "spark":
        return number(r"numOutputRows: (\d+)", profile)
    return number(r"Row Groups Scanned: (\d+) /", profile)


class Proof:
    """What an engine says that it read, against what it had to."""

    def __init__(self, engine, root):
        self.engine = engine
        self.root = pathlib.Path(root)
        self.failures = []

    def check(self, title, holds, profile):
        print(f"{self.engine.name}: {title}: {'yes' if holds else 'NO'}")
        if not holds:
            self.failures.append(f"{self.engine.name}: {title}\n{profile}")

    def one_file(self, title, question):
        profile = self.engine.profile(question)
        self.check(f"{title} reads one file", files_read(self.engine, profile) == 1, profile)
        if self.engine.name == "spark":
            self.check(f"{title} filters partitions", "PartitionFilters: [isnotnull(date" in profile, profile)

    def partitions(self, date):
        day = f"date = DATE '{date}'"
        self.one_file("a day of conversations", f"SELECT sum(handleMs) FROM conversations WHERE {day}")
        for view in ("participants", "sessions", "segments", "metrics", "attributes", "evaluations"):
            self.one_file(f"a day of {view}", f"SELECT max(conversationId) FROM {view} WHERE {day}")
        if (self.root / "metrics").is_dir():
            self.engine.run("flat_views.sql")
            self.one_file("a day of flat metrics", f"SELECT sum(value) FROM metrics WHERE {day}")
            self.engine.run("views.sql")

    def row_groups(self, date):
        """An hour of a day that has several row groups."""
        day = f"FROM conversations WHERE date = DATE '{date}'"
        all_of_it = self.engine.profile(f"SELECT sum(handleMs) {day}")
        first = self.engine.ask(f"SELECT min(conversationStart) AS start {day}")[0]["start"]
        until = f"make_timestamptz({(first + HOUR_MS) * 1000})"
        if self.engine.name == "spark":
            until = f"timestamp_millis({first + HOUR_MS})"
        hour = self.engine.profile(f"SELECT sum(handleMs) {day} AND conversationStart < {until}")
        read, whole = rows_read(self.engine, hour), rows_read(self.engine, all_of_it)
        print(f"{self.engine.name}: an hour reads {read} of {whole}")
        self.check("an hour passes over row groups", 0 < read < whole, hour)
        if self.engine.name == "spark":
            pushed = re.search(r"PushedFilters: \[[^\]]*LessThan\(conversationStart", hour)
            self.check("the hour is pushed down", pushed, hour)

    def one_conversation(self, date):
        """Statistics or bloom filters leave no row group for an id that is nowhere."""
        question = "SELECT handleMs FROM conversations WHERE conversationId = '{}'"
        nowhere = self.engine.profile(question.format("80000000-0000-4000-8000-000000000000"))
        read = rows_read(self.engine, nowhere) or 0
        self.check("an id that is nowhere reads no row group", read == 0, nowhere)
        one = f"SELECT min(conversationId) AS id FROM conversations WHERE date = DATE '{date}'"
        found = self.engine.ask(question.format(self.engine.ask(one)[0]["id"]))
        self.check("an id that is there is found", len(found) == 1, str(found))

    def events(self):
        hours = self.engine.ask("SELECT date, hour, count(*) AS count FROM events GROUP BY date, hour")
        self.check("events come in several partitions", len(hours) > 1, str(hours))
        for hour in hours:
            where = f"WHERE date = DATE '{hour['date']}' AND hour = {hour['hour']}"
            profile = self.engine.profile(f"SELECT max(payload) FROM events {where}")
            folder = self.root / "events" / f"date={hour['date']}" / f"hour={hour['hour']:02}"
            wanted = len(list(folder.iterdir()))
            self.check(f"{folder.name} reads {wanted} files", files_read(self.engine, profile) == wanted, profile)


def main():
    names, root, date = sys.argv[1:]
    failures = []
    for engine in engines.engines(names, root):
        proof = Proof(engine, root)
        proof.partitions(date)
        proof.row_groups(date)
        proof.one_conversation(date)
        engine.run("events.sql")
        proof.events()
        failures += proof.failures
    if failures:
        sys.exit("\n\n".join(failures))


if __name__ == "__main__":
    main()
