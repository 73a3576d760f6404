"""The same work as main.go beside it in JAX and PyTorch: forward over reverse and reverse over
reverse, PyTorch on all threads and on one; of the CNN also with convolutions written as patches
times a matrix and pools as slices, which is what ours may do.

Prints one JSON line for each case, form, metric and repeat, in main.go's format. All forms must
find the same product.

Usage: python peer.py [--repeats 7] [--seconds 0.5] [--case hvp-mlp] [--who jax,pytorch]
       with --repeats 0, a repeat for each line of standard input
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import device

CASES = {
    "hvp-mlp-512": ("mlp", 512, (64,)),
    "hvp-mlp-1797": ("mlp", 1797, (64,)),
    "hvp-cnn-128": ("cnn", 128, (28, 28, 1)),
}
SHAPES = {
    "mlp": [(64, 128), (128,), (128, 128), (128,), (128, 10), (10,)],
    "cnn": [(3, 3, 1, 8), (8,), (3, 3, 8, 16), (16,), (784, 10), (10,)],
}
VECTORS = 8


def jax_case(kind, x, y, weights, vectors):
    """Returns what jax_forms does, of the CNN in both ways to write a convolution."""
    forms = jax_forms(kind, x, y, weights, vectors, False)
    if kind == "cnn":
        forms |= {f"{form}, patches": calls
                  for form, calls in jax_forms(kind, x, y, weights, vectors, True).items()}
    return forms


def jax_forms(kind, x, y, weights, vectors, patches):
    """Returns, by form, functions for a gradient, one product and several, compiled, with
    everything on the device."""
    jax = device.jax()
    import jax.numpy as jnp
    from jax import lax

    def conv(h, k):
        if not patches:
            return lax.conv_general_dilated(h, k, (1, 1), "SAME",
                                            dimension_numbers=("NHWC", "HWIO", "NHWC"))
        height, width = h.shape[1:3]
        wide = jnp.pad(h, ((0, 0), (1, 1), (1, 1), (0, 0)))
        around = [wide[:, i : i + height, j : j + width] for i in range(3) for j in range(3)]
        return jnp.concatenate(around, -1) @ k.reshape(-1, k.shape[-1])

    def pool(h, start, op):
        if not patches:
            return lax.reduce_window(h, start, op, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")
        a, b, c, d = (h[:, i::2, j::2] for i in (0, 1) for j in (0, 1))
        return op(op(a, b), op(c, d))

    def logits(p, h):
        if kind == "mlp":
            h = jax.nn.relu(h @ p[0] + p[1])
            h = jax.nn.relu(h @ p[2] + p[3])
        else:
            h = pool(jax.nn.relu(conv(h, p[0]) + p[1]), -jnp.inf, lax.max)
            h = pool(jax.nn.relu(conv(h, p[2]) + p[3]), 0.0, lax.add) / 4
            h = h.reshape(h.shape[0], -1)
        return h @ p[4] + p[5]

    def loss(p, x, y):
        return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(logits(p, x)), y[:, None], 1))

    def product(p, v, x, y):
        return jax.jvp(lambda p: jax.grad(loss)(p, x, y), (p,), (v,))[1]

    def backward(p, v, x, y):
        along = lambda p: sum(jnp.vdot(g, t) for g, t in zip(jax.grad(loss)(p, x, y), v))
        return jax.grad(along)(p)

    x, y = jnp.array(x), jnp.array(y)
    p = [jnp.array(w) for w in weights]
    v = [jnp.array(w) for w in vectors[0]]
    many = [jnp.stack([vector[i] for vector in vectors]) for i in range(len(p))]
    gradient = jax.jit(jax.grad(loss))

    def form(product):
        one, several = jax.jit(product), jax.jit(jax.vmap(product, in_axes=(None, 0, None, None)))
        return {
            "gradient": lambda: jax.block_until_ready(gradient(p, x, y)),
            "one": lambda: jax.block_until_ready(one(p, v, x, y)),
            "several": lambda: jax.block_until_ready(several(p, many, x, y)),
        }

    return {"jax jvp(grad)": form(product), "jax grad(grad)": form(backward)}


def torch_case(kind, x, y, weights, vectors):
    """Returns what torch_forms does, of the CNN in both ways to write a convolution."""
    forms = torch_forms(kind, x, y, weights, vectors, False)
    if kind == "cnn":
        forms |= {f"{form}, patches": calls
                  for form, calls in torch_forms(kind, x, y, weights, vectors, True).items()}
    return forms


def torch_forms(kind, x, y, weights, vectors, patches):
    """Returns, by form, functions for a gradient and one product, and for several by vmap where
    that works."""
    torch, to = device.torch()
    import torch.nn.functional as F

    x, y = to(torch.from_numpy(x)), to(torch.from_numpy(y).long())
    if kind == "cnn":
        x = x.permute(0, 3, 1, 2).contiguous()
        weights = [w.transpose(3, 2, 0, 1) if w.ndim == 4 else w for w in weights]
        vectors = [[w.transpose(3, 2, 0, 1) if w.ndim == 4 else w for w in v] for v in vectors]
    p = [to(torch.from_numpy(np.ascontiguousarray(w))).requires_grad_() for w in weights]
    v = [to(torch.from_numpy(np.ascontiguousarray(w))) for w in vectors[0]]
    many = tuple(to(torch.from_numpy(np.stack([vector[i] for vector in vectors])))
                 for i in range(len(p)))

    def conv(h, k, b):
        if not patches:
            return F.conv2d(h, k, b, padding=1)
        around = F.unfold(h, 3, padding=1)  # [batch, channels × 9, places]
        return (k.flatten(1) @ around).unflatten(-1, h.shape[-2:]) + b[:, None, None]

    def loss(p):
        if kind == "mlp":
            h = F.relu(x @ p[0] + p[1])
            h = F.relu(h @ p[2] + p[3])
        else:
            h = F.max_pool2d(F.relu(conv(x, p[0], p[1])), 2)
            h = F.avg_pool2d(F.relu(conv(h, p[2], p[3])), 2).flatten(1)
        return F.cross_entropy(h @ p[4] + p[5], y)

    def gradient():
        return torch.autograd.grad(loss(p), p)

    def backward():
        return torch.autograd.grad(torch.autograd.grad(loss(p), p, create_graph=True), p,
                                   grad_outputs=v)

    fixed = tuple(w.detach() for w in p)

    def forward(*v):
        slope = torch.func.grad(lambda *p: loss(p), argnums=tuple(range(len(fixed))))
        return torch.func.jvp(slope, fixed, v)[1]

    forms = {
        "double backward": {"gradient": gradient, "one": backward},
        "jvp(grad)": {"gradient": gradient, "one": lambda: forward(*v),
                      "several": lambda: torch.func.vmap(forward)(*many)},
    }

    def on(threads, call):
        """A form's threads are the process's."""

        def run():
            if torch.get_num_threads() != threads:
                torch.set_num_threads(threads)
            return device.finished(call())

        return run

    everything, out = len(os.sched_getaffinity(0)), {}
    for threads in sorted({1, everything} if not device.card() else {everything}):
        suffix = ", one thread" if threads < everything else ""
        for name, calls in forms.items():
            out["pytorch " + name + suffix] = {what: on(threads, call)
                                               for what, call in calls.items()}
    return out


def measure(call, seconds):
    """Milliseconds of a call: the fastest of those that fill the time, after two that don't
    count."""
    call()
    call()
    best, start = float("inf"), time.perf_counter()
    while time.perf_counter() - start < seconds:
        before = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - before)
    return best * 1e3


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", "-repeats", type=int, default=7)
    parser.add_argument("--seconds", "-seconds", type=float, default=0.5)
    parser.add_argument("--case", "-case", default="")
    parser.add_argument("--who", default="jax,pytorch")
    args = parser.parse_args()
    measured = []
    makers = {"jax": jax_case, "pytorch": torch_case}
    for name, (kind, batch, dims) in CASES.items():
        if args.case.lower() not in name:
            continue
        r = np.random.default_rng(0)
        x = r.normal(size=(batch, *dims)).astype(np.float32)
        y = r.integers(0, 10, batch).astype(np.int32)
        draw = lambda scale: [(r.normal(size=s) * scale).astype(np.float32) for s in SHAPES[kind]]
        weights, vectors = draw(0.05), [draw(1.0) for _ in range(VECTORS)]
        for who in args.who.split(","):
            agreed = None
            for label, calls in makers[who](kind, x, y, weights, vectors).items():
                start = time.perf_counter()
                product = [np.asarray(t.cpu() if hasattr(t, "cpu") else t) for t in calls["one"]()]
                compile = time.perf_counter() - start
                agreed = agreed or product
                for a, b in zip(agreed, product):
                    np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-4 * np.abs(a).max(),
                                               err_msg=label)
                measured.append((name, label, compile, calls))
    for _ in turns(args.repeats):
        for name, label, compile, calls in measured:
            report(name, label, compile,
                   {what: measure(call, args.seconds) for what, call in calls.items()})


def turns(repeats):
    """So many rounds; or, with 0, one for each line of standard input, with an empty line printed
    after each."""
    yield from range(repeats)
    if not repeats:
        for line in sys.stdin:
            yield line
            print(flush=True)


def report(name, label, compile, ms):
    lines = {"ms per gradient": ms["gradient"], "ms per HVP": ms["one"],
             "gradients per HVP": ms["one"] / ms["gradient"]}
    if "several" in ms:
        lines["ms per HVP, 8 at once"] = ms["several"] / VECTORS
        lines["gradients per HVP, 8 at once"] = ms["several"] / VECTORS / ms["gradient"]
    for metric, value in lines.items():
        print(json.dumps({"case": name, "who": label, "metric": metric, "value": value,
                          "compile": compile}), flush=True)


if __name__ == "__main__":
    main()
