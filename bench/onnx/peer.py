"""The same work as main.go beside it in PyTorch, on the models that the files were exported from:
the loops that PyTorch's users write.

A surface is functional_call at each point. A product is double backward, or jvp of grad. λmax is
the power iteration of PyHessian, to a relative 1e-3, and Lanczos by SciPy. Each on all threads and
on one. Prints one JSON line for each case, form, metric and repeat, in main.go's format.

Usage: python peer.py [--repeats 7] [--seconds 0.5] [--case onnx-cnn]; with --repeats 0, a repeat
for each line of standard input
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from models import bench_model
from scipy.sparse.linalg import LinearOperator, eigsh

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import device

CASES = ("onnx-cnn", "onnx-transformer")
SIDE = 16


def works(name):
    """Yields a metric, a form, how many pieces a call has, and the call."""
    _, to = device.torch()
    model, inputs, labels = bench_model(name)
    model, inputs, labels = to(model), tuple(to(x) for x in inputs), to(labels)
    params = dict(model.named_parameters())
    read, n = list(params.values()), sum(p.numel() for p in params.values())

    def loss(params=None):
        out = torch.func.functional_call(model, params, inputs) if params else model(*inputs)
        return F.cross_entropy(out.movedim(-1, 1), labels)

    vectors = [{k: torch.randn_like(p) for k, p in params.items()} for _ in range(2)]

    @torch.no_grad()
    def surface():
        for a in np.linspace(-1, 1, SIDE):
            for b in np.linspace(-1, 1, SIDE):
                loss({k: p + a * vectors[0][k] + b * vectors[1][k] for k, p in params.items()})

    yield "ms a point", "loop", SIDE * SIDE, surface

    def backward(v):
        return torch.autograd.grad(torch.autograd.grad(loss(), read, create_graph=True), read,
                                   grad_outputs=v)

    fixed = {k: p.detach() for k, p in params.items()}

    def forward(v):
        return torch.func.jvp(torch.func.grad(loss), (fixed,), (v,))[1]

    yield "ms per HVP", "double backward", 1, lambda: backward(list(vectors[0].values()))
    yield "ms per HVP", "jvp(grad)", 1, lambda: forward(vectors[0])

    def power():
        v, last = [torch.randn_like(p) for p in read], None
        for _ in range(100):
            size = torch.sqrt(sum((x * x).sum() for x in v))
            v = [x / size for x in v]
            product = backward(v)
            value = sum((x * h).sum() for x, h in zip(v, product)).item()
            if last is not None and abs(value - last) / (abs(last) + 1e-6) < 1e-3:
                return value
            v, last = [h.detach() for h in product], value
        return last

    def lanczos():
        def product(v):
            parts = torch.split(to(torch.tensor(v, dtype=torch.float32)), [p.numel() for p in read])
            products = backward([x.reshape(p.shape) for x, p in zip(parts, read)])
            return torch.cat([h.reshape(-1) for h in products]).cpu().numpy().astype(np.float64)

        return eigsh(LinearOperator((n, n), product, dtype=np.float64), k=1, which="LA",
                     tol=1e-3)[0]

    yield "ms to λmax", "power iteration", 1, power
    yield "ms to λmax", "Lanczos", 1, lanczos


def measure(call, seconds):
    """Milliseconds of a call: the fastest of those that fill the time, after one that doesn't
    count."""
    device.finished(call())
    best, start = float("inf"), time.perf_counter()
    while time.perf_counter() - start < seconds:
        before = time.perf_counter()
        device.finished(call())
        best = min(best, time.perf_counter() - before)
    return best * 1e3


def turns(repeats):
    """So many rounds; or, with 0, one for each line of standard input, with an empty line printed
    after each."""
    yield from range(repeats)
    if not repeats:
        for line in sys.stdin:
            yield line
            print(flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", "-repeats", type=int, default=7)
    parser.add_argument("--seconds", "-seconds", type=float, default=0.5)
    parser.add_argument("--case", "-case", default="")
    args = parser.parse_args()
    everything = len(os.sched_getaffinity(0))
    # The only one with second derivatives
    with torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH):
        measured = [(name, *w) for name in CASES if args.case.lower() in name for w in works(name)]
        for _ in turns(args.repeats):
            for threads in sorted({1, everything} if not device.card() else {everything}):
                torch.set_num_threads(threads)
                suffix = ", one thread" if threads < everything else ""
                for name, metric, form, pieces, call in measured:
                    value = measure(call, args.seconds) / pieces
                    print(json.dumps({"case": name, "who": "pytorch " + form + suffix,
                                      "metric": metric, "value": value, "compile": 0}), flush=True)


if __name__ == "__main__":
    main()
