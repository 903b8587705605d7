#!/usr/bin/env bash
# Installs what the tests of the data streams talk to: a Kinesis (kinesalite, from npm) and an S3 server that checks
# signatures (versitygw, built once, which takes some minutes). Does nothing when both are there.
set -euo pipefail
cd "$(dirname "$0")/.."
versitygw=v1.8.0

if [ ! -d test/kinesis/node_modules/kinesalite ]; then
  echo "== installing kinesalite"
  (cd test/kinesis && npm ci --ignore-scripts --no-audit --no-fund --silent)
fi
program=${SIMSTEAD_TEST_VERSITYGW:-$PWD/.cache/bin/versitygw}
if [ ! -x "$program" ]; then
  echo "== building versitygw $versitygw"
  mkdir -p "$(dirname "$program")"
  GOFLAGS= GOBIN=$(dirname "$program") go install -ldflags '-s -w' "github.com/versity/versitygw/cmd/versitygw@$versitygw"
fi
