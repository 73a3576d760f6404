"""Tests of page_safety.py: what a hostile notebook may try, and what must come through."""

import random
import re
import unittest
import warnings

import bs4

import page_math
import page_safety

HOSTILE = [
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '<img src="data:text/html,<script>alert(1)</script>" alt="a">',
    '<img src="data:image/svg+xml,<svg onload=alert(1)>" alt="a">',
    '<b onclick="alert(1)">b</b>',
    '<a href="javascript:alert(1)">a</a>',
    '<a href=" jAvAsCrIpT&#58;alert(1)">a</a>',
    '<a href="data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==">a</a>',
    '<a href="vbscript:alert(1)">a</a>',
    '<a href="\x01data:text/html,x">a</a>',
    '<a href="da\nta:text/html,x">a</a>',
    '<a href="&#1; d&#9;ata&#10;:text/html,x">a</a>',
    '<form action="https://example.org"><input name=p><button formaction="//e">go</button></form>',
    '<meta http-equiv="refresh" content="0;url=https://example.org">',
    '<base href="https://example.org/">',
    '<style>body{background:url(https://example.org/a)}</style>',
    '<p style="background:url(https://example.org/a)">p</p>',
    '<p style="position:fixed;top:0;width:100%">p</p>',
    '<p style="width:expression(alert(1))">p</p>',
    '<svg><use href="https://example.org/a#b"/></svg>',
    '<svg><animate onbegin=alert(1) attributeName=x dur=1s></svg>',
    '<svg><style><img src=x onerror=alert(1)></style></svg>',
    '<math><mtext><table><mglyph><style><!--</style>'
    '<img title="--&gt;<img src=1 onerror=alert(1)>">',
    '<math href="javascript:alert(1)">x</math>',
    '<math><annotation-xml encoding="text/html"><img src=x onerror=alert(1)>'
    '</annotation-xml></math>',
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    '<template><script>alert(1)</script></template>',
    '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    '<object data="a.swf"></object><embed src="a.swf">',
    '<video poster="https://example.org/a"><source src="https://example.org/b"></video>',
    '<picture><source srcset="https://example.org/a 2x"><img alt="a" src="//e/b"></picture>',
    '<link rel="stylesheet" href="https://example.org/a.css">',
    '<details ontoggle=alert(1) open>x</details>',
    '<textarea autofocus onfocus=alert(1)>',
    '--><script>alert(1)</script><!--',
    '"><script>alert(1)</script>',
]
FORBIDDEN = {"script", "style", "form", "input", "button", "meta", "base", "svg", "iframe",
             "object", "embed", "video", "link", "template", "noscript", "textarea"}


class Sanitize(unittest.TestCase):
    def test_nothing_hostile_is_left(self):
        for markup in [*HOSTILE, "".join(HOSTILE)]:
            with self.subTest(markup[:80]):
                once = page_safety.sanitize(markup)
                self.assertEqual(page_safety.sanitize(once), once, "it must hold on a second look")
                for element in bs4.BeautifulSoup(once, "html.parser").find_all(True):
                    self.check(element)

    def test_nothing_hostile_is_left_of_scraps(self):
        warnings.simplefilter("ignore", bs4.MarkupResemblesLocatorWarning)
        chance = random.Random(1)
        scraps = [scrap for markup in HOSTILE for scrap in re.split(r"(?<=[>\s=\"'/<])", markup)]
        for _ in range(1000):
            markup = "".join(chance.choices(scraps, k=chance.randrange(1, 12)))
            with self.subTest(markup):
                once = page_safety.sanitize(markup)
                self.assertEqual(page_safety.sanitize(once), once)
                for element in bs4.BeautifulSoup(once, "html.parser").find_all(True):
                    self.check(element)

    def check(self, element):
        self.assertNotIn(element.name, FORBIDDEN)
        for name, value in element.attrs.items():
            value = " ".join(value) if isinstance(value, list) else value
            self.assertFalse(name.startswith("on") or name in ("srcdoc", "action"), name)
            # As a browser reads an address: without control characters.
            value = re.sub(r"[\x00-\x1f\x7f]", "", value)
            watched = name in ("href", "src", "srcset", "style")
            self.assertNotRegex(value.lower() if watched else "",
                                r"//|script:|data:text|url\(|position|expression|data:image/svg.*<")

    def test_a_lessons_markup_comes_through(self):
        picture = "data:image/svg+xml;base64,PHN2Zz48L3N2Zz4="
        for markup in [
            '<figure style="margin:1em 0;overflow-x:auto"><img alt="A valley" '
            f'src="{picture}"><figcaption>F</figcaption></figure>',
            f'<picture><source media="(max-width:500px)" srcset="{picture}">'
            f'<img alt="A" src="{picture}"></picture>',
            '<details class="check"><summary>s</summary><p>d</p></details>',
            '<table class="scorecard"><tbody><tr id="row-F1"><th scope="row">F1</th>'
            '<td colspan="5" data-label="n">10</td></tr></tbody></table>',
            '<h2 id="1-·-A">A<a class="anchor-link" href="#1-·-A" aria-label="Link to here" '
            'rel="noopener noreferrer">¶</a></h2>',
            '<pre><span class="kd">func</span> a &lt; b</pre>',
        ]:
            self.assertEqual(normal(page_safety.sanitize(markup)), normal(markup))

    def test_mathematics_comes_through(self):
        for latex in [r"\min_w \max_{\lVert\epsilon\rVert\le\rho} \tfrac12 x^2", r"\sqrt[3]{x}",
                      r"\begin{pmatrix} a & b \\ c & d \end{pmatrix}", r"\hat{x}, \overline{y}"]:
            markup = page_math.mathml(latex, "block")
            self.assertEqual(normal(page_safety.sanitize(markup)), normal(markup), latex)


def normal(markup):
    """Markup with its attributes in alphabetical order."""
    soup = bs4.BeautifulSoup(markup, "html.parser")
    for element in soup.find_all(True):
        element.attrs = dict(sorted(
            (k, v.rstrip(";").replace(": ", ":").replace("; ", ";") if k == "style" else v)
            for k, v in element.attrs.items() if k != "rel"))
    return str(soup)


class Refuse(unittest.TestCase):
    def test_what_would_be_loaded(self):
        for markup, message in {
            '<img src="https://example.org/a.png">': "would load https://example.org/a.png",
            "<style>@import 'https://example.org/a.css';</style>": "a style would load",
            '<p style="background:url(https://example.org)">': "a style would load",
            '<iframe src="https://example.org"></iframe>': "<iframe>",
            '<svg><use href="https://example.org/a#b"/></svg>': "<use> would load",
        }.items():
            with self.assertRaisesRegex(page_safety.Unsafe, message):
                page_safety.refuse_loads("a", bs4.BeautifulSoup(markup, "html.parser"))


if __name__ == "__main__":
    unittest.main()
