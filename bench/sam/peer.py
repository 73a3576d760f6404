"""The same work as main.go beside it in PyTorch and JAX: a training step with SAM beside a
plain one.

PyTorch: the algorithm of Foret et al. 2021 in the two-step form that most PyTorch code has
(gradient, climb in place, gradient, back, step of the base optimizer), eager, with torch._foreach
operations, and under torch.compile, on all threads and on one. JAX: the step as one compiled
function with donated weights, written out (with and without a barrier between the passes), and with
optax.contrib.sam, whose opaque mode is one call a step and whose other mode is two; and lax.scan
over 56 steps (8 of the CNN) on resident data. PyTorch's counterpart to the latter are as many steps
without reading a loss before the last. Of the CNN both also with convolutions as patches times a
matrix and, in JAX, pools as slices.

Prints one JSON line for each case, form, metric and repeat, in main.go's format. The blocks of a
kind take turns as there. All forms of a framework start at the same weights and must report the
same losses.

Usage: python peer.py [--repeats 15] [--seconds 0.4] [--case sam-mlp] [--who pytorch,jax]
                      [--digits FILE]
       with --repeats 0, a repeat for each line of standard input
"""

import argparse
import gzip
import json
import os
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import device

BATCH, RATE, RHO = 128, 0.01, 0.05
MANY = {"sam-mlp": 56, "sam-cnn": 8}  # steps a call, where several are taken in one
SHAPES = {
    "sam-mlp": [(64, 128), (128,), (128, 128), (128,), (128, 10), (10,)],
    "sam-cnn": [(3, 3, 1, 8), (8,), (3, 3, 8, 16), (16,), (784, 10), (10,)],
}


def batches(case, digits):
    """Lists the batches (x, y) of a case as NumPy arrays, images with their channel last."""
    if case == "sam-mlp":
        rows = np.loadtxt(gzip.open(digits, "rt"), delimiter=",", dtype=np.float32)
        x, y = rows[:, :-1] / 16, rows[:, -1].astype(np.int64)
        return [(x[i : i + BATCH], y[i : i + BATCH]) for i in range(0, len(x) - BATCH + 1, BATCH)]
    rng = np.random.default_rng(1)
    return [(rng.normal(size=(BATCH, 28, 28, 1)).astype(np.float32), rng.integers(0, 10, BATCH))
            for _ in range(8)]


def weights(case):
    """He-scaled kernels and zero biases."""
    rng = np.random.default_rng(2)
    out = []
    for shape in SHAPES[case]:
        fan = np.prod(shape[:-1])
        kernel = len(shape) > 1
        draw = rng.normal(size=shape) * (2 / fan) ** 0.5 if kernel else np.zeros(shape)
        out.append(draw.astype(np.float32))
    return out


