"""Tests with the real kernel that Tab completes and Shift-Tab explains, in a notebook that has run
one cell only, and that gopls, which knows the answers, ends with the kernel."""

import os
import pathlib
import shutil
import time
import unittest

from jupyter_client.manager import start_new_kernel

import leftovers

ROOT = pathlib.Path(__file__).resolve().parent.parent
SECONDS = 180  # gopls reads GoMLX first


def start(environment):
    """Starts the kernel; returns its manager and a client."""
    return start_new_kernel(kernel_name="gonb", cwd=str(ROOT / "notebooks"), env=environment)


class Completion(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.manager, cls.client = start(dict(os.environ))
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


class Ending(unittest.TestCase):
    @unittest.skipIf(shutil.which("setpriv") is None, "no setpriv: a killed kernel's gopls goes on")
    def test_nothing_is_left_of_a_kernel(self):
        for killed in (False, True):
            with self.subTest(killed=killed):
                environment, mark = leftovers.marked()
                manager, client = start(environment)
                client.stop_channels()
                self.assertTrue(leftovers.after(60, mark, True, name="gopls"), "no gopls")
                manager.shutdown_kernel(now=killed)
                self.assertEqual(leftovers.after(30, mark, False), [])


if __name__ == "__main__":
    unittest.main()
