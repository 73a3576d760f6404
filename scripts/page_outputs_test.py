"""Tests of page_outputs.py: what a cell prints."""

import unittest

import page_outputs


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


class Markup(unittest.TestCase):
    def test_text_is_escaped_and_keeps_its_columns(self):
        self.assertEqual(page_outputs.markup("\n  a < b\ncache: hit   x\n  c\n\n", "stderr"),
                         '<div class="said stderr"><pre>  a &lt; b\n  c</pre></div>')


if __name__ == "__main__":
    unittest.main()
