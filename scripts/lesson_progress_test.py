"""Tests of lesson_progress.py."""

import io
import json
import pathlib
import tempfile
import unittest

import nbformat

import lesson_progress
import nb

TEXT = """# Title

```go
import "fmt"
```

## 1 · A saddle, $L$

```go
%%
f()
```

### Exercise 1.1

```go
%%
g()
```
"""


class Clock:
    """A clock that the test sets."""

    now = 0.0

    def monotonic(self):
        return self.now


class Lines(unittest.TestCase):
    def setUp(self):
        self.clock, real = Clock(), lesson_progress.time
        lesson_progress.time = self.clock
        self.addCleanup(setattr, lesson_progress, "time", real)

    def progress(self, work, jobs=2, terminal=False):
        out = io.StringIO()
        out.isatty = lambda: terminal
        return lesson_progress.Progress(work, jobs, out), out

    def test_share_time_left_and_heading(self):
        a, b = pathlib.Path("01-a.ipynb"), pathlib.Path("02-b.ipynb")
        progress, out = self.progress({a: [100, 300, 200], b: [600]})
        progress.announce()
        self.clock.now = 100
        progress.cell(a, 1, "set-up", 100)
        self.clock.now = 300
        progress.cell(a, 2, "1 · A saddle", 200)
        progress.cell(a, 3, "1 · A saddle", 2)
        self.clock.now = 600
        progress.cell(b, 1, "set-up", 600)
        self.assertEqual(out.getvalue(), "2 notebooks to execute, about 10 minutes\n"
                         " 33 %  01  set-up (100.0 s), about 8 minutes left\n"
                         " 50 %  01  1 · A saddle (202.0 s), about 5 minutes left\n"
                         "100 %  02  set-up (600.0 s)\n")

    def test_a_terminal_shows_what_is_being_done(self):
        a = pathlib.Path("01-a.ipynb")
        progress, out = self.progress({a: [1, 1]}, terminal=True)
        progress.cell(a, 1, "1 · A saddle", 1)
        self.assertIn("\r      01  1 · A saddle", out.getvalue())

    def test_durations_as_a_person_says_them(self):
        for seconds, want in {20: "less than a minute", 70: "about a minute",
                              530: "about 9 minutes"}.items():
            self.assertEqual(lesson_progress.about(seconds), want)


class Expected(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.path = self.folder / "01-a.ipynb"
        self.notebook = nb.from_markdown(TEXT)
        self.path.write_text(nb.serialize(self.notebook))

    def test_headings(self):
        self.assertEqual(lesson_progress.sections(self.notebook),
                         ["set-up", "1 · A saddle, L", "Exercise 1.1"])

    def test_as_long_as_the_last_time(self):
        executed = self.folder / "executed.ipynb"
        self.notebook.metadata["lossland"] = {"cells": [1, 2, 3]}
        nbformat.write(self.notebook, executed)
        self.assertEqual(lesson_progress.expected(self.path, executed, "quick"), [1, 2, 3])
        for damaged in ([1, 2], ["1", "2", "3"], [1, None, 2], [1, 2, -3], "abc", None):
            self.notebook.metadata["lossland"] = {"cells": damaged}
            nbformat.write(self.notebook, executed)
            self.assertEqual(lesson_progress.expected(self.path, executed, "quick"), [3.0] * 3)

    def test_the_table_knows_every_notebook(self):
        known = json.loads(lesson_progress.TIMES.read_text())
        names = {path.stem for path in (lesson_progress.ROOT / "notebooks").glob("*.ipynb")}
        self.assertEqual(set(known), names)
        full = lesson_progress.expected(lesson_progress.ROOT / "notebooks/08-scorecard.ipynb",
                                        self.folder / "none", "full")
        self.assertAlmostEqual(sum(full), 10 * known["08-scorecard"])


if __name__ == "__main__":
    unittest.main()
