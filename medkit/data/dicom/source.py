"""Where DICOM files come from, a file, a folder or a list of either, and where they go."""

import contextlib
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path


class DicomError(ValueError):
    """A DICOM file could not be used; the message names it and says what to do."""


def derived_uid(*parts: str) -> str:
    """Return a UID under 2.25 (a 128-bit number) that the same parts always give again.

    >>> derived_uid("a", "b") == derived_uid("a", "b") != derived_uid("a", "c")
    True
    """
    digest = hashlib.sha256("\n".join(parts).encode()).digest()
    return f"2.25.{int.from_bytes(digest[:16], 'big')}"


@dataclass(frozen=True, slots=True)
class File:
    """A file to read, and the name under which the user knows it."""

    path: str
    name: str


def checked_path(path, what: str) -> Path:
    """Return a path that was given; an empty text is none (it would mean the current folder).

    Raises
    ------
    DicomError
        If it is empty or holds a character that no path has.
    TypeError
        If it is no path at all.
    """
    text = os.fspath(path)
    if not text.strip() or "\0" in text:
        raise DicomError(
            f"{what} is {text!r}, which is no path. Give one as text; the current folder is '.'."
        )
    return Path(text)


def one_file(path, what: str = "file") -> File:
    """Return a path that leads to a file.

    Raises
    ------
    DicomError
        If there is no such file.
    TypeError
        If it is no path.
    """
    path = checked_path(path, what)
    if not path.exists():
        raise DicomError(f"{path}: there is no such file or folder. Check the path.")
    if not path.is_file():
        raise DicomError(
            f"{path}: is no file. Give the path of a DICOM file; of a folder, one of its files."
        )
    return File(str(path), path.name)


def files(source) -> list[File]:
    """List the files of a source, sorted by name.

    Parameters
    ----------
    source : path or iterable of paths
        A file, a folder (searched with all its sub-folders), or several of them.

    Raises
    ------
    DicomError
        If there is no such file.
    TypeError
        If the source is no path.
    """
    several = not isinstance(source, (str, bytes, os.PathLike)) and isinstance(source, Iterable)
    found: list[File] = []
    for path in source if several else [source]:
        folder = checked_path(path, "source")
        found += _in_folder(folder) if folder.is_dir() else [one_file(path, "source")]
    return found


def _in_folder(folder: Path) -> list[File]:
    def closed(error: OSError):
        raise DicomError(f"{error.filename}: cannot be opened ({error.strerror}).") from error

    found = []
    # Links are not followed into folders: one that leads back up would never end.
    for where, _, names in os.walk(folder, onerror=closed):
        paths = (os.path.join(where, name) for name in names)
        # A named pipe would block for ever when opened; only regular files are read.
        found += [File(p, os.path.relpath(p, folder)) for p in paths if os.path.isfile(p)]
    return sorted(found, key=lambda file: file.name)


@contextlib.contextmanager
def new_folder(folder) -> Iterator[Path]:
    """Fill a folder so that it appears complete or, if anything fails, not at all.

    Raises
    ------
    FileExistsError
        If the folder is there and holds something: nothing is overwritten.
    """
    folder = checked_path(folder, "folder")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FileExistsError(f"{folder} is already there and not empty. Give a new folder.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Beside the target, so that the last step is one rename on one file system.
    partial = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        yield partial
        partial.chmod(0o755)
        if folder.exists():
            folder.rmdir()
        partial.rename(folder)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
