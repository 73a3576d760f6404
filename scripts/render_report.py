"""Renders the executed notebooks as the report: reports/<name>.html and reports/index.html.

    render_report.py [--executed FOLDER] [--out FOLDER]

Pages need no network and no script: mathematics becomes MathML here, styles and pictures are inside the page, Go is
coloured by Pygments. A page that would load anything from elsewhere is an error, and so is a picture without
alternative text. nbconvert does the cells; reports/template/ holds the page and the style.

A notebook's first cell is "# Title", a sentence that becomes its abstract, and "… N minutes" somewhere. A code cell
tagged "solution" is folded with its output, "hide" drops a cell from the report.
"""

import argparse
import html
import multiprocessing
import os
import pathlib
import re
import sys
import unicodedata
import urllib.parse

import quick_imports  # noqa: F401, before nbformat
import bs4
import jinja2
import latex2mathml.converter
import nbformat
from nbconvert.exporters import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from pygments.formatters import HtmlFormatter

ROOT = pathlib.Path(__file__).resolve().parent.parent
TEMPLATE = ROOT / "reports" / "template"
# A line that is a progress bar and nothing else: a percentage or a count, and a bar.
PROGRESS = re.compile(r"^.*\d+\s?(%|/\s?\d+).*[|\[][█▓▒░▏▎▍▌▋▊▉#=>\-\s]{5,}[|\]].*$\n?", re.MULTILINE)
# A line of session.Cached: hit or miss and what, its key, the time.
CACHE = re.compile(r"(cache: (?:hit  |miss) .*) ([0-9a-f]{8}) \((saved|computed in) ([\d.]+) s(?:, not stored)?\)\n")
# Two notebooks that are executed at a time may wait for one another: that says nothing to a reader.
WAITING = re.compile(r"^cache: warning: another process computes .*\n?", re.MULTILINE)
CURSOR = re.compile(r"\x1b\[[0-9;?]*[ABCDEFGHJKSTfhilnsu]")


class Problem(Exception):
    """Something in a notebook that the report can't show; the message names it."""


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    scale = os.environ.get("LESSON_SCALE", "quick")
    arguments.add_argument("--executed", type=pathlib.Path, default=ROOT / "build" / "notebooks" / scale)
    arguments.add_argument("--out", type=pathlib.Path, default=ROOT / "reports")
    options = arguments.parse_args()

    # A notebook that was removed or renamed has no page, although its executed copy is still there.
    current = {path.name for path in (ROOT / "notebooks").glob("*.ipynb")}
    paths = sorted(path for path in options.executed.glob("*.ipynb") if path.name in current)
    if not paths:
        sys.exit(f"lossland: no executed notebook in {options.executed}: run `make lesson`")
    try:
        write_report(paths, options.out)
    except Problem as problem:
        sys.exit(f"lossland: {problem}")
    print(f"The report is at {(options.out / 'index.html').resolve()}")


def write_report(paths, out):
    """Writes the page of each notebook and the index into the folder out; nothing where there is a Problem."""
    pages = [describe(path) for path in paths]
    with multiprocessing.get_context("fork").Pool(2) as workers:
        rendered = workers.starmap(render, [(page, pages, i) for i, page in enumerate(pages)], chunksize=1)
    rendered.append(Rendered("index.html", bs4.BeautifulSoup(cover(pages), "html.parser")))
    beside = refuse_dead_links(rendered, out)
    out.mkdir(parents=True, exist_ok=True)
    for stale in out.glob("*.html"):
        if stale.name not in beside:
            stale.unlink()
    for page in rendered:
        (out / page.name).write_text(page.text, encoding="utf-8")


class Rendered:
    """A page of the report that loads nothing from elsewhere: its text, the headings that it holds, its links."""

    def __init__(self, name, soup):
        refuse_foreign_loads(name, soup)
        self.name, self.text = name, str(soup)
        self.anchors = {element["id"] for element in soup.find_all(id=True)}
        self.links = [link["href"] for link in soup.find_all("a", href=re.compile(r"^[^:/]*(#.*)?$"))]


