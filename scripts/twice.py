"""Shows that notebooks give the same result twice, alone and in any order.

    twice.py [NOTEBOOK ...]

Executes the notebooks (all, or those named as for run_notebooks.py) twice, each in a kernel of its
own and the second time in reverse order, and compares what their cells show. Lines that tell how
long something took, or whether it was in the cache, may differ.

Exit status: 0 all are the same, 1 one differs or fails.
"""

import difflib
import pathlib
import re
import subprocess
import sys

import quick_imports  # noqa: F401, before nbformat
import nbformat

import run_notebooks

FOLDER = run_notebooks.ROOT / "build" / "twice"
# What the cache says, what GoNB says about its flags, and the time that a self-test took.
PASSING = re.compile(r"(?m)^(cache: .*|[0-9hms.µ]+s for \d+ questions.*)\n?")


def main():
    paths = [path for path in run_notebooks.find(sys.argv[1:])]
    for round_, order in (("1", paths), ("2", paths[::-1])):
        done = subprocess.run([sys.executable, run_notebooks.__file__, "--force", "--out",
                               FOLDER / round_, *order], check=False)
        if done.returncode:
            sys.exit(done.returncode)
    found = [line for path in paths
             for line in differences(FOLDER / "1" / path.name, FOLDER / "2" / path.name)]
    if found:
        sys.exit("\n".join(found))
    print(f"{len(paths)} notebooks show the same twice, the second time in reverse order")


def differences(first, second):
    """Says where two executed copies of a notebook differ."""
    found = []
    for number, (a, b) in enumerate(zip(shown(first), shown(second)), 1):
        if a != b:
            lines = list(difflib.unified_diff(a.splitlines(), b.splitlines(), "once", "twice",
                                              lineterm="", n=0))[:12]
            found.append(f"lossland: {pathlib.Path(first).stem}, code cell {number}:\n"
                         + "\n".join(line[:300] for line in lines))
    return found


def shown(path):
    """Returns what each code cell of an executed notebook shows, less what may differ."""
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    return [PASSING.sub("", "".join(text(output) for output in cell.outputs)) for cell in cells]


def text(output):
    if output.output_type == "stream":
        return output.text
    return "".join(f"{kind}: {''.join(data)}\n"
                   for kind, data in sorted(output.get("data", {}).items()))


if __name__ == "__main__":
    main()
