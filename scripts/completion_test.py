"""Tests with the real kernel that Tab completes and Shift-Tab explains, in a notebook that has run
one cell only."""

import pathlib
import time
import unittest

from jupyter_client.manager import start_new_kernel

ROOT = pathlib.Path(__file__).resolve().parent.parent
SECONDS = 180  # gopls reads GoMLX first


class Completion(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.manager, cls.client = start_new_kernel(kernel_name="gonb", cwd=str(ROOT / "notebooks"))
        cell = 'import "lossland/pkg/viz"\n%%\n_ = viz.Line{}'
        cls.client.execute(cell, reply=True, timeout=SECONDS)

    @classmethod
    def tearDownClass(cls):
        cls.client.stop_channels()
        cls.manager.shutdown_kernel(now=True)

    def ask(self, question, found):
        """Asks until the language server is awake; until then it may answer that it's late."""
        end = time.monotonic() + SECONDS
        while True:
            content = question()["content"]
            if found(content) or time.monotonic() > end:
                return content
            time.sleep(1)

    def test_tab_completes(self):
        content = self.ask(lambda: self.client.complete("%%\nviz.Cont", 11, reply=True, timeout=60),
                           lambda c: c["matches"])
        self.assertTrue(any("Contour" in match for match in content["matches"]), content)

    def test_shift_tab_explains(self):
        code, wanted = "%%\n_ = viz.Contour{}", "surface seen from above"
        content = self.ask(lambda: self.client.inspect(code, 13, reply=True, timeout=60),
                           lambda c: wanted in str(c.get("data")))
        self.assertIn(wanted, str(content["data"]))


if __name__ == "__main__":
    unittest.main()
