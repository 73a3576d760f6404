#!/usr/bin/env bash
# JupyterLab in the project's environment, on this machine's own address and with its token.
# Arguments are handed on.
source "$(dirname "${BASH_SOURCE[0]}")/env.sh"
if [ "$(id -u)" = 0 ] && [[ " $* " != *" --allow-root "* ]]; then
  echo "lossland: you are root, as in a container, and Jupyter wants to be told:" \
    "make jupyter JUPYTER_ARGS=--allow-root" >&2
  exit 1
fi
exec python -m jupyter lab --notebook-dir="$LOSSLAND_ROOT" --ip=localhost "$@"
