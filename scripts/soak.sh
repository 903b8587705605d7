#!/usr/bin/env bash
# The long forms of the tests. Hours, not minutes:
#   SIMSTEAD_KILLS    how often each kill test ends the platform with SIGKILL (default here 1000; 30 and 10 in `make test`)
#   SIMSTEAD_CASES    how many cases the properties of charging share (default here 2000000; 20000 in `make test`)
#   RAPID_CHECKS      how many cases each other property is tried with (default here 100000)
set -euo pipefail
cd "$(dirname "$0")/.."
repo=$PWD
export SIMSTEAD_KILLS=${SIMSTEAD_KILLS:-1000}
export SIMSTEAD_CASES=${SIMSTEAD_CASES:-2000000}
checks=${RAPID_CHECKS:-100000}

cluster=$(mktemp -d /tmp/simstead-soak.XXXXXX)
tried=$(mktemp /tmp/simstead-cases.XXXXXX)
export SIMSTEAD_CASES_LOG=$tried
stop() {
  (cd / && "$repo/scripts/postgres.sh" stop "$cluster")
  rm -rf "$cluster" "$tried"
}
trap stop EXIT
trap 'exit 130' INT TERM HUP
# Durable, unlike the cluster of `make test`: here processes die.
SIMSTEAD_TEST_DATABASE_URL=$(cd / && "$repo/scripts/postgres.sh" start "$cluster" fsync)
export SIMSTEAD_TEST_DATABASE_URL

properties=$(go list -f '{{range .TestImports}}{{.}} {{end}}{{range .XTestImports}}{{.}} {{end}}: {{.ImportPath}}' ./... |
  sed -n 's,.*pgregory.net/rapid .*: ,,p')
echo "== properties: $SIMSTEAD_CASES cases of charging, $checks of each other one"
# shellcheck disable=SC2086 # a list of packages
go test -count=1 -timeout 24h $properties -rapid.checks="$checks"
awk '{ n += $1 } END { printf "== %d cases of the properties of charging\n", n }' "$tried"

echo "== kill test, $SIMSTEAD_KILLS kills"
go test -count=1 -timeout 12h -run 'Kill' -v ./...
