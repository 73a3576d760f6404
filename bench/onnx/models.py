"""Makes pkg/onnx/testdata: small PyTorch models, trained for a moment with a fixed seed, exported
with both exporters, and PyTorch's numbers for them.

Of each: NAME.onnx, and NAME.npz with the inputs (x0, x1, …), the labels (y), and what PyTorch finds
in float64 on the same weights: the loss, the gradient of each weight in the file's layout
(grad/WEIGHT), the largest eigenvalue of the Hessian (lambda), and a surface of 3×3 along the
directions that direction() gives. NAME.json says which loss, and what else the test needs to know.

Usage: .venv-bench/bin/python bench/onnx/models.py [--out pkg/onnx/testdata] [--only cnn]
"""

import argparse
import copy
import json
import os
import warnings

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import numpy_helper
from scipy.sparse.linalg import LinearOperator, eigsh
from torch import nn

warnings.filterwarnings("ignore")
PRESERVE = dict(dynamo=False, training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False)
LEGACY, DYNAMO = dict(dynamo=False), dict(dynamo=True)
UNOPTIMIZED = dict(dynamo=True, optimize=False)
N = 24


class MLP(nn.Sequential):
    def __init__(self, hidden=16):
        super().__init__(nn.Linear(8, hidden), nn.Tanh(), nn.Linear(hidden, hidden), nn.Softplus(),
                         nn.Linear(hidden, 4))


class CNN(nn.Module):
    """Two convolutions, the first without bias, each with BatchNorm and max-pooling."""

    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(1, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4)
        self.conv2, self.bn2 = nn.Conv2d(4, 6, 3, padding=1), nn.BatchNorm2d(6)
        self.drop, self.fc = nn.Dropout(0.3), nn.Linear(24, 5)

    def forward(self, x):
        x = F.max_pool2d(torch.tanh(self.bn1(self.conv1(x))), 2)
        x = F.max_pool2d(torch.tanh(self.bn2(self.conv2(x))), 2)
        return self.fc(self.drop(x.flatten(1)))


