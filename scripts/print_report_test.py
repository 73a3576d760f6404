"""Tests of print_report.py, in Chromium where there is one."""

import pathlib
import tempfile
import unittest

import pypdf

import browser
import print_report
import render_report

PAGE = """<!DOCTYPE html><html lang="en"><head><title>One · Lossland</title></head><body><main>
<h2>A</h2><p>text</p><h3>Exercise 1.1<a href="#x">¶</a></h3><p>asked</p>
<details class="solution"><summary>Solution</summary><p>forty-two</p></details><p>more text</p>
</main><footer><p>made today</p></footer></body></html>"""


SIZES = """['main > p', 'details.answer > p'].map(
  e => getComputedStyle(document.querySelector(e)).fontSize)"""


class Print(unittest.TestCase):
    @unittest.skipIf(browser.find() is None, "no Chromium: NOTHING is printed")
    def test_solutions_stand_behind_the_chapter(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "01-a.html")
            path.write_text(PAGE, encoding="utf-8")
            files = list(print_report.printed([path], pathlib.Path(folder), whole=True))
            self.assertEqual([f.name for f in files], ["01-a.pdf", "lesson.pdf"])
            whole = pypdf.PdfReader(files[1])
            self.assertEqual([item.title for item in whole.outline], ["One"])
            text = whole.pages[0].extract_text().split()
        words = ("asked The solution stands at the end. more text "
                 "Solutions Exercise 1.1 forty-two made today")
        self.assertEqual(text[-len(words.split()):], words.split())

    @unittest.skipIf(browser.find() is None, "no Chromium: NOTHING is printed")
    def test_an_answer_is_printed_without_its_program_and_in_the_size_of_the_text(self):
        answer = ('<details class="answer"><summary>Answer</summary><details class="program">'
                  '<summary>The program</summary><p>secret()</p></details><p>because</p></details>')
        styled = PAGE.replace("</head>", f"<style>{render_report.style()}</style></head>")
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "01-a.html")
            path.write_text(styled.replace("<p>text</p>", f"<p>text</p>{answer}"), encoding="utf-8")
            file = next(print_report.printed([path], pathlib.Path(folder), whole=False))
            text = pypdf.PdfReader(file).pages[0].extract_text()
            with browser.Chromium() as chromium:
                sizes = chromium.open(path).evaluate(SIZES)
        self.assertIn("because", text)
        self.assertNotIn("secret", text)
        self.assertEqual(len(set(sizes)), 1, sizes)

    def test_a_chapter_that_is_not_there(self):
        with tempfile.TemporaryDirectory() as folder:
            with self.assertRaisesRegex(FileNotFoundError, "no chapter is called '99'"):
                print_report.chapters(pathlib.Path(folder), "99")


if __name__ == "__main__":
    unittest.main()
