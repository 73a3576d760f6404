"""Renders the executed notebooks as the report: reports/<name>.html and reports/index.html.

    render_report.py [--executed FOLDER] [--out FOLDER]

Pages need no network and no script, and their content security policy says so to the browser:
mathematics becomes MathML here, styles and pictures are inside the page, Go is coloured by
Pygments. A page that would load anything from elsewhere is an error, and so is a picture without
alternative text. nbconvert does the cells; reports/template/ holds the pages and the style, the
page_*.py beside this file what happens to formulas, outputs, folds, text and the cover.

A notebook's first cell is "# Title", a sentence that becomes its abstract, and "… N minutes"
somewhere. Cells tagged "setup", "solution" and "answer" are folded, "hide" drops a cell.
"""

import argparse
import html
import multiprocessing
import os
import pathlib
import re
import sys
import urllib.parse

import quick_imports  # noqa: F401, before nbformat
import bs4
import nbformat
from nbconvert.exporters import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from pygments.formatters import HtmlFormatter

import page_cover
import page_folds
import page_outputs
import page_safety
import page_text
import whole_file
from page_math import BadFormula, mathml

ROOT = pathlib.Path(__file__).resolve().parent.parent
TEMPLATE = ROOT / "reports" / "template"
SCORECARD = "08-scorecard"
# The colours of code: 4.5 to 1 on our backgrounds, which the tests hold them to.
LIGHT, DARK = "xcode", "github-dark"
# What stands on the cover as well as in the project.
ON_THE_COVER = {"../docs/notation.md#the-networks": "index.html#networks"}
EXPLAINED = (
    '<p class="aside"><code>%%</code> belongs to the notebook, not to Go: what stands above it is '
    "declared for all cells, what stands below it is the program that this cell runs.</p>"
)


class Problem(Exception):
    """Something in a notebook that the report can't show; the message names it."""


def main():
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    scale = os.environ.get("LESSON_SCALE", "quick")
    executed = ROOT / "build" / "notebooks" / scale
    arguments.add_argument("--executed", type=pathlib.Path, default=executed)
    arguments.add_argument("--out", type=pathlib.Path, default=ROOT / "reports")
    options = arguments.parse_args()

    # A notebook that was removed or renamed has no page, although its executed copy is there.
    current = {path.name for path in (ROOT / "notebooks").glob("*.ipynb")}
    paths = sorted(p for p in options.executed.glob("*.ipynb") if p.name in current)
    if not paths:
        sys.exit(f"lossland: no executed notebook in {options.executed}: run `make lesson`")
    try:
        write_report(paths, options.out)
    except Problem as problem:
        sys.exit(f"lossland: {problem}")
    print(f"The report is at {(options.out / 'index.html').resolve()}")


def write_report(paths, out):
    """Writes the page of each notebook and the index into the folder out; nothing where there is a
    Problem."""
    pages = [describe(path) for path in paths]
    tasks = [(page, pages, i) for i, page in enumerate(pages)]
    with multiprocessing.get_context("fork").Pool(2) as workers:
        rendered = workers.starmap(render, tasks, chunksize=1)
    try:
        rendered.append(Rendered("index.html", cover(pages, out)))
    except page_safety.Unsafe as unsafe:
        raise Problem(str(unsafe)) from unsafe
    beside = refuse_dead_links(rendered, out)
    out.mkdir(parents=True, exist_ok=True)
    for stale in out.glob("*.html"):
        if stale.name not in beside:
            stale.unlink()
    for page in rendered:
        whole_file.write(out / page.name, page.text)


class Rendered:
    """A page of the report that loads nothing from elsewhere: its text, its headings, its links."""

    def __init__(self, name, soup):
        page_safety.refuse_loads(name, soup)
        self.name, self.text = name, str(soup)
        self.anchors = {element["id"] for element in soup.find_all(id=True)}
        inside = soup.find_all("a", href=re.compile(r"^[^:/]*(#.*)?$"))
        self.links = [link["href"] for link in inside]


