#!/usr/bin/env bash
# Installs and starts what the tests need, passes every check, and stops it. The one command of the README.
#
# Needs a Rust toolchain (rustup takes the version from rust-toolchain.toml) and Python 3.11 or later
# with venv and pip. What it installs is a Python environment in .tools/ and, if missing, cargo-nextest.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec </dev/null

heading() { printf '\n== %s\n' "$*"; }

find_python() {
  local candidate
  for candidate in python3.11 python3 python3.12 python3.13 python3.14; do
    if "$candidate" -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      echo "$candidate"
      return
    fi
  done
  echo "error: no Python 3.11 or later with venv found" >&2
  return 1
}

# The environment is made anew when what it has to hold changes.
install_python_packages() {
  local requirements=scripts/python/requirements.txt
  local installed=.tools/venv/requirements.txt
  if cmp --silent "$requirements" "$installed"; then
    echo "up to date"
    return
  fi
  rm -rf .tools/venv .tools/duckdb-bucket
  "$(find_python)" -m venv .tools/venv
  .tools/venv/bin/python -m pip install --quiet --disable-pip-version-check -r "$requirements"
  cp "$requirements" "$installed"
}

# Another DuckDB, in a folder of its own: see the file.
install_duckdb_for_buckets() {
  local requirements=scripts/python/bucket-requirements.txt
  local folder=.tools/duckdb-bucket
  if cmp --silent "$requirements" "$folder/requirements.txt"; then
    echo "up to date"
    return
  fi
  rm -rf "$folder"
  .tools/venv/bin/python -m pip install --quiet --disable-pip-version-check --target "$folder" -r "$requirements"
  cp "$requirements" "$folder/requirements.txt"
}

# The checks pass without it too: they fall back on `cargo test`.
install_nextest() {
  if cargo nextest --version >/dev/null 2>&1; then
    echo "up to date"
  elif ! cargo install --quiet --locked cargo-nextest; then
    echo "could not be installed: cargo test takes its place"
  fi
}

heading "Python packages"
install_python_packages
heading "DuckDB for buckets"
install_duckdb_for_buckets
heading "cargo-nextest"
install_nextest
export GC_PYTHON="$PWD/.tools/venv/bin/python"
export GC_DUCKDB_FOR_BUCKETS="$PWD/.tools/duckdb-bucket"
# The store is stopped after the checks, whatever becomes of them.
exec scripts/with_s3.sh scripts/check.sh
