"""The same work as main.go beside it in JAX, jvp(grad), and PyTorch, double backward, each in its best plain form.

Prints one JSON line for each case, metric and repeat, in main.go's format.

Usage: python peer.py [--repeats 7] [--seconds 0.5] [--case hvp-mlp] [--who jax,torch]
"""

import argparse
import json
import sys
import time

import numpy as np

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
    """Returns functions for a gradient, one product and several, compiled, with everything on the device."""
    import jax
    import jax.numpy as jnp
    from jax import lax

    def conv(h, k):
        return lax.conv_general_dilated(h, k, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))

    def pool(h, start, op):
        return lax.reduce_window(h, start, op, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")

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

    x, y = jnp.array(x), jnp.array(y)
    p = [jnp.array(w) for w in weights]
    v = [jnp.array(w) for w in vectors[0]]
    many = [jnp.stack([vector[i] for vector in vectors]) for i in range(len(p))]
    gradient = jax.jit(jax.grad(loss))
    one = jax.jit(product)
    several = jax.jit(jax.vmap(product, in_axes=(None, 0, None, None)))

    return {
        "gradient": lambda: jax.block_until_ready(gradient(p, x, y)),
        "one": lambda: jax.block_until_ready(one(p, v, x, y)),
        "several": lambda: jax.block_until_ready(several(p, many, x, y)),
    }


def torch_case(kind, x, y, weights, vectors):
    """Returns functions for a gradient and one product by double backward. (PyTorch's vmap over double backward is slower on a CPU.)"""
    import torch
    import torch.nn.functional as F

    torch.manual_seed(0)
    x, y = torch.from_numpy(x), torch.from_numpy(y).long()
    if kind == "cnn":
        x = x.permute(0, 3, 1, 2).contiguous()
        weights = [w.transpose(3, 2, 0, 1) if w.ndim == 4 else w for w in weights]
        vectors = [[w.transpose(3, 2, 0, 1) if w.ndim == 4 else w for w in v] for v in vectors]
    p = [torch.from_numpy(np.ascontiguousarray(w)).requires_grad_() for w in weights]
    v = [torch.from_numpy(np.ascontiguousarray(w)) for w in vectors[0]]

    def loss():
        if kind == "mlp":
            h = F.relu(x @ p[0] + p[1])
            h = F.relu(h @ p[2] + p[3])
        else:
            h = F.max_pool2d(F.relu(F.conv2d(x, p[0], p[1], padding=1)), 2)
            h = F.avg_pool2d(F.relu(F.conv2d(h, p[2], p[3], padding=1)), 2).flatten(1)
        return F.cross_entropy(h @ p[4] + p[5], y)

    def product():
        gradient = torch.autograd.grad(loss(), p, create_graph=True)
        return torch.autograd.grad(gradient, p, grad_outputs=v)

    return {"gradient": lambda: torch.autograd.grad(loss(), p), "one": product}


def measure(call, seconds):
    """Milliseconds of a call: the fastest of those that fill the time, after two that don't count."""
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
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.5)
    parser.add_argument("--case", default="")
    parser.add_argument("--who", default="jax,torch")
    args = parser.parse_args()
    makers = {"jax": ("jax jvp(grad)", jax_case), "torch": ("pytorch double backward", torch_case)}
    for name, (kind, batch, dims) in CASES.items():
        if args.case not in name:
            continue
        r = np.random.default_rng(0)
        x = r.normal(size=(batch, *dims)).astype(np.float32)
        y = r.integers(0, 10, batch).astype(np.int32)
        draw = lambda scale: [(r.normal(size=s) * scale).astype(np.float32) for s in SHAPES[kind]]
        weights, vectors = draw(0.05), [draw(1.0) for _ in range(VECTORS)]
        for who in args.who.split(","):
            label, make = makers[who]
            calls = make(kind, x, y, weights, vectors)
            for _ in range(args.repeats):
                ms = {what: measure(call, args.seconds) for what, call in calls.items()}
                lines = {
                    "ms per gradient": ms["gradient"],
                    "ms per HVP": ms["one"],
                    "gradients per HVP": ms["one"] / ms["gradient"],
                }
                if "several" in ms:
                    lines["ms per HVP, 8 at once"] = ms["several"] / VECTORS
                    lines["gradients per HVP, 8 at once"] = ms["several"] / VECTORS / ms["gradient"]
                for metric, value in lines.items():
                    print(json.dumps({"case": name, "who": label, "metric": metric, "value": value}))
                sys.stdout.flush()


if __name__ == "__main__":
    main()
