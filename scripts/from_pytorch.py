"""A PyTorch model as a user has it: trained a little, exported with the lines of
docs/from-pytorch.md, with its data.

    python scripts/from_pytorch.py FOLDER

leaves model.onnx and data.npz in the folder, and expected.json with PyTorch's loss. It needs
PyTorch (.venv-bench) and onnx; `make test-pytorch` runs it, then lossland on what it left. The
tests of cmd/lossland run the same on committed files.
"""
import json
import pathlib
import sys

import numpy as np
import torch
from torch import nn


def main(folder: pathlib.Path) -> None:
    torch.manual_seed(1)
    inputs = torch.randn(64, 1, 8, 8)
    labels = (inputs.mean(dim=(1, 2, 3)) > 0).long()
    model = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(),
                          nn.MaxPool2d(2), nn.Flatten(), nn.Dropout(0.1), nn.Linear(64, 2))
    adam, loss = torch.optim.Adam(model.parameters(), 0.01), nn.CrossEntropyLoss()
    for _ in range(30):
        adam.zero_grad()
        loss(model(inputs), labels).backward()
        adam.step()

    model.eval()
    x = inputs[:2]
    torch.onnx.export(model, (x,), str(folder / "model.onnx"),
                      input_names=["x"], output_names=["logits"], dynamo=False,
                      dynamic_axes={"x": {0: "batch"}, "logits": {0: "batch"}},
                      training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False)
    np.savez(folder / "data.npz", x=inputs.numpy(), y=labels.numpy())
    with torch.no_grad():
        expected = loss(model(inputs), labels).item()
    (folder / "expected.json").write_text(json.dumps({"loss": expected}))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