def describe(path):
    """Reads a notebook, its title, abstract and minutes."""
    notebook = nbformat.read(path, as_version=4)
    first = next((cell.source for cell in notebook.cells if cell.cell_type == "markdown"), "")
    soup = bs4.BeautifulSoup(markdown(first), "html.parser")
    title = soup.find("h1")
    if title is None:
        raise Problem(f"{path.name}: the first text cell must begin with '# Title'")
    for anchor in title.find_all("a"):
        anchor.decompose()
    paragraph = title.find_next("p")
    minutes = re.search(r"(\d+)(?:\s*(?:to|–|-)\s*(\d+))?\s*min", soup.get_text())
    if paragraph is None or minutes is None:
        raise Problem(f"{path.name}: the first text cell must hold a sentence that says what the notebook is about, and '… N minutes'")
    # The first sentence, with its formulas: parsed pieces, not text.
    abstract = re.split(r"(?<=[.!?])\s+(?=[A-Z*<])", paragraph.decode_contents(), maxsplit=1)[0]
    return {
        "notebook": notebook,
        "file": path.with_suffix(".html").name,
        "name": path.name,
        "title": title.decode_contents(),
        "abstract": abstract,
        "minutes": minutes[1] + (f"–{minutes[2]}" if minutes[2] else ""),
        "most_minutes": int(minutes[2] or minutes[1]),
    }


def render(page, pages, position):
    """Returns the page of one notebook."""
    exporter = Exporter(template_name="template", extra_template_basedirs=[str(TEMPLATE.parent)])
    exporter.exclude_input_prompt = exporter.exclude_output_prompt = True
    notebook = prepare(page["notebook"])
    text = bs4.BeautifulSoup(page["title"], "html.parser").get_text()
    resources = {
        "lossland": {
            "title": text,
            "abstract": bs4.BeautifulSoup(page["abstract"], "html.parser").get_text(),
            "css": style(),
            "navigation": navigation(pages, position),
            "provenance": provenance(page["notebook"]),
        }
    }
    try:
        body, _ = exporter.from_notebook_node(notebook, resources=resources)
    except Problem as problem:
        raise Problem(f"{page['name']}: {problem}") from problem
    return Rendered(page["file"], finish(body, page, {p["name"] for p in pages}))


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
        # JupyterLab's ids, so that a link works in both. (nbconvert's own way breaks formulas in headings.)
        anchor = html.escape(bs4.BeautifulSoup(text, "html.parser").get_text().strip().replace(" ", "-"), quote=True)
        return f'<h{level} id="{anchor}">{text}<a class="anchor-link" href="#{anchor}" aria-label="Link to here">¶</a></h{level}>\n'

    def latex_environment(self, name, body):
        if name in ("equation", "equation*"):
            return mathml(body, "block")
        # Unnumbered: MathML knows no counters.
        starred = "align*" if name == "align" else name
        return mathml(rf"\begin{{{starred}}}{body}\end{{{starred}}}", "block")


def markdown(source):
    return MarkdownWithMath(renderer=Renderer(escape=False)).render(source)


def mathml(latex, display):
    """Returns a formula as MathML with its LaTeX as the text that is copied and read out."""
    latex = latex.strip()
    # latex2mathml knows aligned blocks by the name split.
    source = re.sub(r"\\(begin|end)\{aligned\}", r"\\\1{split}", latex)
    try:
        markup = latex2mathml.converter.convert(source, display=display)
    except Exception as error:
        raise Problem(f"the formula {latex!r} can't be turned into MathML ({type(error).__name__}: {error})") from error
    unknown = re.search(r"<m(?:text|i|o)>(\\[A-Za-z]+|&)</", markup)
    if unknown:
        raise Problem(f"the formula {latex!r} uses {unknown[1]}, which latex2mathml doesn't know there")
    markup = re.sub(r'<mi mathvariant="([a-z-]+)">([^<]+)</mi>', styled_letter, markup)
    return markup.replace("<math ", f'<math alttext="{html.escape(latex, quote=True)}" ', 1)


