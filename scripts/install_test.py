"""Tests of install.py."""

import unittest

import install


class Install(unittest.TestCase):
    def test_both_lists_are_pinned(self):
        self.assertIn("nh3", install.pinned(install.ROOT / "requirements.txt"))
        self.assertEqual(install.pinned(install.ROOT / "scripts" / "axe.txt"),
                         ["axe-playwright-python"])

    def test_pips_lines_are_understood(self):
        for line, name in {"Collecting nh3==0.3.8 (from -r r.txt (line 2))": "nh3",
                           "Collecting jupyter-lsp>=2": "jupyter-lsp"}.items():
            self.assertEqual(install.STARTED.match(line)[1], name)


if __name__ == "__main__":
    unittest.main()
