import csv
import io
import pathlib
import tempfile
import unittest
import zipfile

import wheel

PROGRAM = b"\x7fELF GLIBC_2.3\0GLIBC_2.34\0GLIBC_2.4\0 a program"
REQUIREMENT = f"{wheel.PLUGIN}==0.0.1"


class WheelTest(unittest.TestCase):
    def write(self, folder):
        return wheel.write(pathlib.Path(folder), PROGRAM, REQUIREMENT, b"notices")

    def test_holds_the_program_and_asks_for_the_plugin(self):
        with tempfile.TemporaryDirectory() as folder:
            path = self.write(folder)
            self.assertEqual(path.name,
                             f"lossland-{wheel.VERSION}-py3-none-manylinux_2_34_x86_64.whl")
            with zipfile.ZipFile(path) as archive:
                program = archive.getinfo(f"lossland-{wheel.VERSION}.data/scripts/lossland")
                self.assertEqual(program.external_attr >> 16, 0o100755)
                self.assertEqual(archive.read(program), PROGRAM)
                metadata = archive.read(f"lossland-{wheel.VERSION}.dist-info/METADATA").decode()
            self.assertIn(f"\nRequires-Dist: {REQUIREMENT}\n", metadata)
            self.assertIn("# From PyTorch", metadata)

    def test_record_has_every_file(self):
        with (tempfile.TemporaryDirectory() as folder,
              zipfile.ZipFile(self.write(folder)) as archive):
            record = archive.read(f"lossland-{wheel.VERSION}.dist-info/RECORD").decode()
            listed = {row[0]: (row[1], row[2]) for row in csv.reader(io.StringIO(record))}
            self.assertEqual(set(listed), set(archive.namelist()))
            for name, (digest, size) in listed.items():
                if not name.endswith("/RECORD"):
                    self.assertEqual(f"{digest},{size}", wheel.entry(archive.read(name)))

    def test_same_bytes(self):
        with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
            self.assertEqual(self.write(one).read_bytes(), self.write(two).read_bytes())

    def test_glibc_is_the_newest_symbols(self):
        self.assertEqual(wheel.glibc(PROGRAM), (2, 34))
        self.assertEqual(wheel.glibc(b"static"), (2, 17))

    def test_plugin_is_the_requirements(self):
        requirements = f"a\n# {wheel.PLUGIN}\n{REQUIREMENT}; sys_platform == 'linux'\n"
        self.assertEqual(wheel.plugin_requirement(requirements), REQUIREMENT)
        wheel.plugin_requirement((wheel.ROOT / "requirements.in").read_text())
        with self.assertRaises(SystemExit):
            wheel.plugin_requirement("numpy\n")

    def test_modules(self):
        listed = ("x: go1.26\n\tpath\tlossland/cmd/lossland\n"
                  "\tdep\texample.com/a\tv1.2.3\th1:x=\n\tbuild\t-trimpath=true\n")
        self.assertEqual(wheel.modules(listed), [("example.com/a", "v1.2.3")])


if __name__ == "__main__":
    unittest.main()