def styled_letter(match):
    """Writes a bold or double-struck letter as the Unicode character that it is: browsers ignore mathvariant."""
    style, text = match[1].upper().replace("BOLD-", "BOLD "), html.unescape(match[2])
    if style == "NORMAL":
        return f'<mi mathvariant="normal">{match[2]}</mi>'
    styled = []
    for character in text:
        # "LATIN CAPITAL LETTER R" and "GREEK SMALL LETTER THETA" become "CAPITAL R" and "SMALL THETA".
        letter = re.sub(r"^(LATIN|GREEK) |LETTER |^DIGIT (?=.)", "", unicodedata.name(character, ""))
        for name in (f"MATHEMATICAL {style} {letter}", f"{style} {letter}"):
            try:
                styled.append(unicodedata.lookup(name))
                break
            except KeyError:
                continue
        else:
            styled.append(character)
    return f"<mi>{''.join(styled)}</mi>"


def prepare(notebook):
    """Returns the notebook without hidden cells and without what progress bars and waiting left behind."""
    notebook.metadata.setdefault("language_info", {"name": "go"})["pygments_lexer"] = "go"
    notebook.cells = [cell for cell in notebook.cells if "hide" not in cell.metadata.get("tags", [])]
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        cell.execution_count = None
        for output in cell.outputs:
            if output.output_type == "stream":
                text = WAITING.sub("", PROGRESS.sub("", CURSOR.sub("", output.text)))
                output.text = merge_cache_lines(text)
        cell.outputs = [o for o in cell.outputs if o.output_type != "stream" or o.text.strip()]
    return notebook


def merge_cache_lines(text):
    """Writes lines of the cache that differ only in what was taken from it as one, with their number and sum."""
    merged = []
    for line in text.splitlines(keepends=True):
        match = CACHE.match(line)
        if match and merged and isinstance(merged[-1], list) and merged[-1][0].group(1, 3) == match.group(1, 3):
            merged[-1].append(match)
        else:
            merged.append([match] if match else line)
    return "".join(m if isinstance(m, str) else cache_line(m) for m in merged)


def cache_line(matches):
    if len(matches) == 1:
        return matches[0][0]
    head, how = matches[0].group(1, 3)
    return f"{head}, {len(matches)} times ({how} {sum(float(m[4]) for m in matches):.1f} s)\n"


def finish(body, page, names):
    """Folds, lists, links and checks what nbconvert made."""
    soup = bs4.BeautifulSoup(body, "html.parser")
    for script in soup.find_all("script"):
        script.decompose()
    fold(soup)
    for table in soup.select(".rendered_html table"):
        table.wrap(soup.new_tag("div", attrs={"class": "scroll"}))
    for image in soup.find_all("img"):
        if not image.get("alt", "").strip():
            raise Problem(f"{page['name']}: a picture has no alternative text: {str(image)[:120]}…")
        if image.find_parent(class_="scroll") is None:
            # A wide picture scrolls in a box that the keyboard reaches.
            image.wrap(soup.new_tag("div", attrs={"class": "scroll", "tabindex": "0"}))
    for link in soup.find_all("a", href=re.compile(r"^[^:/]+\.ipynb(#.*)?$")):
        target, _, anchor = link["href"].partition("#")
        if target not in names:
            raise Problem(f"{page['name']}: a link leads to {target}, which isn't a notebook of the report")
        link["href"] = target.removesuffix(".ipynb") + ".html" + (f"#{anchor}" if anchor else "")
    for link in soup.find_all("a", href=re.compile(r"^\.\./")):
        beside = link["href"].removeprefix("../reports/")
        if beside != link["href"]:
            link["href"] = beside
        else:
            # The report is sent on without the project around it: what is a file there is only a name here.
            link.unwrap()
    marker = soup.find(string=lambda s: isinstance(s, bs4.Comment) and s == "contents")
    marker.replace_with(bs4.BeautifulSoup(contents(soup), "html.parser"))
    return soup


def fold(soup):
    """Folds solutions with their output, and the set-up cell."""
    for cell in soup.select(".celltag_solution"):
        wrap_in_details(soup, cell, "Solution", "solution")
    for cell in soup.select(".code_cell"):
        if "go work init" in cell.get_text():
            wrap_in_details(soup, cell, "Set-up of this notebook", "setup")


def wrap_in_details(soup, element, summary, kind):
    details = soup.new_tag("details", attrs={"class": kind})
    element.wrap(details)
    title = soup.new_tag("summary")
    title.string = summary
    details.insert(0, title)


