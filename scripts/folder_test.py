"""Tests that the project works in a folder of any name, and that nothing that is given to make
reaches a shell as text of its script."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager

ROOT = pathlib.Path(__file__).resolve().parent.parent
NAME = """quote's "two" $HOME `x` & #y ünïcode"""
PARTS = ("Makefile", "mk", "scripts", "notebooks", "go.mod", "go.sum", "requirements.txt",
         "reports", "docs", "evidence")


class Folder(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="lossland-")
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name).resolve() / NAME
        self.folder.mkdir()
        for name in PARTS:
            source = ROOT / name
            copy = shutil.copytree if source.is_dir() else shutil.copy
            copy(source, self.folder / name)
        self.pretend_set_up()

    def pretend_set_up(self):
        """Makes the folder look set up: the environment and the tools are the project's own."""
        for name in ("bin/editor", ".venv/bin", ".venv/share/jupyter/kernels/gonb"):
            (self.folder / name).mkdir(parents=True)
        for tool in ("gonb", "goimports", "editor/gopls", "staticcheck"):
            (self.folder / "bin" / tool).symlink_to(ROOT / "bin" / tool)
        (self.folder / ".venv/bin/python").write_text(
            f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        (self.folder / ".venv/bin/python").chmod(0o755)
        (self.folder / ".venv/.installed").write_text(f"{self.folder}\n")
        (self.folder / "bin/.built").touch()
        spec = self.folder / ".venv/share/jupyter/kernels/gonb/kernel.json"
        argv = [str(self.folder / "scripts/kernel.sh"), "{connection_file}"]
        spec.write_text(json.dumps({"argv": argv, "display_name": "Go", "language": "go",
                                    "interrupt_mode": "message"}))

    def make(self, *arguments):
        bare = {k: v for k, v in os.environ.items() if not k.startswith(("LOSSLAND", "MAKE"))}
        return subprocess.run(["make", "-s", *arguments], cwd=self.folder, env=bare, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300)

    def test_make_works_and_sees_itself_set_up(self):
        done = self.make("notebooks-clean")
        self.assertEqual((done.returncode, done.stdout), (0, ""))

    def test_a_moved_environment_is_made_anew_and_n_changes_nothing(self):
        stamp = self.folder / ".venv/.installed"
        self.assertNotIn("venv --clear", self.make("-n", "setup").stdout)
        stamp.write_text("/elsewhere\n")
        self.assertIn("venv --clear", self.make("-n", "setup").stdout)
        self.assertIn("venv --clear", self.make("-n", "report").stdout)
        self.assertEqual(stamp.read_text(), "/elsewhere\n")

    def test_an_environment_that_is_a_link_is_never_removed(self):
        other = self.folder / "of another folder"
        (self.folder / ".venv").rename(other)
        (self.folder / ".venv").symlink_to(other.name)
        (other / ".installed").write_text("/elsewhere\n")
        self.assertNotIn("venv --clear", self.make("-n", "setup").stdout)
        self.assertEqual((other / ".installed").read_text(), "/elsewhere\n")
        os.utime(other / ".installed", (0, 0))  # older than requirements.txt
        done = self.make(".venv/.installed")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(".venv is a link", done.stdout)
        self.assertTrue((other / "bin/python").exists())

    def test_arguments_are_never_read_as_script(self):
        for argument in ["$(touch injected)", "`touch injected`", "x; touch injected",
                         "x' ; touch injected; '", "$$(touch injected)"]:
            done = self.make("slides", f"NB={argument}")
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("lossland: ", done.stdout, argument)
            self.assertFalse((self.folder / "injected").exists(), argument)

    def test_the_kernel_starts(self):
        specs = KernelSpecManager(kernel_dirs=[str(self.folder / ".venv/share/jupyter/kernels")])
        manager = KernelManager(kernel_name="gonb", kernel_spec_manager=specs)
        manager.start_kernel(cwd=str(self.folder / "notebooks"))
        client = manager.blocking_client()
        client.start_channels()
        said = []
        try:
            client.wait_for_ready(timeout=120)
            client.execute_interactive(
                '%%\nfmt.Println(os.Getenv("LOSSLAND_ROOT"))', timeout=300,
                output_hook=lambda m: said.append(m["content"].get("text", "")))
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)
        self.assertEqual("".join(said).strip(), str(self.folder))


if __name__ == "__main__":
    unittest.main()