def describe(path):
    """Reads a notebook, its number, title, abstract and minutes."""
    try:
        notebook = whole_file.notebook(path)
    except whole_file.Damaged as damaged:
        raise Problem(str(damaged)) from None
    first = next((c.source for c in notebook.cells if c.cell_type == "markdown"), "")
    try:
        soup = bs4.BeautifulSoup(markdown(first), "html.parser")
    except BadFormula as problem:
        raise Problem(f"{path.name}: {problem}") from None
    title = soup.find("h1")
    if title is None:
        raise Problem(f"{path.name}: the first text cell must begin with '# Title'")
    for anchor in title.find_all("a"):
        anchor.decompose()
    paragraph = title.find_next("p")
    minutes = re.search(r"(\d+)(?:\s*(?:to|–|-)\s*(\d+))?\s*min", soup.get_text())
    if paragraph is None or minutes is None:
        raise Problem(f"{path.name}: the first text cell must hold a sentence that says what the "
                      "notebook is about, and '… N minutes'")
    # The first sentence, with its formulas: parsed pieces, not text.
    sentences = re.split(r"(?<=[.!?])\s+(?=[A-Z*<(])", paragraph.decode_contents(), maxsplit=1)
    return {
        "notebook": notebook,
        "file": path.with_suffix(".html").name,
        "name": path.name,
        "number": (re.match(r"\d+", path.name) or [""])[0],
        "title": page_safety.sanitize(title.decode_contents()),
        "abstract": page_safety.sanitize(sentences[0]),
        "minutes": minutes[1] + (f"–{minutes[2]}" if minutes[2] else ""),
        "most_minutes": int(minutes[2] or minutes[1]),
    }


def render(page, pages, position):
    """Returns the page of one notebook."""
    exporter = Exporter(template_name="template", extra_template_basedirs=[str(TEMPLATE.parent)])
    exporter.exclude_input_prompt = exporter.exclude_output_prompt = True
    plain = {key: bs4.BeautifulSoup(page[key], "html.parser").get_text()
             for key in ("title", "abstract")}
    resources = {
        "lossland": {
            **plain,
            "css": style(),
            "policy": page_safety.POLICY,
            "navigation": navigation(pages, position),
            "provenance": provenance(page["notebook"]),
        }
    }
    try:
        notebook = prepare(page["notebook"])
        body, _ = exporter.from_notebook_node(notebook, resources=resources)
        soup = finish(body, page, {p["name"] for p in pages})
        return Rendered(page["file"], soup)
    except (Problem, BadFormula, page_safety.Unsafe, page_folds.Swallowed) as problem:
        text = str(problem)
        named = text if text.startswith(page["name"]) else f"{page['name']}: {text}"
        raise Problem(named) from None


class Exporter(HTMLExporter):
    """nbconvert's HTML exporter with mathematics as MathML."""

    def default_filters(self):
        yield from super().default_filters()
        yield "markdown2html", markdown


class Renderer(IPythonRenderer):
    """nbconvert's Markdown with mathematics as MathML."""

    def inline_math(self, body):
        return mathml(body, "inline")

    def block_math(self, body):
        return mathml(body, "block")

    def heading(self, text, level, **attrs):
        # JupyterLab's ids, so that a link works in both. (nbconvert's own way breaks formulas in
        # headings.)
        plain = bs4.BeautifulSoup(text, "html.parser").get_text().strip()
        anchor = html.escape(plain.replace(" ", "-"), quote=True)
        link = f'<a class="anchor-link" href="#{anchor}" aria-label="Link to here">¶</a>'
        return f'<h{level} id="{anchor}">{text}{link}</h{level}>\n'

    def latex_environment(self, name, body):
        if name in ("equation", "equation*"):
            return mathml(body, "block")
        # Unnumbered: MathML knows no counters.
        starred = "align*" if name == "align" else name
        return mathml(rf"\begin{{{starred}}}{body}\end{{{starred}}}", "block")


def markdown(source):
    return MarkdownWithMath(renderer=Renderer(escape=False)).render(source)


def prepare(notebook):
    """Returns the notebook without hidden cells, its printed text turned into markup."""
    notebook.metadata.setdefault("language_info", {"name": "go"})["pygments_lexer"] = "go"
    notebook.cells = [c for c in notebook.cells if "hide" not in c.metadata.get("tags", [])]
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.execution_count = None
            cell.outputs = [shown for output in cell.outputs if (shown := show(output))]
    return notebook


