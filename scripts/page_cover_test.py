"""Tests of page_cover.py: what the cover says of the networks and of the answer is so."""

import re
import unittest

import page_cover


def dense(sizes):
    """The weights and biases of dense layers."""
    return sum(a * b + b for a, b in zip(sizes, sizes[1:]))


def convolutional(shape):
    """Those of two convolutions of 3 × 3, pooled to a quarter of the side, and a dense layer."""
    side, first, second, out = (int(n) for n in re.search(
        r"(\d+) × \d+, convolutions of (\d+) and (\d+) .*, (\d+)$", shape).groups())
    norm = 2 * first if "BatchNorm" in shape else 0
    kernels = 9 * first + first + 9 * first * second + second
    return kernels + norm + dense([second * (side // 4) ** 2, out])


class Cover(unittest.TestCase):
    def test_each_network_has_as_many_weights_as_its_shape_says(self):
        heads, rows = page_cover.networks()
        self.assertEqual(heads, ["network", "where", "shape", "weights", "trained on"])
        self.assertEqual(len(rows), 11)
        for name, _, shape, weights, _ in rows:
            sizes = re.match(r"\d+(-\d+)+", shape)
            counted = (dense([int(n) for n in sizes[0].split("-")]) if sizes
                       else convolutional(shape))
            self.assertEqual(int(weights.replace(",", "")), counted, name)

    def test_words_and_scale_are_explained_before_the_answer(self):
        for scale, few in (("quick", True), ("full", False)):
            box = page_cover.cover([], "", False, "", scale).partition('id="new"')[2]
            box = box.partition('id="answer"')[0]
            bold = " ".join(re.findall("<b>(.*?)</b>", box))
            for word in ("critical point", "epoch", "pass", "generalises", "parametrisation",
                         "SAM", "SGD", "Adam", "MLP", "CNN", "ReLU", "BatchNorm"):
                self.assertIn(word, bold)
            self.assertIn(f"<em>{scale}</em>", box)
            self.assertEqual("few seeds" in box, few)

    def test_a_chapter_that_is_not_there_has_no_link(self):
        table = page_cover.cover([], "", False, "").partition('id="new"')[0]
        self.assertIn("Sharp minimum", table)
        self.assertNotIn("<a href", table)

    def test_a_way_takes_as_long_as_its_chapters(self):
        pages = {n: {"most_minutes": 10 * int(n)} for n in ("02", "07")}
        self.assertEqual(page_cover.chapters(page_cover.WAYS[2], pages)["time"], "90 minutes")

    def test_the_answer_is_whole(self):
        self.assertRegex(page_cover.thirty_seconds(), "^The loss is .* explains nothing.$")


if __name__ == "__main__":
    unittest.main()