def torch_forms(case, data):
    """Yields (form, steps a call, plain call, SAM call), each call a function of its first step's
    number that returns its losses."""
    torch, to = device.torch()
    import torch.nn.functional as F

    data = [(torch.from_numpy(x), torch.from_numpy(y)) for x, y in data]
    if case == "sam-cnn":  # channels first, as PyTorch has them
        data = [(x.permute(0, 3, 1, 2).contiguous(), y) for x, y in data]

    def make_model():
        start = [torch.from_numpy(w.copy()) for w in weights(case)]
        if case == "sam-mlp":
            model = torch.nn.Sequential(
                torch.nn.Linear(64, 128), torch.nn.ReLU(), torch.nn.Linear(128, 128),
                torch.nn.ReLU(), torch.nn.Linear(128, 10)
            )
        else:
            model = torch.nn.Sequential(
                torch.nn.Conv2d(1, 8, 3, padding=1), torch.nn.ReLU(), torch.nn.MaxPool2d(2),
                torch.nn.Conv2d(8, 16, 3, padding=1), torch.nn.ReLU(), torch.nn.AvgPool2d(2),
                torch.nn.Flatten(), torch.nn.Linear(784, 10),
            )
        with torch.no_grad():
            for p, w in zip(model.parameters(), start):
                p.copy_(w.permute(3, 2, 0, 1) if w.dim() == 4 else w.T if w.dim() == 2 else w)
        return to(model)

    class Loop:
        """A plain step and a SAM step on a model of its own."""

        def __init__(self, compiled, foreach, threads, patches):
            self.threads = threads
            self.model = make_model()
            self.parameters = list(self.model.parameters())
            self.optimizer = torch.optim.SGD(self.parameters, lr=RATE, foreach=foreach)
            self.foreach = foreach
            call = self.by_patches if patches else self.model
            self.call = torch.compile(call) if compiled else call

        def by_patches(self, x):
            """The CNN with its convolutions as patches times a matrix."""

            def conv(h, layer):
                around = F.unfold(h, 3, padding=1)  # [batch, channels × 9, places]
                h = (layer.weight.flatten(1) @ around).unflatten(-1, h.shape[-2:])
                return h + layer.bias[:, None, None]

            first, _, max_pool, second, _, mean_pool, flatten, out = self.model
            h = max_pool(F.relu(conv(x, first)))
            return out(flatten(mean_pool(F.relu(conv(h, second)))))

        def loss(self, x, y):
            return F.cross_entropy(self.call(x), y)

        def plain(self, step):
            x, y = map(to, data[step % len(data)])
            self.optimizer.zero_grad()
            loss = self.loss(x, y)
            loss.backward()
            self.optimizer.step()
            return loss

        def climb(self):
            gradients = [p.grad for p in self.parameters]
            if self.foreach:
                norm = torch.linalg.vector_norm(torch.stack(torch._foreach_norm(gradients)))
                moves = torch._foreach_mul(gradients, RHO / (norm + 1e-12))
                torch._foreach_add_(self.parameters, moves)
            else:
                norm = torch.linalg.vector_norm(torch.stack([g.norm() for g in gradients]))
                moves = [g * (RHO / (norm + 1e-12)) for g in gradients]
                for p, e in zip(self.parameters, moves):
                    p.add_(e)
            return moves

        def sam(self, step):
            x, y = map(to, data[step % len(data)])
            self.optimizer.zero_grad()
            loss = self.loss(x, y)
            loss.backward()
            with torch.no_grad():
                home = [p.detach().clone() for p in self.parameters]
                self.climb()
            self.optimizer.zero_grad()
            self.loss(x, y).backward()
            with torch.no_grad():
                for p, w in zip(self.parameters, home):
                    p.copy_(w)
            self.optimizer.step()
            return loss

        def timed(self, step, steps):
            """A form's threads hold for its steps only; they are the process's."""

            def run(k):
                if torch.get_num_threads() != self.threads:
                    torch.set_num_threads(self.threads)
                losses = [step(k + i).detach() for i in range(steps)]
                return torch.stack(losses).tolist()

            return run

    everything = len(os.sched_getaffinity(0))
    kinds = [("eager", False, False, False), ("foreach", False, True, False),
             ("compiled", True, True, False)]
    if case == "sam-cnn":
        kinds += [("foreach, patches", False, True, True), ("compiled, patches", True, True, True)]
    forms = [(*kind, everything) for kind in kinds]
    forms += [(f"{form}, one thread", *how, 1) for form, *how in kinds
              if everything > 1 and not device.card()]
    for form, compiled, foreach, patches, threads in forms:
        for steps in (1, MANY[case])[: 1 if form.startswith("eager") else 2]:
            plain, sam = (Loop(compiled, foreach, threads, patches) for _ in range(2))
            yield form, steps, plain.timed(plain.plain, steps), sam.timed(sam.sam, steps)


def jax_forms(case, data):
    """Yields what torch_forms does, of the CNN in both ways to write a convolution."""
    yield from jax_ways(case, data, False)
    if case == "sam-cnn":
        for form, *calls in jax_ways(case, data, True):
            yield f"{form}, patches", *calls


