"""The cover of the report: what the six features are, the answer in thirty seconds, three ways
through the lesson, its chapters and its networks."""

import base64
import pathlib
import re

import jinja2

import page_safety
import page_text

ROOT = pathlib.Path(__file__).resolve().parent.parent
TEMPLATE = ROOT / "reports" / "template" / "cover.html.j2"
PICTURES = ("features", "features-map")
NOTATION = ROOT / "docs" / "notation.md"
ANSWER = ROOT / "pkg" / "lesson" / "interview" / "answer.go"

# What tells the features apart, what training feels like there, and the beginning of the name and
# the number of the section that shows it.
FEATURES = [
    ("Global minimum", "0", "none negative, some may be 0",
     "The loss can fall no further. No measurement at the place tells.", "01", 1),
    ("Local minimum", "0", "none negative, some may be 0",
     "The loss stands still above the best. Poor ones are rare in large networks.", "01", 1),
    ("Saddle point", "0", "some positive, some negative",
     "The loss stands still for a while, then falls again.", "01", 2),
    ("Plateau", "small, far around", "near 0",
     "Hardly anything happens for many steps.", "01", 3),
    ("Sharp minimum", "0", "some large",
     "A small change of the weights or of the data costs much.", "01", 4),
    ("Flat minimum", "0", "all small",
     "A small change costs little. At one rate small batches of examples a step lead here; at "
     "equal epochs SAM (chapter 04), for twice the cost.", "01", 4),
]
WAYS = [
    ("An interview tomorrow", "an hour",
     "The plan at the top of 06: the answer, the question cards with their traps, and a section "
     "each of four others:", "06 01 04 05 03"),
    ("The course", "", "All in order, with the exercises:", "01 02 03 04 05 06 07 08"),
    ("Your own model", "",
     "Measure and draw the landscape of a model that you have trained:", "07 02"),
]


def thirty_seconds():
    """Returns the thirty-second answer as pkg/lesson/interview has it."""
    source = ANSWER.read_text(encoding="utf-8")
    said = re.search(r'const AnswerThirty = ((?:"[^"]*"(?:\s*\+\s*)?)+)', source)
    return "".join(re.findall(r'"([^"]*)"', said[1]))


def networks():
    """Returns the table of docs/notation.md's last section: its heads, and its rows."""
    section = NOTATION.read_text(encoding="utf-8").partition("## The networks")[2]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return cells[0], cells[2:]


def picture(name):
    """Returns a picture of docs/ as an address, and what it shows in words."""
    svg = (ROOT / "docs" / f"{name}.svg").read_bytes()
    described = re.search(r"<desc[^>]*>(.*?)</desc>", svg.decode(), re.DOTALL)
    address = "data:image/svg+xml;base64," + base64.b64encode(svg).decode()
    return {"address": address, "alt": described[1]}


def cover(pages, css, sheet, provenance, scale="quick"):
    """Returns the cover's markup; sheet says whether the interview's sheet lies beside it, and
    scale how much was run. What leads to a chapter that isn't there is left out."""
    environment = jinja2.Environment(autoescape=False, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
    by_number = {page["number"]: page for page in pages}
    return template.render(
        css=css, policy=page_safety.POLICY, pages=pages, sheet=sheet,
        provenance=provenance, scale=scale,
        total=sum(page["most_minutes"] for page in pages),
        pictures=[picture(name) for name in PICTURES], thirty=thirty_seconds(),
        features=[feature(f, by_number) for f in FEATURES],
        ways=[way for w in WAYS if (way := chapters(w, by_number))["pages"]],
        networks=networks(), interview=by_number.get("06"), scorecard=by_number.get("08"),
        letters=page_text.LETTERS,
    )


def feature(row, by_number):
    name, gradient, eigenvalues, feels, number, section = row
    page = by_number.get(number)
    anchor = section_anchor(page, section) if page else ""
    return {"name": name, "gradient": gradient, "eigenvalues": eigenvalues, "feels": feels,
            "page": page, "anchor": anchor, "section": f", section {section}" if anchor else ""}


def section_anchor(page, section):
    """Returns the link to a numbered section of a page, as JupyterLab makes the heading's id."""
    for cell in page["notebook"].cells:
        found = re.search(rf"(?m)^## ({section} · .*)$", cell.source)
        if cell.cell_type == "markdown" and found:
            return "#" + found[1].strip().replace(" ", "-")
    return ""


def chapters(way, by_number):
    name, time, text, numbers = way
    pages = [by_number[n] for n in numbers.split() if n in by_number]
    total = sum(page["most_minutes"] for page in pages)
    return {"name": name, "time": time or f"{total} minutes", "text": text, "pages": pages}
