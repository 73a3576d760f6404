"""Tests of scripts/mutants.py that need no kernel."""

import types
import unittest

import mutants


def cell(source):
    return types.SimpleNamespace(source=source)


class Table(unittest.TestCase):
    def test_every_cell_with_checks_has_a_fault(self):
        for name, faults in mutants.read_table().items():
            with self.subTest(name):
                self.assertEqual(mutants.problems(name, faults, mutants.code_cells(name)[1]), [])

    def test_a_cell_without_a_fault_is_named(self):
        found = mutants.problems("nb", [], [cell('%%\nlesson.Check("a", x, 1, 0)')])
        self.assertEqual(len(found), 1)
        self.assertIn('no fault for the cell with the check "a"', found[0])

    def test_a_text_in_no_cell_or_twice_is_named(self):
        cells = [cell("x := 1\nx = 1")]
        self.assertIn("0 cells", mutants.problems("nb", [["y", "z"]], cells)[0])
        self.assertEqual(len(mutants.problems("nb", [["x", "z"]], cells)), 1)
        self.assertIn("itself", mutants.problems("nb", [["x :=", "x :="]], cells)[0])
        self.assertIn("after the last check", mutants.problems("nb", [["x :=", "y :="]], cells)[0])

    def test_a_fault_in_declarations_is_tried_on_the_next_checks(self):
        cells = [cell("func f() { a }"), cell("%%\nshow()"),
                 cell('func g() { b }\n\n%%\nlesson.CheckTrue("t", f(), "")')]
        first, second = mutants.locate([["{ a }", "{ c }"], ["{ b }", "{ c }"]], cells)
        self.assertEqual((first.home, first.target, second.home, second.target), (0, 2, 2, 2))
        self.assertEqual(mutants.alone(cells, first, [0]), "func f() { c }\n\n" + cells[2].source)
        self.assertEqual(mutants.alone(cells, second, [0]),
                         cells[0].source + "\n\n" + cells[2].source.replace("b", "c"))


class Names(unittest.TestCase):
    def test_the_failed_check_is_known_by_its_name(self):
        source = '''// lesson.Check("in a comment", 1, 1, 0)
lesson.Check("n = 2: (2 − √2)/4", goe[1], f("a, b", 1), 0.01)
lesson.CheckBetween(name+" has learnt", x, 0, 1)
lesson.CheckTrue(fmt.Sprintf("seed %d of %s", i, "all"), ok, "no")
lesson.Solution("5.1", y, 1, 0)'''
        self.assertEqual(list(mutants.checks(source)), [
            '"n = 2: (2 − √2)/4"', 'name+" has learnt"', 'fmt.Sprintf("seed %d of %s", i, "all")',
            'solution "5.1"'])
        for said, want in {
            "panic: lesson: check failed: n = 2: (2 − √2)/4: got 1": '"n = 2: (2 − √2)/4"',
            "lesson: check failed: sam has learnt: got 1": 'name+" has learnt"',
            "lesson: check failed: seed 3 of all: no": 'fmt.Sprintf("seed %d of %s", i, "all")',
            "lesson: check failed: solution 5.1: got 1": 'solution "5.1"',
            "lesson: check failed: another: got 1": None,
            "panic: index out of range": None,
        }.items():
            self.assertEqual(mutants.failed_check(said, source), want, said)


class Cells(unittest.TestCase):
    def test_declarations_end_where_the_program_begins(self):
        self.assertEqual(mutants.declarations("func f() {}\n\n%%\nf()"), "func f() {}\n\n")
        self.assertEqual(mutants.declarations("%%\nf()"), "")

    def test_declarations_are_joined_but_for_commands_and_imports(self):
        sources = ["!*go work init", "import (\n)", "", "var a = 1", "", "var b = 2"]
        self.assertEqual(mutants.batches(sources),
                         ["!*go work init", "import (\n)", "var a = 1\n\nvar b = 2"])

    def test_each_program_of_a_batch_has_its_outcome(self):
        said = "✓ a\n\nfault 0: lesson: check failed: a: got 1\nsomething\n\nfault 1: <nil>\n"

        def run(client, source, may_fail):
            return said if source.count("func() {") == 4 else ""

        real, mutants.run = mutants.run, run
        try:
            self.assertEqual(mutants.together(None, "var x = 1", ["f(1)", "f(2)"]),
                             {0: "lesson: check failed: a: got 1", 1: "<nil>"})
        finally:
            mutants.run = real


if __name__ == "__main__":
    unittest.main()
