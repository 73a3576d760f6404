"""JAX and PyTorch as workers of bench/main.go: the protocol, the cases and what the numbers mean
are in main.go beside this file.

Forms, each a plain way to write the lesson's loop, with the plane's weights θ + αd₁ + βd₂ computed
on the device:

  jax jit           one compiled evaluation, called for each point
  jax map           lax.map over the points
  jax map N         lax.map(batch_size=N)
  jax vmap N        jit(vmap) over N points, called for each chunk
  pytorch loop      the lesson's loop: set the weights, evaluate without gradients, next
  pytorch vmap N    torch.func.vmap over N points, called for each chunk

Each also as "…, patches", of cases with convolutions only: convolutions as patches times a matrix,
and in JAX pools as slices.

Usage: python peer.py DIR jax|pytorch
"""

import json
import resource
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import device


def load(folder):
    """Returns the cases by name, with their arrays."""
    cases = {}
    for i, c in enumerate(json.loads((folder / "cases.json").read_text())):
        def read(name, dtype=np.float32):
            return np.fromfile(folder / f"{i}-{name}.bin", dtype)

        c["x"] = read("x").reshape(c["examples"], *c["image"])
        c["y"] = read("y", np.int32)
        for name in ("theta", "d1", "d2"):
            flat, tensors = read(name), []
            for p in c["params"]:
                n = int(np.prod(p["shape"]))
                tensors.append(flat[:n].reshape(p["shape"]))
                flat = flat[n:]
            # Paths sort biases before weights, and hidden layers and convolutions before the
            # output.
            c[name] = [t for k in range(0, len(tensors), 2) for t in (tensors[k + 1], tensors[k])]
        lin = np.linspace(-1, 1, c["resolution"])
        c["alphas"], c["betas"] = [g.ravel().astype(np.float32)
                                   for g in np.meshgrid(lin, lin, indexing="ij")]
        cases[c["name"]] = c
    return cases


def jax_form(c, form):
    """Returns a function of the points' α and β that returns their losses."""
    jax = device.jax()
    import jax.numpy as jnp
    from jax import lax

    x, y = jnp.asarray(c["x"]), jnp.asarray(c["y"])
    theta, d1, d2 = ([jnp.asarray(t) for t in c[k]] for k in ("theta", "d1", "d2"))

    form, _, patches = form.partition(", ")

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

    def logits(p, x):
        if c["kind"] == "cnn":
            h = x.reshape(-1, 8, 8, 1)
            h = pool(jax.nn.relu(conv(h, p[0]) + p[1]), -jnp.inf, lax.max)
            h = pool(jax.nn.relu(conv(h, p[2]) + p[3]), 0.0, lax.add) / 4
            return h.reshape(h.shape[0], -1) @ p[4] + p[5]
        for k in range(0, len(p) - 2, 2):
            x = jax.nn.relu(x @ p[k] + p[k + 1])
        return x @ p[-2] + p[-1]

    def at(alpha, beta, theta, d1, d2, x, y):
        p = [w + alpha * u + beta * v for w, u, v in zip(theta, d1, d2)]
        return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(logits(p, x)), y[:, None], 1))

    fixed = (theta, d1, d2, x, y)
    kind, _, size = form.partition(" ")
    if kind == "jit":
        f = jax.jit(at)
        return lambda alphas, betas: np.array(
            [z for z in [f(a, b, *fixed) for a, b in zip(alphas, betas)]])
    if kind == "map":
        options = {"batch_size": int(size)} if size else {}
        f = jax.jit(lambda a, b, *fixed: lax.map(lambda ab: at(*ab, *fixed), (a, b), **options))
        return lambda alphas, betas: np.asarray(f(alphas, betas, *fixed))
    n = int(size)
    f = jax.jit(jax.vmap(at, in_axes=(0, 0) + (None,) * 5))
    return lambda alphas, betas: np.concatenate(
        [np.asarray(f(alphas[k : k + n], betas[k : k + n], *fixed))
         for k in range(0, len(alphas), n)])


