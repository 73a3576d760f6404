"""Turns what a cell printed into what a reader of the report wants to see: the text, without the
lines that speak of the machine and not of the landscape.

    cache: hit   train mlp 0123abcd (saved 1.2 s)      session.Cached
    training: 4400 of 4400 in 2.8 s                    session.Progress
    Training:  45% [=====>      ] (12 steps/s)         a bar

(Checks, exercises, predictions and rows of the evidence table come as markup from pkg/lesson.)
"""

import html
import re

# A line that is a progress bar and nothing else: a percentage or a count, and a bar.
BAR = re.compile(r"^.*\d+\s?(%|/\s?\d+).*[|\[][█▓▒░▏▎▍▌▋▊▉#=>\-\s]{5,}[|\]].*$")
CURSOR = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
CACHE = re.compile(r"^cache: ")
PROGRESS = re.compile(r"^\S.*: \d+ of \d+ in [\d.]+ s$")


def is_noise(line):
    """Says whether a line speaks of the machine only: the cache, progress, a bar."""
    return bool(CACHE.match(line) or PROGRESS.match(line) or BAR.match(line))


def clean(text):
    """Returns a cell's text without noise and without what terminals move their cursor by."""
    lines = CURSOR.sub("", text).splitlines(keepends=True)
    return "".join(line for line in lines if not is_noise(line.rstrip("\n")))


def markup(text, stream="stdout"):
    """Returns the markup of a cell's text; "" where nothing is left of it."""
    body = clean(text).strip("\n")
    if not body.strip():
        return ""
    return f'<div class="said {stream}"><pre>{html.escape(body, quote=False)}</pre></div>'
