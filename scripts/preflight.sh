#!/usr/bin/env bash
# Checks the tools that the system must bring before anything is built: one line for each that is
# missing or too old, saying which, what was found and how to get it. Exits 1 if there is any.
# PYTHON names the interpreter to use. With --found it also says what is there.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

python="${PYTHON:-python3}"
go_needed="$(awk '$1 == "go" { print $2; exit }' go.mod)"
missing=0
say_found="${1:-}"

# complain TOOL-AND-FINDING REMEDY
complain() {
  echo "lossland: $1. $2" >&2
  missing=1
}

# there TOOL-AND-VERSION
there() {
  if [ "$say_found" = --found ]; then
    echo "lossland: $1 is there"
  fi
}

# at_least FOUND NEEDED: compares dotted versions.
at_least() {
  [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]
}

# go_version: the number in what "go version" prints.
go_version() { sed -n 's/.*go\([0-9][0-9.]*\).*/\1/p'; }

check_go() {
  local found remedy
  remedy="Get Go $go_needed or newer from https://go.dev/dl/ (Debian 12's own package is too old)"
  remedy="$remedy and put its bin folder into PATH"
  if ! command -v go >/dev/null; then
    complain "Go is missing" "$remedy"
    return
  fi
  # Here, and not elsewhere: Go 1.21 and newer fetch the toolchain that go.mod names, where that is
  # allowed.
  found="$(go version 2>/dev/null | go_version)"
  [ -n "$found" ] || found="$(cd / && GOTOOLCHAIN=local go version 2>/dev/null | go_version)"
  if ! at_least "${found:-0}" "$go_needed"; then
    complain "Go is too old: found ${found:-no version}, needed $go_needed" "$remedy"
  else
    there "Go $found"
  fi
}

check_compiler() {
  local cc
  cc="$(go env CC 2>/dev/null)"
  cc="${cc:-gcc}"
  if ! command -v "${cc%% *}" >/dev/null; then
    complain "the C compiler (${cc%% *}) is missing" "On Debian: sudo apt install gcc libc6-dev"
  elif ! echo '#include <stdlib.h>' | $cc -E - >/dev/null 2>&1; then
    complain "the C library's headers are missing" "On Debian: sudo apt install libc6-dev"
  else
    there "the C compiler (${cc%% *}) with the C library's headers"
  fi
}

check_python() {
  local found debian="sudo apt install python3 python3-venv"
  if ! command -v "$python" >/dev/null; then
    complain "Python ($python) is missing" "On Debian: $debian"
    return
  fi
  found="$("$python" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null)"
  if ! at_least "${found:-0}" 3.10; then
    complain "Python is too old: $python is ${found:-unusable}, needed 3.10" \
      "Name a newer one with make PYTHON=/path/to/python3.11, or on Debian 12: $debian"
  elif ! "$python" -c 'import venv, ensurepip' >/dev/null 2>&1; then
    complain "Python's venv module is missing (for $python $found)" \
      "On Debian: sudo apt install python3-venv"
  else
    there "Python $found with venv"
  fi
}

check_folder() {
  case "$PWD" in
    *[:,]*)
      complain "the folder is called $PWD" \
        "A name with a colon or a comma can't stand in PATH or in Go's lists: move it"
      ;;
  esac
  [ -w . ] || complain "the folder $PWD can't be written to" \
    "Everything that make makes lies in it: copy it to a place of yours"
}

check_scale() {
  case "${LESSON_SCALE:-quick}" in
    quick | full) ;;
    *) complain "LESSON_SCALE is '$LESSON_SCALE'" "It may be quick or full" ;;
  esac
}

check_folder
check_scale
check_go
check_compiler
check_python
exit "$missing"
