#!/usr/bin/env bash
# The long forms of the tests. Hours, not minutes:
#   SIMSTEAD_KILLS    how often each kill test ends the platform with SIGKILL (default here 1000; 30 and 10 in `make test`)
#   RAPID_CHECKS      how many cases each property is tried with (default here 100000)
set -euo pipefail
cd "$(dirname "$0")/.."
repo=$PWD
export SIMSTEAD_KILLS=${SIMSTEAD_KILLS:-1000}
checks=${RAPID_CHECKS:-100000}

cluster=$(mktemp -d /tmp/simstead-soak.XXXXXX)
stop() {
  (cd / && "$repo/scripts/postgres.sh" stop "$cluster")
  rm -rf "$cluster"
}
trap stop EXIT
trap 'exit 130' INT TERM HUP
# Durable, unlike the cluster of `make test`: here processes die.
SIMSTEAD_TEST_DATABASE_URL=$(cd / && "$repo/scripts/postgres.sh" start "$cluster" fsync)
export SIMSTEAD_TEST_DATABASE_URL

properties=$(go list -f '{{range .TestImports}}{{if eq . "pgregory.net/rapid"}}{{$.ImportPath}} {{end}}{{end}}' ./...)
echo "== properties, $checks cases each"
# shellcheck disable=SC2086 # a list of packages
go test -count=1 -timeout 12h $properties -rapid.checks="$checks"

echo "== kill test, $SIMSTEAD_KILLS kills"
go test -count=1 -timeout 12h -run 'Kill' -v ./...
