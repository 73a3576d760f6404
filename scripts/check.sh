#!/usr/bin/env bash
# The small gate, quick enough to run before every commit. Every check runs; the exit status says
# whether all passed.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
source scripts/env.sh

status=0
# gate NAME COMMAND…: runs the command silently and shows its output only where it fails.
gate() {
  local name="$1" output
  shift
  if output="$("$@" 2>&1)"; then
    echo "ok      $name"
  else
    echo "FAILED  $name"
    echo "$output" | sed 's/^/        /'
    status=1
  fi
}

# silent COMMAND…: a command that reports by printing, and must print nothing. What it says of its
# progress, such as what Go downloads in a fresh clone, is on standard error and doesn't count.
silent() {
  local output
  output="$("$@")" || { echo "$output"; return 1; }
  [ -z "$output" ] || { echo "$output"; return 1; }
}

notebooks() {
  if ! compgen -G 'notebooks/*.ipynb' >/dev/null; then
    echo "notebooks/*.ipynb matches nothing"
    return 1
  fi
  python scripts/nb.py check notebooks/*.ipynb
}

# Every Go file that git knows or would add.
go_files() { git ls-files --cached --others --exclude-standard '*.go'; }

# as_before: nothing was left in the tree that wasn't there when this began.
before="$(git status --porcelain)"
as_before() { diff <(echo "$before") <(echo "$(git status --porcelain)"); }

gate "go mod tidy"        silent go mod tidy -diff
gate "go mod verify"      go mod verify
gate "gofmt"              silent gofmt -l $(go_files)
gate "go vet"             go vet ./...
gate "staticcheck"        staticcheck ./...
gate "columns and maps"   go test -count=1 ./internal/house
gate "notebooks"          notebooks
gate "nothing left over"  as_before
exit "$status"
