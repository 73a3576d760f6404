"""Executes the lesson's notebooks headless, with a line for each section.

    run_notebooks.py [--force] [--out FOLDER] [--jobs N] [NOTEBOOK ...]

Without a NOTEBOOK it executes all of notebooks/*.ipynb; none found is a failure. A NOTEBOOK is a
path, or the beginning of a name ("02" or "02-slice"). Two are executed at a time, each in a process
of its own. Executed copies go to build/notebooks/<scale>/, never into notebooks/, and only when
every cell succeeded, so that an interrupted run goes on where it stopped. A notebook is skipped
where its executed copy is of the same notebook, Go sources, versions and scale.

LESSON_SCALE (quick or full, default quick) is handed on to the notebooks. LESSON_CELL_TIMEOUT is
the time a cell may take, in seconds (default 600 for quick, 5400 for full).

Exit status: 0 all executed, 1 a notebook failed or none was found, 130 interrupted.
"""

import argparse
import hashlib
import multiprocessing.connection
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

import quick_imports  # noqa: F401, before nbformat
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbconvert.preprocessors.coalescestreams import CoalesceStreamsPreprocessor

import lesson_progress
import whole_file

ROOT = pathlib.Path(__file__).resolve().parent.parent
SCALES = ("quick", "full")
INTERRUPTED = "lossland: interrupted; what is done stays done, the same command goes on from here"
ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def main():
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("notebooks", nargs="*", metavar="NOTEBOOK")
    arguments.add_argument("--force", action="store_true", help="execute also what is done")
    arguments.add_argument("--out", type=pathlib.Path, help="folder of the executed copies")
    arguments.add_argument("--jobs", type=int, default=2, metavar="N",
                           help="notebooks at a time (default 2)")
    options = arguments.parse_args()

    # A termination, as from a CI that gives up, must end the kernel and the cell's program as
    # Ctrl-C does. Both end the run in order; SIGINT too where a shell started us in the background,
    # which has it ignored.
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, signal.default_int_handler)
    os.environ["LESSON_HEADLESS"] = "1"  # nobody asks for completion (scripts/kernel.sh)
    scale = os.environ.setdefault("LESSON_SCALE", "quick")
    if scale not in SCALES:
        sys.exit(f"lossland: LESSON_SCALE is {scale!r}; it may be {' or '.join(SCALES)}")
    default_timeout = "600" if scale == "quick" else "5400"
    given = os.environ.get("LESSON_CELL_TIMEOUT", default_timeout)
    if not given.isdecimal() or int(given) < 1:
        sys.exit(f"lossland: LESSON_CELL_TIMEOUT is {given!r}; it is a number of seconds")
    timeout = int(given)
    out = (options.out or ROOT / "build" / "notebooks" / scale).resolve()
    paths = find(options.notebooks)
    if fault := clash(paths, out):
        sys.exit(f"lossland: {fault}")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        sys.exit(f"lossland: --out {options.out}: {error}")
    sources = hash_sources()
    try:
        stamps = {path: hash_notebook(path, sources, scale) for path in paths}
    except whole_file.Damaged as damaged:
        sys.exit(f"lossland: {damaged}")
    start = time.monotonic()
    todo = [p for p in paths if options.force or not is_done(out / p.name, stamps[p])]
    if done := [path.stem for path in paths if path not in todo]:
        say(f"done before: {', '.join(done)}")
    tasks = {path: (path, out / path.name, stamps[path], timeout) for path in todo}
    jobs = max(1, options.jobs)
    work = {path: lesson_progress.expected(path, out / path.name, scale) for path in todo}
    progress = lesson_progress.Progress(work, jobs)
    if todo:
        progress.announce()
    failed = execute_all(tasks, jobs, progress)
    minutes, seconds = divmod(round(time.monotonic() - start), 60)
    executed = f"{len(paths) - len(failed)} of {len(paths)} notebooks executed ({scale})"
    say(f"{executed}, {minutes} min {seconds} s")
    if failed:
        names = ", ".join(path.stem for path in paths if path in failed)
        sys.exit(f"lossland: failed: {names}")


