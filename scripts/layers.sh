#!/usr/bin/env bash
# Proves the direction of dependencies that docs/architecture.md promises, as cargo sees them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

failures=0

# Lists all that a crate is built from, itself included, one name a line. What only its tests need does
# not count.
closure() {
  cargo tree --locked --quiet --edges normal,build --prefix none --format '{p}' "$@" |
    cut -d ' ' -f 1 | sort -u
}

# forbid CRATE WHY PATTERN... -- FLAGS...: the crate must not be built from any of these.
forbid() {
  local crate=$1 why=$2 found
  shift 2
  local -a patterns=()
  while [[ ${1:-} != "" && $1 != -- ]]; do
    patterns+=(-e "$1")
    shift
  done
  [[ ${1:-} == -- ]] && shift
  # A crate that is not there must fail, not pass.
  local all
  all=$(closure --package "$crate" "$@")
  if found=$(grep -v -x "$crate" <<<"$all" | grep -x "${patterns[@]}"); then
    printf 'error: %s is built from %s: %s\n' "$crate" "$(tr '\n' ' ' <<<"$found")" "$why" >&2
    failures=$((failures + 1))
  fi
}

# require CRATE NEEDED: the arrow that is drawn is there.
require() {
  if ! closure --package "$1" | grep -x "$2" >/dev/null; then
    printf 'error: %s is not built from %s, as it is drawn\n' "$1" "$2" >&2
    failures=$((failures + 1))
  fi
}

pipelines=()
for folder in pipelines/*/; do
  pipelines+=("$(basename "$folder")")
done

forbid gc-core "the words of all know none of the rest" 'gc-.*'
forbid gc-auth "authorisation knows gc-core alone" gc-arrow gc-analytics gc-reference gc-stream gc-sink gc-sim
forbid gc-arrow "JSON to Arrow knows nobody" 'gc-.*'
forbid gc-analytics "sources do not know the sink" gc-sink gc-sim gc-stream
forbid gc-reference "sources do not know the sink" gc-sink gc-sim gc-stream gc-analytics
forbid gc-stream "sources do not know the sink" gc-sink gc-sim gc-analytics
forbid gc-sink "the sink knows gc-core alone" gc-auth gc-arrow gc-analytics gc-reference gc-stream gc-sim
forbid gc-sim "the simulator must not share code with what it tests" \
  gc-auth gc-arrow gc-analytics gc-reference gc-stream gc-sink -- --no-default-features
require gc-auth gc-core
require gc-analytics gc-auth
require gc-analytics gc-arrow
require gc-reference gc-auth
require gc-reference gc-arrow
require gc-stream gc-auth
require gc-stream gc-reference
require gc-stream gc-arrow
require gc-sink gc-core

for folder in crates/*/; do
  crate=$(basename "$folder")
  # Command lines belong to programs; the one of the simulator is a feature that libraries leave out.
  flags=()
  [[ $crate == gc-sim ]] && flags=(--no-default-features)
  forbid "$crate" "command lines, bars and log output belong to programs" \
    clap indicatif tracing-subscriber -- "${flags[@]}"
  forbid "$crate" "crates do not know pipelines" "${pipelines[@]}" -- "${flags[@]}"
done

if ((failures > 0)); then
  exit 1
fi
echo "every dependency points the way it is drawn"
