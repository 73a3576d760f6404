#!/usr/bin/env bash
# Resolves requirements.in into requirements.txt: exact versions and the hashes of every platform's
# files, for Python 3.10 and newer; and scripts/requirements-cuda.in, for Linux amd64. Uses uv, in
# an environment of its own that is removed again.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/env.sh

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/uv"
"$folder/uv/bin/pip" install --quiet uv==0.13.9
"$folder/uv/bin/uv" pip compile --quiet --universal --python-version 3.10 --generate-hashes \
  --no-emit-index-url --no-emit-find-links --no-header --cache-dir "$folder/cache" \
  --output-file requirements.txt requirements.in
"$folder/uv/bin/uv" pip compile --quiet --python-platform x86_64-unknown-linux-gnu \
  --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header \
  --cache-dir "$folder/cache" \
  --output-file scripts/requirements-cuda.txt scripts/requirements-cuda.in
