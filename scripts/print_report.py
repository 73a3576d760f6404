"""Prints the report with Chromium: build/lesson.pdf, and build/pdf/<name>.pdf of each chapter.

    print_report.py [CHAPTER]

With a CHAPTER, the beginning of its name, only that one is printed. Paper can't keep a solution
folded: on it the solutions stand behind the chapter, and the programs behind the answers are left
out.
"""

import io
import pathlib
import sys

import pypdf

import browser
import whole_file

ROOT = pathlib.Path(__file__).resolve().parent.parent
# On paper a link leads nowhere but to the page itself or to the network.
UNLINK = """document.querySelectorAll('a[href]:not([href^="#"]):not([href^="http"])').forEach(
  a => a.removeAttribute('href'))"""

SOLUTIONS_LAST = """(() => {
  const main = document.querySelector('main'), found = [];
  let head = null;
  for (const element of main.querySelectorAll('h2, h3, details.solution')) {
    if (element.matches('h2, h3')) head = element;
    else found.push([element, head ? head.textContent.replace('¶', '') : 'Solution']);
  }
  const add = (name, text) => {
    const element = main.appendChild(document.createElement(name));
    element.textContent = text;
  };
  if (found.length) add('h2', 'Solutions');
  for (const [solution, exercise] of found) {
    const note = document.createElement('p');
    note.textContent = 'The solution stands at the end.';
    solution.replaceWith(note);
    solution.querySelector('summary').remove();
    add('h3', exercise);
    main.append(...solution.childNodes);
  }
  // Else it may be alone on the last page.
  main.append(...document.querySelectorAll('body > footer'));
  return found.map(([, exercise]) => exercise);
})()"""


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
            page.evaluate(SOLUTIONS_LAST)
            content = page.pdf()
            page.close()
            target = out / "pdf" / f"{path.stem}.pdf"
            whole_file.write(target, content)
            first = len(together.pages)
            together.append(io.BytesIO(content), import_outline=False)
            together.add_outline_item(title=page_title(path), page_number=first)
            yield target
    if whole:
        bound = io.BytesIO()
        together.write(bound)
        whole_file.write(out / "lesson.pdf", bound.getvalue())
        yield out / "lesson.pdf"


def page_title(path):
    """Returns what a page calls itself."""
    text = path.read_text(encoding="utf-8")
    return text.partition("<title>")[2].partition("</title>")[0].removesuffix(" · Lossland")


if __name__ == "__main__":
    main()
