"""Tests that an editor gets the kernel: VS Code, say, started from a menu, knows the Python
interpreter in .venv and nothing else. Its environment has no Go in the PATH and none of
scripts/env.sh."""

import os
import pathlib
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
NOTEBOOKS = ROOT / "notebooks"
# What the editor's side does: look the kernel up by its name, start it in the notebook's folder,
# run the cells.
EDITOR = """
import sys
import nbformat
from nbclient import NotebookClient
notebook = nbformat.read(sys.argv[1], as_version=4)
code = [cell for cell in notebook.cells if cell.cell_type == "code"]
last = '%%\\nfmt.Println("digits:", must.M1(datasets.Digits()).Test.Len())'
notebook.cells = [*code[:2], nbformat.v4.new_code_cell(last)]
where = {"metadata": {"path": sys.argv[2]}}
NotebookClient(notebook, kernel_name="gonb", timeout=300, resources=where).execute()
print(notebook.cells[-1].outputs[0].text)
"""

WHICH = """
import nbformat
from nbclient import NotebookClient
cell = nbformat.v4.new_code_cell("!command -v gopls || echo none")
notebook = nbformat.v4.new_notebook(cells=[cell])
NotebookClient(notebook, kernel_name="gonb", timeout=300).execute()
print(cell.outputs[0].text.strip())
"""


class Completion(unittest.TestCase):
    def test_gopls_is_started_for_readers_only(self):
        ours = str(ROOT / "scripts" / "editor-path" / "gopls")
        for headless, found in {"": True, "1": False}.items():
            done = subprocess.run([ROOT / ".venv/bin/python", "-c", WHICH], cwd=NOTEBOOKS,
                                  text=True, env={**os.environ, "LESSON_HEADLESS": headless},
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300)
            self.assertEqual(done.stdout.splitlines()[-1] == ours, found, done.stdout)


class Root(unittest.TestCase):
    def test_root_is_told_what_jupyter_wants(self):
        with tempfile.TemporaryDirectory() as folder:
            fake = pathlib.Path(folder, "id")
            fake.write_text("#!/bin/sh\necho 0\n")
            fake.chmod(0o755)
            done = subprocess.run([ROOT / "scripts/jupyter.sh"], text=True, capture_output=True,
                                  env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"})
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("make jupyter JUPYTER_ARGS=--allow-root", done.stderr)


class Editor(unittest.TestCase):
    def test_kernel_from_a_bare_environment(self):
        before = sorted(NOTEBOOKS.iterdir())
        # IPython makes its folder in the HOME of whoever imports it: here it's kept out of there.
        bare = {"HOME": os.environ["HOME"], "PATH": "/usr/bin:/bin",
                "IPYTHONDIR": str(ROOT / ".cache/ipython")}
        done = subprocess.run([ROOT / ".venv/bin/python", "-c", EDITOR,
                               NOTEBOOKS / "08-scorecard.ipynb", NOTEBOOKS],
                              env=bare, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, timeout=600)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("digits: 360", done.stdout)
        self.assertEqual(sorted(NOTEBOOKS.iterdir()), before,
                         "nothing may be left beside the notebooks")


if __name__ == "__main__":
    unittest.main()
