"""Tests of what hosts run: the workflows of .github and the container of .devcontainer."""

import json
import pathlib
import re
import subprocess
import unittest

import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
CONTAINER = ROOT / ".devcontainer" / "devcontainer.json"


def targets():
    """Returns the targets of make."""
    paths = [ROOT / "Makefile", *(ROOT / "mk").glob("*.mk")]
    heads = [re.findall(r"(?m)^([a-z][a-z -]*):", p.read_text(encoding="utf-8")) for p in paths]
    return {name for head in sum(heads, []) for name in head.split()}


def made(commands):
    """Returns the targets that shell commands hand to make."""
    calls = re.findall(r"\bmake\s+([a-z][^&|;\n]*)", commands)
    return {word for call in calls for word in call.split() if re.fullmatch(r"[a-z][a-z-]*", word)}


class Workflows(unittest.TestCase):
    def test_actionlint_finds_nothing(self):
        self.assertEqual(len(WORKFLOWS), 3)
        subprocess.run(["go", "mod", "download"], cwd=ROOT / "scripts" / "hosts", check=True)
        command = ["go", "tool", "actionlint", "-shellcheck=", "-pyflakes=", *WORKFLOWS]
        done = subprocess.run(command,
                              cwd=ROOT / "scripts" / "hosts", text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual((done.returncode, done.stdout), (0, ""))

    def test_what_they_make_is_there(self):
        for path in WORKFLOWS:
            jobs = yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"].values()
            steps = [step for job in jobs for step in job["steps"]]
            words = made("\n".join(step.get("run", "") for step in steps))
            for job in jobs:  # such as "fuzz FUZZ_TIME=10m" of a matrix
                for command in job.get("strategy", {}).get("matrix", {}).get("command", []):
                    words |= made(f"make {command}")
            self.assertLessEqual(words, targets(), path.name)
            self.assertTrue(words, f"{path.name} makes nothing")
        self.assertEqual(made("make pdf && cp a b; make x-y Z=1"), {"pdf", "x-y"})

    def test_the_site_publishes_the_folder_of_the_report(self):
        site = yaml.safe_load((ROOT / ".github/workflows/site.yml").read_text(encoding="utf-8"))
        steps = site["jobs"]["build"]["steps"]
        commands = [step["run"] for step in steps if "run" in step]
        upload = next(step for step in steps if "upload-pages" in step.get("uses", ""))
        self.assertEqual((commands[0], upload["with"]["path"]), ("make lesson", "reports"))
        self.assertEqual(site["jobs"]["publish"]["needs"], "build")


class Container(unittest.TestCase):
    def test_it_has_what_make_wants(self):
        container = json.loads(CONTAINER.read_text(encoding="utf-8"))
        go = re.search(r"(?m)^go (\d+\.\d+)", (ROOT / "go.mod").read_text(encoding="utf-8"))[1]
        features = {name.rsplit("/", 1)[1]: f for name, f in container["features"].items()}
        self.assertEqual(features["go:1"]["version"], go)
        command = container["postCreateCommand"]
        for package in ("gcc", "libc6-dev", "make", "python3-venv"):
            self.assertIn(package, command.split())
        self.assertEqual(made(command.rpartition("&&")[2]), {"setup", "packages"})
        python = container["customizations"]["vscode"]["settings"]
        self.assertEqual(python["python.defaultInterpreterPath"],
                         "${containerWorkspaceFolder}/.venv/bin/python")


if __name__ == "__main__":
    unittest.main()
