"""Shows that the checks and solutions of the notebooks can fail.

    mutants.py [NOTEBOOK ...]

notebooks/mutants.json lists deliberate faults for each notebook, as pairs of a text that occurs in
exactly one code cell and what to put in its place: a wrong solution, swapped axes, the wrong data.
A fault is caught where a check fails by it, and every check of the notebook, by its name, has to be
the one that fails for some fault. (That the right cells succeed is what run_notebooks.py shows.)

A fault in a cell without checks is tried on the next cell that has some. Faults in a cell's main
program are compiled into one program, each as a function whose panic is caught, and a last one is
the right program, which must still succeed. Of all other cells only the declarations are executed,
several cells' at a time. A fault must not lie within what session.Cached computes: the cache would
keep it.

Without a NOTEBOOK (the beginning of a name) it tests all that are listed. Exit status: 0 every
fault was caught, 1 one wasn't.
"""

import concurrent.futures
import dataclasses
import json
import os
import pathlib
import re
import sys
import time

import quick_imports  # noqa: F401, before nbformat
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from run_notebooks import error_text, say

ROOT = pathlib.Path(__file__).resolve().parent.parent
CHECK = re.compile(r"\blesson\.(Check\w*|Solution)\(")
LITERAL = re.compile(r'"(?:[^"\\]|\\.)*"|`[^`]*`')
ALONE = re.compile(r"(?m)^(!|%|import\b)")
CAUGHT = re.compile(r"lesson: check failed: (.*)")
OUTCOME = re.compile(r"(?m)^fault (\d+): (.*)$")
FINE = "<nil>"  # what Go's recover gives where nothing panicked


@dataclasses.dataclass
class Fault:
    text: str
    new: str
    home: int  # the cell that holds the text
    target: int  # the cell whose checks are to notice: the same, or the next that has any
    failed: str | None = None  # the name of the check that failed, None where none did
    said: str = ""

    def __str__(self):
        return f"{self.text.strip()[:60]}  →  {self.new.strip()[:60]}"


def main():
    os.environ.setdefault("LESSON_SCALE", "quick")
    os.environ["LESSON_HEADLESS"] = "1"
    table = read_table()
    names = [n for n in table if not sys.argv[1:] or any(n.startswith(a) for a in sys.argv[1:])]
    if not names:
        sys.exit(f"lossland: no notebook called {', '.join(sys.argv[1:])} "
                 "in notebooks/mutants.json")
    # The longest first, so that the two workers end together
    names.sort(key=lambda n: -len(table[n]))
    # Two kernels at a time: a cell keeps little more than one core busy.
    with concurrent.futures.ProcessPoolExecutor(max_workers=2) as pool:
        found = list(pool.map(examine, names, [table[n] for n in names]))
    missed = [fault for m, _ in found for fault in m]
    uncovered = [check for _, u in found for check in u]
    say(f"{sum(len(table[n]) for n in names)} faults in {len(names)} notebooks, "
        f"{len(missed)} not caught, {len(uncovered)} checks that none makes fail")
    for check in uncovered:
        say(f"  no fault makes it fail: {check}")
    if missed:
        sys.exit("lossland: not caught: " + "; ".join(missed))
    if uncovered:
        sys.exit("lossland: give these checks a fault in notebooks/mutants.json")


def read_table():
    return json.loads((ROOT / "notebooks" / "mutants.json").read_text(encoding="utf-8"))


def code_cells(name):
    notebook = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)
    return notebook, [cell for cell in notebook.cells
                      if cell.cell_type == "code" and cell.source.strip()]


def checks(source):
    """Returns the checks of a cell: their names as the source writes them, each with a pattern of
    what a failure says."""
    found = {}
    code = re.sub(r"(?m)^\s*//.*$", "", source)
    for match in CHECK.finditer(code):
        name = first_argument(code[match.end():])
        prefix = "solution " if match[1] == "Solution" else ""
        found[prefix + name] = re.compile(re.escape(prefix) + pattern(name) + ": ")
    return found


def first_argument(code):
    """Returns the text up to the comma that ends the first argument."""
    depth, position = 0, 0
    while position < len(code):
        literal = LITERAL.match(code, position)
        if literal:
            position = literal.end()
            continue
        depth += (code[position] in "([{") - (code[position] in ")]}")
        if depth < 0 or (depth == 0 and code[position] == ","):
            break
        position += 1
    return code[:position].strip()


def pattern(expression):
    """Returns a regular expression for the value of a Go expression: its string literals, and
    anything between them."""
    parts, position = [], 0
    for literal in LITERAL.finditer(expression):
        parts.append(".*" if expression[position:literal.start()].strip(" +") else "")
        text = literal[0][1:-1] if literal[0][0] == "`" else json.loads(literal[0])
        parts.append(".*".join(map(re.escape, re.split(r"%[-+ #0-9.]*[a-zA-Z]", text))))
        position = literal.end()
    parts.append(".*" if expression[position:].strip(" +") else "")
    return "".join(parts)


def failed_check(said, source):
    """Returns the name of the check of a cell that a panic's message tells of, None if it tells of
    none."""
    message = CAUGHT.search(said)
    if message is None:
        return None
    matching = [name for name, what in checks(source).items() if what.match(message[1])]
    return max(matching, key=len, default=None)


def locate(faults, cells):
    """Returns the faults with the cells that they concern."""
    found = []
    for text, new in faults:
        home = next(i for i, cell in enumerate(cells) if text in cell.source)
        target = next((i for i in range(home, len(cells)) if checks(cells[i].source)), None)
        found.append(Fault(text, new, home, target))
    return found


