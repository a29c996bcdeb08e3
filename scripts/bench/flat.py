"""What flat tables buy over the views, and what they cost."""

import os
import pathlib
import shutil
import statistics

from common import Series, note, program, python, run, same, table, times
from simulator import DAY, Simulator

TABLES = "conversations,participants,sessions,segments,metrics"
# In the order in which they are exported; both kinds in each round.
KINDS = {"nested": "conversations", "flat": TABLES}
QUESTIONS = ["metrics", "queue_intervals", "agents", "wrap_up_codes"]
BYTES_EACH = 20_000


def export(simulator, place, tables):
    command = [program("gc-history"), "export", "--date", DAY, "--out", place, "--report", "json", "--no-progress", "--no-reference"]
    ran = run([*command, "--tables", tables], simulator.env)
    (day,) = ran.json["partitions"]
    return ran, day["rows"]


def sizes(place):
    """Returns the bytes of each table."""
    found = {name: pathlib.Path(place, name) for name in TABLES.split(",")}
    return {
        name: sum(file.stat().st_size for file in folder.rglob("*.parquet"))
        for name, folder in found.items()
        if folder.is_dir()
    }


def run_part(options, folder):
    conversations = 3_000 if options.quick else 50_000
    series = {name: Series(name) for name in KINDS}
    with Simulator(conversations, BYTES_EACH) as simulator:
        for _ in range(options.rounds):
            for name, tables in KINDS.items():
                place = os.path.join(folder, name)
                shutil.rmtree(place, ignore_errors=True)
                ran, rows = export(simulator, place, tables)
                series[name].add(ran)
    show_cost(series, sizes(os.path.join(folder, "flat")), rows, options.rounds)
    show_gain(os.path.join(folder, "flat"), max(options.rounds, 3))


def show_cost(series, bytes_of, count, rounds):
    base = series["nested"]
    nested = bytes_of["conversations"]
    lines = []
    for name, one in series.items():
        size = sum(bytes_of.values()) if name == "flat" else nested
        lines.append([
            "with flat tables" if name == "flat" else "conversations alone",
            f"{statistics.median(one.wall):.2f}", f"{times(one.wall, base.wall):.2f}",
            f"{times(one.cpu, base.cpu):.2f}", f"{max(one.peak):.0f}", f"{size / 1e6:.1f}", f"{size / nested:.2f}",
        ])
    head = ["", "seconds", "times alone", "CPU, times alone", "peak MiB", "MB", "times alone"]
    table(f"What flat tables cost: {count} conversations of {BYTES_EACH / 1000:.0f} KB, {rounds} rounds", head, lines)
    each = ", ".join(f"{name} {size / 1e6:.1f}" for name, size in bytes_of.items())
    note(f"MB of each table: {each}.")


def show_gain(place, rounds):
    lines = []
    for name in QUESTIONS:
        asked = {way: run(python("flat_questions.py", place, way, name, rounds)).json for way in KINDS}
        same(f"answers to {name}", {way: one["hash"] for way, one in asked.items()})
        views, flat = (statistics.median(asked[way]["seconds"]) for way in KINDS)
        lines.append([name, asked["flat"]["answer"], f"{views:.3f}", f"{flat:.3f}", f"{views / flat:.1f}"])
    head = ["question", "rows", "views, seconds", "flat tables, seconds", "times faster"]
    table(f"What flat tables buy in DuckDB, medians of {rounds} rounds", head, lines)
    note("Both ways ask the same question of the same archive; the answers are compared. wrap_up_codes reads segments,")
    note("the others metrics.")
