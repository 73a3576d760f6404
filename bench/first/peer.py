"""The same work as main.go beside it in JAX and PyTorch: the first number of a kind in a fresh
process.

Usage: python peer.py first-surface|first-product|first-sam jax|pytorch
"""

import math
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import device

EXAMPLES, LAYERS, POINTS, RATE, RHO = 1797, (64, 128, 128, 10), 11, 0.01, 0.05


def noise():
    r = np.random.default_rng(1)
    x = r.normal(size=(EXAMPLES, LAYERS[0])).astype(np.float32)
    return x, r.integers(0, LAYERS[-1], EXAMPLES)


def grid():
    return (a.ravel().astype(np.float32) for a in np.meshgrid(*[np.linspace(-1, 1, POINTS)] * 2))


def jax_number(case):
    jax = device.jax()
    import jax.numpy as jnp

    x, y = (jnp.asarray(a) for a in noise())
    # JAX's own draws would be compiled: a user of JAX who is in a hurry does this.
    r = np.random.default_rng(2)
    sizes = list(zip(LAYERS, LAYERS[1:]))
    draw = lambda: [(r.normal(size=s) * (2 / s[0]) ** 0.5).astype(np.float32) for s in sizes]
    p = [(jnp.asarray(w), jnp.zeros(w.shape[1])) for w in draw()]

    def loss(p, x, y):
        for w, b in p[:-1]:
            x = jax.nn.relu(x @ w + b)
        w, b = p[-1]
        return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(x @ w + b), y[:, None], 1))

    if case == "first-surface":
        d1, d2 = ([(jnp.asarray(w), jnp.zeros(w.shape[1])) for w in draw()] for _ in range(2))

        def at(ab, p, d1, d2, x, y):
            return loss(jax.tree.map(lambda w, u, v: w + ab[0] * u + ab[1] * v, p, d1, d2), x, y)

        surface = jax.jit(lambda a, b, *fixed: jax.lax.map(lambda ab: at(ab, *fixed), (a, b)))
        return surface(*grid(), p, d1, d2, x, y)[0]
    if case == "first-product":
        product = jax.jit(
            lambda p, v, x, y: jax.jvp(lambda p: jax.grad(loss)(p, x, y), (p,), (v,))[1])
        return product(p, jax.tree.map(np.ones_like, p), x, y)[0][0][0, 0]

    def step(p, x, y):
        value, g = jax.value_and_grad(loss)(p, x, y)
        norm = jnp.sqrt(sum(jnp.vdot(d, d) for d in jax.tree.leaves(g)))
        g = jax.grad(loss)(jax.tree.map(lambda w, d: w + RHO / (norm + 1e-12) * d, p, g), x, y)
        return jax.tree.map(lambda w, d: w - RATE * d, p, g), value

    p, value = jax.jit(step)(p, x, y)
    jax.block_until_ready(p)
    return value


def torch_number(case):
    torch, to = device.torch()
    import torch.nn.functional as F
    from torch import nn

    x, y = (to(torch.from_numpy(a)) for a in noise())
    layers = [to(nn.Linear(*s)) for s in zip(LAYERS, LAYERS[1:])]
    p = [w for layer in layers for w in layer.parameters()]

    def loss(p):
        h = x
        for k in range(0, len(p) - 2, 2):
            h = F.relu(F.linear(h, p[k], p[k + 1]))
        return F.cross_entropy(F.linear(h, p[-2], p[-1]), y)

    if case == "first-surface":
        with torch.no_grad():
            d1, d2 = ([torch.randn_like(w) * w.norm() / w.numel() ** 0.5 for w in p]
                      for _ in range(2))
            return [loss([w + a * u + b * v for w, u, v in zip(p, d1, d2)]).item()
                    for a, b in zip(*grid())][0]
    if case == "first-product":
        g = torch.autograd.grad(loss(p), p, create_graph=True)
        ones = [torch.ones_like(w) for w in p]
        return torch.autograd.grad(g, p, grad_outputs=ones)[0][0, 0].item()
    optimizer = torch.optim.SGD(p, lr=RATE)
    value = loss(p)
    value.backward()
    with torch.no_grad():
        norm = torch.linalg.vector_norm(torch.stack([w.grad.norm() for w in p]))
        moves = [w.grad * (RHO / (norm + 1e-12)) for w in p]
        home = [w.clone() for w in p]
        for w, e in zip(p, moves):
            w.add_(e)
    optimizer.zero_grad()
    loss(p).backward()
    with torch.no_grad():
        for w, h in zip(p, home):
            w.copy_(h)
    optimizer.step()
    return value.item()


if __name__ == "__main__":
    number = float({"jax": jax_number, "pytorch": torch_number}[sys.argv[2]](sys.argv[1]))
    assert math.isfinite(number)
    print(number)