def jax_ways(case, data, patches):
    """Yields what torch_forms does."""
    jax = device.jax()
    import jax.numpy as jnp
    from jax import lax

    def conv(h, k):
        return lax.conv_general_dilated(h, k, (1, 1), "SAME",
                                        dimension_numbers=("NHWC", "HWIO", "NHWC"))

    def pool(h, start, op):
        return lax.reduce_window(h, start, op, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")

    if patches:

        def conv(h, k):
            height, width = h.shape[1:3]
            wide = jnp.pad(h, ((0, 0), (1, 1), (1, 1), (0, 0)))
            around = [wide[:, i : i + height, j : j + width] for i in range(3) for j in range(3)]
            return jnp.concatenate(around, -1) @ k.reshape(-1, k.shape[-1])

        def pool(h, start, op):
            a, b, c, d = (h[:, i::2, j::2] for i in (0, 1) for j in (0, 1))
            return op(op(a, b), op(c, d))

    def loss(p, x, y):
        if case == "sam-mlp":
            h = jax.nn.relu(x @ p[0] + p[1])
            h = jax.nn.relu(h @ p[2] + p[3])
        else:
            h = pool(jax.nn.relu(conv(x, p[0]) + p[1]), -jnp.inf, lax.max)
            h = pool(jax.nn.relu(conv(h, p[2]) + p[3]), 0.0, lax.add) / 4
            h = h.reshape(h.shape[0], -1)
        return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(h @ p[4] + p[5]), y[:, None], 1))

    def plain(p, x, y):
        value, g = jax.value_and_grad(loss)(p, x, y)
        return [w - RATE * d for w, d in zip(p, g)], value

    def sam(p, x, y, barrier):
        value, g = jax.value_and_grad(loss)(p, x, y)
        norm = jnp.sqrt(sum(jnp.vdot(d, d) for d in g))
        q = [w + RHO / (norm + 1e-12) * d for w, d in zip(p, g)]
        if barrier:
            q = lax.optimization_barrier(q)
        g = jax.grad(loss)(q, x, y)
        return [w - RATE * d for w, d in zip(p, g)], value

    def stepper(f, init=lambda p: ()):
        """Compiles f of ((weights, optimizer's state), x, y), which is called for each step;
        several are called one after the other."""
        compiled = [jax.jit(g, donate_argnums=0) for g in (f if isinstance(f, tuple) else (f,))]
        p = [jnp.array(w) for w in weights(case)]
        # Copies: what is donated twice is lost
        state = [(p, jax.tree.map(jnp.array, init(jax.tree.map(jnp.copy, p))))]

        def step(k):
            x, y = data[k % len(data)]
            values = []
            for g in compiled:
                state[0], value = g(state[0], x, y)
                values.append(value)
            return [float(values[0])]

        return step

    def scanner(f):
        """Compiles many steps of f of (weights, x, y) in one, on batches that stay on the
        device."""
        xs, ys = (jnp.array(np.stack(arrays)) for arrays in zip(*data))

        def steps(p, order, xs, ys):
            return lax.scan(lambda p, k: f(p, xs[k], ys[k]), p, order)

        compiled = jax.jit(steps, donate_argnums=0)
        state = [[jnp.array(w) for w in weights(case)]]

        def call(k):
            state[0], values = compiled(state[0], np.arange(k, k + MANY[case]) % len(data), xs, ys)
            return np.asarray(values).tolist()

        return call

    def stateless(f):
        def step(state, x, y):
            p, value = f(state[0], x, y)
            return (p, ()), value

        return step

    for form, barrier in (("jit", False), ("jit with a barrier", True)):
        climb = lambda p, x, y, b=barrier: sam(p, x, y, b)
        yield form, 1, stepper(stateless(plain)), stepper(stateless(climb))
        yield form.replace("jit", "scan"), MANY[case], scanner(plain), scanner(climb)

    import optax
    import optax.contrib

    def updating(optimizer, **how):
        def step(state, x, y):
            (p, s), (value, g) = state, jax.value_and_grad(loss)(state[0], x, y)
            extra = {"grad_fn": lambda q, _: jax.grad(loss)(q, x, y)} if how.get("opaque") else {}
            updates, s = optimizer.update(g, s, p, **extra)
            return (optax.apply_updates(p, updates), s), value

        return step

    base = optax.sgd(RATE)
    for form, opaque in (("optax", True), ("optax, two calls", False)):
        climb = optax.chain(optax.contrib.normalize(), optax.sgd(RHO))
        o = optax.contrib.sam(base, climb, opaque_mode=opaque)
        update = updating(o, opaque=opaque)
        climb = stepper(update if opaque else (update, update), o.init)
        yield form, 1, stepper(updating(base), base.init), climb


