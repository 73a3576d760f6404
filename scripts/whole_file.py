"""Files that are there whole or not at all, and notebooks that may be damaged."""

import os
import pathlib
import tempfile
import time

PREFIX, SUFFIX = ".unfinished-", ".tmp"  # internal/atomicfile's, which removes such files, too
STALE = 24 * 3600  # seconds after which the writer of an unfinished file is taken for dead


class Damaged(Exception):
    """A file that isn't what it should be; the message says what is wrong with it."""


def write(path, content):
    """Puts text or bytes into a file. They go to another file of a name of its own, which is then
    renamed: whoever reads the name gets the old content or the new, also if two write at once, and
    where the disk is full what was there stays."""
    path = pathlib.Path(path).resolve()
    try:
        content = content.encode("utf-8") if isinstance(content, str) else content
    except UnicodeEncodeError as error:
        raise Damaged(f"{path.name}: {error}") from None
    sweep(path.parent)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=PREFIX, suffix=SUFFIX)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~umask())
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def umask():
    """Returns the permissions that new files don't get."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def sweep(folder):
    """Removes what writers that were killed have left in a folder."""
    for path in folder.glob(f"{PREFIX}*{SUFFIX}"):
        try:
            if time.time() - path.stat().st_mtime > STALE:
                path.unlink()
        except OSError:
            pass  # somebody else has removed it, or we may not


def notebook(path):
    """Returns a notebook that holds to the format; anything else is Damaged."""
    import quick_imports  # noqa: F401, before nbformat
    import nbformat

    try:
        found = nbformat.read(path, as_version=4)
        nbformat.validate(found)
        nbformat.writes(found).encode("utf-8")
    except Exception as error:  # nbformat fails in many ways on what is damaged
        what = str(error).strip().splitlines() or [type(error).__name__]
        raise Damaged(f"{path} is no notebook: {what[0][:200]}") from None
    return found
