"""Tests with the real kernel that figures don't overtake the text printed before them."""

import unittest

import quick_imports  # noqa: F401, before nbformat
import nbformat
from nbclient import NotebookClient

TIMES = 100
CELL = f"""import (
	"fmt"

	"github.com/janpfeifer/must"

	"lossland/pkg/viz/gonb"
)

%%
for i := range {TIMES} {{
	fmt.Println("before", i)
	must.M(gonb.ShowHTML(fmt.Sprint("figure ", i)))
	fmt.Println("after", i)
}}"""


class Order(unittest.TestCase):
    def test_print_show_print_a_hundred_times(self):
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL)])
        NotebookClient(notebook, kernel_name="gonb", timeout=300).execute()
        seen = []
        for output in notebook.cells[0].outputs:
            text = output.text if output.output_type == "stream" else output.data["text/html"]
            seen += text.splitlines()
        want = [f"{word} {i}" for i in range(TIMES) for word in ("before", "figure", "after")]
        self.assertEqual(seen, want)


if __name__ == "__main__":
    unittest.main()
