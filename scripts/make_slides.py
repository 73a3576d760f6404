"""Makes slides of executed notebooks: build/slides/<name>.html, which need no network.

    make_slides.py [NOTEBOOK]

With a NOTEBOOK, the beginning of its name, only of that one. Each section is a slide, each of its
subsections another; code and outputs come one below the other; solutions stay closed. Arrow keys or
a swipe go from slide to slide, each slide has its own address, and print makes a page of each.
"""

import html
import os
import pathlib
import sys

import quick_imports  # noqa: F401, before nbformat
import bs4

import page_safety
import render_report
import whole_file

ROOT = pathlib.Path(__file__).resolve().parent.parent
CSS = ROOT / "reports" / "template" / "slides.css"


def main():
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    scale = os.environ.get("LESSON_SCALE", "quick")
    executed = ROOT / "build" / "notebooks" / scale
    known = {path.name for path in (ROOT / "notebooks").glob("*.ipynb")}
    found = [p for p in sorted(executed.glob("*.ipynb")) if p.name in known]
    paths = [path for path in found if path.stem.startswith(wanted)]
    if not paths:
        what = f"no executed notebook is called {wanted!r}" if wanted else "no executed notebook"
        sys.exit(f"lossland: {what} in {executed}: run `make lesson`")
    try:
        pages = [render_report.describe(path) for path in found]
        out = ROOT / "build" / "slides"
        out.mkdir(parents=True, exist_ok=True)
        for path in paths:
            index = found.index(path)
            target = out / path.with_suffix(".html").name
            whole_file.write(target, slides(pages[index], pages))
            print(target.relative_to(ROOT))
    except render_report.Problem as problem:
        sys.exit(f"lossland: {problem}")


def slides(page, pages):
    """Returns the slides of one notebook."""
    rendered = render_report.render(page, pages, pages.index(page))
    soup = bs4.BeautifulSoup(rendered.text, "html.parser")
    for extra in soup.select(".anchor-link, .aside"):
        extra.decompose()
    for link in soup.select("main a[href]"):
        if not link["href"].startswith(("#", "http")):
            link.unwrap()
    title = bs4.BeautifulSoup(page["title"], "html.parser").get_text()
    shown = divided(soup.find("main"))
    sections = [section(number, len(shown), parts) for number, parts in enumerate(shown, 1)]
    css = render_report.style() + CSS.read_text(encoding="utf-8")
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{page_safety.POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title)} · slides</title>\n<style>{css}</style>\n</head>\n"
        f'<body class="slides"><main>\n{"".join(sections)}</main></body>\n</html>\n'
    )


def divided(main):
    """Returns the elements of each slide: a slide begins with a heading, or with the notebook."""
    shown = [[]]
    for element in flat(main):
        if element.name in ("h2", "h3") and any(part.get_text(strip=True) for part in shown[-1]):
            shown.append([])
        shown[-1].append(element)
    return shown


def flat(main):
    """Yields the pieces of a page: text cells by their elements, so that a heading in the middle of
    a cell begins a slide, and all else as it is."""
    for cell in main.find_all(True, recursive=False):
        text = cell.select_one(".text_cell_render")
        if text is not None and cell.name != "details":
            yield from list(text.find_all(True, recursive=False))
        else:
            yield cell


def section(number, count, parts):
    """Returns a slide with links to its neighbours, which need no script."""
    before = f'<a href="#s{number - 1}" aria-label="Back">←</a>' if number > 1 else ""
    after = f'<a href="#s{number + 1}" aria-label="On">→</a>' if number < count else ""
    content = "".join(str(part) for part in parts)
    steps = f'<p class="turn">{before} {number} / {count} {after}</p>'
    return f'<section id="s{number}" tabindex="0">{content}{steps}</section>\n'


if __name__ == "__main__":
    main()
