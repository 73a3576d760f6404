"""Tests of page_math.py."""

import html
import unittest

import page_math


class MathML(unittest.TestCase):
    def test_bold_letters_are_characters(self):
        self.assertIn("<mi>𝜽</mi>", page_math.mathml(r"\boldsymbol{\theta}", "inline"))
        self.assertIn("𝔼", html.unescape(page_math.mathml(r"\mathbb{E}", "inline")))

    def test_limits_stand_below_in_a_formula_of_its_own(self):
        latex = r"\min_w \max_{\lVert x_i \rVert \le \rho} L_i"
        block = page_math.mathml(latex, "block")
        self.assertEqual(block.count("<munder>"), 2)
        self.assertEqual(block.count("<munder>"), block.count("</munder>"))
        self.assertEqual(block.count("<msub>"), 2, "x_i and L_i stay subscripts")
        self.assertNotIn("munder", page_math.mathml(latex, "inline"))
        self.assertIn("<munder><mo>argmin</mo>",
                      page_math.mathml(r"\operatorname{argmin}_w L", "block"))

    def test_what_is_not_known_is_refused(self):
        for latex, message in {r"\nosuch x": r"uses \\nosuch", "x^{": "can't be turned"}.items():
            with self.assertRaisesRegex(page_math.BadFormula, message):
                page_math.mathml(latex, "inline")


if __name__ == "__main__":
    unittest.main()
