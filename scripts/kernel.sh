#!/usr/bin/env bash
# The GoNB kernel in the project's environment. Jupyter calls it with the path of its connection
# file; `make setup` registers it in .venv/share/jupyter/kernels/gonb.
source "$(dirname "${BASH_SOURCE[0]}")/env.sh"
# Cells are built and run in a temporary folder: keep it inside the project too.
export TMPDIR="$LOSSLAND_ROOT/.cache/tmp"
mkdir -p "$TMPDIR"
# A cell is a program: without debugging information and Git's state, and linked by Go itself where
# that was tried, it is built in two thirds of the time.
link="-s -w"
[ "$(uname -sm)" != "Linux x86_64" ] || link="$link -linkmode=internal"
export GOFLAGS="${GOFLAGS:+$GOFLAGS }-buildvcs=false '-ldflags=$link'"
export GOTRACEBACK=none # pkg/lesson/session decides whose stack is shown
export PATH="$LOSSLAND_ROOT/scripts/kernel-path:$PATH"
# gopls completes and explains. A run of whole notebooks needs neither, and starting it costs 15
# seconds.
[ -n "${LESSON_HEADLESS:-}" ] || [ ! -x "$LOSSLAND_ROOT/bin/editor/gopls" ] ||
  export PATH="$LOSSLAND_ROOT/scripts/editor-path:$PATH"
# Any cell may be the first: the kernel knows the project's packages before one asks for them (as
# "go work use" would). Its log would mix with the output of Jupyter: the last kernel's is kept
# beside.
exec "$LOSSLAND_ROOT/bin/gonb" --go_work="$LOSSLAND_ROOT" --kernel "$@" \
  2>"$LOSSLAND_ROOT/.cache/gonb.log"
