"""Tests of make_slides.py."""

import pathlib
import tempfile
import unittest

import bs4
import nbformat

import make_slides
import nb
import render_report

TEXT = """# Title

It shows. 5 minutes.

## One

Text.

### Deeper

```go
%%
f()
```

```go tags=["solution"]
g()
```
"""


class Slides(unittest.TestCase):
    def test_a_slide_for_each_heading_and_solutions_closed(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "01-a.ipynb")
            nbformat.write(nb.from_markdown(TEXT), path)
            page = render_report.describe(path)
        soup = bs4.BeautifulSoup(make_slides.slides(page, [page]), "html.parser")
        shown = soup.find_all("section")
        self.assertEqual([s.find(["h1", "h2", "h3"]).text for s in shown],
                         ["Title", "One", "Deeper"])
        self.assertEqual([d.get("open") for d in shown[2].select("details.solution")], [None])
        self.assertIn("g()", shown[2].select_one("details.solution").text)
        self.assertEqual([a["href"] for a in shown[1].select(".turn a")], ["#s1", "#s3"])
        self.assertIsNone(soup.find("script"))
        self.assertIn("default-src 'none'", str(soup.find("meta", attrs={"http-equiv": True})))


if __name__ == "__main__":
    unittest.main()
