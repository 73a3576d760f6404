"""Tests of render_report.py: what a page must hold, and what must be refused."""

import base64
import html
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import bs4
import nbformat

import nb
import render_report

TITLE = "# About $\\rho$\n\nIt shows $\\rho$. And more. *10 to 15 minutes.*\n\n"
SVG = base64.b64encode(b'<svg xmlns="http://www.w3.org/2000/svg"/>').decode()


class RenderReport(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        (self.folder / "executed").mkdir()

    def write(self, name, text, outputs=()):
        """Writes an executed notebook; outputs go to its code cells, in order."""
        notebook = nb.from_markdown(TITLE + text)
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        for cell, output in zip(code, outputs):
            cell.outputs = output
        nbformat.write(notebook, self.folder / "executed" / f"{name}.ipynb")

    def render(self):
        """Writes the report and returns its pages as soups."""
        render_report.write_report(sorted((self.folder / "executed").glob("*.ipynb")), self.folder / "out")
        return {p.name: bs4.BeautifulSoup(p.read_text(encoding="utf-8"), "html.parser") for p in (self.folder / "out").glob("*.html")}

    def page(self, text, outputs=()):
        self.write("00-a", text, outputs)
        return self.render()["00-a.html"]

    def refused(self, message, text, outputs=()):
        self.write("00-a", text, outputs)
        shutil.rmtree(self.folder / "out", ignore_errors=True)
        with self.assertRaisesRegex(render_report.Problem, re.escape(message)):
            self.render()
        self.assertFalse((self.folder / "out").exists(), "nothing may be written from a refused notebook")

    def test_index_and_navigation(self):
        self.write("00-a", "## One\n\n[there](01-b.ipynb#Two)")
        self.write("01-b", "## Two\n\n### Deeper\n\n## Three")
        pages = self.render()
        entries = pages["index.html"].select(".notebooks li")
        self.assertEqual(len(entries), 2)
        self.assertEqual(entries[0].select_one(".minutes").text, "10–15 minutes")
        self.assertEqual(entries[0].select_one(".abstract math")["alttext"], r"\rho")
        self.assertNotIn("And more", entries[0].text)
        self.assertEqual(pages["00-a.html"].select_one("nav .next")["href"], "01-b.html")
        self.assertIsNone(pages["00-a.html"].select_one("nav .previous"))
        self.assertEqual(pages["01-b.html"].select_one("nav .previous")["href"], "00-a.html")
        self.assertEqual(pages["00-a.html"].find("a", string="there")["href"], "01-b.html#Two")
        self.assertEqual([a.text for a in pages["01-b.html"].select(".contents a")], ["Two", "Deeper", "Three"])

    def test_waiting_is_dropped(self):
        waits = "a\ncache: warning: another process computes x 0123abcd; waiting for it\nb\n"
        output = nbformat.v4.new_output("stream", text=waits)
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("f()", outputs=[output])])
        self.assertEqual(render_report.prepare(notebook).cells[0].outputs[0].text, "a\nb\n")

    def test_lines_of_the_cache_are_merged(self):
        line = "cache: {}  train mlp {} ({} {} s)\n"
        hits = [line.format("hit ", key, "saved", 1.2) for key in ("0123abcd", "0123abce")]
        miss, other = line.format("miss", "0123abcf", "computed in", 3), "cache: hit   spectrum 0123abc0 (saved 9.0 s)\n"
        self.assertEqual(render_report.merge_cache_lines("".join(["a\n", *hits, miss, *hits, other, hits[0], "end"])),
                         "a\ncache: hit   train mlp, 2 times (saved 2.4 s)\n" + miss + "cache: hit   train mlp, 2 times (saved 2.4 s)\n" + other + hits[0] + "end")

    def test_nothing_is_loaded_from_elsewhere(self):
        page = self.page("## A\n\n```go\nx := 1\n```\n")
        self.assertEqual(page.find_all(["script", "link", "iframe"]), [])
        self.refused("would load https://example.org/a.png", '<img alt="a" src="https://example.org/a.png">')
        self.refused("a style would load", "<style>@import 'https://example.org/a.css';</style>")
        self.refused("<iframe>", '<iframe src="https://example.org"></iframe>')

    def test_scripts_of_a_live_notebook_are_dropped(self):
        page = self.page("```go\nx := 1\n```\n", [[nbformat.v4.new_output("display_data", {"text/html": "<b>kept</b><script>alert(1)</script>"})]])
        self.assertIsNone(page.find("script"))
        self.assertEqual(page.find("b").text, "kept")

    def test_go_is_coloured_as_go(self):
        page = self.page("```go\nfunc f() {}\n```\n")
        self.assertEqual(page.select_one(".highlight .kd").text, "func")

    def test_mathematics_is_mathml(self):
        page = self.page(r"Inline $\lVert g\rVert$ and" "\n\n$$\n\\frac{a}{b}\n$$\n\n\\begin{align}\na &= b \\\\\nc &= \\mathbb R\n\\end{align}\n")
        blocks = page.select("main math[display=block]")
        self.assertEqual(len(blocks), 2)
        self.assertIsNotNone(blocks[0].find("mfrac"))
        self.assertEqual(len(blocks[1].find_all("mtr")), 2)
        self.assertIn("ℝ", blocks[1].text)
        self.assertNotIn("$", page.main.text)
        self.refused(r"uses \nosuch", r"$\nosuch x$")
        self.refused("can't be turned into MathML", r"$x^{$")

    def test_bold_letters_are_characters(self):
        self.assertIn("<mi>𝜽</mi>", render_report.mathml(r"\boldsymbol{\theta}", "inline"))
        self.assertIn("𝔼", html.unescape(render_report.mathml(r"\mathbb{E}", "inline")))

    def test_pictures_need_alternative_text(self):
        good = f'<figure><img alt="A valley" src="data:image/svg+xml;base64,{SVG}"><figcaption>F</figcaption></figure>'
        image = self.page("```go\nx := 1\n```\n", [[nbformat.v4.new_output("display_data", {"text/html": good})]]).find("img")
        self.assertEqual(image["alt"], "A valley")
        self.assertIn("scroll", image.parent["class"])
        self.refused("no alternative text", "```go\nx := 1\n```\n", [[nbformat.v4.new_output("display_data", {"text/html": good.replace("A valley", " ")})]])

    def test_progress_bars_are_dropped_and_numbers_stay(self):
        bars = "Training:  45% [=====>      ] (12 steps/s)\n 100% |██████████| 20/20 [00:01]\n"
        rest = "accuracy 97 % [0.95, 0.98]\nthe loss fell by 12%\n| a | 5% |\n"
        page = self.page("```go\nx := 1\n```\n", [[nbformat.v4.new_output("stream", text=bars + "\x1b[1A\x1b[2K" + rest)]])
        self.assertEqual(page.select_one(".output_stream pre").text, rest)

    def test_solutions_and_set_up_are_folded(self):
        page = self.page('```go\n!*go work init\n```\n\n```go tags=["solution"]\nx := 1\n```\n\n```go tags=["hide"]\nsecret := 1\n```\n',
                         [[], [nbformat.v4.new_output("stream", text="out")]])
        self.assertEqual([d.summary.text for d in page.find_all("details")], ["Set-up of this notebook", "Solution"])
        self.assertIn("out", page.select_one("details.solution").text)
        self.assertNotIn("secret", page.text)

    def test_dead_links_are_refused(self):
        self.refused("isn't a notebook of the report", "[x](99-none.ipynb)")
        self.refused("leads nowhere", "[x](#No-such-heading)")

    def test_links_lead_to_ids_in_outputs(self):
        table = [[nbformat.v4.new_output("display_data", {"text/html": '<table><tr id="row-F1"><td>F1</td></tr></table>'})]]
        self.write("01-b", "```go\nx := 1\n```\n", table)
        link = [[nbformat.v4.new_output("display_data", {"text/html": '<a href="01-b.ipynb#row-F1">F1</a>'})]]
        self.assertEqual(self.page("```go\nx := 1\n```\n", link).find("a", string="F1")["href"], "01-b.html#row-F1")
        self.refused("leads nowhere", "[x](01-b.ipynb#row-F2)")

    def test_a_page_beside_the_report_may_be_linked_and_stays(self):
        self.refused("'sheet.html' leads nowhere", "[x](sheet.html)")
        (self.folder / "out").mkdir()
        for name in ("sheet.html", "stale.html"):
            (self.folder / "out" / name).write_text("x")
        self.page("[x](sheet.html)")
        self.assertTrue((self.folder / "out" / "sheet.html").exists())
        self.assertFalse((self.folder / "out" / "stale.html").exists())

    def test_links_out_of_the_report(self):
        (self.folder / "out").mkdir()
        (self.folder / "out" / "sheet.html").write_text("one page", encoding="utf-8")
        page = self.page("[the sheet](../reports/sheet.html), [the plan](../evidence/plan.md)")
        self.assertEqual([a["href"] for a in page.select("main a[href]") if a.text.startswith("the")], ["sheet.html"])
        self.assertIn("the plan", page.get_text(), "a file of the project keeps its name and loses its link")

    def test_first_cell_says_what_the_notebook_is(self):
        for text, message in [("Nothing", "'# Title'"), ("# T\n\nA sentence without the time.", "N minutes")]:
            nbformat.write(nb.from_markdown(text), self.folder / "executed" / "00-a.ipynb")
            with self.assertRaisesRegex(render_report.Problem, message):
                self.render()

    def test_no_executed_notebook(self):
        done = subprocess.run([sys.executable, render_report.__file__, "--executed", self.folder], capture_output=True, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn("make lesson", done.stderr)

    def test_same_input_same_bytes(self):
        self.write("00-a", "## A\n\n$x$\n\n```go\nx := 1\n```\n")
        self.render()
        first = (self.folder / "out" / "00-a.html").read_bytes()
        self.render()
        self.assertEqual((self.folder / "out" / "00-a.html").read_bytes(), first)


if __name__ == "__main__":
    unittest.main()
