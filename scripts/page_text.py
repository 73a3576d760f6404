"""The last touches to the text of a page: numbers keep their units, and the codes of the evidence
table's rows become links that say what they are."""

import json
import re

import bs4

UNITS = (
    "%|‰|px|ns|µs|ms|s|min|minutes?|seconds?|hours?|days?|GB|MB|KB|kB|GiB|MiB|KiB|columns?|steps?|"
    "epochs?|seeds?|digits?|weights?|notebooks?|times"
)
NUMBER = re.compile(rf"(?<=\d) (?=(?:{UNITS})(?![\w]))")
# "notebook 05", "row F1", "exercise 2.1", "n = 10".
NAMED = re.compile(
    r"\b(notebooks?|rows?|[Ee]xercises?|[Ss]ections?|[Ff]igures?|[Ss]eeds?) (?=[A-Z]?\d)"
)
EQUALS = re.compile(r"\b([A-Za-z]) ([=<>≤≥]) (?=[−-]?\d)")
ROW = re.compile(r"\b([AFMSTWX]\d)\b(?!\s+(?:page|sheet|paper))")
# What the letters stand for (evidence/plan.md).
LETTERS = {
    "F": "the six features",
    "S": "slices through the landscape",
    "T": "what training finds",
    "M": "how SAM works",
    "W": "why training rarely gets stuck",
    "A": "the interview answer",
    "X": "what the textbook leaves out",
}
VERBATIM = ("pre", "code", "kbd", "samp", "math", "style", "script", "title")


def unbreakable(text):
    """Puts no-break spaces between numbers and what they belong to."""
    text = NUMBER.sub("\u00a0", text)
    text = NAMED.sub("\\1\u00a0", text)
    return EQUALS.sub("\\1\u00a0\\2\u00a0", text)


def keep_together(soup):
    """Makes the text of a page unbreakable where a break would part a number from its unit. Also
    where markup stands between the two: "<b>2</b> %"."""
    for string in list(soup.find_all(string=re.compile(r"\S"))):
        if isinstance(string, bs4.Comment) or string.find_parent(VERBATIM):
            continue
        fresh = unbreakable(str(string))
        before = string.previous_sibling
        number = isinstance(before, bs4.Tag) and re.search(r"\d$", before.get_text())
        if number and re.match(rf" (?:{UNITS})(?!\w)", fresh):
            fresh = "\u00a0" + fresh[1:]
        if fresh != string:
            string.replace_with(bs4.NavigableString(fresh))


def read_claims(path):
    """Returns the rows of the evidence table by their code; none where the table isn't there."""
    if not path.is_file():
        return {}
    return {claim["id"]: claim for claim in json.loads(path.read_text(encoding="utf-8"))}


def link_rows(soup, claims, scorecard, own):
    """Makes the codes of rows links to the scorecard, with the claim as title. own says that this
    page is the scorecard: then the link stays on it. Links to rows that a cell shows get a title.
    """
    for link in soup.find_all("a", href=re.compile(r"#row-[A-Z]\d+$"), title=False):
        if claim := claims.get(link["href"].rpartition("#row-")[2]):
            link["title"] = title(claim)
    for string in list(soup.find_all(string=ROW)):
        if isinstance(string, bs4.Comment):
            continue
        if string.find_parent((*VERBATIM, "a", "summary", "h1", "h2", "h3", "h4", "svg")):
            continue
        if string.find_parent("th") and string.find_parent("tr", id=True):
            continue
        pieces = linked(str(string), claims, "" if own else scorecard)
        if pieces != str(string):
            string.replace_with(bs4.BeautifulSoup(pieces, "html.parser"))


def linked(text, claims, page):
    """Returns text as markup with links for the codes that are rows."""
    parts, position = [], 0
    for match in ROW.finditer(text):
        claim = claims.get(match[1])
        if claim is None:
            continue
        link = bs4.BeautifulSoup("", "html.parser").new_tag(
            "a", attrs={"class": "row", "href": f"{page}#row-{match[1]}", "title": title(claim)})
        link.string = match[1]
        parts += [escape(text[position:match.start()]), str(link)]
        position = match.end()
    return "".join(parts) + escape(text[position:])


def title(claim):
    return f"Row {claim['id']}, {claim['verdict']}: {claim['claim']}"


def escape(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
