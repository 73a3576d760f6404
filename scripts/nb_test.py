"""Tests of nb.py."""

import json
import pathlib
import random
import subprocess
import sys
import tempfile
import unittest

import nbformat

import nb

TEXT = """# Title

A sentence. 5 minutes.


A text cell of its own, with $x^2$.

```go
import "fmt"

%%
fmt.Println("`raw` and ``` fences")
```

```go tags=["solution"]
x := 1
```

```
not code, because it has no language
```
"""


def damaged(value, chance):
    """Returns a copy of a JSON value with one part replaced, dropped or doubled."""
    strange = [None, True, -1, 1e308, "", "\x00", [], {}, [[]], {"a": []}, "code"]
    if chance.random() < 0.1 or not isinstance(value, (list, dict)) or not value:
        return chance.choice(strange)
    copy = value.copy()
    key = chance.choice(list(value) if isinstance(value, dict) else range(len(value)))
    if chance.random() < 0.2:
        del copy[key]
    else:
        copy[key] = damaged(value[key], chance)
    return copy


class Nb(unittest.TestCase):
    def test_damaged_notebooks_are_refused_or_read(self):
        whole = json.loads(nb.serialize(nb.from_markdown(TEXT)))
        chance, refused = random.Random(1), 0
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "a.ipynb")
            for trial in range(400):
                text = json.dumps(damaged(whole, chance))
                if trial % 10 == 0:
                    text = text[:chance.randrange(len(text))]
                path.write_text(text, encoding="utf-8")
                try:
                    list(nb.faults(path))
                    nb.as_text(nb.read(path))
                except SystemExit as said:
                    refused += 1
                    self.assertRegex(str(said), "^lossland: .*a.ipynb is no notebook: .")
        self.assertGreater(refused, 40)
        self.assertLess(refused, 400)

    def test_text_and_notebook_are_each_others_inverse(self):
        notebook = nb.from_markdown(TEXT)
        self.assertEqual([c.cell_type for c in notebook.cells],
                         ["markdown", "markdown", "code", "code", "markdown"])
        self.assertEqual(notebook.cells[3].metadata,
                         {"tags": ["solution"], "jupyter": {"source_hidden": True}})
        self.assertEqual(nb.as_text(notebook), TEXT)
        again = nb.from_markdown(nb.as_text(notebook))
        self.assertEqual(nb.serialize(again), nb.serialize(notebook))

    def test_same_text_same_bytes_and_ids_are_unique(self):
        text = "```go\nx := 1\n```\n\n```go\nx := 1\n```\n"
        first, second = nb.from_markdown(text), nb.from_markdown(text)
        self.assertEqual(nb.serialize(first), nb.serialize(second))
        self.assertEqual(len({c.id for c in first.cells}), 2)
        nbformat.validate(first)

    def test_check_refuses_outputs_and_clean_removes_them(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "a.ipynb")
            path.write_text(nb.serialize(nb.from_markdown(TEXT)))
            self.assertEqual(self.command("check", path), 0)
            dirty = nbformat.read(path, as_version=4)
            dirty.cells[2].outputs = [nbformat.v4.new_output("stream", text="8")]
            dirty.cells[2].execution_count = 7
            dirty.metadata["widgets"] = {}
            nbformat.write(dirty, path)
            self.assertEqual(self.command("check", path), 1)
            self.assertEqual(self.command("clean", path), 0)
            self.assertEqual(path.read_text(), nb.serialize(nb.from_markdown(TEXT)))
            self.assertEqual(self.command("check", path.with_name("none.ipynb")), 1)

    def test_check_refuses_long_lines_of_code(self):
        with tempfile.TemporaryDirectory() as folder:
            for line, faults in {"\t" + "x" * 80: 0, "\t" + "x" * 81: 1}.items():
                path = pathlib.Path(folder, "a.ipynb")
                text = f"{'x' * 200}\n\n```go\n{line}\n```\n"
                path.write_text(nb.serialize(nb.from_markdown(text)))
                self.assertEqual(len(list(nb.faults(path))), faults, line)
                self.assertEqual(self.command("check", path), faults)

    def test_no_notebook_is_lost(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "a.ipynb")
            whole = nb.serialize(nb.from_markdown(TEXT))
            path.write_text(whole)
            self.assertEqual(self.command("from-text", path), 1)
            self.assertEqual(self.command("clean", path, "-o", path.with_name("b.ipynb")), 1)
            limited = f"trap '' XFSZ; ulimit -f 1; exec {sys.executable} {nb.__file__} clean {path}"
            big = nb.serialize(nb.from_markdown(TEXT + "\n\n" + "word " * 2000))
            path.write_text(big.replace('"cells": [', '"cells":  [', 1))
            before = path.read_text()
            done = subprocess.run(["bash", "-c", limited], stderr=subprocess.DEVNULL)
            self.assertNotEqual(done.returncode, 0)
            self.assertEqual(path.read_text(), before)
            self.assertEqual([p.name for p in pathlib.Path(folder).iterdir()], ["a.ipynb"])

    def test_pasted_pictures_stay(self):
        picture = {"p.png": {"image/png": "iVBORw0KGgo="}}
        whole = nb.from_markdown(TEXT)
        whole.cells[0].source += "\n\n![a](attachment:p.png)"
        whole.cells[0].attachments = {**picture, "unused.png": {"image/png": "AAAA"}}
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "a.ipynb")
            nbformat.write(whole, path)
            self.assertEqual(self.command("clean", path), 0)
            self.assertEqual(nb.read(path).cells[0].attachments, picture)
            self.assertEqual(self.command("check", path), 0)
            self.assertEqual(self.command("to-text", path), 1, "a text can't hold it")
            self.assertEqual([p.name for p in pathlib.Path(folder).iterdir()], ["a.ipynb"])

    def test_what_is_no_text_is_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "a.ipynb")
            whole = nb.serialize(nb.from_markdown(TEXT))
            for content in (whole.replace("A sentence", "\\ud800").encode(), b"\xff\xfe{}", b"{"):
                path.write_bytes(content)
                for command in ("check", "clean", "to-text"):
                    done = subprocess.run([sys.executable, nb.__file__, command, path],
                                          capture_output=True, text=True)
                    self.assertEqual(done.returncode, 1)
                    self.assertRegex(done.stderr, r"^lossland: .*a.ipynb is no notebook: .*\n$")
                self.assertEqual(path.read_bytes(), content)

    def test_what_a_text_cant_hold_is_refused(self):
        cell = nbformat.v4
        cells = {
            "a line's end": cell.new_code_cell('s := "a\u2028b"'),
            "a form feed": cell.new_code_cell("// a\x0cb"),
            "a tag": cell.new_code_cell("x", metadata={"tags": ["active-py"]}),
            "a region": cell.new_markdown_cell("<!-- #region -->\na\n<!-- #endregion -->"),
            "a header": cell.new_markdown_cell("---\ntitle: a\n---"),
        }
        with tempfile.TemporaryDirectory() as folder:
            path, text = pathlib.Path(folder, "a.ipynb"), pathlib.Path(folder, "a.md")
            for what, bad in cells.items():
                with self.subTest(what):
                    notebook = nbformat.v4.new_notebook(cells=[bad])
                    path.write_text(nbformat.writes(notebook), encoding="utf-8")
                    self.assertRegex(self.said("to-text", path), "a.ipynb: the text can't hold ")
                    self.assertFalse(text.exists())
            text.write_text("a\u2028b\n", encoding="utf-8")
            self.assertRegex(self.said("from-text", text), r"line 1 has a U\+2028")

    def test_outputs_that_cant_be_are_sentences(self):
        with tempfile.TemporaryDirectory() as folder:
            path, loop = pathlib.Path(folder, "a.ipynb"), pathlib.Path(folder, "loop")
            path.write_text(nb.serialize(nb.from_markdown(TEXT)))
            loop.symlink_to("loop")
            for bad in (folder, f"{folder}/none/a.md", loop):
                self.said("to-text", path, "-o", bad)
            self.said("clean", loop)

    def said(self, *arguments):
        done = subprocess.run([sys.executable, nb.__file__, *map(str, arguments)],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"^lossland: .*\n$")
        return done.stderr

    def test_setup_and_solutions_are_folded_in_jupyter(self):
        cells = [f'```go tags=["{tag}"]\nx := 1\n```\n' for tag in ("setup", "hide", "answer")]
        folded = [c.metadata.get("jupyter") for c in nb.from_markdown("\n".join(cells)).cells]
        self.assertEqual(folded, [{"source_hidden": True}, None, {"source_hidden": True}])

    def command(self, *arguments):
        return subprocess.run([sys.executable, nb.__file__, *map(str, arguments)],
                              stderr=subprocess.DEVNULL).returncode


if __name__ == "__main__":
    unittest.main()