class Block(nn.Module):
    def __init__(self, channels, groups):
        super().__init__()
        self.depthwise = nn.Conv2d(channels, channels, 3, padding=1, groups=channels, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.grouped = nn.Conv2d(channels, channels, 3, padding=1, groups=groups)
        self.bn2 = nn.BatchNorm2d(channels)

    def forward(self, x):
        return F.silu(x + self.bn2(self.grouped(F.silu(self.bn1(self.depthwise(x))))))


class BenchCNN(nn.Module):
    """Two convolutions of 8 and 16 channels with BatchNorm and max-pooling, for 28×28 images."""

    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(1, 8, 3, padding=1), nn.BatchNorm2d(8)
        self.conv2, self.bn2 = nn.Conv2d(8, 16, 3, padding=1), nn.BatchNorm2d(16)
        self.fc = nn.Linear(784, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 2)
        return self.fc(F.max_pool2d(F.relu(self.bn2(self.conv2(x))), 2).flatten(1))


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(2, 8, 3, stride=2, padding=1)
        self.one, self.two = Block(8, 2), Block(8, 4)
        self.pool, self.fc = nn.AdaptiveAvgPool2d(1), nn.Linear(8, 5)

    def forward(self, x):
        return self.fc(self.pool(self.two(self.one(F.silu(self.stem(x))))).flatten(1))


class Encoder(nn.Module):
    """A transformer's encoder over tokens, of which the mask says which are padding; mean over the
    others."""

    def __init__(self, words=11, size=12, length=7):
        super().__init__()
        self.embedding = nn.Embedding(words, size)
        self.position = nn.Parameter(0.1 * torch.randn(length, size))
        layer = nn.TransformerEncoderLayer(size, 2, 20, dropout=0.1, activation="gelu",
                                           batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.head = nn.Linear(size, 4)

    def forward(self, tokens, padding):
        h = self.encoder(self.embedding(tokens) + self.position, src_key_padding_mask=padding)
        kept = (~padding).to(h.dtype).unsqueeze(-1)
        return self.head((h * kept).sum(1) / kept.sum(1))


class Decoder(nn.Module):
    """A language model with a causal mask whose head is the embedding's table."""

    def __init__(self, words=13, size=12, heads=2, length=6, layers=2):
        super().__init__()
        self.heads = heads
        self.embedding, self.position = nn.Embedding(words, size), nn.Embedding(length, size)
        self.blocks = nn.ModuleList(nn.ModuleDict(dict(
            norm1=nn.LayerNorm(size), qkv=nn.Linear(size, 3 * size), out=nn.Linear(size, size),
            norm2=nn.LayerNorm(size), up=nn.Linear(size, 24), down=nn.Linear(24, size)))
            for _ in range(layers))
        self.norm, self.head = nn.LayerNorm(size), nn.Linear(size, words, bias=False)
        self.head.weight = self.embedding.weight
        self.register_buffer("places", torch.arange(length))

    def forward(self, tokens):
        h = self.embedding(tokens) + self.position(self.places)
        for b in self.blocks:
            q, k, v = (t.unflatten(-1, (self.heads, -1)).transpose(1, 2)
                       for t in b["qkv"](b["norm1"](h)).chunk(3, -1))
            attended = F.scaled_dot_product_attention(q, k, v, is_causal=True)
            h = h + b["out"](attended.transpose(1, 2).flatten(2))
            h = h + b["down"](F.gelu(b["up"](b["norm2"](h))))
        return self.head(self.norm(h))


class Recurrent(nn.Module):
    def __init__(self, kind, **kw):
        super().__init__()
        self.cell = kind(3, 5, batch_first=True, **kw)
        self.fc = nn.Linear(5 * (2 if kw.get("bidirectional") else 1), 3)

    def forward(self, x):
        return self.fc(self.cell(x)[0][:, -1])


class Places(nn.Module):
    """Padding of each kind, the axis backwards, a convolution with stride and dilation, resizing by
    a cubic, a line and the nearest, GroupNorm."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(1, 4, 3, padding=2, padding_mode="reflect")
        self.second = nn.Conv2d(4, 4, 3, padding=1, padding_mode="replicate")
        self.third, self.norm = nn.Conv2d(4, 4, 3, stride=2), nn.GroupNorm(2, 4)
        self.last = nn.Conv1d(24, 6, 3, stride=3, dilation=2)
        self.fc = nn.Linear(6, 5)

    def forward(self, x):
        x = torch.tanh(self.second(torch.tanh(self.first(x))))
        x = torch.tanh(self.norm(self.third(F.pad(x, (0, 1, 0, 1)))))
        x = F.pad(x, (-1, 1, 1, -1), value=0.3) + x * x.flip(2)
        x = F.interpolate(x, size=(3, 7), mode="bilinear")
        x = F.interpolate(x, scale_factor=2, mode="bicubic")
        x = F.interpolate(x, size=(6, 9), mode="nearest")
        return self.fc(torch.tanh(self.last(x.flatten(1, 2))).mean(2))


class Regression(nn.Module):
    """LayerNorm, GELU in its approximation by tanh, GroupNorm, ELU: one number for each example."""

    def __init__(self):
        super().__init__()
        self.up, self.norm = nn.Linear(6, 16), nn.LayerNorm(16)
        self.mid, self.group = nn.Linear(16, 12), nn.GroupNorm(3, 12)
        self.down, self.scale = nn.Linear(12, 1), nn.Parameter(torch.tensor(1.5))

    def forward(self, x):
        h = F.gelu(self.norm(self.up(x)), approximate="tanh")
        return self.scale * self.down(F.elu(self.group(self.mid(h)))).squeeze(-1)


class TwoInputs(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.numbers, self.out = nn.Embedding(5, 4), nn.Linear(3, 8), nn.Linear(12, 1)
        self.act = nn.PReLU(8)

    def forward(self, numbers, kind):
        both = torch.cat([self.act(self.numbers(numbers)), self.table(kind)], 1)
        return self.out(both).squeeze(1)


class WithLoss(nn.Module):
    """The loss is in the file: its only output."""

    def __init__(self):
        super().__init__()
        self.net = MLP(10)

    def forward(self, x, y):
        return F.cross_entropy(self.net(x), y)


LOSSES = {
    "cross-entropy": lambda out, y, kw: F.cross_entropy(out.movedim(-1, 1), y, **kw),
    "mse": lambda out, y, kw: F.mse_loss(out, y.to(out.dtype)),
    "bce-logits": lambda out, y, kw: F.binary_cross_entropy_with_logits(out, y.to(out.dtype)),
    "output": lambda out, y, kw: out,
}


def cases():
    """Yields name, seed, model, inputs, labels, loss, its keywords and how it is exported."""
    g = torch.Generator().manual_seed(5)
    rand = lambda *s: torch.randn(*s, generator=g)
    ints = lambda hi, *s: torch.randint(hi, s, generator=g)
    x, y4, image, y5 = rand(N, 8), ints(4, N), rand(N, 1, 8, 8), ints(5, N)
    yield "mlp", MLP, (x,), y4, "cross-entropy", {}, dict(DYNAMO, external_data=True)
    yield "mlp-legacy", MLP, (x,), y4, "cross-entropy", {}, dict(LEGACY, opset_version=13)
    yield "mlp-float16", MLP, (x,), y4, "cross-entropy", {}, dict(LEGACY, dtype=torch.float16)
    yield "mlp-bfloat16", MLP, (x,), y4, "cross-entropy", {}, dict(DYNAMO, dtype=torch.bfloat16)
    yield "cnn", CNN, (image,), y5, "cross-entropy", {}, PRESERVE
    yield "cnn-folded", CNN, (image,), y5, "cross-entropy", {}, LEGACY
    yield "cnn-dynamo", CNN, (image,), y5, "cross-entropy", {}, UNOPTIMIZED
    yield "cnn-dynamo-folded", CNN, (image,), y5, "cross-entropy", {}, DYNAMO
    yield "residual", Residual, (rand(N, 2, 8, 8),), y5, "cross-entropy", {}, PRESERVE
    tokens, lengths = ints(11, N, 7), 3 + ints(5, N)
    padding = torch.arange(7)[None, :] >= lengths[:, None]
    weights = dict(weight=torch.tensor([1.0, 2.0, 0.5, 1.0]))
    yield "encoder", Encoder, (tokens, padding), y4, "cross-entropy", weights, DYNAMO
    yield "encoder-legacy", Encoder, (tokens, padding), y4, "cross-entropy", weights, LEGACY
    text = ints(13, N, 6)
    after = torch.cat([text[:, 1:], torch.full((N, 1), -100)], 1)
    ignore = dict(ignore_index=-100)
    yield "decoder", Decoder, (text,), after, "cross-entropy", ignore, DYNAMO
    opset23 = dict(DYNAMO, opset_version=23)
    yield "decoder-23", Decoder, (text,), after, "cross-entropy", ignore, opset23
    yield "decoder-legacy", Decoder, (text,), after, "cross-entropy", ignore, LEGACY
    series, y3 = rand(N, 3, 3), ints(3, N)
    yield "lstm", lambda: Recurrent(nn.LSTM), (series,), y3, "cross-entropy", {}, DYNAMO
    lstm, gru = (lambda: Recurrent(nn.LSTM, bidirectional=True),
                 lambda: Recurrent(nn.GRU, bidirectional=True))
    yield "lstm-legacy", lstm, (series,), y3, "cross-entropy", {}, LEGACY
    yield "gru", lambda: Recurrent(nn.GRU), (series,), y3, "cross-entropy", {}, DYNAMO
    yield "gru-legacy", gru, (series,), y3, "cross-entropy", {}, LEGACY
    yield "rnn", lambda: Recurrent(nn.RNN), (series,), y3, "cross-entropy", {}, LEGACY
    yield "rnn-kept", lambda: Recurrent(nn.RNN), (series,), y3, "cross-entropy", {}, PRESERVE
    yield "gru-kept", gru, (series,), y3, "cross-entropy", {}, PRESERVE
    yield "lstm-kept", lstm, (series,), y3, "cross-entropy", {}, PRESERVE
    yield "places", Places, (image,), y5, "cross-entropy", {}, UNOPTIMIZED
    yield "places-kept", Places, (image,), y5, "cross-entropy", {}, PRESERVE
    yield "regression", Regression, (rand(N, 6),), rand(N), "mse", {}, DYNAMO
    yield "regression-legacy", Regression, (rand(N, 6),), rand(N), "mse", {}, LEGACY
    yield "two-inputs", TwoInputs, (rand(N, 3), ints(5, N)), ints(2, N), "bce-logits", {}, DYNAMO
    yield "with-loss", WithLoss, (x, y4), y4, "output", {}, DYNAMO
    yield "with-loss-legacy", WithLoss, (x, y4), y4, "output", {}, LEGACY


def bench_cases():
    """What bench measures: the same, larger."""
    g = torch.Generator().manual_seed(6)
    ints = lambda hi, *s: torch.randint(hi, s, generator=g)
    images = torch.randn(128, 1, 28, 28, generator=g)
    yield "onnx-cnn", BenchCNN, (images,), ints(10, 128), "cross-entropy", {}, PRESERVE
    decoder = lambda: Decoder(words=64, size=64, heads=4, length=32)
    text, after = ints(64, 16, 32), ints(64, 16, 32)
    yield "onnx-transformer", decoder, (text,), after, "cross-entropy", {}, LEGACY


def train(model, inputs, labels, loss, kw):
    """A few steps, so that weights that were equal no longer are and BatchNorm has statistics."""
    opt = torch.optim.Adam(model.parameters(), 0.02)
    model.train()
    for _ in range(12):
        opt.zero_grad()
        LOSSES[loss](model(*inputs), labels, kw).backward()
        opt.step()
    return model.eval()


def export(model, inputs, path, dtype=None, **kw):
    names = [f"x{i}" for i in range(len(inputs))]
    model = copy.deepcopy(model)
    if dtype:
        model = model.to(dtype)
        inputs = tuple(x.to(dtype) if x.is_floating_point() else x for x in inputs)
    scalar = model(*inputs).ndim == 0
    if kw["dynamo"]:
        batch = torch.export.Dim("batch")
        kw = dict(dict(external_data=False), **kw, dynamic_shapes=tuple({0: batch} for _ in inputs))
    else:
        kw = dict(dict(opset_version=17), **kw,
                  dynamic_axes={n: {0: "batch"} for n in names + ([] if scalar else ["out"])})
    torch.onnx.export(model, inputs, path, input_names=names, output_names=["out"], verbose=False,
                      **kw)


def strip(path):
    """Drops stack traces: they are most of a small file, and name the machine's folders."""
    p = onnx.load(path, load_external_data=False)
    for n in p.graph.node:
        n.doc_string = ""
        kept = [m for m in n.metadata_props if m.key == "pkg.onnxscript.rewriter.rule_name"]
        del n.metadata_props[:]
        n.metadata_props.extend(kept)
    for v in list(p.graph.value_info) + list(p.graph.input) + list(p.graph.output):
        del v.metadata_props[:]
    onnx.save(p, path)


def fold(model):
    """The model with each BatchNorm folded into the convolution before it, as exporters do."""
    model = copy.deepcopy(model)
    for i in ("1", "2"):
        conv, norm = getattr(model, "conv" + i), getattr(model, "bn" + i)
        conv = nn.utils.fusion.fuse_conv_bn_eval(conv, norm)
        setattr(model, "conv" + i, conv)
        setattr(model, "bn" + i, nn.Identity())
    return model


def gates(p, order, hidden):
    return torch.cat([p[hidden * k:hidden * (k + 1)] for k in order])


def layouts(model):
    """Yields, for every parameter, the layouts in which an exporter may write it, each with the
    function that makes it."""
    params = dict(model.named_parameters())
    for name, p in params.items():
        yield (name,), lambda t: t
        if p.ndim == 2:
            yield (name,), lambda t: t.T
        if name == "act.weight":
            yield (name,), lambda t: t[None]
    cells = [m for m in model.modules() if isinstance(m, (nn.LSTM, nn.GRU, nn.RNN))]
    for cell in cells:
        order = {"LSTM": [0, 3, 1, 2], "GRU": [1, 0, 2]}.get(type(cell).__name__, [0])
        ends = ["l0", "l0_reverse"] if cell.bidirectional else ["l0"]
        for part in ("weight_ih", "weight_hh"):
            names = tuple(f"cell.{part}_{e}" for e in ends)
            yield names, lambda *t: torch.stack([gates(x, order, cell.hidden_size) for x in t])
        names = tuple(f"cell.bias_{s}_{e}" for e in ends for s in ("ih", "hh"))
        yield names, lambda *t: torch.stack([torch.cat([gates(t[i], order, cell.hidden_size),
                                                        gates(t[i + 1], order, cell.hidden_size)])
                                             for i in range(0, len(t), 2)])


def mapped(model, path, tolerance):
    """Finds the parameters of the file's float initializers: {initializer: (names, function)}."""
    found, params = {}, dict(model.named_parameters())
    for init in onnx.load(path).graph.initializer:
        if init.data_type not in (1, 10, 16):
            continue
        value = torch.tensor(numpy_helper.to_array(init).astype(np.float64))
        for names, layout in layouts(model):
            have = layout(*(params[n].detach().double() for n in names))
            if have.shape == value.shape and torch.allclose(have, value, rtol=tolerance,
                                                            atol=tolerance):
                found[init.name] = (names, layout)
                break
    return found


def direction(j, k, size):
    """Entry i of the direction k for the weight j of the file, in the order of their names:
    0.02·cos(0.7·i + j + 2k)."""
    return 0.02 * torch.cos(0.7 * torch.arange(size, dtype=torch.float64) + j + 2 * k)


def measure(model, inputs, labels, loss, kw, found):
    """PyTorch's numbers, in float64."""
    inputs = tuple(x.double() if x.is_floating_point() else x for x in inputs)
    kw = {k: v.double() if torch.is_tensor(v) else v for k, v in kw.items()}
    params = dict(model.named_parameters())
    read = list(params.values())
    with torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH):
        value = LOSSES[loss](model(*inputs), labels, kw)
        grads = torch.autograd.grad(value, read, create_graph=True)
        flat = torch.cat([g.reshape(-1) for g in grads])

        def product(v):
            products = torch.autograd.grad(flat @ torch.tensor(v), read, retain_graph=True)
            return torch.cat([h.reshape(-1) for h in products]).numpy()

        n = flat.numel()
        start = np.cos(np.arange(n))
        top = eigsh(LinearOperator((n, n), product, dtype=np.float64), k=1, which="LA", tol=1e-7,
                    v0=start)[0][0]
        by_name = dict(zip(params, (g.detach() for g in grads)))
        out = dict(loss=value.item(), **{"lambda": top})
        names = sorted(found)
        for name in names:
            source, layout = found[name]
            gradient = layout(*(by_name[s] for s in source)).numpy()
            out["grad/" + name] = np.ascontiguousarray(gradient.astype(np.float32))
        out["surface"] = surface(model, inputs, labels, loss, kw, found, names)
    return out


def surface(model, inputs, labels, loss, kw, found, names):
    """The loss at α, β ∈ {−1, 0, 1}. A step in the file's layout is one in the model's by the
    inverse, which the gradient of the layout is."""
    params = dict(model.named_parameters())
    steps = []
    for k in range(2):
        step = {n: torch.zeros_like(p) for n, p in params.items()}
        for j, name in enumerate(names):
            source, layout = found[name]
            parts = [torch.zeros_like(params[s]).requires_grad_() for s in source]
            laid = layout(*parts)
            along = direction(j, k, laid.numel()).reshape(laid.shape)
            for s, d in zip(source, torch.autograd.grad(laid, parts, along)):
                step[s] += d
        steps.append(step)
    values = np.zeros((3, 3))
    with torch.no_grad():
        for i, a in enumerate((-1, 0, 1)):
            for j, b in enumerate((-1, 0, 1)):
                moved = {n: p + a * steps[0][n] + b * steps[1][n] for n, p in params.items()}
                values[i, j] = LOSSES[loss](torch.func.functional_call(model, moved, inputs),
                                            labels, kw)
    return values


def bench_model(name, out=None):
    """The model of a case for bench, its inputs and labels; exported, if a folder is given."""
    for case, build, inputs, labels, loss, kw, how in bench_cases():
        if case == name:
            torch.manual_seed(3)
            model = train(build(), inputs, labels, loss, kw)
            if out:
                export(model, inputs, os.path.join(out, name + ".onnx"), **how)
                np.savez(os.path.join(out, name + ".npz"), y=labels.numpy(),
                         **{f"x{i}": x.numpy() for i, x in enumerate(inputs)})
            return model, inputs, labels
    raise KeyError(name)


def make(out, name, build, inputs, labels, loss, kw, how):
    torch.manual_seed(3)
    model = train(build(), inputs, labels, loss, kw)
    path = os.path.join(out, name + ".onnx")
    export(model, inputs, path, **how)
    strip(path)
    if "folded" in name:
        model = fold(model)
    if how.get("dtype"):
        model = model.to(how["dtype"])
    reference = copy.deepcopy(model).double().requires_grad_()
    found = mapped(reference, path, 1e-5 if "folded" in name else 0)
    reached = {s for names, _ in found.values() for s in names}
    missing = [n for n, _ in reference.named_parameters() if n not in reached]
    if missing:
        raise SystemExit(f"{name}: the file's initializers don't show {missing}")
    numbers = measure(reference, inputs, labels, loss, kw, found)
    data = {f"x{i}": x.numpy() for i, x in enumerate(inputs)}
    if loss != "output":
        data["y"] = labels.numpy()
    np.savez_compressed(os.path.join(out, name + ".npz"), **data, **numbers)
    facts = dict(loss=loss, weights=len(reached),
                 **{k: v.tolist() if torch.is_tensor(v) else v for k, v in kw.items()})
    with open(os.path.join(out, name + ".json"), "w") as f:
        json.dump(facts, f, indent=1)
        f.write("\n")
    print(f"{name}: loss {numbers['loss']:.6f}, λmax {numbers['lambda']:.6f}, "
          f"{len(found)} initializers, {len(reached)} parameters")


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--out", default="pkg/onnx/testdata")
    p.add_argument("--only", default="")
    p.add_argument("--bench", action="store_true",
                   help="export what bench measures, without numbers")
    args = p.parse_args()
    os.makedirs(args.out, exist_ok=True)
    if args.bench:
        for case in bench_cases():
            bench_model(case[0], args.out)
        return
    for case in cases():
        if args.only in case[0]:
            make(args.out, *case)


if __name__ == "__main__":
    main()
