"""JSON pages to one Parquet file: the product's path against DuckDB and arrow-json."""

import json
import pathlib
import shutil

from common import Series, note, program, python, run, same, table, times
from simulator import DAY, Simulator

BYTES_EACH = 20_000
PAGE_ROWS = 1_000
SETTINGS = [
    {"preserve_insertion_order": order, "row_group_size": rows, "parquet_version": version}
    for order in (True, False)
    for rows in (122_880, 10_240)
    for version in ("V1", "V2")
]


def write_input(folder, conversations):
    """Writes the same records as pages, as the platform gives them, and as lines."""
    pages = folder / "pages"
    pages.mkdir()
    lines = folder / "lines.ndjson"
    size = rows = 0
    page = []

    def end_page():
        body = b'{"conversations":[' + b",".join(page) + b'],"cursor":"next"}'
        (pages / f"{rows:08}.json").write_bytes(body)
        page.clear()

    with Simulator(conversations, BYTES_EACH) as simulator, lines.open("wb") as out:
        for line in simulator.records():
            out.write(line)
            page.append(line.rstrip(b"\n"))
            size += len(line)
            rows += 1
            if len(page) == PAGE_ROWS:
                end_page()
    if page:
        end_page()
    return pages, lines, size


def ours(folder, pages, threads):
    root = folder / "ours"
    shutil.rmtree(root, ignore_errors=True)
    ran = run([program("ours"), pages, DAY, root, threads])
    return ran, ran.json, next(root.glob("conversations/*/*.parquet"))


def arrow_json(folder, lines):
    output = folder / "arrow_json.parquet"
    ran = run([program("arrow_json"), lines, output])
    return ran, ran.json, output


def duckdb(folder, lines, types, threads, setting):
    output = folder / "duckdb.parquet"
    ran = run(python("duckdb_copy.py", lines, output, types, threads, json.dumps(setting)))
    return ran, ran.json, output


def best_setting(folder, lines, types, threads, quick):
    """Tries every setting of DuckDB twice and returns the quickest."""
    took = {}
    for _ in range(1 if quick else 2):
        for at, setting in enumerate(SETTINGS):
            seconds = duckdb(folder, lines, types, threads, setting)[1]["seconds"]
            took[at] = min(seconds, took.get(at, seconds))
    return SETTINGS[min(took, key=took.get)]


def run_round(contenders, series, rows, sizes):
    for name, contender in contenders.items():
        ran, said, output = contender()
        series.setdefault(name, Series(name)).add(ran, said["seconds"])
        rows[name], sizes[name] = said["rows"], output.stat().st_size


def run_all(options, folder):
    pages, lines, size = write_input(folder, 2_000 if options.quick else 15_000)
    # The first run also tells DuckDB the types of the platform's columns.
    _, _, sample = ours(folder, pages, 1)
    types = folder / "types.json"
    types.write_text(run(python("duckdb_types.py", sample)).output)
    best = {n: best_setting(folder, lines, types, n, options.quick) for n in (1, 2)}
    contenders = {
        "ours, 1 thread": lambda: ours(folder, pages, 1),
        "DuckDB, 1 thread": lambda: duckdb(folder, lines, types, 1, best[1]),
        "arrow-json, 1 thread": lambda: arrow_json(folder, lines),
        "ours, 2 threads": lambda: ours(folder, pages, 2),
        "DuckDB, 2 threads": lambda: duckdb(folder, lines, types, 2, best[2]),
    }
    series, rows, sizes = {}, {}, {}
    for _ in range(options.rounds):
        run_round(contenders, series, rows, sizes)
    same("rows in the Parquet files", rows)
    show(series, sizes, size, rows["ours, 1 thread"], options.rounds)
    for threads, setting in best.items():
        note(f"DuckDB's best setting, {threads} thread(s): {setting}, compression level 1, columns given, lines as input")
    note("Not included: DuckDB and arrow-json keep no unknown fields, check no record, hash no row, merge no repeated ids,")
    note("derive no columns and do not sort; DuckDB reads lines, not pages. Time from the first byte read to the file")
    note("written, not synced; CPU and peak memory of the whole process, Python's start included for DuckDB.")


def show(series, sizes, size, count, rounds):
    rows = []
    for name, one in series.items():
        base = series["ours, 2 threads" if "2" in name else "ours, 1 thread"]
        median = sorted(one.wall)[len(one.wall) // 2]
        rows.append([
            name, f"{size / 1e6 / median:.0f}", f"{times(one.wall, base.wall):.2f}", f"{times(one.cpu, base.cpu):.2f}",
            f"{max(one.peak):.0f}", f"{sizes[name] / 1e6:.1f}",
        ])
    title = f"JSON to Parquet, zstd: {count} conversations, {size / 1e6:.0f} MB, medians of {rounds} rounds"
    table(title, ["", "MB/s", "times ours", "CPU, times ours", "peak MiB", "file MB"], rows)


def run_part(options, folder):
    folder = pathlib.Path(folder) / "parquet"
    folder.mkdir()
    run_all(options, folder)
    shutil.rmtree(folder)
