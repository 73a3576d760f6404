"""Tests of whole_file.py."""

import multiprocessing
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import whole_file


def write_often(path, letter, times):
    for _ in range(times):
        whole_file.write(path, letter * 100_000)


class WholeFile(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.path = self.folder / "a.html"

    def names(self):
        return sorted(path.name for path in self.folder.iterdir())

    def test_writes_text_and_bytes(self):
        for content, expected in (("ä", "ä".encode()), (b"\xff", b"\xff"), ("", b"")):
            whole_file.write(self.path, content)
            self.assertEqual(self.path.read_bytes(), expected)
        self.assertEqual(self.names(), ["a.html"])

    def test_what_cant_be_written_leaves_the_old(self):
        whole_file.write(self.path, "old")
        with self.assertRaisesRegex(whole_file.Damaged, "a.html: .*surrogates"):
            whole_file.write(self.path, "\ud800")
        limited = (f"trap '' XFSZ; ulimit -f 1; exec {sys.executable} -c \"import whole_file; "
                   f"whole_file.write('{self.path}', 'x' * 100000)\"")
        done = subprocess.run(["bash", "-c", limited], cwd=pathlib.Path(__file__).parent,
                              stderr=subprocess.DEVNULL)
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(self.path.read_text(), "old")
        self.assertEqual(self.names(), ["a.html"])

    def test_two_at_once_and_readers_see_whole_files(self):
        whole_file.write(self.path, "0" * 100_000)
        fork = multiprocessing.get_context("fork")
        writers = [fork.Process(target=write_often, args=(self.path, letter, 40))
                   for letter in "ab"]
        for writer in writers:
            writer.start()
        while any(writer.is_alive() for writer in writers):
            text = self.path.read_text()
            self.assertEqual(len(text), 100_000)
            self.assertEqual(len(set(text)), 1)
        for writer in writers:
            writer.join()
            self.assertEqual(writer.exitcode, 0)
        self.assertEqual(self.names(), ["a.html"])

    def test_killed_while_writing(self):
        whole_file.write(self.path, "0" * 100_000)
        fork = multiprocessing.get_context("fork")
        for milliseconds in (1, 3, 7, 20, 50):
            writer = fork.Process(target=write_often, args=(self.path, "a", 100_000))
            writer.start()
            time.sleep(milliseconds / 1000)
            os.kill(writer.pid, signal.SIGKILL)
            writer.join()
            text = self.path.read_text()
            self.assertEqual((len(text), len(set(text))), (100_000, 1))

    def test_what_killed_writers_left_is_swept_a_day_later(self):
        for name, age in ((".unfinished-a.tmp", 2 * whole_file.STALE), (".unfinished-b.tmp", 0)):
            path = self.folder / name
            path.write_text("")
            os.utime(path, (time.time() - age,) * 2)
        whole_file.write(self.path, "")
        self.assertEqual(self.names(), [".unfinished-b.tmp", "a.html"])

    def test_permissions(self):
        before = os.umask(0o077)
        try:
            whole_file.write(self.path, "")
        finally:
            os.umask(before)
        self.assertEqual(self.path.stat().st_mode & 0o777, 0o600)
        self.path.chmod(0o640)
        whole_file.write(self.path, "")
        self.assertEqual(self.path.stat().st_mode & 0o777, 0o640)

    def test_a_protected_file_stays(self):
        whole_file.write(self.path, "old")
        self.path.chmod(0o444)
        with self.assertRaisesRegex(whole_file.Damaged, "a.html is write-protected"):
            whole_file.write(self.path, "new")
        self.assertEqual(self.path.read_text(), "old")

    def test_what_is_no_file_is_written_through(self):
        pipe = self.folder / "pipe"
        os.mkfifo(pipe)
        fork = multiprocessing.get_context("fork")
        writer = fork.Process(target=write_often, args=(pipe, "a", 1))
        writer.start()
        self.assertEqual(pipe.read_text(), "a" * 100_000)
        writer.join()
        self.assertTrue(pipe.is_fifo())
        code = "import whole_file; whole_file.write('/dev/stdout', 'printed')"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True,
                              cwd=pathlib.Path(__file__).parent)
        self.assertEqual((done.stdout, done.stderr), ("printed", ""))

    def test_what_cant_be_written_is_said(self):
        loop = self.folder / "loop"
        loop.symlink_to("loop")
        for path in (self.folder, self.folder / "none" / "a", loop, self.path / ("n" * 300)):
            with self.assertRaises(whole_file.Damaged):
                whole_file.write(path, "")
        self.assertEqual(self.names(), ["loop"])

    def test_scripts_write_nothing_otherwise(self):
        for script in pathlib.Path(__file__).parent.glob("*.py"):
            others = ("whole_file.py", "from_pytorch.py")  # which is for readers to copy
            if script.name.endswith("_test.py") or script.name in others:
                continue
            text = script.read_text(encoding="utf-8")
            for call in (".write_text(", ".write_bytes(", "nbformat.write("):
                self.assertNotIn(call, text, script.name)


if __name__ == "__main__":
    unittest.main()
