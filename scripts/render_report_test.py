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


def contrast(one, other):
    """The contrast of two colours as WCAG 2 has it."""
    def luminance(colour):
        digits = colour[1:] if len(colour) == 7 else "".join(2 * c for c in colour[1:])
        shares = [int(digits[i:i + 2], 16) / 255 for i in (0, 2, 4)]
        linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def shows(html):
    """The outputs of a notebook whose only cell shows this."""
    return [[nbformat.v4.new_output("display_data", {"text/html": html})]]


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
        render_report.write_report(sorted((self.folder / "executed").glob("*.ipynb")),
                                   self.folder / "out")
        return {p.name: bs4.BeautifulSoup(p.read_text(encoding="utf-8"), "html.parser")
                for p in (self.folder / "out").glob("*.html")}

    def page(self, text, outputs=()):
        self.write("00-a", text, outputs)
        return self.render()["00-a.html"]

    def refused(self, message, text, outputs=()):
        self.write("00-a", text, outputs)
        shutil.rmtree(self.folder / "out", ignore_errors=True)
        with self.assertRaisesRegex(render_report.Problem, re.escape(message)):
            self.render()
        self.assertFalse((self.folder / "out").exists(),
                         "nothing may be written from a refused notebook")

    def test_index_and_navigation(self):
        self.write("00-a", "## One\n\n[there](01-b.ipynb#Two)")
        self.write("01-b", "## Two\n\n### Deeper\n\n## Three")
        pages = self.render()
        entries = pages["index.html"].select(".notebooks li")
        self.assertEqual(len(entries), 2)
        self.assertEqual(entries[0].select_one(".minutes").text, "10–15\u00a0minutes")
        self.assertEqual(entries[0].select_one(".abstract math")["alttext"], r"\rho")
        self.assertNotIn("And more", entries[0].text)
        self.assertEqual(pages["00-a.html"].select_one("nav .next")["href"], "01-b.html")
        self.assertIsNone(pages["00-a.html"].select_one("nav .previous"))
        self.assertEqual(pages["00-a.html"].select_one("footer p a")["href"], "index.html#new")
        self.assertEqual(pages["01-b.html"].select_one("nav .previous")["href"], "00-a.html")
        self.assertEqual(pages["00-a.html"].find("a", string="there")["href"], "01-b.html#Two")
        self.assertEqual([a.text for a in pages["01-b.html"].select(".contents a")],
                         ["Two", "Deeper", "Three"])

    def test_cover(self):
        self.write("01-a", "## 1 · One\n\n## 2 · Two of them")
        self.write("06-b", "## One")
        page = self.render()["index.html"]
        self.assertEqual([n.text for n in page.select(".notebooks .number")], ["01", "06"])
        rows = page.select("table tbody tr")
        self.assertEqual([r.th.text for r in rows][:3],
                         ["Global minimum", "Local minimum", "Saddle point"])
        self.assertEqual(rows[2].a["href"], "01-a.html#2-·-Two-of-them")
        self.assertEqual(rows[4].a["href"], "01-a.html", "section 4 isn't there, its chapter is")
        self.assertIn("The loss is a surface over weight space", page.select_one(".answer").text)
        self.assertEqual([a["href"] for a in page.select(".ways li:first-child a")],
                         ["06-b.html", "01-a.html"])
        self.assertEqual(len(page.select("figure img[alt]")), 2)
        self.assertIn("F the six features", " ".join(page.text.split()))
        self.assertEqual(page.select_one("table.networks th[scope=row]").text, "the usual one")

    def test_the_networks_of_the_notation_are_those_of_the_cover(self):
        page = self.page("[one table](../docs/notation.md#the-networks)")
        self.assertEqual(page.find("a", string="one table")["href"], "index.html#networks")

    def test_every_page_has_a_policy(self):
        self.write("00-a", "")
        for page in self.render().values():
            policy = page.find("meta", attrs={"http-equiv": "Content-Security-Policy"})
            self.assertTrue(policy["content"].startswith(
                "default-src 'none'; img-src data:; style-src"), policy)
            self.assertIsNone(policy.find_previous("style"))

    def test_noise_of_the_machine_is_dropped(self):
        noise = "cache: hit   train x 0123abcd (saved 1.2 s)\n"
        output = nbformat.v4.new_output("stream", text=noise + "a < b\n")
        page = self.page("```go\nx := 1\n```\n", [[output]])
        self.assertEqual(page.select_one(".said.stdout pre").text, "a < b")
        output = nbformat.v4.new_output("stream", text=noise)
        self.assertIsNone(self.page("```go\nx := 1\n```\n", [[output]]).select_one(".output"))

    def test_rows_are_links_with_the_claim_as_title(self):
        self.write("00-a", "**Question** (F1).")
        table = '<table><tr id="row-F1"><th>F1</th></tr></table>'
        self.write("08-scorecard", "```go\nx := 1\n```\n", shows(table))
        pages = self.render()
        link = pages["00-a.html"].select_one("main a.row")
        self.assertEqual(link["href"], "08-scorecard.html#row-F1")
        self.assertRegex(link["title"], "^Row F1, (supported|mixed|not at this scale): ")
        self.assertIsNone(pages["08-scorecard.html"].select_one("th a"))

    def test_the_notebooks_own_sign_is_explained_once(self):
        page = self.page("```go\n%%\nx := 1\n```\n\n```go\n%%\nx := 2\n```\n")
        self.assertEqual(len(page.select(".aside")), 1)
        self.assertIsNone(self.page("```go\nx := 1\n```\n").select_one(".aside"))

    def test_what_may_scroll_is_reached_by_the_keyboard(self):
        page = self.page("| a | b |\n|---|---|\n| 1 | 2 |\n\n$$x$$\n\n$$y$$\n")
        boxes = page.select("main .scroll")
        self.assertEqual([b["aria-label"] for b in boxes], ["Table 1", "Formula 1", "Formula 2"])
        self.assertEqual({(b["role"], b["tabindex"]) for b in boxes}, {("region", "0")})
        self.assertEqual({th["scope"] for th in page.find_all("th")}, {"col"})

    def test_a_phone_stacks_wide_tables(self):
        page = self.page("| a | b | c |\n|---|---|---|\n| 1 | 2 | 3 |\n")
        self.assertEqual([td["data-label"] for td in page.select("table.stacked td")],
                         ["a:", "b:", "c:"])
        self.assertEqual(self.page("| a | b |\n|---|---|\n| 1 | 2 |\n").select("table.stacked"), [])

    def test_colours_of_code_can_be_read(self):
        css = render_report.style()
        light, dark = css.rsplit("@media screen and (prefers-color-scheme: dark)", 1)
        sheets = {"#f4f5f7": light, "#1d2127": dark}
        for background, sheet in sheets.items():
            colours = re.findall(r"\.highlight \.(\w+) \{[^}]*?(?<!-)color: (#[0-9A-Fa-f]{3,6})",
                                 sheet)
            self.assertGreater(len(colours), 15)
            for kind, colour in colours:
                if kind[0] not in "gw":  # marks of changes, which Go has not, and white space
                    self.assertGreaterEqual(contrast(colour, background), 4.5,
                                            f".{kind} {colour} on {background}")

    def test_nothing_is_loaded_from_elsewhere(self):
        page = self.page("## A\n\n```go\nx := 1\n```\n")
        self.assertEqual(page.find_all(["script", "link", "iframe"]), [])
        self.refused("would load https://example.org/a.png",
                     '<img alt="a" src="https://example.org/a.png">')
        self.refused("a style would load", "<style>@import 'https://example.org/a.css';</style>")
        self.refused("<iframe>", '<iframe src="https://example.org"></iframe>')

    def test_scripts_of_a_live_notebook_are_dropped(self):
        page = self.page("```go\nx := 1\n```\n",
                         shows("<b>kept</b><script>alert(1)</script>"))
        self.assertIsNone(page.find("script"))
        self.assertEqual(page.find("b").text, "kept")

    def test_go_is_coloured_as_go(self):
        page = self.page("```go\nfunc f() {}\n```\n")
        self.assertEqual(page.select_one(".highlight .kd").text, "func")

    def test_mathematics_is_mathml(self):
        page = self.page(r"Inline $\lVert g\rVert$ and" "\n\n$$\n\\frac{a}{b}\n$$\n\n"
                         "\\begin{align}\na &= b \\\\\nc &= \\mathbb R\n\\end{align}\n")
        blocks = page.select("main math[display=block]")
        self.assertEqual(len(blocks), 2)
        self.assertIsNotNone(blocks[0].find("mfrac"))
        self.assertEqual(len(blocks[1].find_all("mtr")), 2)
        self.assertIn("ℝ", blocks[1].text)
        self.assertNotIn("$", page.main.text)
        self.refused(r"00-a.ipynb: the formula '\\nosuch x' uses \nosuch", r"$\nosuch x$")
        self.refused("can't be turned into MathML", r"$x^{$")

    def test_pictures_need_alternative_text(self):
        good = (f'<figure><img alt="A valley" src="data:image/svg+xml;base64,{SVG}">'
                '<figcaption>F</figcaption></figure>')
        image = self.page("```go\nx := 1\n```\n", shows(good)).find("img")
        self.assertEqual(image["alt"], "A valley")
        self.assertIn("scroll", image.find_parent("div")["class"])
        self.refused("no alternative text", "```go\nx := 1\n```\n",
                     shows(good.replace("A valley", " ")))

    def test_solutions_and_set_up_are_folded(self):
        page = self.page('```go tags=["setup"]\nimport "fmt"\n```\n\n'
                         '```go tags=["solution"]\nx := 1\n```\n\n'
                         '```go tags=["hide"]\nsecret := 1\n```\n',
                         [[], [nbformat.v4.new_output("stream", text="out")]])
        self.assertEqual([d.summary.text for d in page.find_all("details")],
                         ["Set-up: what this notebook imports", "Solution"])
        self.assertIn("out", page.select_one("details.solution").text)
        self.assertNotIn("secret", page.text)

    def test_dead_links_are_refused(self):
        self.refused("isn't a notebook of the report", "[x](99-none.ipynb)")
        self.refused("leads nowhere", "[x](#No-such-heading)")

    def test_links_lead_to_ids_in_outputs(self):
        table = shows('<table><tr id="row-F1"><td>F1</td></tr></table>')
        self.write("01-b", "```go\nx := 1\n```\n", table)
        link = shows('<a href="01-b.ipynb#row-F1">F1</a>')
        self.assertEqual(self.page("```go\nx := 1\n```\n", link).find("a", string="F1")["href"],
                         "01-b.html#row-F1")
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
        self.assertEqual([a["href"] for a in page.select("main a[href]")
                          if a.text.startswith("the")], ["sheet.html"])
        self.assertIn("the plan", page.get_text(),
                      "a file of the project keeps its name and loses its link")

    def test_first_cell_says_what_the_notebook_is(self):
        for text, message in [("Nothing", "'# Title'"),
                              ("# T\n\nA sentence without the time.", "N minutes")]:
            nbformat.write(nb.from_markdown(text), self.folder / "executed" / "00-a.ipynb")
            with self.assertRaisesRegex(render_report.Problem, message):
                self.render()

    def test_no_executed_notebook(self):
        done = subprocess.run([sys.executable, render_report.__file__, "--executed", self.folder],
                              capture_output=True, text=True)
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
