"""Counts what a reader of the report would stumble over, in a browser.

    page_counts.py [--notebooks FOLDER] [FOLDER]

For each page of the report (FOLDER, default reports): words and minutes of a chapter; lines of the
cache; blocks of the page that would have to be scrolled sideways at 1280 and at 390 pixels; figures
with letters of less than 10 pixels, at both widths; what axe-core finds, in light and dark, at both
widths, with every fold open; and for each chapter the exercises whose cell holds the wanted number.
The last line is the sum.

Exit status: 0 nothing to stumble over, 1 something, 2 no Chromium.
"""

import argparse
import importlib.util
import pathlib
import re
import sys

import bs4
import nbformat

import browser

ROOT = pathlib.Path(__file__).resolve().parent.parent
WIDTHS = (1280, 390)
# A block overflows where it scrolls or cuts its content; the page, where anything sticks out.
OVERFLOWING = """(() => {
  const wide = [];
  for (const e of document.querySelectorAll('html, body *')) {
    const cuts = e.localName === 'html' || getComputedStyle(e).overflowX !== 'visible';
    if (cuts && e.clientWidth > 0 && e.scrollWidth > e.clientWidth + 1) {
      wide.push([e.localName, ...e.classList].join('.') + ' ' + e.clientWidth + '<'
        + e.scrollWidth + ': ' + e.textContent.trim().slice(0, 60));
    }
  }
  return wide;
})()"""
# A figure is an image, so its letters are as large as it is drawn: the smallest of each drawing.
LETTERS = """(async () => {
  const small = [];
  for (const image of document.querySelectorAll('img')) {
    const source = image.currentSrc || image.src;
    if (!source.startsWith('data:image/svg') || !image.width) continue;
    await image.decode();
    const bytes = Uint8Array.from(atob(source.split(',')[1]), c => c.charCodeAt(0));
    const drawing = new TextDecoder().decode(bytes);
    const svg = new DOMParser().parseFromString(drawing, 'image/svg+xml').documentElement;
    // Nothing but the text has to be laid out.
    svg.querySelectorAll('path, rect, circle, line, polygon, image').forEach(e => e.remove());
    document.body.append(svg);
    let least = Infinity;
    for (const text of svg.querySelectorAll('text')) {
      least = Math.min(least, parseFloat(getComputedStyle(text).fontSize));
    }
    svg.remove();
    const height = least * image.width / image.naturalWidth;
    if (height < %d - 0.05) {
      small.push(height.toFixed(1) + ' px: ' + image.alt.slice(0, 60));
    }
  }
  return small;
})()"""
LEAST_LETTERS = 10
OPEN = "document.querySelectorAll('details').forEach(d => d.open = true)"
AXE = """axe.run(document, {resultTypes: ['violations']}).then(r => r.violations.map(
  v => [v.id, v.nodes.length, v.nodes[0].html.slice(0, 200), v.nodes[0].failureSummary]))"""


def main():
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", nargs="?", type=pathlib.Path, default=ROOT / "reports")
    arguments.add_argument("--notebooks", type=pathlib.Path, default=ROOT / "notebooks")
    arguments.add_argument("--verbose", action="store_true", help="name each thing counted")
    options = arguments.parse_args()
    paths = sorted(options.folder.glob("*.html"))
    if not paths:
        sys.exit(f"lossland: no page in {options.folder}: run `make lesson`")
    try:
        with browser.Chromium() as chromium:
            rows = [count(chromium, path, options) for path in paths]
    except browser.Missing as missing:
        print(f"lossland: {missing}", file=sys.stderr)
        sys.exit(2)
    rows.append({"page": "all", **{k: sum(row[k] for row in rows) for k in rows[0] if k != "page"}})
    print("  ".join(["page".ljust(24), *(k.rjust(len(k)) for k in rows[0] if k != "page")]))
    for row in rows:
        numbers = [str(v).rjust(len(k)) for k, v in row.items() if k != "page"]
        print("  ".join([row["page"].ljust(24), *numbers]))
    stumbles = sum(v for k, v in rows[-1].items() if k not in ("page", "words", "minutes"))
    sys.exit(1 if stumbles else 0)


