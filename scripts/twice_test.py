"""Tests of scripts/twice.py that need no kernel."""

import pathlib
import tempfile
import unittest

import nbformat

import twice


class Twice(unittest.TestCase):
    def write(self, name, *printed):
        outputs = [[nbformat.v4.new_output("stream", text=text)] for text in printed]
        cells = [nbformat.v4.new_code_cell("f()", outputs=shown) for shown in outputs]
        path = pathlib.Path(self.folder.name) / name
        nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
        return path

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def test_times_and_the_cache_may_differ(self):
        once = self.write("a.ipynb",
                          "cache: miss  train 1a2b3c4d (computed in 4.3 s)\nloss 0.25\n",
                          "1m2s for 3 questions (two minutes each are 6m0s)\n")
        again = self.write("b.ipynb", "cache: hit   train 1a2b3c4d (saved 4.3 s)\nloss 0.25\n",
                           "0s for 3 questions (two minutes each are 6m0s)\n")
        self.assertEqual(twice.differences(once, again), [])

    def test_a_number_may_not(self):
        once = self.write("a.ipynb", "one\n", "loss 0.25\n")
        again = self.write("b.ipynb", "one\n", "loss 0.26\n")
        found = twice.differences(once, again)
        self.assertEqual(len(found), 1)
        self.assertIn("a, code cell 2", found[0])
        self.assertIn("-loss 0.25\n+loss 0.26", found[0])


if __name__ == "__main__":
    unittest.main()
