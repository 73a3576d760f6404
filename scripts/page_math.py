"""Mathematics in a page: LaTeX becomes MathML, which needs no script, no font and no network."""

import html
import re
import unicodedata

import latex2mathml.converter

# Operators whose subscript stands below them in a formula of its own.
BELOW = re.compile(r"^(min|max|argmin|argmax|arg ?min|arg ?max|sup|inf|lim)$")


class BadFormula(Exception):
    """A formula that can't be shown; the message names it."""


def mathml(latex, display):
    """Returns a formula as MathML with its LaTeX as the text that is copied and read out."""
    latex = latex.strip()
    # latex2mathml knows aligned blocks by the name split.
    source = re.sub(r"\\(begin|end)\{aligned\}", r"\\\1{split}", latex)
    try:
        markup = latex2mathml.converter.convert(source, display=display)
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        message = f"the formula {latex!r} can't be turned into MathML ({reason})"
        raise BadFormula(message) from error
    unknown = re.search(r"<m(?:text|i|o)>(\\[A-Za-z]+|&)</", markup)
    if unknown:
        raise BadFormula(f"the formula {latex!r} uses {unknown[1]}, "
                         "which latex2mathml doesn't know")
    markup = re.sub(r'<mi mathvariant="([a-z-]+)">([^<]+)</mi>', styled_letter, markup)
    if display == "block":
        markup = limits_below(markup)
    return markup.replace("<math ", f'<math alttext="{html.escape(latex, quote=True)}" ', 1)


def limits_below(markup):
    """Puts the subscript of min, max and their like below them: <msub> becomes <munder>."""
    parts, position = [], 0
    for match in re.finditer(r"<msub>(?=<mo>([^<]+)</mo>)", markup):
        if match.start() < position or not BELOW.match(match[1]):
            continue
        end = closing(markup, match.start())
        inner = limits_below(markup[match.end():end - len("</msub>")])
        parts += [markup[position:match.start()], "<munder>", inner, "</munder>"]
        position = end
    return "".join(parts) + markup[position:]


def closing(markup, start):
    """Returns the place behind the end of the <msub> that begins at start."""
    depth = 0
    for tag in re.finditer(r"<(/?)msub>", markup[start:]):
        depth += -1 if tag[1] else 1
        if depth == 0:
            return start + tag.end()
    raise ValueError("an <msub> doesn't end")


def styled_letter(match):
    """Writes a bold or double-struck letter as the character that it is: browsers ignore
    mathvariant."""
    style, text = match[1].upper().replace("BOLD-", "BOLD "), html.unescape(match[2])
    if style == "NORMAL":
        return f'<mi mathvariant="normal">{match[2]}</mi>'
    return f"<mi>{''.join(styled(style, character) for character in text)}</mi>"


def styled(style, character):
    # "LATIN CAPITAL LETTER R" and "GREEK SMALL LETTER THETA" become "CAPITAL R" and "SMALL THETA".
    letter = re.sub(r"^(LATIN|GREEK) |LETTER |^DIGIT (?=.)", "", unicodedata.name(character, ""))
    for name in (f"MATHEMATICAL {style} {letter}", f"{style} {letter}"):
        try:
            return unicodedata.lookup(name)
        except KeyError:
            continue
    return character
