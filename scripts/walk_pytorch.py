"""The walk of a new user: a Python file with a PyTorch model, its export, `lossland check`,
`lossland report`.

    python scripts/walk_pytorch.py PYTHON LOSSLAND

PYTHON is an interpreter with PyTorch, LOSSLAND the command. It fails where a step does, where the
loss isn't PyTorch's to 1e-5, where BatchNorm was folded, or where the page lacks its parts.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

SCRIPTS = pathlib.Path(__file__).resolve().parent


def run(*command: str, folder: str) -> str:
    """What a command printed, which must end with 0."""
    print("$", *command, flush=True)
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    print(done.stderr, end="", flush=True)
    if done.returncode != 0:
        raise SystemExit(f"walk_pytorch: {command[0]} ended with {done.returncode}: {done.stdout}")
    return done.stdout


def main(python: str, lossland: str) -> None:
    python, lossland = str(pathlib.Path(python).absolute()), str(pathlib.Path(lossland).absolute())
    with tempfile.TemporaryDirectory() as folder:
        run(python, str(SCRIPTS / "from_pytorch.py"), folder, folder=folder)
        print(run(lossland, "check", "model.onnx", "data.npz", "--budget", "10m", folder=folder))
        measured = json.loads(run(lossland, "sharpness", "model.onnx", "data.npz", "--measures",
                                  "first-order", "--json", folder=folder))
        expected = json.loads((pathlib.Path(folder) / "expected.json").read_text())
        if abs(measured["loss"] - expected["loss"]) > 1e-5 * abs(expected["loss"]):
            raise SystemExit(f"walk_pytorch: the loss is {measured['loss']}, "
                             f"PyTorch's {expected['loss']}")
        run(lossland, "report", "model.onnx", "data.npz", "-o", "report.html", "--planes", "3",
            "--resolution", "7", folder=folder)
        page = (pathlib.Path(folder) / "report.html").read_text()
        for text in ("model.onnx", "data.npz", "64 examples",
                     "lossland report model.onnx data.npz", "data:image/svg+xml"):
            if text not in page:
                raise SystemExit(f"walk_pytorch: the page lacks {text!r}")
        if "fold" in page:
            raise SystemExit("walk_pytorch: the export folded BatchNorm")
    print("From PyTorch to the page: done, with PyTorch's loss")


if __name__ == "__main__":
    main(*sys.argv[1:3])
