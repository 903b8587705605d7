#!/usr/bin/env bash
# Lints and checks formatting with the versions that tools/go.mod names. The first run builds the tools into bin/tools,
# which takes some minutes.
#   scripts/lint.sh          checks everything
#   scripts/lint.sh --fix    also repairs what can be repaired
set -euo pipefail
cd "$(dirname "$0")/.."
tools=$PWD/bin/tools

if [ ! -x "$tools/golangci-lint" ] || [ tools/go.mod -nt "$tools/golangci-lint" ]; then
  echo "== building golangci-lint and gofumpt"
  mkdir -p "$tools"
  (cd tools && go build -trimpath -o "$tools" tool && touch "$tools/golangci-lint")
fi

echo "== golangci-lint"
status=0
"$tools/golangci-lint" run "$@" ./... || status=1

echo "== formatting (gofumpt, gci)"
if [ "${1:-}" = --fix ]; then
  "$tools/golangci-lint" fmt
else
  "$tools/golangci-lint" fmt --diff || status=1
fi
exit $status
