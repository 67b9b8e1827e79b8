"""Where DICOM files come from: a file, a folder, a list of either, or a zip archive."""

import contextlib
import hashlib
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

#: A zip archive may unpack to this many bytes in all, and to this many files.
MAX_ZIP_BYTES = 4 * 2**30
MAX_ZIP_FILES = 20_000
#: No honest image shrinks more than this; what does is a "zip bomb".
MAX_ZIP_RATIO = 2_000

#: A member of an archive larger than this and shrunk by more than that is no image either.
MAX_SPARSE_BYTES, MAX_SPARSE_RATIO = 2**28, 500

_CHUNK = 2**20
#: First bytes of DICOM files without the usual beginning: group 2 or 8, in either byte order.
_BARE = (b"\x02\0", b"\x08\0", b"\0\x02", b"\0\x08")


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


@contextlib.contextmanager
def files(source) -> Iterator[list[File]]:
    """List the files of a source, sorted by name; a zip archive is unpacked for as long.

    Parameters
    ----------
    source : path or iterable of paths
        A file, a folder (searched with all its sub-folders), a zip archive, or
        several of them.

    Yields
    ------
    list of File

    Raises
    ------
    DicomError
        If there is no such file, or a zip archive is broken or unpacks to too much.
    TypeError
        If the source is no path.
    """
    several = not isinstance(source, (str, bytes, os.PathLike)) and isinstance(source, Iterable)
    found: list[File] = []
    with contextlib.ExitStack() as stack:
        for path in source if several else [source]:
            if not isinstance(path, (str, os.PathLike)):
                raise TypeError(
                    f"source is {path!r}, which is no path: give the path of a DICOM file, of a "
                    "folder or of a zip archive, as text, or a list of such paths"
                )
            path = Path(path)
            if path.is_dir():
                found += _in_folder(path)
            elif path.exists() and not path.is_file():
                raise DicomError(
                    f"{path}: is a device or a pipe, neither file nor folder. Give the path of a "
                    "DICOM file, of a folder or of a zip archive."
                )
            elif not path.is_file():
                raise DicomError(f"{path}: there is no such file or folder. Check the path.")
            elif _is_zip(path):
                folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="medkit-"))
                found += _unzip(path, Path(folder))
            else:
                found.append(File(str(path), path.name))
        yield found


def _in_folder(folder: Path) -> list[File]:
    # Links are not followed into folders: one that leads back up would never end.
    paths = (
        os.path.join(where, name) for where, _, names in os.walk(folder) for name in sorted(names)
    )
    # A named pipe would block for ever when opened; only regular files are read.
    return sorted(
        (File(p, os.path.relpath(p, folder)) for p in paths if os.path.isfile(p)),
        key=lambda file: file.name,
    )


def _is_zip(path: Path) -> bool:
    with open(path, "rb") as file:
        return file.read(4) in (b"PK\x03\x04", b"PK\x05\x06")


def _unzip(archive: Path, folder: Path) -> list[File]:
    """Unpack under names of our own, so that no member's name can lead anywhere else."""
    unpacked, room, found = 0, MAX_ZIP_BYTES, []
    try:
        with zipfile.ZipFile(archive) as members:
            infos = [info for info in members.infolist() if not info.is_dir()]
            if len(infos) > MAX_ZIP_FILES:
                raise DicomError(
                    f"{archive}: holds {len(infos)} files, more than {MAX_ZIP_FILES}. "
                    "Unpack the part that you need and read that folder."
                )
            room = min(room, archive.stat().st_size * MAX_ZIP_RATIO)
            for number, info in enumerate(sorted(infos, key=lambda info: info.filename)):
                target = folder / f"{number:06d}"
                sparse = max(MAX_SPARSE_BYTES, info.compress_size * MAX_SPARSE_RATIO)
                limit = min(room - unpacked, sparse)
                with members.open(info) as member, open(target, "wb") as out:
                    unpacked += _copy(member, out, limit, archive)
                found.append(File(str(target), f"{archive.name}:{info.filename}"))
    except DicomError:
        raise
    # zipfile meets broken and encrypted archives with a whole family of errors.
    except Exception as error:
        raise DicomError(
            f"{archive}: the zip archive cannot be unpacked ({error}). Download or pack it again; "
            "if it has a password, unpack it first."
        ) from error
    return found


def _copy(member, out, limit: int, archive: Path) -> int:
    """Unpack a member of an archive as far as it can be DICOM; return the bytes written."""
    block = member.read(_CHUNK)
    if block[128:132] != b"DICM" and block[:2] not in _BARE:
        # The reader will say that this is not DICOM; it needs no more than the beginning.
        return out.write(block)
    written = 0
    while block:  # sizes in the archive's directory can lie: count what really comes out
        written += len(block)
        if written > limit:
            raise DicomError(
                f"{archive}: unpacks to more than {limit >> 20} MB, far more than "
                "images would. If you trust it, unpack it and read the folder."
            )
        out.write(block)
        block = member.read(_CHUNK)
    return written


@contextlib.contextmanager
def new_folder(folder) -> Iterator[Path]:
    """Fill a folder so that it appears complete or, if anything fails, not at all.

    Raises
    ------
    FileExistsError
        If the folder is there and holds something: nothing is overwritten.
    """
    folder = Path(folder)
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
