#!/usr/bin/env bash
# Resolves bench/requirements.in into bench/requirements.txt, as scripts/lock.sh does for the
# project's own environment.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/env.sh

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/uv"
"$folder/uv/bin/pip" install --quiet uv==0.13.9
"$folder/uv/bin/uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
  --no-emit-index-url --no-emit-find-links --no-header --cache-dir "$folder/cache" \
  --output-file bench/requirements.txt bench/requirements.in
