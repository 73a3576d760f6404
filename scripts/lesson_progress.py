"""What a reader sees while the notebooks are executed: how long it will take, how far it is, and
what is being computed, in the words of the notebooks' headings."""

import json
import pathlib
import re
import sys
import time

import nbformat

import whole_file

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Seconds that each notebook took from nothing on two idle cores, at the scale quick.
TIMES = ROOT / "notebooks" / "seconds.json"
# How much longer the scale full takes.
FULL = 10
# What a notebook takes of which nobody knows more, a cell.
CELL = 3.0


def code_cells(notebook):
    """Returns the places of the cells that are executed."""
    return [i for i, c in enumerate(notebook.cells) if c.cell_type == "code" and c.source.strip()]


def sections(notebook):
    """Returns the heading that each executed cell stands under; the set-up is called that."""
    heading, found = "", []
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            for level, text in re.findall(r"(?m)^(#{1,3}) (.*)$", cell.source):
                heading = "" if level == "#" else text.replace("$", "").strip()
        elif cell.cell_type == "code" and cell.source.strip():
            found.append(heading or "set-up")
    return found


def expected(path, executed, scale):
    """Returns the seconds that each cell of a notebook will take: as long as the last time, where
    there is an executed copy of as many cells, else as long as the project's table says."""
    count = len(code_cells(nbformat.read(path, as_version=4)))
    try:
        last = whole_file.notebook(executed).metadata["lossland"]["cells"]
        if len(last) == count and all(type(s) in (int, float) and s >= 0 for s in last):
            return last
    except (whole_file.Damaged, KeyError, TypeError):
        pass
    known = json.loads(TIMES.read_text()) if TIMES.is_file() else {}
    total = known.get(path.stem, CELL * count) * (FULL if scale == "full" else 1)
    return [total / max(count, 1)] * count


def about(seconds):
    """Says a duration as a person would."""
    if seconds < 55:
        return "less than a minute"
    minutes = round(seconds / 60)
    return "about a minute" if minutes == 1 else f"about {minutes} minutes"


class Progress:
    """Prints a line for each section that is done and, on a terminal, what is being done now."""

    def __init__(self, work, jobs, out=sys.stdout):
        """work maps each notebook to the seconds that its cells will take."""
        self.work, self.jobs, self.out = work, jobs, out
        self.done = {path: 0 for path in work}
        self.section, self.spent = {}, {}
        self.start, self.width = time.monotonic(), 0

    def total(self):
        return sum(sum(cells) for cells in self.work.values())

    def finished(self):
        return sum(sum(cells[:self.done[path]]) for path, cells in self.work.items())

    def left(self):
        """Returns the seconds that are left: what was expected, and more and more what shows."""
        total, finished = self.total(), self.finished()
        elapsed = time.monotonic() - self.start
        first = total / min(self.jobs, max(len(self.work), 1))
        share = finished / total if total else 1
        measured = elapsed / share - elapsed if share else 0
        return share * measured + (1 - share) * max(first - elapsed, first * (1 - share))

    def announce(self):
        count = len(self.work)
        what = "1 notebook" if count == 1 else f"{count} notebooks"
        self.say(f"{what} to execute, {about(self.left())}")

    def cell(self, path, number, section, seconds):
        """A cell is done; a line is printed when the next one is another section's."""
        self.done[path] = number
        if self.section.get(path, section) != section:
            self.close(path)
        self.section[path] = section
        self.spent[path] = self.spent.get(path, 0) + seconds
        if number == len(self.work[path]):
            self.close(path)
        self.status()

    def close(self, path):
        """Prints the line of the section that a notebook has just left."""
        section, seconds = self.section.pop(path, None), self.spent.pop(path, 0)
        if section is None:
            return
        total = self.total()
        share = 100 * self.finished() / total if total else 100
        left = "" if share >= 99.5 else f", {about(self.left())} left"
        self.say(f"{share:3.0f} %  {path.stem[:2]}  {section} ({seconds:.1f} s){left}")

    def status(self):
        """Shows on a terminal what is being computed, on a line that is written over."""
        if not self.out.isatty():
            return
        now = "; ".join(f"{p.stem[:2]}  {s}" for p, s in sorted(self.section.items()))
        self.out.write("\r" + f"      {now}"[:100].ljust(self.width) + "\r")
        self.out.flush()
        self.width = len(now) + 6 if len(now) < 94 else 100

    def say(self, line):
        self.out.write((" " * self.width + "\r" if self.width else "") + line + "\n")
        self.width = 0
        self.out.flush()
