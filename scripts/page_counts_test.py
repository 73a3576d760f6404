"""Tests of page_counts.py and browser.py on small pages, in Chromium where there is one."""

import base64
import pathlib
import tempfile
import types
import unittest

import nbformat

import browser
import nb
import page_counts

# A figure of 780 pixels with letters of 13: on a phone they are half as high.
SVG = ('<svg xmlns="http://www.w3.org/2000/svg" width="780" height="99" viewBox="0 0 780 99">'
       '<style>text{font:13px sans-serif}</style><text x="9" y="50">letters</text></svg>')
FIGURE = (f'<img alt="" style="max-width:100%" src="data:image/svg+xml;base64,'
          f'{base64.b64encode(SVG.encode()).decode()}">')
GOOD = """<!DOCTYPE html><html lang="en"><head><title>t</title></head><body><main><h1>T</h1>
<p>Text</p></main></body></html>"""
BAD = """<!DOCTYPE html><html><head><title>t</title></head><body><h1>T</h1>
<pre style="overflow:auto;color:#bbb">%s</pre><img src="data:,"><pre>
cache: hit   train</pre>%s</body></html>""" % ("x" * 400, FIGURE)
TOLD = """# T

```go
%%
lesson.Exercise("1.1", f(), 0.5498, 1e-4, "hint")
```

```go
%%
lesson.Exercise("1.2", f())
```
"""


class Counts(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)

    def test_an_answer_in_the_asking_cell_is_found(self):
        path = self.folder / "01-a.ipynb"
        nbformat.write(nb.from_markdown(TOLD), path)
        self.assertEqual(page_counts.answers_told(path), ["exercise 1.1 holds its answer"])

    @unittest.skipIf(browser.find() is None, "no Chromium: pages are NOT looked at in a browser")
    def test_good_and_bad_pages(self):
        options = types.SimpleNamespace(notebooks=self.folder, verbose=False)
        rows = {}
        with browser.Chromium() as chromium:
            for name, text in {"good": GOOD, "bad": BAD}.items():
                path = self.folder / f"{name}.html"
                path.write_text(text)
                rows[name] = page_counts.count(chromium, path, options)
        good = {k: v for k, v in rows["good"].items() if k not in ("page", "words", "minutes")}
        self.assertEqual(set(good.values()), {0}, good)
        self.assertEqual(rows["bad"]["small at 1280"], 0)
        for kind, least in {"cache lines": 1, "wide at 1280": 1, "wide at 390": 1, "axe": 8,
                            "small at 390": 1}.items():
            self.assertGreaterEqual(rows["bad"][kind], least, kind)


class Chromium(unittest.TestCase):
    @unittest.skipIf(browser.find() is None, "no Chromium: pages are NOT looked at in a browser")
    def test_scheme_size_and_print(self):
        with tempfile.TemporaryDirectory() as folder, browser.Chromium() as chromium:
            path = pathlib.Path(folder, "a b.html")
            path.write_text(GOOD)
            page = chromium.open(path, width=390, dark=True)
            self.assertEqual(page.evaluate("innerWidth"), 390)
            self.assertTrue(page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches"))
            self.assertTrue(page.pdf().startswith(b"%PDF"))
            self.assertTrue(page.picture().startswith(b"\x89PNG"))
            with self.assertRaises(RuntimeError):
                page.evaluate("nonsense()")

    def test_no_chromium_is_said(self):
        find, browser.find = browser.find, lambda: None
        self.addCleanup(setattr, browser, "find", find)
        with self.assertRaisesRegex(browser.Missing, "apt install chromium"):
            browser.Chromium().__enter__()


if __name__ == "__main__":
    unittest.main()