def torch_form(c, form):
    """Returns a function of the points' α and β that returns their losses."""
    torch, to = device.torch()
    import torch.nn.functional as F

    torch.set_grad_enabled(False)
    x, y = to(torch.from_numpy(c["x"])), to(torch.from_numpy(c["y"]).long())
    if c["kind"] == "cnn":
        x = x.reshape(-1, 1, 8, 8)

    def native(ts):  # PyTorch's layouts: dense [out, in], convolutions [out, in, height, width].
        out = []
        for k, t in enumerate(ts):
            t = to(torch.from_numpy(t))
            if t.ndim == 4:
                t = t.permute(3, 2, 0, 1)
            elif t.ndim == 2 and c["kind"] == "cnn":  # its rows count height, width, channels.
                t = t.reshape(2, 2, 16, 10).permute(3, 2, 0, 1).reshape(10, 64)
            elif t.ndim == 2:
                t = t.T
            out.append(t.contiguous())
        return out

    theta, d1, d2 = (native(c[k]) for k in ("theta", "d1", "d2"))

    form, _, patches = form.partition(", ")

    def conv(h, k, b):
        if not patches:
            return F.conv2d(h, k, b, padding="same")
        around = F.unfold(h, 3, padding=1)  # [batch, channels × 9, places]
        return (k.flatten(1) @ around).unflatten(-1, h.shape[-2:]) + b[:, None, None]

    def logits(p):
        if c["kind"] == "cnn":
            h = F.max_pool2d(F.relu(conv(x, p[0], p[1])), 2)
            h = F.avg_pool2d(F.relu(conv(h, p[2], p[3])), 2)
            return F.linear(h.flatten(1), p[4], p[5])
        h = x
        for k in range(0, len(p) - 2, 2):
            h = F.relu(F.linear(h, p[k], p[k + 1]))
        return F.linear(h, p[-2], p[-1])

    def at(alpha, beta):
        moved = [w + alpha * u + beta * v for w, u, v in zip(theta, d1, d2)]
        return F.cross_entropy(logits(moved), y)

    if form == "loop":
        return lambda alphas, betas: np.array(
            [at(float(a), float(b)).item() for a, b in zip(alphas, betas)])
    n = int(form.split()[1])
    f = torch.func.vmap(at)

    def chunks(alphas, betas):
        alphas, betas = to(torch.from_numpy(alphas)), to(torch.from_numpy(betas))
        return torch.cat([f(alphas[k : k + n], betas[k : k + n])
                          for k in range(0, len(alphas), n)]).cpu().numpy()

    return chunks


def peak(who):
    """Returns a function that times a large product of float32 matrices, and its GFLOP."""
    n, times = 2048, 3
    if who == "jax":
        jax = device.jax()
        import jax.numpy as jnp

        a, f = jnp.ones((n, n)), jax.jit(lambda a: (a @ a).sum())
        return lambda: [f(a).block_until_ready() for _ in range(times)], 2 * n**3 * times / 1e9
    torch, to = device.torch()
    a = to(torch.ones(n, n))
    return lambda: [(a @ a).sum().item() for _ in range(times)], 2 * n**3 * times / 1e9


def cpu():
    r = resource.getrusage(resource.RUSAGE_SELF)
    return r.ru_utime + r.ru_stime


def corners(z, r):
    """Lists the losses at the grid's corners and its middle."""
    z, last, mid = np.asarray(z).reshape(r, r), r - 1, (r - 1) // 2
    return [float(z[i, j]) for i, j in ((0, 0), (0, last), (last, 0), (last, last), (mid, mid))]


def timed(run):
    """Runs, and returns what the answer says about time, and the result."""
    start, before = time.perf_counter(), cpu()
    z = run()
    return {"seconds": time.perf_counter() - start, "cpu": cpu() - before, "values": []}, z


def main():
    folder, who = Path(sys.argv[1]), sys.argv[2]
    make = {"jax": jax_form, "pytorch": torch_form}[who]
    cases, ready, product = load(folder), {}, None
    for line in sys.stdin:
        request = json.loads(line)
        if request["form"] == "peak":
            run, gflop = product = product or peak(who)
            reply = timed(run)[0] | {"points": gflop}
        else:
            c = cases[request["case"]]
            key = request["case"], request["form"]
            run = ready[key] = ready.get(key) or make(c, request["form"])
            points = request["points"] or len(c["alphas"])
            reply, z = timed(lambda: run(c["alphas"][:points], c["betas"][:points]))
            reply["points"] = points
            if points == len(c["alphas"]):
                reply["values"] = corners(z, c["resolution"])
        print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    main()
