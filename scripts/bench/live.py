"""Live events: gc-live against Python websockets with pyarrow, on one simulated floor."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
import urllib.request

from common import Ran, Series, note, program, python, table, times
from simulator import Simulator

BYTES = 4_096


class Floor(Simulator):
    """A floor that stands still until a burst is asked for."""

    def __init__(self):
        super().__init__(1, 1, "--live-rate", "0", "--event-log", "off", "--rate-limit", "0")

    def post(self, path, body):
        request = urllib.request.Request(f"{self.url}{path}", json.dumps(body).encode(), {"Content-Type": "application/json"})
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def wait_for_listener(self, started):
        while started[0].poll() is None and not any(channel["connected"] and channel["topics"] for channel in self.state()["live"]["channels"]):
            time.sleep(0.02)
        time.sleep(0.5)

    def state(self):
        with urllib.request.urlopen(f"{self.url}/_sim/state") as answer:
            return json.load(answer)


def begin(command, env):
    output, errors = tempfile.TemporaryFile(), tempfile.TemporaryFile()
    child = subprocess.Popen([str(part) for part in command], stdout=output, stderr=errors, env={**os.environ, **env})
    return child, output, errors


def end(started, since):
    """Waits for the process; its time counts from the first event sent."""
    child, output, errors = started
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - since
    child.returncode = os.waitstatus_to_exitcode(status)
    output.seek(0)
    errors.seek(0)
    text, trouble = output.read().decode(), errors.read().decode(errors="replace")
    if child.returncode not in (0, 130):
        raise SystemExit(f"{child.args[0]} ended with {child.returncode}\n{text}\n{trouble[-4000:]}")
    return Ran(text, wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def received(spool):
    """Returns how many events were ever committed to a spool."""
    database = sqlite3.connect(f"file:{spool}/spool.sqlite?mode=ro", uri=True)
    waiting = database.execute("SELECT coalesce(max(last), 0) FROM events").fetchone()[0]
    sealed = database.execute("SELECT coalesce(max(value), 0) FROM facts WHERE name = 'sealed_events'").fetchone()[0]
    database.close()
    return max(waiting, sealed)


def burst(floor, events, per_second=None):
    body = {"events": events, "bytes": BYTES, "log": False}
    if per_second:
        body["perSecond"] = per_second
    floor.post("/_sim/live/burst", body)


def gc_live(floor, folder, events, per_second=None):
    lake, spool = os.path.join(folder, "lake"), os.path.join(folder, "spool")
    started = begin([program("gc-live"), "archive", "--out", lake, "--spool", spool, "--report", "json"], floor.env)
    floor.wait_for_listener(started)
    since = time.perf_counter()
    burst(floor, events, per_second)
    # What still lies in the socket when an archiver is stopped is not read any more.
    while started[0].poll() is None and received(spool) < events:
        time.sleep(0.02)
    started[0].send_signal(signal.SIGTERM)
    ran = end(started, since)
    report = ran.json
    if report["events"] != events or report["waiting"] != 0:
        raise SystemExit(f"{report['events']} of {events} events, {report['waiting']} waiting")
    return ran


def python_client(floor, folder, events):
    started = begin(python("websockets_archive.py", str(events), os.path.join(folder, "events.parquet")), floor.env)
    floor.wait_for_listener(started)
    since = time.perf_counter()
    burst(floor, events)
    ran = end(started, since)
    if int(ran.output) != events:
        raise SystemExit(f"{ran.output} of {events} events")
    return ran


def in_folder(folder, work):
    place = os.path.join(folder, "live")
    os.mkdir(place)
    try:
        return work(place)
    finally:
        shutil.rmtree(place)


def run_part(options, folder):
    events = 20_000 if options.quick else 150_000
    ours, theirs = Series("gc-live"), Series("websockets + pyarrow")
    with Floor() as floor:
        for _ in range(options.rounds):
            ours.add(in_folder(folder, lambda place: gc_live(floor, place, events)))
            theirs.add(in_folder(folder, lambda place: python_client(floor, place, events)))
    lines = []
    for one in (ours, theirs):
        median = sorted(one.wall)[len(one.wall) // 2]
        lines.append([one.name, f"{events / median:.0f}", f"{times(one.wall, ours.wall):.1f}",
                      f"{times(one.cpu, ours.cpu):.1f}", f"{max(one.peak):.0f}"])
    head = ["", "events/s", "times ours", "CPU, times ours", "peak MiB"]
    table(f"{events} live events of {BYTES} bytes, first frame to last file, medians of {options.rounds} rounds", head, lines)
    note("The simulated platform runs on the same cores. Not included: the Python client has no spool, knows no duplicates,")
    note("works out no changes and keeps no ledger; it writes one file at the end.")
    latency(options, folder)
    soak(options, folder)


def latency(options, folder):
    events = 3_000 if options.quick else 20_000
    with Floor() as floor:
        ran = in_folder(folder, lambda place: gc_live(floor, place, events, 1_000))
    durable = ran.json.get("durableMs", {"p50": 0, "p99": 0, "max": 0})
    head = ["", "p50 ms", "p99 ms", "longest ms", "peak MiB"]
    table("From the socket to the disk, at 1,000 events a second", head,
          [[f"{events} events", durable["p50"], durable["p99"], durable["max"], f"{ran.peak_mib:.0f}"]])


def soak(options, folder):
    if options.quick:
        return
    rows = []
    for events in [200_000, 2_000_000] if options.full else [200_000, 600_000]:
        with Floor() as floor:
            ran = in_folder(folder, lambda place: gc_live(floor, place, events))
        rows.append([f"{events} events", f"{events / ran.wall:.0f}", f"{ran.peak_mib:.0f}"])
    table("Memory over the length of a run", ["", "events/s", "peak MiB"], rows)
