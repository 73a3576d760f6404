"""Tests of page_outputs.py: each kind of line that a cell prints."""

import unittest

import page_outputs

CHECK = "✓ sharp over flat: got 2.25, want 2.2, |diff| 0.05 ≤ 0.1 (0.5 of the tolerance)"


class Noise(unittest.TestCase):
    def test_lines_of_the_machine_are_dropped_and_numbers_stay(self):
        noise = [
            "cache: hit   train mlp 0123abcd (saved 1.2 s)",
            "cache: miss  train mlp 0123abcd (computed in 1.2 s, not stored)",
            "cache: warning: another process computes x 0123abcd; waiting for it",
            "training: 4400 of 4400 in 2.8 s",
            "Training:  45% [=====>      ] (12 steps/s)",
            " 100% |██████████| 20/20 [00:01]",
        ]
        kept = ["accuracy 97 % [0.95, 0.98]", "the loss fell by 12%", "| a | 5% |",
                "test loss: lowest at step 4180 of 4400", "4 of 4  What is a saddle?"]
        both = "".join(f"{line}\n" for pair in zip(noise, [*kept, "\x1b[1A\x1b[2Kend"])
                       for line in pair)
        self.assertEqual(page_outputs.clean(both), "\n".join([*kept, "end\n"]))

    def test_text_without_anything_left_has_no_markup(self):
        self.assertEqual(page_outputs.markup("cache: hit   x 0123abcd (saved 1.2 s)\n\n"), "")


class Sentences(unittest.TestCase):
    def test_kinds(self):
        for line, want in {
            "✓ by how much: got 2, want 1 … 3": "✓</span> by how much: 2, between 1 and 3</p>",
            "✓ from the weights: a saddle: saddle": "✓</span> from the weights: a saddle</p>",
            "✓ the rule gives every verdict: ": "✓</span> the rule gives every verdict</p>",
            "✓ it stays: and comes to rest": "✓</span> it stays: and comes to rest</p>",
            "○ exercise 1.1: not answered yet": 'open"><span class="mark">○</span> exercise 1.1:',
            "✗ exercise 1: not yet: you have 0.5": 'wrong"><span class="mark">✗</span> exercise',
        }.items():
            with self.subTest(line):
                self.assertIn(want, page_outputs.sentence(line))

    def test_a_check_is_short_and_its_line_is_folded(self):
        made = page_outputs.sentence(CHECK)
        self.assertIn("</span> sharp over flat: 2.25, as expected</summary>", made)
        self.assertIn("|diff| 0.05 ≤ 0.1", made.split("</summary>")[1])

    def test_gos_maps_are_folded(self):
        made = page_outputs.sentence("✓ four minima: map[saddle:4]")
        self.assertNotIn("map[", made.split("</summary>")[0])

    def test_other_lines_are_none(self):
        self.assertIsNone(page_outputs.sentence("loss 2.5 ✓"))


class Rows(unittest.TestCase):
    LINE = "row F4, not at this scale: effect ≥ 6.37 [6.012, 6.748], wanted > 1, n = 10"

    def test_statistic_and_note_belong_to_the_row(self):
        following = ["  what was <measured>.", "  what the note says", "next"]
        made = page_outputs.row(self.LINE, following)
        self.assertEqual(following, ["next"])
        for want in ('class="code">F4<', 'class="verdict not-at-this-scale">not at this scale<',
                     "effect ≥ 6.37 [6.012, 6.748], wanted &gt; 1, n = 10",
                     'class="statistic">what was &lt;measured&gt;.', 'class="note">what the note'):
            self.assertIn(want, made)

    def test_a_row_that_was_not_measured_is_text(self):
        self.assertIsNone(page_outputs.row("row F4: not measured yet (make evidence)", []))


class Markup(unittest.TestCase):
    def test_order_stays_and_text_is_escaped(self):
        made = page_outputs.markup(f"a < b\n{CHECK}\nc\n", "stderr")
        self.assertTrue(made.startswith('<div class="said stderr"><pre>a &lt; b</pre><details'))
        self.assertTrue(made.endswith("</details><pre>c</pre></div>"), made)


if __name__ == "__main__":
    unittest.main()
