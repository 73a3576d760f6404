#!/usr/bin/env bash
# What share of each package's statements the tests run, those of all packages together: a table.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/env.sh

rm -rf build/coverage
mkdir -p build/coverage
covered="$(go list ./pkg/... ./internal/... ./cmd/... | paste -sd,)"
status=0
go test -count=1 -timeout 60m -vet=off -cover -coverpkg="$covered" ./... \
  -args -test.gocoverdir="$PWD/build/coverage" >build/coverage.log || status=$?
grep -v '^ok' build/coverage.log || true
echo "| package | statements |"
echo "|---|---|"
go tool covdata percent -i=build/coverage |
  sed -nE 's#.*lossland/(\S+)\s+coverage: ([0-9.]+)% of statements#| \1 | \2 % |#p' | sort
exit "$status"
