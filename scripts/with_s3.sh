#!/usr/bin/env bash
# Runs a command beside an S3 store: SeaweedFS, on free ports of this machine, gone when the command ends.
#
#   scripts/with_s3.sh cargo nextest run --workspace -E 'test(s3)'
#
# The command finds the usual AWS_* variables and
#   GC_TEST_S3_ROOT    where tests may make archives: s3://bucket/prefix
#   GC_TEST_S3_READER  a key that may read and list but not write: id:secret
# Without SeaweedFS (scripts/test.sh installs it) the command runs all the same, without these variables.
set -euo pipefail

tools=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/.tools/venv/bin
weed=${GC_WEED:-$tools/weed}
if ! "$weed" version >/dev/null 2>&1; then
  echo "note: no SeaweedFS: tests of S3 storage will be skipped" >&2
  exec "$@"
fi

folder=$(mktemp -d)
pid=""

finish() {
  if [[ -n $pid ]]; then
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  fi
  rm -rf "$folder"
}
trap finish EXIT
trap 'exit 130' INT TERM HUP

# Ports that nobody has at this moment, all different.
free_ports() {
  "$tools/python" - "$1" <<'PYTHON'
import socket, sys
sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(int(sys.argv[1]))]
print(*(each.getsockname()[1] for each in sockets))
PYTHON
}

start() {
  local -a port
  read -r -a port <<<"$(free_ports 12)"
  : >"$folder/out"
  "$weed" -logdir="$folder" mini -dir="$folder/data" -ip=127.0.0.1 -ip.bind=127.0.0.1 \
    -master.port="${port[0]}" -master.port.grpc="${port[1]}" \
    -filer.port="${port[2]}" -filer.port.grpc="${port[3]}" \
    -volume.port="${port[4]}" -volume.port.grpc="${port[5]}" \
    -admin.port="${port[6]}" -admin.port.grpc="${port[7]}" -admin.ui=false \
    -s3.port="${port[8]}" -s3.port.grpc="${port[9]}" \
    -s3.port.iceberg="${port[10]}" -s3.port.lance="${port[11]}" \
    -s3.config="$folder/s3.json" -webdav=false -bucket=records \
    >"$folder/out" 2>&1 </dev/null &
  pid=$!
  endpoint=http://127.0.0.1:${port[8]}
}

# Waits until it says that it is ready, as long as it lives.
ready() {
  local tries
  for ((tries = 0; tries < 300; tries++)); do
    grep --quiet "Press Ctrl+C" "$folder/out" && return 0
    kill -0 "$pid" 2>/dev/null || return 1
    sleep 0.1
  done
  return 1
}

mkdir "$folder/data"
cat >"$folder/s3.json" <<'JSON'
{"identities": [
  {"name": "writer", "credentials": [{"accessKey": "testkey", "secretKey": "testsecret"}],
   "actions": ["Admin", "Read", "List", "Tagging", "Write"]},
  {"name": "reader", "credentials": [{"accessKey": "readkey", "secretKey": "readsecret"}],
   "actions": ["Read", "List"]}
]}
JSON

# A port may have been taken meanwhile: once more, with others.
start
if ! ready; then
  kill "$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null || true
  start
  if ! ready; then
    cat "$folder/out" >&2
    echo "error: SeaweedFS does not start" >&2
    exit 1
  fi
fi

export AWS_ENDPOINT_URL=$endpoint AWS_REGION=us-east-1
export AWS_ACCESS_KEY_ID=testkey AWS_SECRET_ACCESS_KEY=testsecret
export GC_TEST_S3_ROOT=s3://records/tests GC_TEST_S3_READER=readkey:readsecret
"$@"
