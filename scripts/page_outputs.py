"""Turns what a cell printed into what a reader of the report wants to see.

A cell's text has kinds of lines that pkg/lesson prints. Each becomes markup of its own, all else stays text:

    cache: hit   train mlp 0123abcd (saved 1.2 s)          nothing: it speaks of the machine, not of the landscape
    training: 4400 of 4400 in 2.8 s                        nothing
    ✓ λmax: got 2.25, want 2.2, |diff| 0.05 ≤ 0.1 (…)      "✓ λmax: 2.25, as expected", with the line folded
    ✓ λmax: got 2.25, want 2 … 3                           "✓ λmax: 2.25, between 2 and 3"
    ✗, ○ or ✓ and anything else                            a sentence that wraps
    row F4, mixed: effect 6.4 [6.0, 6.7], wanted > 1, …    a box: the row with its link, verdict, effect and note
"""

import html
import re

# A line that is a progress bar and nothing else: a percentage or a count, and a bar.
BAR = re.compile(r"^.*\d+\s?(%|/\s?\d+).*[|\[][█▓▒░▏▎▍▌▋▊▉#=>\-\s]{5,}[|\]].*$")
CURSOR = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
# session.Cached and session.Progress.
CACHE = re.compile(r"^cache: ")
PROGRESS = re.compile(r"^\S.*: \d+ of \d+ in [\d.]+ s$")
# lesson.Check, lesson.CheckBetween, lesson.CheckTrue and lesson.Exercise.
CHECK = re.compile(r"^✓ (?P<name>.*): got (?P<got>\S+), want (?P<want>\S+), \|diff\| .*$")
BETWEEN = re.compile(r"^✓ (?P<name>.*): got (?P<got>\S+), want (?P<low>\S+) … (?P<high>\S+)$")
SAID = re.compile(r"^(?P<mark>[✓✗○]) (?P<text>.*)$")
# interview.ShowRow and interview.RowText.
ROW = re.compile(
    r"^row (?P<id>[A-Z]\d+), (?P<verdict>[a-z ]+): effect (?P<effect>.+), "
    r"wanted (?P<wanted>.+), n = (?P<n>\d+)$"
)


def is_noise(line):
    """Says whether a line speaks of the machine only: the cache, progress, a bar."""
    return bool(CACHE.match(line) or PROGRESS.match(line) or BAR.match(line))


def clean(text):
    """Returns a cell's text without noise and without what terminals move their cursor by."""
    lines = CURSOR.sub("", text).splitlines(keepends=True)
    return "".join(line for line in lines if not is_noise(line.rstrip("\n")))


def markup(text, stream="stdout"):
    """Returns the markup of a cell's text; "" where nothing is left of it."""
    lines, parts, plain = clean(text).rstrip("\n").split("\n"), [], []

    def flush():
        body = "\n".join(plain).strip("\n")
        if body.strip():
            parts.append(f"<pre>{html.escape(body, quote=False)}</pre>")
        plain.clear()

    while lines:
        line = lines.pop(0)
        made = sentence(line) or row(line, lines)
        if made:
            flush()
            parts.append(made)
        else:
            plain.append(line)
    flush()
    return f'<div class="said {stream}">{"".join(parts)}</div>' if parts else ""


def sentence(line):
    """Returns a check's or an exercise's line as a sentence; None for any other line."""
    if match := CHECK.match(line):
        name = html.escape(match["name"])
        return folded("✓", f"{name}: {html.escape(match['got'])}, as expected", line)
    if match := BETWEEN.match(line):
        low, high = html.escape(match["low"]), html.escape(match["high"])
        got = html.escape(match["got"])
        return said("✓", f"{html.escape(match['name'])}: {got}, between {low} and {high}")
    if not (match := SAID.match(line)):
        return None
    name, _, detail = match["text"].partition(": ")
    if "map[" in detail or "[]" == detail:
        return folded(match["mark"], html.escape(name), line)
    return said(match["mark"], html.escape(without_echo(match["text"])))


def without_echo(text):
    """Drops a detail that says nothing, or what the name ends with: "a saddle: saddle"."""
    head, colon, last = text.rpartition(": ")
    if colon and (not last.strip() or head.lower().endswith(last.strip().lower())):
        return head
    return text.removesuffix(":").rstrip()


def said(mark, text):
    kind = {"✓": "right", "✗": "wrong", "○": "open"}[mark]
    return f'<p class="check {kind}"><span class="mark">{mark}</span> {text}</p>'


def folded(mark, text, line):
    detail = html.escape(line[2:])
    return (
        f'<details class="check right"><summary><span class="mark">{mark}</span> {text}</summary>'
        f"<p>{detail}</p></details>"
    )


def row(line, following):
    """Returns a row of the evidence table as a box, and takes its statistic and note from the lines
    that follow; None for any other line."""
    match = ROW.match(line)
    if not match:
        return None
    more = []
    while following and re.match(r"^  \S", following[0]):
        more.append(following.pop(0).strip())
    verdict = match["verdict"]
    head = (
        f'<p><strong class="code">{match["id"]}</strong> '
        f'<span class="verdict {verdict.replace(" ", "-")}">{verdict}</span> '
        f'effect {html.escape(match["effect"])}, wanted {html.escape(match["wanted"])}, '
        f'n = {match["n"]}</p>'
    )
    kinds = ("statistic", "note")
    rest = "".join(
        f'<p class="{kinds[min(i, 1)]}">{html.escape(text)}</p>' for i, text in enumerate(more)
    )
    return f'<div class="evidence">{head}{rest}</div>'