def show(output):
    """Returns an output as the page shows it; None where nothing is left of it."""
    if output.output_type != "stream":
        return output
    markup = page_outputs.markup(output.text, output.name)
    return nbformat.v4.new_output("display_data", {"text/html": markup}) if markup else None


def finish(body, page, names):
    """Makes what nbconvert made safe; folds, lists, links and checks it."""
    soup = bs4.BeautifulSoup(body, "html.parser")
    text = soup.find("main")
    page_safety.refuse_loads(page["name"], text)
    safe = bs4.BeautifulSoup(page_safety.sanitize(text.decode_contents()), "html.parser")
    text.clear()
    text.extend(list(safe.contents))
    page_folds.fold(soup)
    explain(soup)
    boxes(soup, page["name"])
    links(soup, page["name"], names)
    if f"{SCORECARD}.ipynb" in names:
        claims = page_text.read_claims(ROOT / "evidence" / "claims.json")
        own = page["name"] == f"{SCORECARD}.ipynb"
        page_text.link_rows(text, claims, f"{SCORECARD}.html", own)
    page_text.keep_together(text)
    marker = soup.find(string=lambda s: isinstance(s, bs4.Comment) and s == "contents")
    marker.replace_with(bs4.BeautifulSoup(contents(soup), "html.parser"))
    return soup


def boxes(soup, name):
    """Puts tables, pictures and formulas, should they be too wide, into boxes that scroll and that
    the keyboard reaches. Raises where a picture has no alternative text."""
    for table in soup.select("main table"):
        for heading in table.find_all("th"):
            heading["scope"] = "row" if heading.find_parent("tbody") else "col"
        stack(table)
    for image in soup.find_all("img"):
        if not image.get("alt", "").strip():
            raise Problem(f"{name}: a picture has no alternative text: {str(image)[:120]}…")
    wide = [t for t in soup.select("main table, main figure, main math[display=block]")
            if not t.find_parent(("table", "figure"))]
    wide += [i for i in soup.select("main img") if not i.find_parent(("table", "figure"))]
    kinds = {"table": "Table", "math": "Formula"}
    counts = {}
    for element in wide:
        kind = kinds.get(element.name, "Figure")
        counts[kind] = counts.get(kind, 0) + 1
        label = f"{kind} {counts[kind]}"
        attributes = {"class": "scroll", "tabindex": "0", "role": "region", "aria-label": label}
        element.wrap(soup.new_tag("div", attrs=attributes))


def stack(table):
    """Lets a phone show a table of three columns and more row by row, with the heads as labels."""
    heads = [th.get_text().strip() for th in table.select("thead th")]
    if len(heads) < 3 or "scorecard" in table.get("class", []):
        return
    table["class"] = [*table.get("class", []), "stacked"]
    for row in table.select("tbody tr"):
        for head, cell in zip(heads, row.find_all(["th", "td"], recursive=False)):
            if head and cell.name == "td":
                cell["data-label"] = f"{head}:"


def links(soup, name, names):
    """Makes links to notebooks links to their pages, and those out of the report plain text."""
    for link in soup.find_all("a", href=re.compile(r"^[^:/]+\.ipynb(#.*)?$")):
        target, _, anchor = link["href"].partition("#")
        if target not in names:
            raise Problem(f"{name}: a link leads to {target}, which isn't a notebook of the report")
        page = target.removesuffix(".ipynb") + ".html"
        link["href"] = page + (f"#{anchor}" if anchor else "")
    for link in soup.find_all("a", href=re.compile(r"^\.\./")):
        beside = ON_THE_COVER.get(link["href"], link["href"]).removeprefix("../reports/")
        if beside != link["href"]:
            link["href"] = beside
        else:
            # The report is sent on without the project around it: what is a file there is only a
            # name here.
            link.unwrap()


