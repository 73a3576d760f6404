"""Tests of page_folds.py: what a page keeps folded, and what it leaves out."""

import unittest

import bs4

import page_folds

ASKED = """<main>
<div class="cell text_cell"><p>How many?</p></div>
<div class="cell code_cell celltag_answer"><div class="input"><pre>"four of them"</pre></div>
<div class="output_wrapper">four</div></div>
<div class="cell text_cell celltag_answer"><div class="text_cell_render">
<details><summary>Answer</summary><p>Four, because.</p></details></div></div>
<div class="cell text_cell"><p>And then?</p></div>
<div class="cell code_cell celltag_solution"><div class="input">f()</div></div>
<div class="cell text_cell celltag_solution"><div class="text_cell_render">
<details><summary>Solution</summary><p>Surprised?</p></details></div></div>
<div class="cell text_cell"><p>Next.</p></div>
<div class="cell code_cell celltag_answer"><div class="input">g()</div></div>
</main>"""


def output(markup):
    return f'<div class="output_area"><div class="output_html">{markup}</div></div>'


def check(sentence, detail):
    return output(f'<details class="check"><summary>{sentence}</summary><p>{detail}</p></details>')


class Folds(unittest.TestCase):
    def fold(self, markup):
        soup = bs4.BeautifulSoup(markup, "html.parser")
        page_folds.fold(soup)
        return soup

    def test_an_answer_is_one_fold_with_its_program_and_text(self):
        soup = self.fold(ASKED)
        answers = soup.select("details.answer")
        self.assertEqual([a.summary.text for a in answers], ["Answer", "Answer"])
        self.assertEqual(len(soup.select("details")), 5, "two answers, their programs, a solution")
        self.assertIn("four of them", answers[0].select_one("details.program").text)
        self.assertNotIn("Four, because.", answers[0].select_one("details.program").text)
        self.assertIn("Four, because.", answers[0].text)
        self.assertFalse(soup.select("details[open]"))
        for details in soup.select("details"):
            details.extract()
        self.assertEqual(soup.text.split(), "How many? And then? Next.".split())

    def test_headings_and_cards_are_never_folded_away(self):
        for swallowed in ("<h3>Exercise 5.5</h3>", "<blockquote>Interview card</blockquote>"):
            for place in ("Four, because.</p>", "</details>"):
                with self.subTest(swallowed=swallowed, place=place):
                    markup = ASKED.replace(place, place + swallowed, 1)
                    with self.assertRaisesRegex(page_folds.Swallowed, "answer .*(Exer|Inter)"):
                        self.fold(markup)
        outside = "<h3>Exercise</h3><blockquote>Card</blockquote>"
        self.fold(ASKED.replace("<p>And then?</p>", outside))

    def test_a_solution_is_one_fold_with_its_text(self):
        solutions = self.fold(ASKED).select("details.solution")
        self.assertEqual([list(s.stripped_strings) for s in solutions],
                         [["Solution", "f()", "Surprised?"]])

    def test_what_nobody_can_answer_on_a_page_is_dropped(self):
        blank = output('<p class="exercise blank">not answered yet</p>')
        kept = output('<p class="exercise right">is right</p>')
        wrapper = '<main><div class="output_wrapper">%s</div></main>'
        self.assertIsNone(self.fold(wrapper % blank).select_one(".output_wrapper"))
        self.assertEqual(self.fold(wrapper % (blank + kept)).text, "is right")

    def test_checks_of_one_name_are_one_line(self):
        soup = self.fold("<main>" + check("✓ loss: 1", "a &lt; b") + check("✓ loss: 2", "c")
                         + check("✓ other", "d") + check("✓ other", "e") + output("text")
                         + check("✓ loss: 3", "f") + "</main>")
        said = [d.summary.text for d in soup.select("details.check")]
        self.assertEqual(said, ["✓ loss: 1; 2", "✓ other: 2 times", "✓ loss: 3"])
        self.assertEqual([p.text for p in soup.select("p")], ["a < b", "c", "d", "e", "f"])

    def test_failed_checks_stay_as_they_are(self):
        wrong = output('<p class="check wrong">✗ loss: 1</p>')
        self.assertEqual(self.fold(f"<main>{wrong}{wrong}</main>").text, "✗ loss: 1✗ loss: 1")


if __name__ == "__main__":
    unittest.main()
