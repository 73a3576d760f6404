#!/usr/bin/env bash
# Tests preflight.sh with folders of tools in which one is missing, too old or incomplete: the first
# line of what it says must name that tool and how to get it. Also that make shows that line first.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
failures=0

# tools FOLDER: the machine's own tools, all of them good.
tools() {
  mkdir -p "$1"
  local tool
  for tool in bash sh awk sed sort head dirname cat make rm env go gcc python3; do
    ln -sf "$(command -v "$tool")" "$1/$tool"
  done
  # pyenv's python3 is a shim that needs its own tools: take the interpreter itself.
  ln -sf "$(python3 -c 'import sys; print(sys.executable)')" "$1/python3"
}

# stub FOLDER TOOL SCRIPT: replaces a tool.
stub() {
  rm -f "$1/$2"
  printf '#!/usr/bin/env bash\n%s\n' "$3" > "$1/$2"
  chmod +x "$1/$2"
}

# expect NAME FOLDER WANTED-IN-THE-FIRST-LINE REMEDY [COMMAND…]
expect() {
  local name="$1" folder="$2" wanted="$3" remedy="$4" said
  shift 4
  local command=("${@:-scripts/preflight.sh}")
  if said="$(env -i PATH="$folder" HOME="$work" "${command[@]}" 2>&1)"; then
    echo "FAILED $name: it passed" >&2
    failures=$((failures + 1))
    return
  fi
  said="${said%%$'\n'*}"
  if [[ "$said" != "lossland: "*"$wanted"*"$remedy"* ]]; then
    echo "FAILED $name: the first line is: $said" >&2
    failures=$((failures + 1))
  fi
}

tools "$work/good"
if ! said="$(env -i PATH="$work/good" HOME="$work" scripts/preflight.sh 2>&1)" ||
  [ -n "$said" ]; then
  echo "FAILED good tools: $said" >&2
  failures=$((failures + 1))
fi

tools "$work/no-go"; rm "$work/no-go/go"
expect "no Go" "$work/no-go" "Go is missing" "https://go.dev/dl/"

# Below a go.mod that wants a newer one, it doesn't even say its version.
tools "$work/old-go"; stub "$work/old-go" go '
case "$1" in
  version)
    if [ "${GOTOOLCHAIN:-}" = local ] && [ "$PWD" = / ]; then
      echo "go version go1.24.4 linux/amd64"
    else
      echo "go: go.mod requires go >= 1.26" >&2
      exit 1
    fi
    ;;
  env) echo gcc ;;
esac'
expect "old Go" "$work/old-go" "Go is too old: found 1.24.4, needed 1.26" "https://go.dev/dl/"

tools "$work/ancient-go"; stub "$work/ancient-go" go '
case "$1" in
  version) echo "go version go1.19.8 linux/amd64" ;;
  env) echo gcc ;;
esac'
expect "Debian's Go" "$work/ancient-go" "Go is too old: found 1.19.8" "https://go.dev/dl/"

tools "$work/no-gcc"; rm "$work/no-gcc/gcc"
expect "no gcc" "$work/no-gcc" "the C compiler (gcc) is missing" "sudo apt install gcc"

tools "$work/no-headers"; stub "$work/no-headers" gcc 'exit 1'
expect "no headers" "$work/no-headers" "headers are missing" "sudo apt install libc6-dev"

tools "$work/no-python"; rm "$work/no-python/python3"
expect "no Python" "$work/no-python" "Python (python3) is missing" "sudo apt install python3"

tools "$work/old-python"; stub "$work/old-python" python3 'echo 3.9.2'
expect "old Python" "$work/old-python" \
  "Python is too old: python3 is 3.9.2, needed 3.10" "make PYTHON="

tools "$work/no-venv"
stub "$work/no-venv" python3 'case "$2" in *sys*) echo 3.11.2 ;; *) exit 1 ;; esac'
expect "no venv" "$work/no-venv" "venv module is missing" "sudo apt install python3-venv"

tools "$work/good-again"
said="$(env -i PATH="$work/good-again" HOME="$work" LESSON_SCALE=huge scripts/preflight.sh 2>&1)"
if [[ "$said" != "lossland: LESSON_SCALE is 'huge'. It may be quick or full" ]]; then
  echo "FAILED a scale that isn't known: $said" >&2
  failures=$((failures + 1))
fi

# make builds nothing before it has looked, and its first line is the same. A copy, because this
# tree is set up.
mkdir -p "$work/copy"
cp -r Makefile go.mod go.sum requirements.txt scripts "$work/copy/"
cd "$work/copy" || exit 1
expect "make without gcc" "$work/no-gcc" \
  "the C compiler (gcc) is missing" "sudo apt install gcc" make -s lesson
expect "make without venv" "$work/no-venv" \
  "venv module is missing" "sudo apt install python3-venv" make -s lesson

mkdir -p "$work/a,b"
cp -r "$work/copy/." "$work/a,b/"
said="$(cd "$work/a,b" && env -i PATH="$work/good" HOME="$work" scripts/preflight.sh 2>&1)"
if [[ "$said" != *"a colon or a comma"* ]]; then
  echo "FAILED a folder with a comma: $said" >&2
  failures=$((failures + 1))
fi

expect "doctor without Python says what is there" "$work/no-python" "Go " "is there" make -s doctor

[ "$failures" -eq 0 ] && echo "ok  scripts/preflight.sh, 14 cases"
exit "$failures"
