"""What a page of the report may hold. Three walls, each enough by itself:

1. What would be loaded from elsewhere is an error, so that an author learns of it (refuse_loads).
2. Of what a notebook holds, only the elements, attributes, addresses and styles listed here reach
   the page (sanitize, by nh3, the Python binding of ammonia).
3. The page tells the browser that it runs no script and loads nothing (POLICY).
"""

import re

import nh3

# Pictures and styles are in the page itself. Nothing else is loaded, run or sent.
POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'"
)

MATH = {
    "math", "mrow", "mi", "mo", "mn", "ms", "mtext", "mspace", "mfrac", "msqrt", "mroot", "msub",
    "msup", "msubsup", "munder", "mover", "munderover", "mtable", "mtr", "mtd", "mstyle", "mpadded",
    "mphantom", "menclose", "mmultiscripts", "mprescripts", "none", "semantics", "annotation",
}
MATH_ATTRIBUTES = {
    "accent", "accentunder", "alttext", "columnalign", "columnlines", "columnspacing", "columnspan",
    "depth", "display", "displaystyle", "fence", "form", "height", "largeop", "linebreak",
    "linethickness", "lspace", "mathsize", "mathvariant", "maxsize", "minsize", "movablelimits",
    "notation", "rowlines", "rowspacing", "rspace", "scriptlevel", "separator", "stretchy",
    "symmetric", "voffset", "width", "xmlns",
}
TAGS = {
    "a", "abbr", "b", "blockquote", "br", "caption", "cite", "code", "col", "colgroup", "dd", "del",
    "details", "dfn", "div", "dl", "dt", "em", "figcaption", "figure", "h1", "h2", "h3", "h4", "h5",
    "h6", "hr", "i", "img", "ins", "kbd", "li", "mark", "ol", "p", "picture", "pre", "q", "s",
    "samp", "section", "small", "source", "span", "strong", "sub", "summary", "sup", "table",
    "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul", "var", "wbr",
} | MATH
ATTRIBUTES = {
    "*": {"class", "id", "title", "style", "lang", "dir", "role", "data-label", "tabindex"},
    "a": {"href", "aria-label"},
    "details": {"open"},
    "img": {"src", "alt", "width", "height"},
    "source": {"srcset", "media"},
    "ol": {"start"},
    "th": {"scope", "colspan", "rowspan"},
    "td": {"colspan", "rowspan"},
    "col": {"span"},
    "colgroup": {"span"},
    **{tag: MATH_ATTRIBUTES for tag in MATH},
}
# None of these takes an address.
STYLES = {
    "align-items", "border", "border-left", "color", "display", "flex", "flex-basis", "flex-grow",
    "flex-shrink", "flex-wrap", "font-size", "font-style", "font-weight", "gap", "height",
    "justify-content", "margin", "margin-bottom", "margin-left", "margin-right", "margin-top",
    "max-height", "max-width", "min-width", "opacity", "overflow", "overflow-x", "padding",
    "text-align", "vertical-align", "white-space", "width",
}
PICTURE = re.compile(r"data:image/(svg\+xml|png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]*")


class Unsafe(Exception):
    """Something that a page must not hold; the message names it."""


def sanitize(markup):
    """Returns markup with nothing in it but what is listed above."""
    return nh3.clean(
        markup,
        tags=TAGS,
        clean_content_tags={"script", "style", "template", "noscript"},
        attributes=ATTRIBUTES,
        attribute_filter=allowed,
        filter_style_properties=STYLES,
        url_schemes={"http", "https", "mailto", "data"},
        link_rel="noopener noreferrer",
        strip_comments=True,
    )


def allowed(tag, attribute, value):
    """Lets data: addresses through for pictures only, and no address in a style."""
    if attribute in ("src", "srcset"):
        return value if PICTURE.fullmatch(value) else None
    # A browser leaves out control characters and white space before it looks at an address.
    if attribute == "href" and re.sub(r"[\x00-\x20\x7f]", "", value).lower().startswith("data:"):
        return None
    if attribute == "style" and re.search(r"url|image|expression|\\", value, re.IGNORECASE):
        return None
    return value


def refuse_loads(name, soup):
    """Raises where a page would load something: only data: addresses and links for the reader are
    allowed."""
    for element in soup.find_all(True):
        if element.name in ("iframe", "object", "embed", "base", "link"):
            raise Unsafe(f"{name}: a page of the report holds <{element.name}>, which it must not")
        for attribute in ("src", "srcset", "poster", "data", "xlink:href", "background"):
            value = element.get(attribute)
            if value and not value.startswith(("data:", "#")):
                raise Unsafe(f"{name}: <{element.name} {attribute}> would load {value[:80]}")
        target = element.get("href", "#")
        if element.name in ("image", "use") and not target.startswith(("data:", "#")):
            raise Unsafe(f"{name}: <{element.name}> would load {target[:80]}")
    styles = [s.get_text() for s in soup.find_all("style")]
    for sheet in styles + [e["style"] for e in soup.find_all(style=True)]:
        if re.search(r"@import|url\(\s*['\"]?(?!data:|#)", sheet):
            raise Unsafe(f"{name}: a style would load something")