def count(chromium, path, options):
    """Returns the counts of one page."""
    text = path.read_text(encoding="utf-8")
    soup = bs4.BeautifulSoup(text, "html.parser")
    words, minutes = reading(soup)
    source = options.notebooks / path.with_suffix(".ipynb").name
    told = answers_told(source) if source.is_file() else []
    row = {"page": path.stem, "words": words, "minutes": minutes,
           "cache lines": len(re.findall(r"(?m)^cache:", soup.get_text())), "told": len(told)}
    findings = list(told)
    for width in WIDTHS:
        wide = overflowing(chromium, path, width)
        row[f"wide at {width}"] = len(wide)
        findings += [f"{width} px: {w}" for w in wide]
        small = letters(chromium, path, width)
        row[f"small at {width}"] = len(small)
        findings += [f"{width} px: letters of {s}" for s in small]
    found = axe(chromium, path)
    row["axe"] = sum(number for *_, number in found)
    findings += [f"axe {where}: {what} × {number}" for where, what, number in found]
    if options.verbose:
        for finding in findings:
            print(f"{path.stem}: {finding}")
    return row


def reading(soup):
    """Returns the words of a page's prose, without code and outputs, and a chapter's minutes."""
    prose = " ".join(cell.get_text(" ") for cell in soup.select(".text_cell_render"))
    minutes = re.search(r"(\d+)(?:[\s\u00a0]*(?:to|–)[\s\u00a0]*(\d+))?[\s\u00a0]*minutes", prose)
    return len(prose.split()), int(minutes[2] or minutes[1]) if minutes else 0


def answers_told(path):
    """Returns the exercises of a notebook whose asking cell has the wanted value as a number."""
    told = []
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type != "code" or "solution" in cell.metadata.get("tags", []):
            continue
        for match in re.finditer(r'lesson\.Exercise\("([\d.]+)",\s*[^\n]*', cell.source):
            number = r"[−-]?\d+(?:\.\d+)?(?:e[−-]?\d+)?"
            if re.search(rf",\s*{number}\s*,\s*{number}\s*,", match[0] + cell.source[match.end():]):
                told.append(f"exercise {match[1]} holds its answer")
    return told


def letters(chromium, path, width):
    """Returns the figures of a page, every fold open, whose smallest letters are too small."""
    page = chromium.open(path, width=width)
    try:
        page.evaluate(OPEN)
        return page.evaluate(LETTERS % LEAST_LETTERS)
    finally:
        page.close()


def overflowing(chromium, path, width):
    """Returns the blocks of a page, every fold open, that are wider than their room."""
    page = chromium.open(path, width=width)
    try:
        page.evaluate(OPEN)
        return page.evaluate(OVERFLOWING)
    finally:
        page.close()


def axe(chromium, path):
    """Returns what axe-core finds on a page: where, what, how many."""
    found = []
    for dark in (False, True):
        for width in WIDTHS:
            page = chromium.open(path, width=width, dark=dark)
            page.evaluate(OPEN)
            page.evaluate(axe_source())
            where = f"{'dark' if dark else 'light'} {width} px"
            for rule, number, example, summary in page.evaluate(AXE):
                text = f"{rule}: {example} ({' '.join(summary.split())})"
                found.append((where, text, number))
            page.close()
    return found


def axe_source():
    """Returns axe-core, from the package that carries it (scripts/axe.txt)."""
    spec = importlib.util.find_spec("axe_playwright_python")
    folder = pathlib.Path(spec.submodule_search_locations[0])
    return (folder / "axe.min.js").read_text(encoding="utf-8")


if __name__ == "__main__":
    main()