def execute_all(tasks, jobs, progress):
    """Executes notebooks, so many at a time, each in a process that reports to us. Returns those
    that failed."""
    # The longest first, where there is a choice: the last to end should be short.
    work = progress.work
    waiting = list(tasks) if jobs == 1 else sorted(tasks, key=lambda path: -sum(work[path]))
    running, failed = {}, []
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                path = waiting.pop(0)
                running[path] = start(tasks[path])
            reports = {connection: path for path, (_, connection) in running.items()}
            for connection in multiprocessing.connection.wait(list(reports)):
                path = reports[connection]
                if not hear(connection, path, progress):
                    process, _ = running.pop(path)
                    process.join()
                    if process.exitcode:
                        failed.append(path)
    except KeyboardInterrupt:
        for process, _ in running.values():
            process.terminate()
        for process, _ in running.values():
            process.join()
        progress.say(INTERRUPTED)
        sys.exit(130)
    return failed


def start(task):
    """Starts the process of a notebook; returns it and where it reports."""
    fork = multiprocessing.get_context("fork")  # what we imported need not be imported again
    ours, theirs = fork.Pipe(duplex=False)
    process = fork.Process(target=execute_alone, args=(*task, theirs))
    process.start()
    theirs.close()
    return process, ours


def hear(connection, path, progress):
    """Shows what a notebook's process reports; false when it has ended."""
    try:
        report = connection.recv()
    except EOFError:
        return False
    if isinstance(report, str):
        progress.say(report)
    else:
        progress.cell(path, *report)
    return True


def execute_alone(*task):
    """Executes one notebook in a process of its own; its status says whether it succeeded."""
    os.setsid()  # a session of its own: a Ctrl-C reaches the parent alone, which ends each in order
    sys.exit(0 if execute(*task) else 1)


def say(line):
    print(line, flush=True)


def find(names):
    """Returns the notebooks that the names mean, all for none."""
    folder = ROOT / "notebooks"
    available = sorted(folder.glob("*.ipynb"))
    if not names:
        if not available:
            sys.exit(f"lossland: no notebook found: {folder.name}/*.ipynb matches nothing")
        return available
    paths = []
    for name in names:
        path = pathlib.Path(name)
        matches = ([path.resolve()] if path.is_file()
                   else [p for p in available if p.name.startswith(name)])
        if not matches:
            known = ", ".join(p.stem for p in available) or "none"
            sys.exit(f"lossland: no notebook is called {name!r}; there are: {known}")
        paths += [match for match in matches if match not in paths]
    return paths


def clash(paths, out):
    """Says which executed copy would take the place of a source or of another copy; "" if none."""
    sources = {path.resolve(): path for path in paths}
    taken = {}
    if out == (ROOT / "notebooks").resolve():
        return f"--out {out.name} is the folder of the sources"
    for path in paths:
        for target in (out / path.name, (out / path.name).with_suffix(".failed.ipynb")):
            if target.resolve() in sources:
                return f"the executed copy of {path.name} would replace {target}, a source: --out "\
                    "names another folder"
            if target in taken:
                return f"{taken[target]} and {path} would have one executed copy, {target.name}: "\
                    "execute them one by one, with an --out each"
            taken[target] = path
    return ""


def hash_sources():
    """Hashes what a notebook's result depends on beside itself: packages and evidence, the kernel's
    environment, versions."""
    digest = hashlib.sha256()
    below = (p for folder in ("pkg", "evidence") for p in (ROOT / folder).rglob("*"))
    files = [p for p in below if p.is_file() and not is_test(p)]
    names = ("go.mod", "go.sum", "requirements.txt", "scripts/env.sh", "scripts/kernel.sh")
    files += [ROOT / name for name in names]
    for path in sorted(files):
        digest.update(f"{path.relative_to(ROOT)}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    digest.update(subprocess.run(["go", "version"], cwd=ROOT, capture_output=True,
                                 check=True).stdout)
    return digest.hexdigest()


def is_test(path):
    return path.name.endswith("_test.go") or "testdata" in path.parts or path.name.startswith(".")


def hash_notebook(path, sources, scale):
    """Hashes one notebook's cells, without outputs, together with the sources, the scale and the
    backend's choice."""
    notebook = whole_file.notebook(path)
    backend = os.environ.get("GOMLX_BACKEND", "")
    digest = hashlib.sha256(f"{sources}\0{scale}\0{backend}".encode())
    for cell in notebook.cells:
        tags = sorted(cell.metadata.get("tags", []))
        digest.update(f"\0{cell.cell_type}\0{cell.source}\0{tags}".encode())
    return digest.hexdigest()


