#!/usr/bin/env bash
# Everything that must hold, in one command: `make test` runs this. It installs the Debian packages that are missing
# (as root), starts a PostgreSQL of its own, and ends with go test's own lines.
#   TESTFLAGS="-run Refuse -v" PACKAGES=./internal/sim scripts/test.sh    hands flags to go test and tests less
set -euo pipefail
cd "$(dirname "$0")/.."
repo=$PWD

say() { printf '== %s\n' "$*"; }
fail() { printf 'make test: %s\n' "$*" >&2; exit 1; }

for tool in go gofmt node gcc; do
  command -v "$tool" >/dev/null || fail "$tool is missing: the tests need Go 1.26, Node 20 and gcc."
done

# Debian packages, told from what they bring.
missing=()
[ -x /usr/lib/postgresql/15/bin/initdb ] || missing+=(postgresql-15)
command -v radclient >/dev/null || missing+=(freeradius-utils)
command -v freeDiameterd >/dev/null || missing+=(freediameterd freediameter-extensions)
if [ ${#missing[@]} -gt 0 ]; then
  [ "$(id -u)" = 0 ] || fail "${missing[*]} missing: install with 'apt-get install ${missing[*]}' or run this as root."
  say "installing ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  { apt-get update -qq && apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >/dev/null ||
    fail "${missing[*]} could not be installed with apt-get."
fi

scripts/peers.sh || fail "the Kinesis and S3 servers of the tests could not be installed; what failed stands above."

say "gofmt"
unformatted=$(gofmt -l cmd internal test)
[ -z "$unformatted" ] || fail "these files are not formatted, run gofmt -w: $(echo $unformatted)"

say "go vet"
go vet ./... || fail "go vet found what stands above."

say "node --test (reference data)"
output=$(cd scripts/reference-data && node --test 2>&1) || {
  printf '%s\n' "$output" >&2
  fail "the tests of scripts/reference-data failed."
}

say "starting PostgreSQL 15 in a directory of its own"
cluster=$(mktemp -d /tmp/simstead-test.XXXXXX)
tried=
stop() {
  (cd / && "$repo/scripts/postgres.sh" stop "$cluster")
  rm -rf "$cluster" ${tried:+"$tried"}
}
trap stop EXIT
child=
trap '[ -z "$child" ] || kill "$child" 2>/dev/null; exit 130' INT TERM HUP
SIMSTEAD_TEST_DATABASE_URL=$(cd / && "$repo/scripts/postgres.sh" start "$cluster") || {
  tail -20 "$cluster/log" >&2 || true
  fail "PostgreSQL 15 did not start; the end of its log stands above."
}
export SIMSTEAD_TEST_DATABASE_URL

# Properties of charging share 20,000 cases and write down how many they tried: see test/cases.
tried=$(mktemp /tmp/simstead-cases.XXXXXX)
export SIMSTEAD_CASES_LOG=$tried

# Two packages at a time: their databases need the rest of the machine. A hanging test ends after the timeout.
say "go test ./..."
go test -count=1 -p 2 -timeout 14m ${TESTFLAGS:-} ${PACKAGES:-./...} &
child=$! # in the background, so that a signal reaches this script and the cluster is stopped
wait "$child"
awk '{ n += $1 } END { if (n) printf "== %d cases of the properties of charging\n", n }' "$tried"
