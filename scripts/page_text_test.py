"""Tests of page_text.py."""

import pathlib
import tempfile
import unittest

import bs4

import page_text

CLAIMS = {"F1": {"id": "F1", "verdict": "mixed", "claim": 'a "claim" < b'}}


def touched(markup, own=False):
    soup = bs4.BeautifulSoup(markup, "html.parser")
    page_text.link_rows(soup, CLAIMS, "08.html", own)
    page_text.keep_together(soup)
    return str(soup).replace("\u00a0", "~")


class Unbreakable(unittest.TestCase):
    def test_numbers_keep_their_units(self):
        for text, want in {
            "nearer to 1 %, 10 % or 30 %": "nearer to 1~%, 10~% or 30~%",
            "about 9 minutes": "about 9~minutes",
            "8 notebooks": "8~notebooks",
            "in 2.5 s, 3 shapes": "in 2.5~s, 3 shapes",
            "notebook 05, row F1, n = 10": "notebook~05, row~F1, n~=~10",
            "of 2 in": "of 2 in",
        }.items():
            self.assertEqual(page_text.unbreakable(text).replace("\u00a0", "~"), want)

    def test_code_stays_and_markup_in_between_does_not_matter(self):
        self.assertEqual(touched("<pre>1 %</pre><code>1 %</code>"),
                         "<pre>1 %</pre><code>1 %</code>")
        self.assertEqual(touched("<p><b>1</b> % of it</p>"), "<p><b>1</b>~% of it</p>")


class Rows(unittest.TestCase):
    def test_codes_become_links_with_the_claim_as_title(self):
        made = touched("<p><b>Question</b> (F1, F9).</p>")
        self.assertIn('(<a class="row" href="08.html#row-F1" title=', made)
        self.assertIn("a \"claim\" &lt; b'", made)
        self.assertIn(", F9).", made)
        self.assertIn('href="#row-F1"', touched("<p>F1</p>", own=True))

    def test_code_links_headings_and_paper_stay(self):
        for markup in ["<code>F1</code>", '<a href="#">F1</a>', "<h2>F1</h2>", "<p>F12</p>",
                       '<table><tr id="row-F1"><th>F1</th></tr></table>', "<p>F1 page</p>"]:
            self.assertEqual(touched(markup), markup)

    def test_no_table_no_rows(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(page_text.read_claims(pathlib.Path(folder, "none.json")), {})

    def test_every_letter_of_the_table_is_explained(self):
        claims = page_text.read_claims(
            pathlib.Path(__file__).resolve().parent.parent / "evidence" / "claims.json")
        self.assertEqual({code[0] for code in claims}, set(page_text.LETTERS))


if __name__ == "__main__":
    unittest.main()
