"""Says which programs are left of what a test has started: they inherit a mark in the environment.

    environment, mark = leftovers.marked()
    ... start a kernel in that environment, and end it ...
    leftovers.running(mark)
"""

import contextlib
import os
import pathlib
import time
import uuid

VARIABLE = "LOSSLAND_TEST_MARK"


def marked():
    """Returns a copy of the environment with a mark of its own, and the mark."""
    mark = str(uuid.uuid4())
    return {**os.environ, VARIABLE: mark}, mark


def running(mark, name=""):
    """Returns the command lines of the programs with a mark, or of those whose file has a name."""
    found = []
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            environment = (process / "environ").read_bytes()
            program = pathlib.Path(os.readlink(process / "exe")).name
            if f"{VARIABLE}={mark}".encode() in environment and name in ("", program):
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
    return found


def after(seconds, mark, wanted, name=""):
    """Waits until something with a mark is running, or nothing is; returns what is."""
    end = time.monotonic() + seconds
    while bool(found := running(mark, name)) != wanted and time.monotonic() < end:
        time.sleep(0.2)
    return found
