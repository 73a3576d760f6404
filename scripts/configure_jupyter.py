"""Registers the GoNB kernel in the Python environment that runs this, and keeps JupyterLab off the
network.

The kernel's description goes to <environment>/share/jupyter/kernels/gonb, where Jupyter, nbconvert
and VS Code look by themselves. (gonb --install would write below the user's home.)
"""

import json
import pathlib
import shutil
import sys

import whole_file

ROOT = pathlib.Path(__file__).resolve().parent.parent
SHARE = pathlib.Path(sys.prefix) / "share" / "jupyter"

go = shutil.which("go")
KERNEL = {
    "argv": [str(ROOT / "scripts" / "kernel.sh"), "{connection_file}"],
    "display_name": "Go (gonb)",
    "language": "go",
    "interrupt_mode": "message",
    # An editor started from a menu may not have Go in its PATH (scripts/env.sh).
    "env": {"LOSSLAND_GO_BIN": str(pathlib.Path(go).parent)} if go else {},
}
SETTINGS = {
    # JupyterLab asks whether it may fetch news, and looks for new versions.
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    # The first completion has to wait for gopls, which reads all of GoMLX first.
    "@jupyterlab/completer-extension:manager": {"providerTimeout": 20000},
}


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    whole_file.write(path, json.dumps(content, indent=2) + "\n")


write(SHARE / "lab" / "settings" / "overrides.json", SETTINGS)
# Last: make takes it for the sign that all is done.
write(SHARE / "kernels" / "gonb" / "kernel.json", KERNEL)