def block(call, steps, counter, seconds):
    """Makes calls for about so long; returns the milliseconds that a step takes, by the clock and
    of processor time."""
    start, cpu, done = time.perf_counter(), time.process_time(), 0
    while not done or time.perf_counter() - start < seconds:
        for _ in range(max(1, 10 // steps)):
            call(counter[0])
            counter[0] += steps
            done += steps
    return (time.perf_counter() - start) * 1e3 / done, (time.process_time() - cpu) * 1e3 / done


def warm_up(forms):
    """Compiles and runs every form, checks that they agree, and returns the seconds that the first
    two calls took, by form and steps."""
    seconds, agreed = {}, [None, None]
    for form, steps, *calls in forms:
        seconds[form, steps] = []
        for kind, call in enumerate(calls):
            start = time.perf_counter()
            losses = call(0) + call(steps)
            seconds[form, steps].append(time.perf_counter() - start)
            losses = (losses + call(2 * steps))[:3]
            agreed[kind] = agreed[kind] or losses
            np.testing.assert_allclose(losses, agreed[kind], rtol=1e-3, err_msg=form)
    return seconds


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", "-repeats", type=int, default=15)
    parser.add_argument("--seconds", "-seconds", type=float, default=0.4)
    parser.add_argument("--case", "-case", default="")
    parser.add_argument("--who", default="pytorch,jax")
    parser.add_argument("--digits",
                        default=os.path.join(here, "../../pkg/lesson/datasets/data/digits.csv.gz"))
    arguments = parser.parse_args()
    measured = []
    forms_of = {"pytorch": torch_forms, "jax": jax_forms}
    for case in SHAPES:
        if arguments.case.lower() not in case:
            continue
        data = batches(case, arguments.digits)
        for who in arguments.who.split(","):
            forms = list(forms_of[who](case, data))
            compile = warm_up(forms)
            counters = {(form, steps): ([3 * steps], [3 * steps]) for form, steps, _, _ in forms}
            measured.append((case, who, forms, counters, compile))
    for _ in turns(arguments.repeats):
        for case, who, forms, counters, compile in measured:
            for form, steps, *calls in forms:
                at = zip(calls, counters[form, steps])
                plain, sam = (block(call, steps, counter, arguments.seconds)
                              for call, counter in at)
                report(case, f"{who} {form}", steps, plain, sam, compile[form, steps])


def turns(repeats):
    """So many rounds; or, with 0, one for each line of standard input, with an empty line printed
    after each."""
    yield from range(repeats)
    if not repeats:
        for line in sys.stdin:
            yield line
            print(flush=True)


def report(case, who, steps, plain, sam, compile):
    suffix = f", {steps} steps a call" if steps > 1 else ""
    everything = max(compile)  # torch.compile's plain and SAM steps share their programs
    for clock, prefix in enumerate(("", "CPU ")):
        for metric, value, first in (
            ("ms per plain step", plain[clock], compile[0]),
            ("ms per step", sam[clock], everything),
            ("ratio to plain step", sam[clock] / plain[clock], everything),
        ):
            print(json.dumps({"case": case, "who": who, "metric": prefix + metric + suffix,
                              "value": value, "compile": first}), flush=True)


if __name__ == "__main__":
    main()
