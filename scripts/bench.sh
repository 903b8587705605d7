#!/usr/bin/env bash
# Every benchmark, each beside a limit measured in the same run. PostgreSQL runs with its own defaults of durability.
#   scripts/bench.sh [pattern]     for example: scripts/bench.sh Ingest
#   SIMSTEAD_BENCH_SCALE           how many endpoints the lists have (20000; 1000000 takes an hour)
#   SIMSTEAD_MIDNIGHT              how many open sessions see a month end (1000000, which takes most of the time)
set -euo pipefail
cd "$(dirname "$0")/.."
pattern=${1:-.}
dir=$(mktemp -d /tmp/simstead-bench.XXXXXX)
chmod 755 "$dir"
trap 'scripts/postgres.sh stop "$dir"; rm -rf "$dir"' EXIT
SIMSTEAD_TEST_DATABASE_URL=$(scripts/postgres.sh start "$dir" fsync)
export SIMSTEAD_TEST_DATABASE_URL
run() { echo "== $*" && go test -run '^$' -timeout 30m "$@" | grep -vE '^(goos|goarch|pkg|cpu|PASS|ok|\?)'; }
echo "$(nproc) cores, $(go version)"
if [[ Ingest =~ $pattern ]]; then run -bench Ingest -benchtime 10x ./internal/bench; fi
if [[ Credit =~ $pattern ]]; then run -bench 'Credit$' -benchtime 5x ./internal/bench; fi
if [[ CreditFlow =~ $pattern ]]; then run -bench CreditFlow -benchtime 20000x ./internal/bench; fi
if [[ Cost =~ $pattern ]]; then run -bench Cost ./internal/rating; fi
if [[ Delivery =~ $pattern ]]; then run -bench 'Delivery$' -benchtime 10x ./internal/bench; fi
if [[ DeliveryBacklog =~ $pattern ]]; then run -bench DeliveryBacklog -benchtime 3x ./internal/bench; fi
if [[ DeliveryAmazon =~ $pattern ]]; then run -bench DeliveryAmazon -benchtime 3x ./internal/bench; fi
if [[ Streams =~ $pattern ]]; then run -bench Streams -benchtime 1x ./internal/bench; fi
if [[ Lists =~ $pattern ]]; then run -bench 'Lists$' -benchtime 20x -timeout 3h ./internal/bench; fi
if [[ Midnight =~ $pattern ]]; then run -bench Midnight -benchtime 1x -timeout 3h ./internal/bench; fi
if [[ Doctor =~ $pattern ]]; then run -bench Doctor -benchtime 1x -timeout 3h ./internal/bench; fi
if [[ Closing =~ $pattern ]]; then run -bench Closing -benchtime 1x -timeout 1h ./internal/bench; fi
