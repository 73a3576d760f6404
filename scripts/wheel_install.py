"""Installs a wheel of lossland as a stranger would, and uses it.

    python scripts/wheel_install.py lossland-….whl [MODEL DATA]

A fresh virtual environment, an empty HOME, nothing in PATH but the system's own programs, no
variable of the project: pip installs the wheel with the plugin that it asks for, and `lossland
check` and `lossland report` are run in an empty folder. It fails where they do, where they fell
back to the pure-Go backend, or where something was left in HOME.
"""
from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import venv

ROOT = pathlib.Path(__file__).resolve().parent.parent
MODEL = ROOT / "pkg" / "onnx" / "testdata" / "mlp.onnx"
# What a packet manager of the place, if there is one, needs to be reached; nothing of the project.
NETWORK = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_TRUSTED_HOST", "PIP_CERT",
           "PIP_CONFIG_FILE", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "HTTP_PROXY", "HTTPS_PROXY",
           "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")


def run(command: list[str], folder: pathlib.Path,
        env: dict[str, str]) -> subprocess.CompletedProcess:
    """Runs a command that must end with 0, and prints what it printed."""
    print("$", " ".join(str(word) for word in command), flush=True)
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True)
    print(done.stdout + done.stderr, end="", flush=True)
    if done.returncode != 0:
        raise SystemExit(f"wheel_install: {command[0]} ended with {done.returncode}")
    return done


def size(folder: pathlib.Path) -> float:
    """What is in a folder, in MB."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6


def main(arguments: list[str]) -> int:
    wheel = pathlib.Path(arguments[0]).resolve()
    model, data = arguments[1:3] if len(arguments) > 2 else (MODEL, MODEL.with_suffix(".npz"))
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        home, work, env = folder / "home", folder / "work", folder / "env"
        home.mkdir()
        work.mkdir()
        venv.create(env, with_pip=True)
        before = size(env)
        clean = {"PATH": "/usr/bin:/bin", "HOME": str(home), "LANG": "C.UTF-8"}
        network = {name: os.environ[name] for name in NETWORK if name in os.environ}
        start = time.monotonic()
        run([str(env / "bin" / "python"), "-m", "pip", "install", "--quiet", "--no-cache-dir",
             "--disable-pip-version-check", str(wheel)], work, clean | network)
        print(f"installed in {time.monotonic() - start:.0f} s: "
              f"wheel {wheel.stat().st_size / 1e6:.1f} MB, "
              f"environment + {size(env) - before:.0f} MB")
        beside = pathlib.Path(model).parent.glob(pathlib.Path(model).name + ".*")
        for file in {model, data, *beside}:
            if pathlib.Path(file).is_file():
                shutil.copy(file, work)
        if shutil.which("go", path=clean["PATH"]):
            print("wheel_install: note: there is a Go in the system's own folders", file=sys.stderr)
        lossland = str(env / "bin" / "lossland")
        names = [pathlib.Path(model).name, pathlib.Path(data).name]
        run([lossland, "--version"], work, clean)
        said = run([lossland, "check", *names, "--budget", "10m"], work, clean)
        report = [lossland, "report", *names, "-o", "report.html", "--planes", "3",
                  "--resolution", "7"]
        said = said.stderr + run(report, work, clean).stderr
        if "pure-Go" in said:
            raise SystemExit("wheel_install: the plugin wasn't found")
        page = (work / "report.html").read_text()
        if "data:image/svg+xml" not in page or not page.rstrip().endswith("</html>"):
            raise SystemExit("wheel_install: report.html is no page with pictures")
        left = [str(path.relative_to(home)) for path in home.rglob("*")]
        if left:
            raise SystemExit(f"wheel_install: HOME isn't empty any more: {left}")
        print(f"report.html: {len(page) / 1e3:.0f} kB; HOME is empty")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
