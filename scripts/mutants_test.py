"""Tests of scripts/mutants.py that need no kernel."""

import types
import unittest

import mutants


def cell(source):
    return types.SimpleNamespace(source=source)


class Table(unittest.TestCase):
    def test_every_check_of_a_listed_notebook_has_a_fault(self):
        for name, faults in mutants.read_table().items():
            with self.subTest(name):
                self.assertEqual(mutants.problems(name, faults, mutants.code_cells(name)[1]), [])

    def test_a_check_without_a_fault_is_named(self):
        found = mutants.problems("nb", [], [cell('%%\nlesson.Check("a", x, 1, 0)')])
        self.assertEqual(len(found), 1)
        self.assertIn("no fault", found[0])

    def test_a_text_in_no_cell_or_twice_is_named(self):
        cells = [cell("x := 1\nx = 1")]
        self.assertIn("0 cells", mutants.problems("nb", [["y", "z"]], cells)[0])
        self.assertEqual(len(mutants.problems("nb", [["x", "z"]], cells)), 1)
        self.assertIn("itself", mutants.problems("nb", [["x :=", "x :="]], cells)[0])

    def test_declarations_end_where_the_program_begins(self):
        self.assertEqual(mutants.declarations("func f() {}\n\n%%\nf()"), "func f() {}\n\n")
        self.assertEqual(mutants.declarations("%%\nf()"), "")

    def test_declarations_are_joined_but_for_commands_and_imports(self):
        self.assertEqual(mutants.batches(["!*go work init", "import (\n)", "", "var a = 1", "", "var b = 2"]),
                         ["!*go work init", "import (\n)", "var a = 1\n\nvar b = 2"])


if __name__ == "__main__":
    unittest.main()
