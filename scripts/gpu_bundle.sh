#!/usr/bin/env bash
# Puts what measures a card where there is no Go into a folder and beside it into an archive:
# programs, the peers' scripts, XLA's CPU plugin and run.sh. `make gpu-bundle` calls it.
#
# Usage: scripts/gpu_bundle.sh [FOLDER]     default build/gpu-bundle
set -euo pipefail
cd "$(dirname "$0")/.."
out="${1:-build/gpu-bundle}"
rm -rf "$out"
mkdir -p "$out/bin" "$out/plugin" "$out/pkg/lesson/datasets/data"

# XLA is loaded when a program runs, so glibc's loader is the one library that has to be there: C++
# stays out, paths and symbols too.
commit="$(git rev-parse --short HEAD 2>/dev/null || true)"
for program in bench/card bench/surface bench/hvp bench/sam bench/onnx bench/growth bench/first; do
  go build -buildvcs=false -trimpath -ldflags "-s -w" -o "$out/bin/" "./$program"
done
go build -buildvcs=false -trimpath -ldflags "-s -w -X main.commit=$commit" \
  -o "$out/bin/bench" ./bench

for part in surface hvp sam onnx growth first; do
  mkdir -p "$out/bench/$part"
  cp "bench/$part/"*.py "$out/bench/$part/"
done
cp bench/device.py "$out/bench/"
# bench/sam/peer.py reads it.
cp pkg/lesson/datasets/data/digits.csv.gz "$out/pkg/lesson/datasets/data/"
plugin="$(find -L .venv/lib -path '*/fastatomstruct_xla_cpu/libpjrt_cpu.so' | head -n 1)"
if [ -z "$plugin" ]; then
  echo "lossland: there is no XLA plugin in .venv to compare a card with: make setup" >&2
  exit 1
fi
cp -L "$plugin" "$out/plugin/"
cp bench/requirements.txt "$out/requirements.txt"
cp scripts/requirements-cuda.txt LICENSE NOTICE "$out/"
cp bench/bundle/run.sh bench/bundle/README.txt "$out/"
chmod +x "$out/run.sh"
tar --create --gzip --file "$out.tar.gz" --directory "$(dirname "$out")" "$(basename "$out")"
echo "$out: $(du -sh "$out" | cut -f 1), and $out.tar.gz: $(du -sh "$out.tar.gz" | cut -f 1)"
