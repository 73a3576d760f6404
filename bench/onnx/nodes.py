"""Makes pkg/onnx/testdata/nodes: operations whose attributes and inputs are read here, each as a
model of one input, with what onnx.reference computes. NAME.onnx, and nodes.json with the numbers.

Usage: .venv-bench/bin/python bench/onnx/nodes.py [--out pkg/onnx/testdata/nodes]
"""

import argparse
import json
import os

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

GRID = (np.arange(24) * 7 % 11 - 4).reshape(1, 1, 4, 6) / 2
TIES = np.array([[2, 1, 2, 1], [0, 3, 3, 0], [1, 1, 1, 1]])
WORDS = (np.arange(24) * 5 % 13 - 6).reshape(1, 2, 3, 4) / 4
FLOAT = np.float32


def ints(*v):
    return np.array(v, np.int64)


def cases():
    """Yields name, operation, data, further inputs (None: not given) and attributes."""
    yield "slice-back", "Slice", GRID, [ints(-1), ints(-9), ints(2), ints(-1)], {}
    yield "slice-clamped", "Slice", GRID, [ints(99, 1), ints(-99, 9), ints(3, 2), ints(-2, 1)], {}
    yield "slice-stops", "Slice", GRID, [ints(4, 3), ints(1, 0), ints(-1, -2), ints(-1, -2)], {}
    pads = ints(0, 0, 1, 2, 0, 0, 3, 1)
    for mode in ("reflect", "edge", "wrap"):
        yield "pad-" + mode, "Pad", GRID, [pads], dict(mode=mode)
    yield "pad-value", "Pad", GRID, [ints(0, 0, 1, 2, 0, 0, 0, 3), np.array(0.7, FLOAT)], {}
    for op in ("ArgMax", "ArgMin"):
        for last in (0, 1):
            yield f"{op}-{last}", op, TIES, [], dict(axis=1, keepdims=0, select_last_index=last)
        yield op + "-axis", op, TIES, [], dict(axis=-2, select_last_index=1)
    up, down = (1, 1, 2, 1.5), (1, 1, 0.5, 0.75)
    resize = lambda scales=None, sizes=None: [
        None, None if scales is None else np.array(scales, FLOAT),
        None if sizes is None else ints(*sizes)]
    coordinates = ["half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "asymmetric",
                   "align_corners"]
    for c in coordinates:
        how = dict(coordinate_transformation_mode=c)
        for mode in ("linear", "cubic"):
            yield f"{mode}-{c}", "Resize", GRID, resize(sizes=(1, 1, 7, 4)), dict(how, mode=mode)
        for n in ("round_prefer_floor", "round_prefer_ceil", "floor", "ceil"):
            yield f"nearest-{n}-{c}", "Resize", GRID, resize(sizes=(1, 1, 7, 4)), \
                dict(how, mode="nearest", nearest_mode=n)
    for mode in ("nearest", "linear", "cubic"):
        yield f"{mode}-up", "Resize", GRID, resize(up), dict(mode=mode)
        yield f"{mode}-down", "Resize", GRID, resize(down), dict(mode=mode)
    for mode in ("linear", "cubic"):
        for outside in (0, 1):
            how = dict(mode=mode, exclude_outside=outside)
            yield f"{mode}-smooth-{outside}", "Resize", GRID, resize(down), dict(how, antialias=1)
            yield f"{mode}-outside-{outside}", "Resize", GRID, resize(up), how
    yield "cubic-a", "Resize", GRID, resize(up), dict(mode="cubic", cubic_coeff_a=-0.5)
    yield "cubic-axes", "Resize", GRID, [None, None, ints(3, 5)], dict(mode="cubic", axes=[3, 2])
    mask = np.array([[1, 0, 1], [0, 0, 0], [0, 1, 1]], bool)
    key = WORDS[..., ::-1].astype(FLOAT)
    yield "attention", "Attention", WORDS, [key, 2 * key], {}
    yield "attention-masked", "Attention", WORDS, [key, 2 * key, mask], {}
    low = np.where(mask, 0, -np.inf).astype(FLOAT)
    yield "attention-low", "Attention", WORDS, [key, 2 * key, low], dict(is_causal=1)
    kernel = (np.arange(4) - 1.5).astype(FLOAT).reshape(1, 1, 2, 2)
    yield "conv", "Conv", GRID, [kernel], dict(strides=[1, 2], dilations=[2, 3], pads=[1, 0, 0, 2])
    yield "shape-end", "Shape", GRID, [], dict(start=-3, end=10)
    yield "shape-start", "Shape", GRID, [], dict(start=-9, end=-1)
    other = np.arange(12, dtype=FLOAT).reshape(3, 4)
    yield "einsum", "Einsum", TIES, [other], dict(equation=" ij , kj -> ki ")
    yield "einsum-implicit", "Einsum", TIES, [other], dict(equation="ca,ba")


def build(name, op, x, more, attributes, shape=None):
    """The model: the data times 1, which is a weight, then the operation."""
    inputs, initializers = ["moved"], [numpy_helper.from_array(np.ones(x.shape[-1], FLOAT), "w")]
    for i, value in enumerate(more):
        inputs.append("" if value is None else f"in{i}")
        if value is not None:
            initializers.append(numpy_helper.from_array(value, f"in{i}"))
    nodes = [helper.make_node("Mul", ["x", "w"], ["moved"], name="moving"),
             helper.make_node(op, inputs, ["y"], name=name, **attributes)]
    integers = op.startswith("Arg") or op == "Shape"
    out = helper.make_tensor_value_info("y", TensorProto.INT64 if integers else TensorProto.FLOAT,
                                        shape)
    graph = helper.make_graph(nodes, name, [helper.make_tensor_value_info(
        "x", TensorProto.FLOAT, x.shape)], [out], initializers)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 23)], ir_version=10)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--out", default="pkg/onnx/testdata/nodes")
    args = p.parse_args()
    os.makedirs(args.out, exist_ok=True)
    found = {}
    for name, op, x, more, attributes in cases():
        x = x.astype(FLOAT)
        model = build(name, op, x, more, attributes)
        y = ReferenceEvaluator(model).run(None, {"x": x})[0]
        model = build(name, op, x, more, attributes, y.shape)
        onnx.checker.check_model(model, full_check=True)
        onnx.save(model, os.path.join(args.out, name + ".onnx"))
        found[name] = dict(x=x.ravel().tolist(), shape=list(x.shape),
                           y=[round(float(v), 7) for v in y.ravel()], out=list(y.shape))
    with open(os.path.join(args.out, "nodes.json"), "w") as f:
        f.write("{\n" + ",\n".join(f'"{k}": {json.dumps(v)}' for k, v in found.items()) + "\n}\n")
    print(len(found), "operations")


if __name__ == "__main__":
    main()