def contents(soup):
    """Returns the contents list of the second and third level, in a box that folds on a phone."""
    items, open_sub = [], False
    for heading in soup.select("main h2[id], main h3[id]"):
        copy = bs4.BeautifulSoup(heading.decode_contents(), "html.parser")
        for anchor in copy.select("a.anchor-link"):
            anchor.decompose()
        entry = f'<a href="#{html.escape(heading["id"])}">{copy.decode_contents().strip()}</a>'
        if heading.name == "h2":
            items.append("</ol>" if open_sub else "")
            items.append(("</li>" if items[1:] else "") + f"<li>{entry}")
            open_sub = False
        elif items:
            items.append(("" if open_sub else "<ol>") + f"<li>{entry}</li>")
            open_sub = True
    if not items:
        return ""
    return f"<details><summary>Contents</summary><ol>{''.join(items)}{'</ol>' if open_sub else ''}</li></ol></details>"


def navigation(pages, position):
    """Returns links to the previous notebook, the cover and the next one."""
    parts = []
    if position > 0:
        parts.append(f'<a class="previous" rel="prev" href="{pages[position - 1]["file"]}">← {pages[position - 1]["title"]}</a>')
    parts.append('<a href="index.html">All notebooks</a>')
    if position + 1 < len(pages):
        parts.append(f'<a class="next" rel="next" href="{pages[position + 1]["file"]}">{pages[position + 1]["title"]} →</a>')
    return f'<nav class="steps" aria-label="Notebooks">{"".join(parts)}</nav>'


def provenance(notebook):
    """Says what this page was made from, without anything that changes between equal runs."""
    stamp = notebook.metadata.get("lossland", {}).get("stamp", "")
    scale = html.escape(os.environ.get("LESSON_SCALE", "quick"))
    return f"Executed at scale <i>{scale}</i>" + (f", inputs <code>{html.escape(stamp[:12])}</code>." if stamp else ".")


def cover(pages):
    template = jinja2.Template((TEMPLATE / "cover.html.j2").read_text(encoding="utf-8"), autoescape=False)
    scale = html.escape(os.environ.get("LESSON_SCALE", "quick"))
    return template.render(
        css=style(), pages=pages, total=sum(page["most_minutes"] for page in pages),
        provenance=f"Executed at scale <i>{scale}</i>. Made by <code>make lesson</code>.",
    )


def style():
    """Returns the style sheet with the colours of code, light and dark; print is light."""
    light = HtmlFormatter(style="friendly").get_style_defs(".highlight")
    dark = HtmlFormatter(style="github-dark").get_style_defs(".highlight")
    # The background and the line height are ours.
    light, dark = (re.sub(r"(?m)^(\.highlight \{|pre \{|td\.|span\.linenos).*$", "", s) for s in (light, dark))
    css = (TEMPLATE / "report.css").read_text(encoding="utf-8")
    return f"{css}\n{light}\n@media screen and (prefers-color-scheme: dark) {{\n{dark}\n}}\n"


def refuse_foreign_loads(name, soup):
    """Raises where a page would load something: only data: addresses and links for the reader are allowed."""
    for element in soup.find_all(True):
        if element.name in ("script", "iframe", "object", "embed", "base") or (element.name == "link"):
            raise Problem(f"{name}: a page of the report holds <{element.name}>, which it must not")
        for attribute in ("src", "srcset", "poster", "data", "xlink:href", "background"):
            value = element.get(attribute)
            if value and not value.startswith(("data:", "#")):
                raise Problem(f"{name}: <{element.name} {attribute}> would load {value[:80]}")
        if element.name in ("image", "use") and not element.get("href", "#").startswith(("data:", "#")):
            raise Problem(f"{name}: <{element.name}> would load {element['href'][:80]}")
    for sheet in [s.get_text() for s in soup.find_all("style")] + [e["style"] for e in soup.find_all(style=True)]:
        if re.search(r"@import|url\(\s*['\"]?(?!data:|#)", sheet):
            raise Problem(f"{name}: a style would load something")


def refuse_dead_links(rendered, out):
    """Raises where a link inside the report leads to a page or a heading that isn't there. Returns the names of those linked pages
    that aren't notebooks but lie in the folder out, such as the interview's sheet."""
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
            elif target not in anchors or (anchor and urllib.parse.unquote(anchor) not in anchors[target]):
                raise Problem(f"{page.name}: the link {link!r} leads nowhere")
    return beside


if __name__ == "__main__":
    main()
