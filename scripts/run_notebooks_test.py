"""Tests of run_notebooks.py with the real GoNB kernel."""

import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import nbformat

import nb
import run_notebooks

SCRIPT = pathlib.Path(run_notebooks.__file__)
# A cell that writes a file again and again, without end.
ENDLESS = '%%%%\nfor { os.WriteFile("%s", nil, 0o644); time.Sleep(200 * time.Millisecond) }'


def notebook(folder, name, *cells):
    """Writes a notebook of code cells and returns its path."""
    path = pathlib.Path(folder) / f"{name}.ipynb"
    code = (f"%noautoget\n{cells[0]}", *cells[1:])
    text = "# Title\n\nAbout nothing. 5 minutes.\n\n"
    text += "".join(f"```go\n{cell}\n```\n\n" for cell in code)
    path.write_text(nb.serialize(nb.from_markdown(text)))
    return path


def run(folder, *paths, **environment):
    """Runs the script as make does; returns its status and everything it said."""
    done = subprocess.run(
        [sys.executable, SCRIPT, "--out", f"{folder}/out", *map(str, paths)],
        env={**os.environ, **environment}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, timeout=120,
    )
    return done.returncode, done.stdout


class RunNotebooks(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = temporary.name

    def test_what_cant_be_meant_is_a_sentence(self):
        path = pathlib.Path(self.folder, "a.ipynb")
        path.write_text("{")
        status, said = run(self.folder, path)
        self.assertEqual(status, 1)
        self.assertRegex(said, r"^lossland: .*a.ipynb is no notebook: .*\n$")
        notebook(self.folder, "a", "%%\nfmt.Println(1)")
        for timeout in ("abc", "0", "-1", "1.5", ""):
            status, said = run(self.folder, path, LESSON_CELL_TIMEOUT=timeout)
            self.assertEqual(status, 1)
            self.assertRegex(said, r"^lossland: LESSON_CELL_TIMEOUT is .*a number of seconds\n$")

    def test_no_copy_replaces_a_source_or_another_copy(self):
        folder = pathlib.Path(self.folder)
        for name in ("a", "b", "out"):
            (folder / name).mkdir()
        cell = "%%\nfmt.Println(1)"
        first, second = notebook(folder / "a", "s", cell), notebook(folder / "b", "s", cell)
        source = notebook(folder / "out", "s", cell)
        failed = notebook(folder / "b", "s.failed", cell)
        before = source.read_bytes()
        for paths, fault in (((source,), "a source"), ((first, second), "one executed copy"),
                             ((first, failed), "one executed copy")):
            status, said = run(self.folder, *paths)
            self.assertEqual(status, 1)
            self.assertRegex(said, f"^lossland: .*{fault}.*\n$")
        self.assertEqual(source.read_bytes(), before)
        self.assertEqual([p.name for p in (folder / "out").iterdir()], ["s.ipynb"])

    def test_executes_then_skips_then_executes_what_changed(self):
        path = notebook(self.folder, "a", '%%\nfmt.Print("\\r10%\\r100%\\n"); fmt.Println("end")',
                        "%%\nfmt.Println(os.Getwd())")
        status, said = run(self.folder, path)
        self.assertEqual(status, 0, said)
        self.assertRegex(said, r"^1 notebook to execute, less than a minute\n"
                               r"100 %  a  set-up \(\d+\.\d s\)\n1 of 1 notebooks")
        executed = nbformat.read(f"{self.folder}/out/a.ipynb", as_version=4)
        self.assertEqual([o.text for o in executed.cells[1].outputs], ["100%\nend\n"],
                         "streams must be one piece, without \\r")
        self.assertEqual(executed.metadata.language_info.pygments_lexer, "go")
        self.assertEqual(nbformat.read(path, as_version=4).cells[1].outputs, [],
                         "the source must stay without outputs")

        self.assertIn("done before: a\n", run(self.folder, path)[1])
        full = {"LESSON_SCALE": "full"}
        self.assertIn("1 notebook to", run(self.folder, path, **full)[1],
                      "another scale is another result")
        notebook(self.folder, "a", "%%\nfmt.Println(3)")
        self.assertIn("1 notebook to", run(self.folder, path, **full)[1],
                      "another notebook is another result")

    def test_failure_shows_source_and_error_and_goes_on(self):
        broken = {
            "compile": ("%%\nthisDoesNotExist()", "undefined: thisDoesNotExist"),
            "exit": ('%%\nfmt.Println("before"); os.Exit(3)', "exit status 3"),
            "panics": ('%%\npanic("the number 42")', "the number 42"),
        }
        paths = [notebook(self.folder, name, cell, "%%\nfmt.Println(1)")
                 for name, (cell, _) in broken.items()]
        good = notebook(self.folder, "z", "%%\nfmt.Println(1)")
        status, said = run(self.folder, *paths, good)
        self.assertEqual(status, 1)
        for name, (cell, message) in broken.items():
            self.assertIn(cell, said)
            self.assertIn(message, said)
            self.assertFalse(pathlib.Path(self.folder, "out", f"{name}.ipynb").exists())
            self.assertTrue(pathlib.Path(self.folder, "out", f"{name}.failed.ipynb").exists())
        self.assertIn("1 of 4 notebooks executed", said)
        self.assertTrue(pathlib.Path(self.folder, "out", "z.ipynb").exists(),
                        "the others must still run")
        self.assertIn("lossland: failed: compile, exit, panics", said)

    def test_timeout_ends_the_cells_program(self):
        marker = f"{self.folder}/alive"
        slow = notebook(self.folder, "slow", ENDLESS % marker)
        status, said = run(self.folder, slow, LESSON_CELL_TIMEOUT="5")
        self.assertEqual(status, 1)
        self.assertIn("took more than 5 s (LESSON_CELL_TIMEOUT", said)
        pathlib.Path(marker).unlink()
        time.sleep(1)
        self.assertFalse(pathlib.Path(marker).exists(), "the cell's program outlived the timeout")

    def test_interruption_keeps_what_is_done(self):
        self.interrupt(lambda process: os.killpg(process.pid, signal.SIGINT))  # as Ctrl-C does

    def test_termination_leaves_nothing_running(self):
        self.interrupt(lambda process: process.terminate())

    def interrupt(self, how):
        marker = pathlib.Path(self.folder, "alive")
        good = notebook(self.folder, "a", "%%\nfmt.Println(1)")
        slow = notebook(self.folder, "b", ENDLESS % marker)
        command = [sys.executable, SCRIPT, "--out", f"{self.folder}/out", good, slow]
        process = subprocess.Popen(command,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                   start_new_session=True)
        done = pathlib.Path(self.folder, "out", "a.ipynb")
        deadline = time.monotonic() + 60
        while not (marker.exists() and done.exists()) and time.monotonic() < deadline:
            time.sleep(0.1)
        how(process)
        said, _ = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130, said)
        self.assertIn("interrupted", said)
        marker.unlink()
        time.sleep(1)
        self.assertFalse(marker.exists(), "the cell's program outlived the interruption")
        self.assertEqual(sorted(p.name for p in pathlib.Path(self.folder, "out").iterdir()),
                         ["a.ipynb"])

    def test_two_at_a_time(self):
        """Each of two notebooks waits for the other: one after the other they would never end."""
        cell = """%%%%
os.WriteFile("%(folder)s/%(mine)s", nil, 0o644)
for i := 0; ; i++ {
	if _, err := os.Stat("%(folder)s/%(other)s"); err == nil { break }
	if i > 200 { panic("alone") }
	time.Sleep(100 * time.Millisecond)
}"""
        both = {"folder": self.folder, "mine": "one", "other": "two"}
        a = notebook(self.folder, "a", cell % both)
        b = notebook(self.folder, "b", cell % {**both, "mine": "two", "other": "one"})
        status, said = run(self.folder, a, b)
        self.assertEqual(status, 0, said)
        self.assertIn("2 of 2 notebooks executed", said)
        status, said = run(self.folder, "--force", "--jobs", "1",
                           *[notebook(self.folder, name, "%%\nfmt.Println(1)") for name in "ab"])
        self.assertRegex(said, r"(?s) %  a  set-up.* %  b  set-up",
                         "one at a time keeps their order")

    def test_bad_calls_are_refused(self):
        for arguments, environment, message in [
            (["no-such"], {}, "no notebook is called 'no-such'"),
            ([], {"LESSON_SCALE": "huge"}, "LESSON_SCALE is 'huge'"),
        ]:
            status, said = run(self.folder, *arguments, **environment)
            self.assertEqual(status, 1)
            self.assertIn(message, said)

    def test_no_notebook_is_a_failure(self):
        root, run_notebooks.ROOT = run_notebooks.ROOT, pathlib.Path(self.folder)
        self.addCleanup(setattr, run_notebooks, "ROOT", root)
        with self.assertRaisesRegex(SystemExit, "matches nothing"):
            run_notebooks.find([])


if __name__ == "__main__":
    unittest.main()
