"""Reads live events and history together, and compares them with what the simulator sent and served.

Usage: timeline.py ENGINES ROOT URL DATE...

Each event that the simulator wrote to a socket is there once; the timeline of the conversation with the most
events is what its JSON and its frames say. DATE are the days of history at ROOT. Exits with 1 and the first
differences.
"""

import collections
import json
import sys
import urllib.request

import engines
import served


def sent(url):
    """Returns what was written to a socket, with the bodies."""
    with urllib.request.urlopen(f"{url}/_sim/events") as answer:
        events = [json.loads(line) for line in answer.read().splitlines()]
    return [event for event in events if event["written"]]


def compare_events(engine, events):
    rows = engine.ask("SELECT correlationId, topic, conversationId, payload FROM events WHERE origin = 'live'")
    found = {row["correlationId"]: row for row in rows}
    print(f"{engine.name}: {len(rows)} live events")
    if len(found) != len(rows):
        yield f"{engine.name}: {len(rows)} rows for {len(found)} events"
    for event in events:
        row = found.get(event["correlationId"])
        body = json.loads(event["frame"])["eventBody"]
        if row is None or row["topic"] != event["topic"] or json.loads(row["payload"]) != body:
            yield f"{engine.name}: event {event['sequence']} of {event['topic']} is not there as it was sent"
    changes = engine.ask("SELECT count(*) AS count FROM event_changes")[0]["count"]
    listed = sum(len(row["changes"]) for row in engine.ask("SELECT changes FROM events"))
    if changes != listed or not changes:
        yield f"{engine.name}: {changes} rows of changes for {listed} changes"


def history(record):
    """The part of a timeline that history tells."""
    start = served.milliseconds(record["conversationStart"])
    yield start, "conversation start", record.get("originatingDirection")
    if record.get("conversationEnd") is not None:
        yield served.milliseconds(record["conversationEnd"]), "conversation end", None
    for _, _, _, segment in served.items([record], "segments"):
        at = served.milliseconds(segment.get("segmentStart"))
        yield at, f"segment {segment['segmentType']}", segment.get("disconnectType")


def compare_timeline(engine, record, events, names):
    engine.set(conversation=record["conversationId"])
    rows = engine.report("timeline")
    print(f"{engine.name}: a timeline of {len(rows)} rows")
    times = [row["happenedAt"] for row in rows]
    if times != sorted(times):
        yield f"{engine.name}: the timeline is out of order: {times}"
    told = [row for row in rows if row["source"] == "history"]
    told = collections.Counter((row["happenedAt"], row["what"], row["detail"]) for row in told)
    wanted = collections.Counter(history(record))
    if told != wanted:
        yield f"{engine.name}: history is {told}, not {wanted}"
    for kind, table in [("user", "users"), ("queue", "queues")]:
        wrong = [row for row in rows if row[f"{kind}Name"] != names[table].get(row[f"{kind}Id"])]
        if wrong or not any(row[f"{kind}Name"] for row in rows):
            yield f"{engine.name}: names of {table} are wrong, or there are none: {wrong[:2]}"
    live = [row for row in rows if row["source"] == "live"]
    known = [one for one in events if one["conversationId"] == record["conversationId"]]
    if len(live) != len(known):
        yield f"{engine.name}: {len(live)} live events, {len(known)} sent"
    if not any(row["what"] == "event created" for row in live):
        yield f"{engine.name}: nothing created the conversation"
    if not any(row["detail"] for row in live):
        yield f"{engine.name}: no event says what it changed"


def main():
    asked, root, url, *dates = sys.argv[1:]
    events = sent(url)
    records = {one["conversationId"]: one for date in dates for one in served.fetch(url, date, date)}
    counts = collections.Counter(one["conversationId"] for one in events if one["conversationId"] in records)
    busiest = records[counts.most_common(1)[0][0]]
    failures = []
    for engine in engines.engines(asked, root):
        engine.run("events.sql")
        failures += compare_events(engine, events)
        failures += compare_timeline(engine, busiest, events, served.names(url))
    if failures:
        sys.exit("\n".join(failures[:20]))


if __name__ == "__main__":
    main()
