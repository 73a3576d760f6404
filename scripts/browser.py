"""Chromium without a window, driven over its DevTools protocol: what a page looks like to a reader
is asked of a browser, not guessed.

    with browser.Chromium() as chromium:
        page = chromium.open("reports/index.html", width=390, dark=True)
        page.evaluate("document.title")
        page.pdf()
"""

import base64
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

import websocket

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
# Nothing of the user's is read, and nothing is asked of the network.
FLAGS = (
    "--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-default-apps", "--disable-extensions", "--disable-dev-shm-usage",
    "--remote-debugging-port=0", "--remote-allow-origins=*",
)

# Longer than a page takes on a machine that has a lot to do.
SECONDS = 400


class Missing(Exception):
    """There is no Chromium on this machine, or it doesn't start."""


def find():
    """Returns where Chromium is: $CHROMIUM, or the first of the usual names; None where it isn't.
    """
    if os.environ.get("CHROMIUM"):
        return os.environ["CHROMIUM"]
    return next(filter(None, map(shutil.which, NAMES)), None)


class Chromium:
    """A browser that ends with the with statement."""

    def __enter__(self):
        program = find()
        if program is None:
            raise Missing("Chromium isn't there. On Debian: sudo apt install chromium "
                          "(CHROMIUM=/path/to/it names another)")
        self.profile = tempfile.mkdtemp(prefix="lossland-chromium-")
        # Chromium's sandbox refuses to work for root, as which containers run.
        sandbox = ["--no-sandbox"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
        self.process = subprocess.Popen(
            [program, *FLAGS, *sandbox, f"--user-data-dir={self.profile}", "about:blank"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            self.socket = websocket.create_connection(self.address(), timeout=SECONDS)
        except Exception:
            self.__exit__()
            raise
        self.number = 0
        return self

    def __exit__(self, *_):
        if hasattr(self, "socket"):
            self.socket.close()
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.profile, ignore_errors=True)

    def address(self):
        """Returns where the browser listens; it writes that into its profile when it is ready."""
        port = pathlib.Path(self.profile, "DevToolsActivePort")
        for _ in range(600):
            if port.is_file() and len(lines := port.read_text().splitlines()) == 2:
                return f"ws://127.0.0.1:{lines[0]}{lines[1]}"
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        raise Missing(f"{self.process.args[0]} doesn't start")

    def call(self, method, session=None, **parameters):
        """Sends a command and returns its answer; events that come in between are dropped."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        self.socket.send(json.dumps(message))
        while True:
            answer = json.loads(self.socket.recv())
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]

    def open(self, path, width=1280, height=900, dark=False):
        """Opens a file as a page of that size."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        page = Page(self, target, attached["sessionId"])
        page.size(width, height)
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        page.call("Emulation.setEmulatedMedia", features=scheme)
        page.call("Page.enable")
        page.call("Page.navigate", url=pathlib.Path(path).resolve().as_uri())
        page.wait("document.readyState === 'complete' && location.protocol === 'file:'")
        return page


class Page:
    """An open page."""

    def __init__(self, chromium, target, session):
        self.chromium, self.target, self.session = chromium, target, session

    def call(self, method, **parameters):
        return self.chromium.call(method, self.session, **parameters)

    def size(self, width, height):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=1, mobile=False)

    def evaluate(self, expression):
        """Returns the value of a JavaScript expression, awaited. DevTools isn't bound by the page's
        policy."""
        answer = self.call("Runtime.evaluate", expression=expression, awaitPromise=True,
                           returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(str(answer["exceptionDetails"].get("exception"))[:2000])
        return answer["result"].get("value")

    def wait(self, condition, seconds=60):
        """Waits until a condition holds."""
        end = time.monotonic() + seconds
        while not self.evaluate(condition):
            if time.monotonic() > end:
                raise TimeoutError(f"after {seconds} s it doesn't hold: {condition}")
            time.sleep(0.05)

    def pdf(self, **parameters):
        """Returns the page as printed."""
        data = self.call("Page.printToPDF", printBackground=True, preferCSSPageSize=True,
                         displayHeaderFooter=False, **parameters)["data"]
        return base64.b64decode(data)

    def picture(self, whole=False):
        """Returns a PNG of what is seen, or of the whole page."""
        return base64.b64decode(self.call(
            "Page.captureScreenshot", format="png", captureBeyondViewport=whole)["data"])

    def close(self):
        self.chromium.call("Target.closeTarget", targetId=self.target)
