#!/usr/bin/env bash
# Every fuzz target of the project in turn, each for the given time (default 10m) or number of
# inputs (300x), in at most 4 GiB of address space a process where the package loads no plugin:
# scripts/fuzz.sh [TIME] [PATTERN]. What a target finds lies in its package's testdata/fuzz; the
# exit status says whether anything did.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
source scripts/env.sh

time="${1:-10m}" pattern="${2:-.}" failed=0 count=0
log="$(mktemp)"
trap 'rm -f "$log"' EXIT

# loads PACKAGE: whether its tests load XLA, which reserves address space that it doesn't use.
loads() { go list -deps -test "$1" 2>/dev/null | grep -q '/go-xla/'; }

while IFS=: read -r file _ line; do
  name="$(sed -E 's/^func (Fuzz[A-Za-z0-9_]*).*/\1/' <<<"$line")"
  package="./$(dirname "$file")"
  [[ "$package $name" =~ $pattern ]] || continue
  count=$((count + 1))
  (
    loads "$package" || ulimit -v $((4 * 1024 * 1024))
    # Each new input is made smaller, for a minute unless this says otherwise: of a zipped one, in
    # vain, and nothing else runs. A limit in seconds also starts the process anew each time.
    exec go test "$package" -vet=off -run '^$' -fuzz "^$name\$" -fuzztime "$time" \
      -fuzzminimizetime 32x -parallel 2
  ) >"$log" 2>&1
  status=$?
  executions="$(grep -oE 'execs: [0-9]+' "$log" | tail -1 | grep -oE '[0-9]+')"
  if [ "$status" = 0 ]; then
    echo "ok      $package $name: ${executions:-0} executions in $time"
  else
    failed=1
    echo "FAILED  $package $name after ${executions:-0} executions"
    sed 's/^/        /' "$log"
  fi
done < <(git grep -n --untracked '^func Fuzz' -- '*_test.go')
[ "$count" -gt 0 ] || { echo "lossland: no fuzz target matches $pattern" >&2; exit 2; }
exit "$failed"