def explain(soup):
    """Says at the first cell with %% what that means."""
    for area in soup.select("main .input_area"):
        if re.search(r"(?m)^%%\s*$", area.get_text()) and not area.find_parent("details"):
            cell = area.find_parent(class_="cell")
            cell.insert_before(bs4.BeautifulSoup(EXPLAINED, "html.parser"))
            return


def contents(soup):
    """Returns the contents list of the second and third level, in a box that folds on a phone."""
    items, open_sub = [], False
    for heading in soup.select("main h2[id], main h3[id]"):
        copy = bs4.BeautifulSoup(heading.decode_contents(), "html.parser")
        for anchor in copy.select("a.anchor-link"):
            anchor.decompose()
        target = html.escape(heading["id"])
        entry = f'<a href="#{target}">{copy.decode_contents().strip()}</a>'
        if heading.name == "h2":
            items.append("</ol>" if open_sub else "")
            items.append(("</li>" if items[1:] else "") + f"<li>{entry}")
            open_sub = False
        elif items:
            items.append(("" if open_sub else "<ol>") + f"<li>{entry}</li>")
            open_sub = True
    if not items:
        return ""
    listed = f"{''.join(items)}{'</ol>' if open_sub else ''}</li>"
    return f"<details><summary>Contents</summary><ol>{listed}</ol></details>"


def navigation(pages, position):
    """Returns links to the previous notebook, the cover and the next one."""
    parts = []
    if position > 0:
        page = pages[position - 1]
        parts.append(f'<a class="previous" rel="prev" href="{page["file"]}">← {page["title"]}</a>')
    parts.append('<a href="index.html">All notebooks</a>')
    if position + 1 < len(pages):
        page = pages[position + 1]
        parts.append(f'<a class="next" rel="next" href="{page["file"]}">{page["title"]} →</a>')
    return "".join(parts)


def provenance(notebook):
    """Says what this page was made from, without anything that changes between equal runs."""
    stamp = html.escape(notebook.metadata.get("lossland", {}).get("stamp", "")[:12])
    scale = html.escape(os.environ.get("LESSON_SCALE", "quick"))
    made = f" A hash of its inputs: <code>{stamp}</code>." if stamp else ""
    meant = f'<a href="index.html#new">scale <i>{scale}</i></a>'
    return f"Executed at {meant} by <code>make lesson</code>.{made}"


def cover(pages, out):
    """Returns the cover as a soup."""
    sheet = (out / "interview-sheet.html").is_file()
    scale = html.escape(os.environ.get("LESSON_SCALE", "quick"))
    made = f"Executed at scale <i>{scale}</i>. Made by <code>make lesson</code>."
    markup = page_cover.cover(pages, style(), sheet, made, scale)
    soup = bs4.BeautifulSoup(markup, "html.parser")
    page_text.keep_together(soup.find("main"))
    return soup


def style():
    """Returns the style sheet with the colours of code, light and dark; print is light."""
    # The background and the line height are ours, and GoNB's commands are no errors of Go's.
    ours = re.compile(r"(?m)^(\.highlight \{|pre \{|td\.|span\.linenos|\.highlight \.err).*$")
    light, dark = (ours.sub("", HtmlFormatter(style=s).get_style_defs(".highlight"))
                   for s in (LIGHT, DARK))
    css = (TEMPLATE / "report.css").read_text(encoding="utf-8")
    return f"{css}\n{light}\n@media screen and (prefers-color-scheme: dark) {{\n{dark}\n}}\n"


def refuse_dead_links(rendered, out):
    """Raises where a link inside the report leads to a page or a heading that isn't there. Returns
    the names of those linked pages that aren't notebooks but lie in the folder out, such as the
    interview's sheet."""
    anchors = {page.name: page.anchors for page in rendered}
    beside = set()
    for page in rendered:
        for link in page.links:
            target, _, anchor = link.partition("#")
            target = target or page.name
            if not target.endswith(".html"):
                continue
            if target not in anchors and not anchor and (out / target).is_file():
                beside.add(target)
                continue
            known = anchors.get(target, ())
            if target not in anchors or (anchor and urllib.parse.unquote(anchor) not in known):
                raise Problem(f"{page.name}: the link {link!r} leads nowhere")
    return beside


if __name__ == "__main__":
    main()
