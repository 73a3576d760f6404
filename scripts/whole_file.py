"""Files that are there whole or not at all, and notebooks that may be damaged."""

import os
import pathlib
import stat
import tempfile
import time

PREFIX, SUFFIX = ".unfinished-", ".tmp"  # internal/atomicfile's, which removes such files, too
STALE = 24 * 3600  # seconds after which the writer of an unfinished file is taken for dead


class Damaged(Exception):
    """A file that isn't what it should be; the message says what is wrong with it."""


def write(path, content):
    """Puts text or bytes into a file. They go to another file of a name of its own, which is then
    renamed: whoever reads the name gets the old content or the new, also if two write at once, and
    where the disk is full what was there stays. A link is followed, a device or a pipe is written
    to as it is, and a write-protected file is an error. So is, as Damaged, what can't be written
    for a reason that lies in the name."""
    path = pathlib.Path(path)
    try:
        content = content.encode("utf-8") if isinstance(content, str) else content
    except UnicodeEncodeError as error:
        raise Damaged(f"{path.name}: {error}") from None
    if found := written_through(path):
        with open(found, "wb", buffering=0) as file:
            view = memoryview(content)
            while view:
                view = view[file.write(view):]
        return
    path = path.resolve()
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


def written_through(path):
    """Returns the path where it is a device or a pipe, None for a file; what can't be written to is
    Damaged."""
    try:
        path.resolve()
        mode = path.stat().st_mode
    except FileNotFoundError:
        if path.is_symlink() or path.parent.is_dir():
            return None
        raise Damaged(f"{path}: there is no folder {path.parent}") from None
    except (OSError, RuntimeError) as error:  # such as a loop of links
        raise Damaged(f"{path} can't be written: {error}") from None
    if stat.S_ISDIR(mode):
        raise Damaged(f"{path} is a folder")
    if not stat.S_ISREG(mode):
        return path
    if not mode & 0o222:
        raise Damaged(f"{path} is write-protected")
    return None


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
