"""Shows that the checks and solutions of the notebooks can fail.

    mutants.py [NOTEBOOK ...]

notebooks/mutants.json lists deliberate faults for each notebook, as pairs of a text that occurs in exactly one code cell and what to put
in its place: a wrong solution, swapped axes, the wrong data. Each faulty cell is executed where the right one stands, and has to end
with a check that fails. (That the right cells succeed is what run_notebooks.py shows.) Of all other cells only the declarations are
executed, several cells' at a time, so that with trained models in the cache a fault costs two seconds or so. A fault must not lie
within what lesson.Cached computes: the cache would keep it.

Without a NOTEBOOK (the beginning of a name) it tests all that are listed. Exit status: 0 every fault was caught, 1 one wasn't.
"""

import concurrent.futures
import json
import os
import pathlib
import re
import sys
import time

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from run_notebooks import error_text, say

ROOT = pathlib.Path(__file__).resolve().parent.parent
CHECK = re.compile(r"\blesson\.(Check\w*|Solution)\(")
ALONE = re.compile(r"(?m)^(!|%|import\b)")
CAUGHT = "lesson: check failed: "


def main():
    os.environ.setdefault("LESSON_SCALE", "quick")
    table = read_table()
    names = [n for n in table if not sys.argv[1:] or any(n.startswith(a) for a in sys.argv[1:])]
    if not names:
        sys.exit(f"lossland: no notebook called {', '.join(sys.argv[1:])} in notebooks/mutants.json")
    # Two kernels at a time: a cell keeps little more than one core busy.
    with concurrent.futures.ProcessPoolExecutor(max_workers=2) as pool:
        missed = [fault for found in pool.map(examine, names, [table[n] for n in names]) for fault in found]
    say(f"{sum(len(table[n]) for n in names)} faults in {len(names)} notebooks, {len(missed)} not caught")
    if missed:
        sys.exit("lossland: not caught: " + "; ".join(missed))


def read_table():
    return json.loads((ROOT / "notebooks" / "mutants.json").read_text(encoding="utf-8"))


def code_cells(name):
    notebook = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)
    return notebook, [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]


def problems(name, faults, cells):
    """Says what is wrong with a notebook's list of faults: texts that aren't in one cell, checks without a fault."""
    found = []
    for text, replacement in faults:
        holders = [cell for cell in cells if text in cell.source]
        if len(holders) != 1 or holders[0].source.count(text) != 1:
            found.append(f"{name}: {text!r} occurs in {len(holders)} cells, want once in one")
        if text == replacement:
            found.append(f"{name}: {text!r} is replaced by itself")
    for cell in cells:
        if CHECK.search(cell.source) and not any(text in cell.source for text, _ in faults):
            found.append(f"{name}: no fault for the cell with {CHECK.search(cell.source)[0]}… in {cell.source.splitlines()[-1]!r}")
    return found


def examine(name, faults):
    """Executes a notebook with its faults. Returns those that weren't caught."""
    notebook, cells = code_cells(name)
    wrong = problems(name, faults, cells)
    if wrong:
        sys.exit("lossland: " + "\nlossland: ".join(wrong))
    say(f"{name}: {len(faults)} faults")
    missed = []
    client = NotebookClient(
        notebook, kernel_name="gonb", timeout=600, startup_timeout=120,
        resources={"metadata": {"path": str(ROOT / "notebooks")}},
    )
    with client.setup_kernel():
        waiting = []  # declarations that no fault has needed yet
        for cell in cells:
            mutants = [(text, new) for text, new in faults if text in cell.source]
            if mutants:
                for source in batches(waiting):
                    run(client, source)
                waiting = []
            for text, new in mutants:
                if not caught(client, cell, text, new, name[:2]):
                    missed.append(f"{name}: {text!r} → {new!r}")
            waiting.append(declarations(cell.source))
    return missed


def batches(sources):
    """Joins the declarations of several cells; commands of GoNB and imports stay in cells of their own."""
    joined = []
    for source in filter(str.strip, sources):
        if joined and not ALONE.search(source) and not ALONE.search(joined[-1]):
            joined[-1] += "\n\n" + source
        else:
            joined.append(source)
    return joined


def caught(client, cell, text, new, label):
    start = time.monotonic()
    output = run(client, cell.source.replace(text, new), may_fail=True)
    ok = output is not None and CAUGHT in output
    say(f"  {label} {time.monotonic() - start:6.1f} s  {'caught' if ok else 'NOT CAUGHT'}  {text.strip()[:60]}  →  {new.strip()[:60]}")
    if output is not None and not ok:
        say("    it failed otherwise: " + output.strip()[-600:])
    return ok


def run(client, source, may_fail=False):
    """Executes source as a cell of its own. Returns what it printed if it failed, else None."""
    if not source.strip():
        return None
    cell = nbformat.v4.new_code_cell(source)
    client.nb.cells.append(cell)
    try:
        client.execute_cell(cell, len(client.nb.cells) - 1)
    except CellExecutionError as error:
        if may_fail:
            return error_text(cell) or str(error)
        sys.exit(f"lossland: a cell fails without any fault:\n{source}\n{error_text(cell)}")
    return None


def declarations(source):
    """Returns what of a cell the others may need: all before its main program."""
    return re.split(r"(?m)^%%.*$", source, maxsplit=1)[0]


if __name__ == "__main__":
    main()