def is_done(executed, stamp):
    """Says whether the executed copy is there and carries the stamp."""
    try:
        about = whole_file.notebook(executed).metadata.get("lossland", {})
        return isinstance(about, dict) and about.get("stamp") == stamp
    except whole_file.Damaged:
        return False


def execute(path, target, stamp, timeout, connection):
    """Executes one notebook into target. Returns whether it succeeded; reports each cell, and a
    failure with the cell's source."""
    notebook = nbformat.read(path, as_version=4)
    sections = lesson_progress.sections(notebook)
    client = NotebookClient(
        notebook,
        kernel_name="gonb",
        timeout=timeout,
        startup_timeout=120,
        resources={"metadata": {"path": str(path.parent)}},
    )
    seconds = []
    try:
        with client.setup_kernel():
            for index, section in zip(lesson_progress.code_cells(notebook), sections):
                begun = time.monotonic()
                trouble = execute_cell(client, notebook.cells[index], index, timeout)
                seconds.append(round(time.monotonic() - begun, 1))
                if trouble:
                    connection.send(failure(path, section, notebook.cells[index], trouble))
                    failed = target.with_suffix(".failed.ipynb")
                    whole_file.write(failed, nbformat.writes(notebook) + "\n")
                    return False
                connection.send((len(seconds), section, seconds[-1]))
    except KeyboardInterrupt:
        sys.exit(130)
    except (DeadKernelError, RuntimeError) as error:
        connection.send(f"lossland: {path.stem}: the kernel doesn't start or died: {error}\n"
                        f"lossland: its log is {ROOT / '.cache' / 'gonb.log'}; `make doctor` says "
                        "what is missing")
        return False
    finish(notebook, stamp, seconds)
    write(notebook, target)
    return True


def execute_cell(client, cell, index, timeout):
    """Executes one cell. Returns what went wrong, None where nothing did."""
    try:
        client.execute_cell(cell, index)
    except CellTimeoutError:
        return f"took more than {timeout} s (LESSON_CELL_TIMEOUT sets the limit)"
    except CellExecutionError as error:
        return error_text(cell) or str(error)
    return None


def failure(path, section, cell, trouble):
    """Says which cell failed, its source and what it said."""
    return (f"FAILED {path.stem}, {section}\n--- the cell\n{cell.source.rstrip()}\n"
            f"--- what it said\n{trouble.rstrip()}\n---\n")


def error_text(cell):
    """Returns everything a failed cell printed, without colours and markup."""
    parts = []
    for output in cell.outputs:
        if output.output_type == "stream":
            parts.append(output.text)
        elif output.output_type == "error":
            parts.append("\n".join([f"{output.ename}: {output.evalue}", *output.traceback]))
        elif "text/plain" in output.get("data", {}):
            parts.append(output.data["text/plain"])
        elif "text/html" in output.get("data", {}):
            html = re.sub(r"(?s)<style.*?</style>|<script.*?</script>", "",
                          output.data["text/html"])
            parts.append(re.sub(r"\n\s*\n+", "\n", re.sub(r"<[^>]+>", "", html)).strip())
    return ANSI.sub("", "\n".join(parts))


def finish(notebook, stamp, seconds):
    """Makes an executed notebook fit to be read: streams in one piece, Go coloured as Go, the stamp
    of its inputs and the seconds that each cell took."""
    coalesce = CoalesceStreamsPreprocessor()
    for index, cell in enumerate(notebook.cells):
        coalesce.preprocess_cell(cell, {}, index)
        cell.metadata.pop("execution", None)
    notebook.metadata.setdefault("language_info", {"name": "go"})["pygments_lexer"] = "go"
    notebook.metadata["lossland"] = {"stamp": stamp, "cells": seconds}


def write(notebook, target):
    """Writes the notebook in one step, so that an interruption leaves the old file or the new."""
    target.with_suffix(".failed.ipynb").unlink(missing_ok=True)
    whole_file.write(target, nbformat.writes(notebook) + "\n")


if __name__ == "__main__":
    main()
