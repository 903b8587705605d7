#!/usr/bin/env bash
# Fuzzes every decoder and grammar, one target after the other.
#   FUZZTIME=1m scripts/fuzz.sh               each for a minute (default 10m)
#   scripts/fuzz.sh ./internal/wire/...       only those
# A failing input is kept in the package's testdata/fuzz: commit it with the repair.
set -euo pipefail
cd "$(dirname "$0")/.."
each=${FUZZTIME:-10m}
[ $# -gt 0 ] || set -- ./...

failed=()
while read -r package; do
  for target in $(go test -list '^Fuzz' "$package" | grep '^Fuzz' || true); do
    echo "== $package $target for $each"
    go test -run '^$' -fuzz "^$target\$" -fuzztime "$each" "$package" || failed+=("$package $target")
  done
done < <(go list -f '{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}' "$@")

[ ${#failed[@]} -eq 0 ] || { printf 'failed: %s\n' "${failed[@]}" >&2; exit 1; }
echo "== no target failed"
