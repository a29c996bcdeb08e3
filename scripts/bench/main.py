"""Runs the benchmarks and prints their tables. See scripts/bench.sh."""

import argparse
import pathlib
import tempfile

import export
import flat
import live
import memory
import parquet

PARTS = {
    "parquet": parquet.run_part,
    "export": export.run_part,
    "memory": memory.run_part,
    "flat": flat.run_part,
    "live": live.run_part,
}


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench.sh", description=__doc__)
    parser.add_argument("--rounds", type=int, help="rounds of each comparison [default: 5]")
    parser.add_argument("--quick", action="store_true", help="small inputs, one round")
    parser.add_argument("--full", action="store_true", help="the 4 GB day (needs 8 GB of memory) and 2,000,000 live events as well")
    parser.add_argument("--only", default=",".join(PARTS), help="parts, separated by commas")
    parser.add_argument("--folder", help="where inputs and outputs go [default: a temporary folder]")
    options = parser.parse_args()
    options.rounds = options.rounds or (1 if options.quick else 5)
    with tempfile.TemporaryDirectory(prefix="gc-bench-", dir=options.folder) as folder:
        for part in options.only.split(","):
            PARTS[part](options, pathlib.Path(folder))


if __name__ == "__main__":
    main()
