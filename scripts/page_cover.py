"""The cover of the report: what the six features are, the answer in thirty seconds, and three ways
through the lesson."""

import pathlib
import re

import jinja2

import page_safety
import page_text

ROOT = pathlib.Path(__file__).resolve().parent.parent
TEMPLATE = ROOT / "reports" / "template" / "cover.html.j2"
FEATURES = ROOT / "docs" / "features.svg"
ANSWER = ROOT / "pkg" / "lesson" / "interview" / "answer.go"

# What tells the six features apart, and where the lesson shows each.
TABLE = [
    ("Global minimum", "0", "none negative", "the loss can't fall further; nothing that is "
     "measured there says that it is the lowest", "01-landscape", ""),
    ("Local minimum", "0", "all positive", "the loss stands still above the best; in large "
     "networks it is rare that one is poor", "01-landscape", ""),
    ("Saddle", "0", "some positive, some negative", "the loss stands still, then falls again: "
     "slower descent, not the end of it", "01-landscape", ""),
    ("Plateau", "small all around", "all near 0", "hardly anything happens for many steps; larger "
     "steps and momentum get across", "01-landscape", ""),
    ("Sharp minimum", "0", "some large", "a small change of weights or data costs much; large "
     "learning rates are thrown out", "03-sharp-flat", ""),
    ("Flat minimum", "0", "all small", "a change costs little; small batches and SAM lead to "
     "it", "04-sam", ""),
]


def thirty_seconds():
    """Returns the thirty-second answer as pkg/lesson/interview has it."""
    source = ANSWER.read_text(encoding="utf-8")
    said = re.search(r'const AnswerThirty = ((?:"[^"]*"(?:\s*\+\s*)?)+)', source)
    return "".join(re.findall(r'"([^"]*)"', said[1]))


def picture():
    """Returns docs/features.svg as an address, and what it shows in words."""
    import base64
    svg = FEATURES.read_bytes()
    described = re.search(r"<desc[^>]*>(.*?)</desc>", svg.decode(), re.DOTALL)
    return "data:image/svg+xml;base64," + base64.b64encode(svg).decode(), described[1]


def cover(pages, css, sheet, provenance):
    """Returns the cover's markup; sheet says whether the interview's sheet lies beside it."""
    environment = jinja2.Environment(autoescape=False, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
    by_stem = {page["file"].removesuffix(".html"): page for page in pages}
    address, alt = picture()
    return template.render(
        css=css, policy=page_safety.POLICY, pages=pages, by=by_stem, sheet=sheet,
        total=sum(page["most_minutes"] for page in pages), features=TABLE, picture=address, alt=alt,
        thirty=thirty_seconds(), letters=page_text.LETTERS, provenance=provenance,
    )
