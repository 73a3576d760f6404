"""Tests of JupyterLab itself, with real keys in Chromium: Tab completes, Shift-Tab explains."""

import contextlib
import pathlib
import socket
import subprocess
import sys
import tempfile
import time
import unittest

import quick_imports  # noqa: F401, before nbformat
import nbformat

import browser
import leftovers

SECONDS = 240  # gopls reads GoMLX first
CELLS = ['import "lossland/pkg/viz"\n\n%%\n_ = viz.Line{}', "%%\n_ = "]
RAN = r"/\d/.test(document.querySelector('.jp-InputPrompt')?.innerText)"
LINE = ("[...document.querySelectorAll('.jp-Notebook .jp-Cell')][%d]"
        ".querySelector('.cm-line:last-child')")
SHOWN = "document.querySelector('.jp-Completer:not(.lm-mod-hidden) .jp-Completer-item')?.innerText"
HELP = "document.querySelector('.jp-Tooltip')?.innerText"
# The numbers of keys that aren't those of their letters.
NUMBERS = {"Enter": 13, "Tab": 9, "End": 35, ".": 190}
CONTROL, SHIFT = 2, 8


class Lab:
    """A notebook in JupyterLab, in a window that has the keyboard's focus."""

    def __init__(self, page, address):
        self.page = page
        page.call("Emulation.setFocusEmulationEnabled", enabled=True)
        page.call("Page.navigate", url=address)
        page.wait("document.querySelectorAll('.jp-Notebook .jp-Cell .cm-line').length > 4", SECONDS)

    def click(self, cell):
        """Puts the cursor at the end of a cell."""
        x, y = self.page.evaluate(
            f"(r => [r.x + 30, r.y + 8])({LINE % cell}.getBoundingClientRect())")
        for kind in ("mousePressed", "mouseReleased"):
            self.page.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left",
                           clickCount=1)
        self.press("End")

    def press(self, key, modifiers=0):
        number = NUMBERS.get(key) or ord(key.upper())
        text = {"text": key} if len(key) == 1 else {}
        for kind in ("keyDown" if text else "rawKeyDown", "keyUp"):
            self.page.call("Input.dispatchKeyEvent", type=kind, key=key, code=key,
                           windowsVirtualKeyCode=number, modifiers=modifiers,
                           **(text if kind == "keyDown" else {}))

    def press_until(self, key, modifiers, shown):
        """Presses a key again until something is shown; returns that."""
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            self.press(key, modifiers)
            for _ in range(20):
                time.sleep(0.5)
                if text := self.page.evaluate(shown):
                    return text
        raise TimeoutError(f"after {SECONDS} s {key} shows nothing")


@contextlib.contextmanager
def server(folder, environment):
    """Runs JupyterLab in a folder; yields its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root",
               "--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0",
               "--IdentityProvider.token=t", f"--notebook-dir={folder}"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    try:
        for _ in range(SECONDS * 2):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.5)
        yield f"http://127.0.0.1:{port}/lab/tree/a.ipynb?token=t"
    finally:
        process.terminate()
        process.wait(30)


class Keys(unittest.TestCase):
    @unittest.skipIf(browser.find() is None, "no Chromium: JupyterLab's keys are NOT tried")
    def test_tab_completes_and_shift_tab_explains(self):
        with tempfile.TemporaryDirectory() as folder:
            cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
            spec = {"kernelspec": {"name": "gonb", "display_name": "Go (gonb)", "language": "go"}}
            notebook = nbformat.v4.new_notebook(cells=cells, metadata=spec)
            nbformat.write(notebook, pathlib.Path(folder, "a.ipynb"))
            blank = pathlib.Path(folder, "blank.html")
            blank.write_text("<!DOCTYPE html><title>blank</title>")
            environment, mark = leftovers.marked()
            with server(folder, environment) as address, browser.Chromium() as chromium:
                lab = Lab(chromium.open(blank), address)
                lab.click(0)
                lab.press_until("Enter", CONTROL, RAN)
                lab.click(1)
                for letter in "viz.Cont":
                    lab.press(letter)
                self.assertIn("Contour", lab.press_until("Tab", 0, SHOWN))
                lab.press("Enter")
                lab.page.wait(f"{LINE % 1}.innerText.endsWith('viz.Contour')")
                self.assertIn("type Contour struct", lab.press_until("Tab", SHIFT, HELP))
                self.assertTrue(leftovers.running(mark, name="gopls"), "gopls isn't started")
            self.assertEqual(leftovers.after(30, mark, False), [], "left of the kernel")


if __name__ == "__main__":
    unittest.main()
