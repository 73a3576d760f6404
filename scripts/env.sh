# The environment that every command of the project runs in. Source it: make, the Jupyter kernel and
# .ci/run do.
#
# The rule: whatever the project makes lies inside the project (bin, build, reports, .venv, .cache),
# so that deleting the folder leaves nothing behind. One exception: Go's module and build caches are
# Go's own folders where those already exist, because they are shared by design and save minutes;
# where they don't, they too are made in .cache. (Go's command counts its own use below
# ~/.config/go/telemetry, as it always does; `go telemetry off` ends that.)

LOSSLAND_ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
export LOSSLAND_ROOT
cache="$LOSSLAND_ROOT/.cache"
export PATH="$LOSSLAND_ROOT/bin:$LOSSLAND_ROOT/.venv/bin:$PATH"

# An editor started from a menu may not have Go in its PATH: the kernel's kernel.json remembers
# where it was.
if ! command -v go >/dev/null && [ -n "${LOSSLAND_GO_BIN:-}" ]; then
  PATH="$PATH:$LOSSLAND_GO_BIN"
fi

# go_folder NAME: prints Go's own folder for NAME if it is there and writable.
go_folder() {
  local folder
  folder="$(cd / && GOTOOLCHAIN=local go env "$1" 2>/dev/null)" || return 0
  if [ -n "$folder" ] && [ -d "$folder" ] && [ -w "$folder" ]; then
    echo "$folder"
  fi
}
if command -v go >/dev/null; then
  if [ -z "$(go_folder GOMODCACHE)" ]; then
    export GOPATH="$cache/go" GOMODCACHE="$cache/go/pkg/mod"
  fi
  GOCACHE="$(go_folder GOCACHE)"
  export GOCACHE="${GOCACHE:-$cache/go/build}"
fi

# goimports, staticcheck, Jupyter, IPython and pip keep to the project. The kernel itself is in
# .venv/share/jupyter, where Jupyter, nbconvert and VS Code find it without any variable.
export XDG_CACHE_HOME="$cache/xdg" JUPYTER_CONFIG_DIR="$cache/jupyter/config" \
  JUPYTER_DATA_DIR="$cache/jupyter/data" JUPYTER_RUNTIME_DIR="$cache/jupyter/runtime" \
  JUPYTER_PREFER_ENV_PATH=1 JUPYTER_PLATFORM_DIRS=0 IPYTHONDIR="$cache/ipython" \
  PIP_CACHE_DIR="$cache/pip" PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1
# IPython warns, in the middle of other output, where even the folder above it isn't there.
mkdir -p "$IPYTHONDIR"

# Never download a plugin behind the user's back (pkg/xla).
if [ "${LOSSLAND_DOWNLOAD:-}" != 1 ]; then
  export GOMLX_NO_AUTO_INSTALL=1
fi
unset cache
unset -f go_folder
