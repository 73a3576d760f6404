"""What a reader of a page opens when ready for it: the set-up, solutions, and answers to questions
that the text has asked to predict.

A question's answer is the run of cells tagged "answer" after it: programs, which are folded once
more, and text cells, whose text stands in a <details> of its own for those who read the notebook
elsewhere. A solution is such a run tagged "solution". Headings and interview
cards stand in neither.
"""

import html

import bs4


def fold(soup):
    """Folds set-up, solutions and answers, and shortens what checks and exercises say."""
    tidy(soup)
    if setup := soup.select(".celltag_setup"):
        wrap(soup, setup, "Set-up: what this notebook imports", "setup")
    for run in runs(soup, "solution"):
        wrap(soup, run, "Solution", "solution")
    for run in runs(soup, "answer"):
        for cell in run:
            if program := cell.select_one(":scope > .input"):
                wrap(soup, [program], "The program", "program")
        wrap(soup, run, "Answer", "answer")
    refuse_swallowed(soup)


class Swallowed(ValueError):
    """A fold holds what everybody has to see."""


def refuse_swallowed(soup):
    """Raises where a closed fold holds a heading, to which the contents link, or a card."""
    for element in soup.select("details.answer, details.solution"):
        for inside in element.select("h1, h2, h3, h4, .text_cell_render blockquote"):
            said = " ".join(inside.get_text().split())[:60]
            raise Swallowed(f"a closed {element['class'][0]} holds {said!r}: "
                            "end the fold before it, and give it a cell of its own")


def runs(soup, tag):
    """Yields the runs of neighbouring cells with a tag, their own <details> opened up."""
    done = set()
    for cell in soup.select(f".celltag_{tag}"):
        if id(cell) in done:
            continue
        run = [cell]
        while (after := run[-1].find_next_sibling()) and f"celltag_{tag}" in after["class"]:
            run.append(after)
        done.update(map(id, run))
        for text in run:
            for details in text.select(".text_cell_render > details"):
                details.summary.decompose()
                details.unwrap()
        yield run


def wrap(soup, elements, summary, kind):
    """Puts elements into a closed <details>."""
    details = soup.new_tag("details", attrs={"class": kind})
    elements[0].insert_before(details)
    title = soup.new_tag("summary")
    title.string = summary
    details.append(title)
    for element in elements:
        details.append(element.extract())


def tidy(soup):
    """Drops that an exercise wasn't answered, which nobody can do on a page, and makes one line of
    checks that follow one another under one name."""
    for blank in soup.select("main .exercise.blank"):
        drop(blank)
    for area in soup.select("main .output_area"):
        first = only_check(area)
        if first is None or area.parent is None:
            continue
        same = [first]
        while (after := area.find_next_sibling()) and (check := only_check(after)) is not None:
            if named(check)[0] != named(first)[0]:
                break
            same.append(check.extract())
            after.decompose()
        if same[1:]:
            first.replace_with(bs4.BeautifulSoup(together(same), "html.parser"))


def drop(element):
    """Removes an output, and what would be left empty around it."""
    area = element.find_parent(class_="output_area") or element
    around = area.find_parent(class_="output_wrapper")
    area.decompose()
    if around is not None and not around.select(".output_area"):
        around.decompose()


def only_check(area):
    """Returns the check that an output consists of; None where it is something else."""
    check = area.select_one(".check:not(.wrong)")
    return check if check and area.get_text().strip() == check.get_text().strip() else None


def named(check):
    """Returns a check's name and what it found: "✓ steps: 12" has both."""
    sentence = (check.summary or check).get_text().strip()
    name, _, value = sentence.rpartition(": ")
    return (name, value) if name else (sentence, "")


def together(checks):
    """Returns the markup of several checks under one name."""
    name, _ = named(checks[0])
    values = "; ".join(filter(None, (named(check)[1] for check in checks)))
    values = values or f"{len(checks)} times"
    details = [p.get_text() for check in checks for p in check.select("p")]
    lines = "".join(f"<p>{html.escape(line)}</p>" for line in details)
    said = html.escape(f"{name}: {values}")
    return f'<details class="check"><summary>{said}</summary>{lines}</details>'
