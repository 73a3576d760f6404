"""JAX's time for as many products with the Hessian as main.go beside it needed for its five
eigenvalues: the same network, 784-h-h-10 with about so many weights, on 256 examples of noise.

A product is jvp of grad, compiled, and multiplies what the last one gave: nothing comes to the host
in between. Prints the seconds of all of them, without compilation, and the process's peak.

Usage: python peer.py WEIGHTS PRODUCTS
"""

import json
import math
import resource
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import device

EXAMPLES, INPUTS, CLASSES = 256, 784, 10


def main():
    jax = device.jax()
    import jax.numpy as jnp

    weights, products = float(sys.argv[1]), int(sys.argv[2])
    hidden = round(-398 + math.sqrt(398**2 + weights - 10))
    r = np.random.default_rng(1)
    sizes = [(INPUTS, hidden), (hidden, hidden), (hidden, CLASSES)]
    p = [(jnp.asarray((r.normal(size=s) * (2 / s[0]) ** 0.5).astype(np.float32)),
          jnp.zeros(s[1])) for s in sizes]
    x = jnp.asarray(r.uniform(-0.5, 0.5, (EXAMPLES, INPUTS)).astype(np.float32))
    y = jnp.asarray(r.integers(0, CLASSES, EXAMPLES))

    def loss(p):
        h = x
        for w, b in p[:-1]:
            h = jax.nn.relu(h @ w + b)
        w, b = p[-1]
        return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(h @ w + b), y[:, None], 1))

    @jax.jit
    def product(p, v):
        hv = jax.jvp(jax.grad(loss), (p,), (v,))[1]
        size = jnp.sqrt(sum(jnp.vdot(a, a) for a in jax.tree.leaves(hv)))
        return jax.tree.map(lambda a: a / size, hv)

    v = jax.block_until_ready(product(p, jax.tree.map(jnp.ones_like, p)))
    start = time.perf_counter()
    for _ in range(products):
        v = product(p, v)
    jax.block_until_ready(v)
    print(json.dumps({"seconds": time.perf_counter() - start,
                      "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10}))


if __name__ == "__main__":
    main()
