"""Prints the report with Chromium: build/lesson.pdf, and build/pdf/<name>.pdf of each chapter.

    print_report.py [CHAPTER]

With a CHAPTER, the beginning of its name, only that one is printed.
"""

import io
import pathlib
import sys

import pypdf

import browser

ROOT = pathlib.Path(__file__).resolve().parent.parent
# On paper a link leads nowhere but to the page itself or to the network.
UNLINK = """document.querySelectorAll('a[href]:not([href^="#"]):not([href^="http"])').forEach(
  a => a.removeAttribute('href'))"""


def main():
    reports, out = ROOT / "reports", ROOT / "build"
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    try:
        for path in printed(chapters(reports, wanted), out, whole=not wanted):
            print(path.relative_to(ROOT))
    except (browser.Missing, FileNotFoundError) as trouble:
        sys.exit(f"lossland: {trouble}")


def chapters(reports, wanted):
    """Returns the pages to print, the cover first."""
    pages = [path for path in sorted(reports.glob("[0-9]*.html")) if path.stem.startswith(wanted)]
    if not pages:
        what = f"no chapter is called {wanted!r}" if wanted else "there is no report"
        raise FileNotFoundError(f"{what} in {reports}: run `make lesson`")
    return pages if wanted else [reports / "index.html", *pages]


def printed(pages, out, whole):
    """Prints pages into the folder out/pdf, and all of them into out/lesson.pdf. Yields the files.
    """
    (out / "pdf").mkdir(parents=True, exist_ok=True)
    together = pypdf.PdfWriter()
    with browser.Chromium() as chromium:
        for path in pages:
            page = chromium.open(path)
            page.evaluate(UNLINK)
            content = page.pdf()
            page.close()
            target = out / "pdf" / f"{path.stem}.pdf"
            target.write_bytes(content)
            first = len(together.pages)
            together.append(io.BytesIO(content), import_outline=False)
            together.add_outline_item(title=page_title(path), page_number=first)
            yield target
    if whole:
        together.write(out / "lesson.pdf")
        yield out / "lesson.pdf"


def page_title(path):
    """Returns what a page calls itself."""
    text = path.read_text(encoding="utf-8")
    return text.partition("<title>")[2].partition("</title>")[0].removesuffix(" · Lossland")


if __name__ == "__main__":
    main()