def problems(name, faults, cells):
    """Says what is wrong with a notebook's list of faults: texts that aren't in one cell, checks
    without a fault."""
    found = []
    for text, replacement in faults:
        holders = [cell for cell in cells if text in cell.source]
        if len(holders) != 1 or holders[0].source.count(text) != 1:
            found.append(f"{name}: {text!r} occurs in {len(holders)} cells, want once in one")
        if text == replacement:
            found.append(f"{name}: {text!r} is replaced by itself")
    if found:
        return found
    targets = {fault.target for fault in locate(faults, cells)}
    if None in targets:
        found.append(f"{name}: a fault lies after the last check")
    for i, cell in enumerate(cells):
        if checks(cell.source) and i not in targets:
            found.append(f"{name}: no fault for the cell with the check "
                         f"{next(iter(checks(cell.source)))}")
    return found


def examine(name, table):
    """Executes a notebook with its faults. Returns those that weren't caught, and the checks that
    failed for none."""
    notebook, cells = code_cells(name)
    wrong = problems(name, table, cells)
    if wrong:
        sys.exit("lossland: " + "\nlossland: ".join(wrong))
    start, faults = time.monotonic(), locate(table, cells)
    client = NotebookClient(
        notebook, kernel_name="gonb", timeout=600, startup_timeout=120,
        resources={"metadata": {"path": str(ROOT / "notebooks")}},
    )
    with client.setup_kernel():
        waiting = []  # declarations that no fault has needed yet
        for i, cell in enumerate(cells):
            here = [fault for fault in faults if fault.target == i]
            if here:
                for source in batches(waiting):
                    run(client, source)
                waiting = [declarations(cells[k].source)
                           for k in sorted({f.home for f in here if f.home != i})]
                try_all(client, cells, i, here, name[:2])
            waiting.append(declarations(cell.source))
    covered = {(fault.target, fault.failed) for fault in faults}
    say(f"{name}: {len(faults)} faults, {time.monotonic() - start:.0f} s")
    return ([f"{name}: {f.text!r} → {f.new!r}" for f in faults if f.failed is None],
            [f"{name}: {check}" for i, cell in enumerate(cells)
             for check in checks(cell.source) if (i, check) not in covered])


def batches(sources):
    """Joins the declarations of several cells; commands of GoNB and imports stay in cells of their
    own."""
    joined = []
    for source in filter(str.strip, sources):
        if joined and not ALONE.search(source) and not ALONE.search(joined[-1]):
            joined[-1] += "\n\n" + source
        else:
            joined.append(source)
    return joined


def try_all(client, cells, target, faults, label):
    """Tries the faults that a cell's checks are to notice, and notes in each what came of it."""
    start, source = time.monotonic(), cells[target].source
    homes = sorted({f.home for f in faults} - {target})
    head, body = split(source)
    inside = [f for f in faults if f.home == target and f.text in body]
    bodies = [body.replace(f.text, f.new) for f in inside] + [body]
    outcomes = together(client, head, bodies) if inside else {}
    for number, fault in enumerate(inside):
        fault.said = outcomes.get(number, "")
    if outcomes and outcomes.get(len(inside)) != FINE:
        say(f"  {label} after its faults the right program fails: "
            f"{outcomes.get(len(inside), 'it was not reached')[:300]}")
        outcomes = {}
    for fault in faults:
        if fault not in inside or not outcomes:
            fault.said = run(client, alone(cells, fault, homes), may_fail=True)
        fault.failed = failed_check(fault.said, source)
        say(f"  {label} {f'fails {fault.failed}' if fault.failed else 'NOT CAUGHT'}:  {fault}")
        if fault.failed is None and fault.said not in ("", FINE):
            say("    it said: " + fault.said.strip()[-600:])
    say(f"  {label} {time.monotonic() - start:6.1f} s for {len(faults)}")


def alone(cells, fault, homes):
    """Returns the program with one fault: the cell whose checks are to notice, after the
    declarations of all cells at fault, so that none is left over from the fault before."""
    sources = [declarations(cells[home].source) for home in homes] + [cells[fault.target].source]
    return "\n\n".join(source.replace(fault.text, fault.new) for source in sources)


def together(client, head, bodies):
    """Executes several main programs as functions of one. Returns what each panicked with, by
    number; none if it doesn't compile."""
    functions = "\n".join(f"\tfunc() {{\n{body}\n\t}}," for body in bodies)
    source = f"""{head}
%%
for number, program := range []func(){{
{functions}
}} {{
	func() {{
		defer func() {{ fmt.Printf("\\nfault %d: %v\\n", number, recover()) }}()
		program()
	}}()
}}"""
    return {int(number): said
            for number, said in OUTCOME.findall(run(client, source, may_fail=True))}


def run(client, source, may_fail=False):
    """Executes source as a cell of its own. Returns what it printed."""
    if not source.strip():
        return ""
    cell = nbformat.v4.new_code_cell(source)
    client.nb.cells.append(cell)
    try:
        client.execute_cell(cell, len(client.nb.cells) - 1)
    except CellExecutionError:
        if not may_fail:
            sys.exit(f"lossland: a cell fails without any fault:\n{source}\n{error_text(cell)}")
    return error_text(cell)


def split(source):
    """Divides a cell into its declarations and its main program."""
    head, *body = re.split(r"(?m)^%%.*$", source, maxsplit=1)
    return head, "".join(body)


def declarations(source):
    """Returns what of a cell the others may need: all before its main program."""
    return split(source)[0]


if __name__ == "__main__":
    main()
