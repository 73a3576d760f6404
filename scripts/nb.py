"""Keeps the lesson's notebooks in order, and turns them into text that is good to edit, and back.

    nb.py to-text   NOTEBOOK.ipynb [-o TEXT.md]        a Markdown file: text cells as they are,
                                                       code cells as ```go
    nb.py from-text TEXT.md        [-o NOTEBOOK.ipynb] the notebook of such a file
    nb.py clean     NOTEBOOK.ipynb ...                 drops outputs and counters, sets metadata
                                                       and cell ids
    nb.py check     NOTEBOOK.ipynb ...                 fails where `clean` would change something,
                                                       and where a line of code is wider than 84
                                                       columns

The text format is jupytext's Markdown: two blank lines divide text cells, and a fence may carry
tags, as in ```go tags=["solution"]. Cell ids are hashes of the content, so the same text makes the
same bytes.
"""

import argparse
import hashlib
import json
import pathlib
import re
import sys

import quick_imports  # noqa: F401, before nbformat
import jupytext
import nbformat

import whole_file

METADATA = {
    "kernelspec": {"display_name": "Go (gonb)", "language": "go", "name": "gonb"},
    "language_info": {
        "codemirror_mode": "",
        "file_extension": ".go",
        "mimetype": "text/x-go",
        "name": "go",
        "pygments_lexer": "go",
    },
}
# So much fits a page of the report on a desktop; a tab counts as four.
COLUMNS, TAB = 84, 4
# What Python, and so jupytext, takes for a line's end beside \n.
ENDINGS = re.compile("[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
# What JupyterLab needs to show a solution, an answer or the set-up folded.
FOLDED = {"source_hidden": True}


def main():
    arguments = argparse.ArgumentParser(description=__doc__,
                                        formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("command", choices=["to-text", "from-text", "clean", "check"])
    arguments.add_argument("files", nargs="+", type=pathlib.Path)
    arguments.add_argument("-o", "--output", type=pathlib.Path)
    options = arguments.parse_args()
    if options.output and (len(options.files) > 1 or options.command in ("clean", "check")):
        sys.exit("lossland: -o goes with one file, and with to-text or from-text")
    for path in options.files:
        if not is_file(path):
            sys.exit(f"lossland: there is no file {path}")
    commands = {"to-text": to_text, "from-text": from_text, "clean": clean, "check": check}
    commands[options.command](options)


def is_file(path):
    try:
        return path.is_file()
    except OSError:  # such as a loop of links, or a name that is too long
        return False


def read(path):
    """Returns a notebook that holds to the format; anything else ends the program with what is
    wrong."""
    try:
        return whole_file.notebook(path)
    except whole_file.Damaged as damaged:
        sys.exit(f"lossland: {damaged}")


def to_text(options):
    for path in options.files:
        target = options.output or path.with_suffix(".md")
        notebook = read(path)
        if any(pictures(cell) for cell in notebook.cells):
            sys.exit(f"lossland: {path} holds pasted pictures, which the text can't hold: save "
                     "them as files beside it and show these")
        text = as_text(notebook)
        if lost := what_differs(canonical(notebook), from_markdown(text)):
            sys.exit(f"lossland: {path}: the text can't hold {lost}: edit the notebook itself")
        write(target, text)


def what_differs(notebook, again):
    """Says which cell a notebook's text doesn't give back; "" where it gives back all."""
    for number, (one, other) in enumerate(zip(notebook.cells, again.cells), 1):
        if one != other:
            line = one.source.strip().splitlines()[:1]
            return f"cell {number} ({one.cell_type}: {line[0][:60] if line else 'empty'})"
    if len(notebook.cells) != len(again.cells):
        return f"{len(notebook.cells)} cells, of which it would make {len(again.cells)}"
    return ""


def strange(text):
    """Says what in a text jupytext would take for something else; "" where nothing is."""
    for number, line in enumerate(text.split("\n"), 1):
        if found := ENDINGS.search(line):
            return f"line {number} has a U+{ord(found[0]):04X}, which would become a line's end"
    return ""


def write(path, text):
    """Writes a whole file or, where that fails, none: what was there stays."""
    try:
        whole_file.write(path, text)
    except (whole_file.Damaged, OSError) as error:
        sys.exit(f"lossland: {error}")


def from_text(options):
    for path in options.files:
        target = options.output or path.with_suffix(".ipynb")
        if target.absolute() == path.absolute() or path.suffix == ".ipynb":
            sys.exit(f"lossland: {path} is a notebook; "
                     "from-text takes the text that to-text writes")
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            sys.exit(f"lossland: {path} is no text in UTF-8: {error}")
        if fault := strange(text):
            sys.exit(f"lossland: {path}: {fault}")
        write(target, serialize(from_markdown(text)))


def clean(options):
    for path in options.files:
        write(path, serialize(canonical(read(path))))


def check(options):
    found = [fault for path in options.files for fault in faults(path)]
    for fault in found:
        print(f"lossland: {fault}", file=sys.stderr)
    sys.exit(1 if found else 0)


def faults(path):
    """Yields what is wrong with a notebook."""
    notebook = read(path)
    if path.read_text(encoding="utf-8") != serialize(canonical(notebook)):
        yield f"{path} holds outputs, counters or stray metadata: run `make notebooks-clean`"
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        for line in cell.source.splitlines():
            if (width := len(line.expandtabs(TAB))) > COLUMNS:
                yield f"{path}: {width} columns, at most {COLUMNS}: {line.strip()}"


def as_text(notebook):
    """Returns the notebook as Markdown; tags are the only metadata of a cell that it carries."""
    notebook = canonical(notebook)
    for cell in notebook.cells:
        cell.metadata.pop("jupyter", None)
    notebook.metadata["jupytext"] = {"notebook_metadata_filter": "-all",
                                     "cell_metadata_filter": "tags,-all"}
    return jupytext.writes(notebook, fmt="md")


def from_markdown(text):
    """Returns the canonical notebook of a Markdown text."""
    head = ("---\njupyter:\n  kernelspec:\n    display_name: Go (gonb)\n    language: go\n"
            "    name: gonb\n---\n\n")
    return canonical(jupytext.reads(text if text.startswith("---") else head + text, fmt="md"))


def canonical(notebook):
    """Returns a copy without outputs and counters, with our metadata and with ids that follow from
    the content."""
    fresh = nbformat.v4.new_notebook(metadata=METADATA)
    fresh.nbformat_minor = 5
    seen = {}
    for cell in notebook.cells:
        source = cell.source.rstrip("\n") if cell.cell_type == "code" else cell.source.strip("\n")
        new = {"code": nbformat.v4.new_code_cell, "markdown": nbformat.v4.new_markdown_cell,
               "raw": nbformat.v4.new_raw_cell}
        made = new[cell.cell_type](source)
        tags = cell.metadata.get("tags", [])
        if tags:
            made.metadata["tags"] = tags
            if {"solution", "setup", "answer"} & set(tags) and cell.cell_type == "code":
                made.metadata["jupyter"] = FOLDED
        content = f"{cell.cell_type}\0{source}"
        if kept := pictures(cell):
            made.attachments = kept
            content += "\0" + json.dumps(kept, sort_keys=True)
        digest = hashlib.sha256(content.encode()).hexdigest()[:8]
        seen[digest] = seen.get(digest, 0) + 1
        made.id = digest if seen[digest] == 1 else f"{digest}-{seen[digest]}"
        fresh.cells.append(made)
    return fresh


def pictures(cell):
    """Returns the pasted pictures that a text cell shows, by their names."""
    pasted = cell.get("attachments", {}) if cell.cell_type == "markdown" else {}
    return {name: data for name, data in pasted.items() if f"attachment:{name}" in cell.source}


def serialize(notebook):
    return nbformat.writes(notebook) + "\n"


if __name__ == "__main__":
    main()
