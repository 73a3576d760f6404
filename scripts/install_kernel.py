"""Registers the GoNB kernel in the Python environment that runs this: <environment>/share/jupyter/kernels/gonb.

Jupyter, nbconvert and VS Code look there by themselves. gonb --install would write to the user's home instead.
"""

import json
import pathlib
import shutil
import sys

root = pathlib.Path(__file__).resolve().parent.parent
kernel = pathlib.Path(sys.prefix) / "share" / "jupyter" / "kernels" / "gonb"
kernel.mkdir(parents=True, exist_ok=True)
go = shutil.which("go")
spec = {
    "argv": [str(root / "scripts" / "kernel.sh"), "{connection_file}"],
    "display_name": "Go (gonb)",
    "language": "go",
    "interrupt_mode": "message",
    # An editor started from a menu may not have Go in its PATH (scripts/env.sh).
    "env": {"LOSSLAND_GO_BIN": str(pathlib.Path(go).parent)} if go else {},
}
(kernel / "kernel.json").write_text(json.dumps(spec, indent=2) + "\n")
