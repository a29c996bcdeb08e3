#!/usr/bin/env bash
# Measures this project against its rivals, on one input in one run, and prints ratios.
#
#   scripts/bench.sh                 everything but the 4 GB day and the long soak
#   scripts/bench.sh --full          everything
#   scripts/bench.sh --quick         small inputs and one round: does it run at all?
#   scripts/bench.sh --rounds 7      more rounds
#   scripts/bench.sh --only parquet,export,memory,flat,live
#
# Needs cargo, Python 3.10 and pip. Ratios are medians over interleaved rounds; close other programs.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=.tools/venv
if [ ! -x "$venv/bin/python" ]; then
  python3 -m venv "$venv"
fi
if ! cmp -s scripts/bench/requirements.txt "$venv/bench-requirements.txt"; then
  "$venv/bin/pip" install --quiet --requirement scripts/bench/requirements.txt >&2
  cp scripts/bench/requirements.txt "$venv/bench-requirements.txt"
fi
cargo build --quiet --release -p gc-bench -p gc-history -p gc-live -p gc-sim
exec "$venv/bin/python" scripts/bench/main.py "$@"
