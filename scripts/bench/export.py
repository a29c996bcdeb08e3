"""A whole export over HTTP: gc-history against dlt and the platform's own client."""

import os
import shutil

from common import Series, note, program, python, run, same, table, times
from simulator import DAY, Simulator


def gc_history(simulator, folder):
    command = [program("gc-history"), "export", "--date", DAY, "--out", folder, "--report", "json", "--no-progress", "--no-reference"]
    ran = run(command, simulator.env)
    (day,) = ran.json["partitions"]
    if day["verdict"] != "settled":
        raise SystemExit(f"the day is {day['verdict']}")
    return ran, day["rows"]


def rival(script, *arguments):
    def export(simulator, folder):
        ran = run(python(script, DAY, folder, *arguments), simulator.env)
        return ran, int(ran.output.split()[-1])

    return export


CONTENDERS = {
    "gc-history": gc_history,
    "dlt": rival("dlt_export.py"),
    "dlt, nested as JSON text": rival("dlt_export.py", "0"),
    "official client": rival("client_export.py"),
}


def run_part(options, folder):
    series, rows = {}, {}
    with Simulator(2_000 if options.quick else 40_000, 4_800) as simulator:
        for _ in range(options.rounds):
            for name, contender in CONTENDERS.items():
                place = os.path.join(folder, "export")
                os.mkdir(place)
                ran, rows[name] = contender(simulator, place)
                series.setdefault(name, Series(name)).add(ran)
                shutil.rmtree(place)
    same("conversations", rows)
    show(series, rows["gc-history"], options.rounds)


def show(series, count, rounds):
    base = series["gc-history"]
    lines = []
    for name, one in series.items():
        median = sorted(one.wall)[len(one.wall) // 2]
        lines.append([
            name, f"{median:.2f}", f"{count / median:.0f}", f"{times(one.wall, base.wall):.1f}",
            f"{times(one.cpu, base.cpu):.1f}", f"{max(one.peak):.0f}",
        ])
    head = ["", "seconds", "conversations/s", "times ours", "CPU, times ours", "peak MiB"]
    table(f"A day exported over HTTP: {count} conversations, medians of {rounds} rounds", head, lines)
    note("Whole processes, interpreter and imports included. Not included: dlt gives no verdict and no hash and turns a")
    note("new field into a new column; the official client writes nothing at all. Contents of files are not compared.")
