"""Installs the Python packages of the project into the environment that runs this, and says how far
it is. Before it nothing but Python is there.

    install.py

requirements.txt has everything with what it asks for; scripts/axe.txt one package of which only a
file is used, so nothing that it asks for is installed.
"""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
STARTED = re.compile(r"^Collecting (\S+?)(?:[<>=!~ \[(]|$)")


def main():
    lists = [(ROOT / "requirements.txt", []), (ROOT / "scripts" / "axe.txt", ["--no-deps"])]
    total = sum(len(pinned(path)) for path, _ in lists)
    seen = set()
    for path, options in lists:
        pip = subprocess.Popen(
            [sys.executable, "-m", "pip", "install", "--progress-bar", "off", "--require-hashes",
             *options, "--requirement", path],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        said = []
        for line in pip.stdout:
            said.append(line)
            if match := STARTED.match(line.strip()):
                seen.add(match[1].lower())
                show(f"Python packages: {len(seen)} of {total}, {match[1]}")
            elif line.startswith("Installing collected"):
                show("Python packages: unpacking")
        if pip.wait():
            sys.exit("".join(said[-20:]) + "lossland: pip could not install the packages; the same "
                     "command goes on from here")
    show("")
    print(f"Python packages: {total} are there")


def pinned(path):
    """Returns the names of the packages that a list pins, whatever system they are for."""
    return re.findall(r"(?m)^([A-Za-z0-9._-]+)==", path.read_text(encoding="utf-8"))


def show(line, out=sys.stdout):
    """Writes a line over the last one, on a terminal."""
    if out.isatty():
        out.write("\r" + line[:78].ljust(78) + "\r")
        out.flush()


if __name__ == "__main__":
    main()
