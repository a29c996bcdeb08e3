#!/usr/bin/env bash
# The whole gate, here and in CI: format, lints, tests, documentation, layers, licences.
#
# Installs nothing; scripts/test.sh does that and then calls this.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec </dev/null

summary=()
began=$SECONDS

# Runs one check; the first that fails ends everything, with its name.
check() {
  local name=$1 since=$SECONDS
  shift
  printf '\n== %s\n' "$name"
  if ! "$@"; then
    printf '\n== failed: %s\n' "$name" >&2
    exit 1
  fi
  summary+=("passed   $name ($((SECONDS - since)) s)")
}

skip() {
  printf '\n== %s\nskipped: %s\n' "$1" "$2"
  summary+=("skipped  $1: $2")
}

# The program under test is built with the features that the tests are built with, so that nothing is
# compiled twice; the tests learn where it is.
build_tests() {
  cargo build --quiet --locked --workspace --all-targets
}

run_tests() {
  if cargo nextest --version >/dev/null 2>&1; then
    cargo nextest run --locked --workspace --no-fail-fast
  else
    cargo test --locked --workspace --all-targets --no-fail-fast
  fi
}

document() {
  RUSTDOCFLAGS="-D warnings" cargo doc --quiet --locked --workspace --no-deps
}

# What this machine can say about the files in scripts/deploy: units by systemd, manifests by kubectl, which
# reads them without a cluster only as parts of a kustomization.
check_units() {
  local complaints
  complaints=$(systemd-analyze verify scripts/deploy/*.service scripts/deploy/*.timer 2>&1 |
    grep -v 'is not executable' || true)
  printf '%s' "$complaints"
  [[ -z $complaints ]]
}

check_manifests() {
  local folder status=0
  folder=$(mktemp -d)
  cp scripts/deploy/*.yaml "$folder"
  (cd "$folder" && printf 'resources: [%s]\n' "$(printf '%s,' *.yaml)" >kustomization.yaml)
  kubectl kustomize "$folder" >/dev/null || status=$?
  rm -r "$folder"
  return "$status"
}

check "format" cargo fmt --all --check
check "lints" cargo clippy --quiet --locked --workspace --all-targets -- -D warnings
check "build" build_tests
GC_PROGRAMS="${CARGO_TARGET_DIR:-$PWD/target}/debug"
export GC_PROGRAMS
check "tests" run_tests
check "examples in the documentation" cargo test --quiet --locked --workspace --doc
check "documentation" document
check "layers" scripts/layers.sh
if command -v systemd-analyze >/dev/null; then
  check "systemd units" check_units
else
  skip "systemd units" "systemd-analyze is not installed"
fi
if command -v kubectl >/dev/null; then
  check "Kubernetes manifests" check_manifests
else
  skip "Kubernetes manifests" "kubectl is not installed"
fi
if cargo deny --version >/dev/null 2>&1; then
  check "licences and advisories" cargo deny --log-level error check
else
  skip "licences and advisories" "cargo-deny is not installed"
fi

printf '\n== summary (%s s)\n' "$((SECONDS - began))"
printf '%s\n' "${summary[@]}"
