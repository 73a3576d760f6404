# The environment that every command of the project runs in. Source it: make, the Jupyter kernel and .ci/run do.
#
# The rule: whatever the project makes lies inside the project (bin, build, reports, .venv, .cache), so that deleting
# the folder leaves nothing behind. One exception: Go's module and build caches are Go's own folders where those
# already exist, because they are shared by design and save minutes; where they don't, they too are made in .cache.

LOSSLAND_ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
export LOSSLAND_ROOT
cache="$LOSSLAND_ROOT/.cache"
export PATH="$LOSSLAND_ROOT/bin:$LOSSLAND_ROOT/.venv/bin:$PATH"

# An editor started from a menu may not have Go in its PATH: the kernel's kernel.json remembers where it was.
if ! command -v go >/dev/null && [ -n "${LOSSLAND_GO_BIN:-}" ]; then
  PATH="$PATH:$LOSSLAND_GO_BIN"
fi

# use_go_cache NAME FOLDER: keeps Go's own folder for NAME if it is there and writable, else names FOLDER.
use_go_cache() {
  local standard
  standard="$(cd / && GOTOOLCHAIN=local go env "$1" 2>/dev/null)" || standard=""
  if [ -z "$standard" ] || [ ! -d "$standard" ] || [ ! -w "$standard" ]; then
    standard="$2"
  fi
  export "$1=$standard"
}
if command -v go >/dev/null; then
  use_go_cache GOMODCACHE "$cache/go/mod"
  use_go_cache GOCACHE "$cache/go/build"
  # Without a home folder Go has no GOPATH and refuses to work; nothing is put there.
  if [ -z "${HOME:-}" ] || [ ! -w "${HOME:-}" ]; then
    export GOPATH="$cache/go"
  fi
fi

# Jupyter, IPython and pip keep to the project. The kernel itself is in .venv/share/jupyter, where Jupyter, nbconvert
# and VS Code find it without any variable.
export JUPYTER_CONFIG_DIR="$cache/jupyter/config" JUPYTER_DATA_DIR="$cache/jupyter/data" \
  JUPYTER_RUNTIME_DIR="$cache/jupyter/runtime" JUPYTER_PREFER_ENV_PATH=1 JUPYTER_PLATFORM_DIRS=0 \
  IPYTHONDIR="$cache/ipython" PIP_CACHE_DIR="$cache/pip" PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1

# Never download a plugin behind the user's back (pkg/xla).
if [ "${LOSSLAND_DOWNLOAD:-}" != 1 ]; then
  export GOMLX_NO_AUTO_INSTALL=1
fi
unset cache
unset -f use_go_cache
