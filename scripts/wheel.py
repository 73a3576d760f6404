"""Builds a wheel that holds the command lossland, so that `pip install` of that file gives it
without Go.

    python scripts/wheel.py [--out build/wheel]

The wheel has no Python in it, as those of ruff and uv: the program goes to the environment's bin,
and the plugin comes as the wheel that requirements.in names, beside which the program finds it
(pkg/xla). It runs on Linux amd64 with the C library that the program was linked against or a later
one, which the file's name says (PEP 600). The same sources and versions give the same bytes.
"""
from __future__ import annotations

import argparse
import base64
import hashlib
import os
import pathlib
import platform
import re
import subprocess
import sys
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
NAME = "lossland"
PLUGIN = "fastatomstruct-xla-cpu"  # the wheel that has it.
# What the wheel's name and the program's --version say; a release is made by changing it.
VERSION = "0.1.0"
SUMMARY = ("The loss landscape of a neural network, measured: "
           "surfaces, sharpness, spectra and one page with everything")
# The earliest time that a zip file can say.
EPOCH = (1980, 1, 1, 0, 0, 0)


def build_program(path: pathlib.Path) -> None:
    """Builds the command without paths of this machine in it."""
    command = ["go", "build", "-trimpath", "-buildvcs=false", "-ldflags",
               f"-s -w -X main.release={VERSION}", "-o", str(path), "./cmd/lossland"]
    subprocess.run(command, cwd=ROOT, check=True,
                   env={**os.environ, "CGO_ENABLED": "1", "GOFLAGS": ""})


def plugin_requirement(text: str) -> str:
    """The line of requirements.in that names the plugin's wheel."""
    found = [line.strip() for line in text.splitlines() if line.startswith(PLUGIN)]
    if len(found) != 1:
        raise SystemExit(f"wheel: requirements.in names the plugin {len(found)} times; want once")
    return found[0].split(";")[0].strip()


def modules(text: str) -> list[tuple[str, str]]:
    """Paths and versions of the modules in a program, from what `go version -m` prints."""
    return re.findall(r"^\tdep\t(\S+)\t(\S+)", text, re.MULTILINE)


def notices(program: pathlib.Path) -> bytes:
    """The licences of Go and of every module in the program, one after the other."""
    listed = subprocess.run(["go", "version", "-m", str(program)], check=True, capture_output=True,
                            text=True).stdout
    goroot = subprocess.run(["go", "env", "GOROOT"], check=True, capture_output=True,
                            text=True).stdout.strip()
    parts = [("Go", pathlib.Path(goroot) / "LICENSE")]
    for path, version in modules(listed):
        folder = subprocess.run(["go", "list", "-m", "-f", "{{.Dir}}", path], cwd=ROOT, check=True,
                                capture_output=True, text=True).stdout.strip()
        found = sorted(file for file in pathlib.Path(folder).iterdir()
                       if re.match(r"(licen[cs]e|copying|notice)", file.name, re.IGNORECASE))
        if not found:
            raise SystemExit(f"wheel: the module {path} has no licence in {folder}")
        parts += [(f"{path} {version}", file) for file in found]
    rule = "=" * 100
    return "".join(f"{rule}\n{name}: {file.name}\n{rule}\n{file.read_text(errors='replace')}\n"
                   for name, file in parts if file.is_file()).encode()


def glibc(program: bytes) -> tuple[int, int]:
    """The C library's version that the program's symbols need at least."""
    versions = {(int(a), int(b)) for a, b in re.findall(rb"\bGLIBC_(\d+)\.(\d+)\b", program)}
    # 2.17 is the oldest that manylinux tags know for amd64 in use.
    return max(versions | {(2, 17)})


def entry(content: bytes) -> str:
    """A file's hash and size as RECORD has them."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    return f"sha256={digest},{len(content)}"


def write(out: pathlib.Path, program: bytes, requirement: str, others: bytes) -> pathlib.Path:
    """Writes the wheel and returns its path."""
    major, minor = glibc(program)
    tag = f"py3-none-manylinux_{major}_{minor}_x86_64"
    info = f"{NAME}-{VERSION}.dist-info"
    readme = (ROOT / "docs" / "from-pytorch.md").read_text()
    metadata = "\n".join([
        "Metadata-Version: 2.4", f"Name: {NAME}", f"Version: {VERSION}", f"Summary: {SUMMARY}",
        "License-Expression: Apache-2.0 AND CC-BY-4.0", "License-File: LICENSE",
        "License-File: NOTICE", "License-File: THIRD-PARTY", "Requires-Python: >=3.9",
        f"Requires-Dist: {requirement}", "Description-Content-Type: text/markdown", "", readme])
    wheel = "\n".join(["Wheel-Version: 1.0", "Generator: lossland scripts/wheel.py",
                       "Root-Is-Purelib: false", f"Tag: {tag}", ""])
    files = [(f"{NAME}-{VERSION}.data/scripts/{NAME}", program, 0o755),
             (f"{info}/METADATA", metadata.encode(), 0o644),
             (f"{info}/WHEEL", wheel.encode(), 0o644),
             (f"{info}/licenses/LICENSE", (ROOT / "LICENSE").read_bytes(), 0o644),
             (f"{info}/licenses/NOTICE", (ROOT / "NOTICE").read_bytes(), 0o644),
             (f"{info}/licenses/THIRD-PARTY", others, 0o644)]
    record = "".join(f"{name},{entry(content)}\n" for name, content, _ in files)
    record += f"{info}/RECORD,,\n"
    files.append((f"{info}/RECORD", record.encode(), 0o644))
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"{NAME}-{VERSION}-{tag}.whl"
    unfinished = path.with_suffix(".unfinished")
    with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content, mode in files:
            head = zipfile.ZipInfo(name, EPOCH)
            head.external_attr = (0o100000 | mode) << 16
            head.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(head, content)
    unfinished.replace(path)
    return path


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Build the wheel of the command lossland.")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "build" / "wheel",
                        help="the wheel's folder")
    options = parser.parse_args(arguments)
    if sys.platform != "linux" or platform.machine() != "x86_64":
        print("wheel: the plugin's wheel is for Linux amd64 only, so this one is built there only",
              file=sys.stderr)
        return 1
    options.out.mkdir(parents=True, exist_ok=True)
    program = options.out / NAME
    build_program(program)
    path = write(options.out, program.read_bytes(),
                 plugin_requirement((ROOT / "requirements.in").read_text()), notices(program))
    program.unlink()
    print(f"{path} ({path.stat().st_size / 1e6:.1f} MB)")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
