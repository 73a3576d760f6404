#!/usr/bin/env bash
# Checks what a card computes, and measures it beside JAX and PyTorch on the same card. Needs Linux
# amd64, NVIDIA's driver (580 or newer, for CUDA 13) and Python 3.11 or newer; no Go. It takes about
# twenty minutes (on an H200 with --repeats 2, surfaces, SAM and products took ten), and without
# --python ten more. What it finds is in results/, called by the card, the precision and the date:
# bench/results takes these files as they are. Each part of the benchmark is written as it ends.
#
# Usage: ./run.sh [--cpu] [--tf32] [--short] [--repeats N] [--python PYTHON]
#
#   --cpu       without a card: XLA's CPU plugin runs both the programs for CPUs and those for cards
#   --tf32      products with TF32, ours and the peers'; without it, in full float32
#   --short     one small network and one case
#   --repeats   how often each case is measured; 3
#   --python    a Python with jax, optax and torch (for a card jax-cuda13-pjrt, too) instead of one
#               that is made here, in .venv (9 GB)
set -euo pipefail
cd "$(dirname "$0")"
here="$PWD"
failed="" card=1 tf32="" short="" python="" repeats=3
while [ $# -gt 0 ]; do
  case "$1" in
    --cpu) card="" ;;
    --tf32) tf32=1 ;;
    --short) short=1 ;;
    --repeats)
      repeats="${2:?--repeats needs a number}"
      shift
      ;;
    --python)
      python="${2:?--python needs a path}"
      shift
      ;;
    *)
      sed -n "2,17s/^# \\{0,1\\}//p" "$here/$(basename "$0")"
      exit 2
      ;;
  esac
  shift
done

if [ -n "$card" ] && ! compgen -G '/dev/nvidia*' > /dev/null; then
  echo "run.sh: there is no /dev/nvidia*: NVIDIA's driver isn't loaded. Without a card: --cpu" >&2
  exit 1
fi
if [ -z "$python" ]; then
  python="$here/.venv/bin/python"
  if [ ! -e .venv/.installed ]; then
    echo "Python environment: .venv (9 GB; ten minutes)"
    rm -rf .venv
    python3 -m venv .venv
    .venv/bin/pip install --quiet --require-hashes --requirement requirements.txt
    # XLA's plugin, for JAX and for ours. CUDA's libraries came with PyTorch, which needs the
    # versions that it names; its compiler didn't.
    grep -v '^nvidia-' requirements-cuda.txt |
      awk '/^[a-z]/ { keep = /^jax-/ } keep' > .venv/plugin.txt
    awk '/^[a-z]/ { keep = /^nvidia-(cuda-nvcc|nvvm|cuda-crt)==/ } keep' \
      requirements-cuda.txt >> .venv/plugin.txt
    .venv/bin/pip install --quiet --no-deps --require-hashes --requirement .venv/plugin.txt
    touch .venv/.installed
  fi
fi

mkdir -p results
now="$(date -u +%Y-%m-%dT%H%M)"
flags=(-out results -work work -programs bin -python "$python" -repeats "$repeats")
cpu="xla:$here/plugin/libpjrt_cpu.so"
check=(bin/card)
if [ -n "$short" ]; then
  check+=(-short)
  flags+=(-repeats 1 -case hvp-mlp-512)
fi
export GOMLX_NO_AUTO_INSTALL=1 PYTHONDONTWRITEBYTECODE=1

echo "== What the CPU computes"
GOMLX_BACKEND="$cpu" "${check[@]}" -write work-cpu.json
if [ -n "$card" ]; then
  echo "== What the card computes, beside it"
  export GOMLX_BACKEND="xla:cuda${tf32:+,tf32=true}" LOSSLAND_CARD=1
  environment="$(dirname "$(dirname "$(command -v "$python")")")"
  export VIRTUAL_ENV="${VIRTUAL_ENV:-$environment}" LOSSLAND_ROOT="$here"
  if [ -n "$tf32" ]; then
    export LOSSLAND_TF32=1
  fi
  flags+=(-images 16384)
  if ! "${check[@]}" -against work-cpu.json -write "results/correctness-$now.json"; then
    failed=1
  fi
else
  echo "== What programs for cards compute on the CPU, beside it"
  export GOMLX_BACKEND="$cpu"
  "${check[@]}" -accelerated -against work-cpu.json -write "results/correctness-$now.json"
fi
rm work-cpu.json
echo "== Beside JAX and PyTorch"
bin/bench "${flags[@]}"
rm -rf work
echo "== Results"
ls results
if [ -n "$failed" ]; then
  echo "run.sh: a check of what the card computes failed; see the lines above" >&2
  exit 1
fi
