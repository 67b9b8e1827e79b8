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
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
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
    #: Why it cannot be opened, where that is known already.
    problem: str = ""

    def open(self, buffering: int = -1):
        """Open it for reading bytes.

        Raises
        ------
        DicomError
            If that is not possible.
        """
        if not self.problem:
            try:
                return open(self.path, "rb", buffering=buffering)
            except OSError as error:
                raise DicomError(_unopened(self.name, error)) from error
        raise DicomError(self.problem)


def _unopened(name, error: OSError) -> str:
    return (
        f"{name}: cannot be opened ({error.strerror or type(error).__name__}). "
        "Check that you may read it, or leave it out."
    )


def checked_path(path, what: str) -> Path:
    """Return a path that was given; an empty text is none (it would mean the current folder).

    Raises
    ------
    DicomError
        If it is empty or holds a character that no path has.
    TypeError
        If it is no path at all.
    """
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(f"{what} is {path!r}, which is no path: give the path as text")
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
    path = _is_there(checked_path(path, what))
    if not path.is_file():
        raise DicomError(
            f"{path}: is no file. Give the path of a DICOM file; of a folder, one of its files."
        )
    return File(str(path), path.name)


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
            path = checked_path(path, "source")
            if _is_there(path).is_dir():
                found += _in_folder(path)
            elif not path.is_file():
                raise DicomError(
                    f"{path}: is a device or a pipe, neither file nor folder. Give the path of a "
                    "DICOM file, of a folder or of a zip archive."
                )
            elif _is_zip(path):
                folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="medkit-"))
                found += _unzip(path, Path(folder))
            else:
                found.append(File(str(path), path.name))
        yield found


def _is_there(path: Path) -> Path:
    try:
        os.stat(path)  # Path.exists() says "no" to a file that one may not ask about
    except (FileNotFoundError, NotADirectoryError) as error:
        message = f"{path}: there is no such file or folder. Check the path."
        raise DicomError(message) from error
    except OSError as error:
        raise DicomError(_unopened(path, error)) from error
    return path


def _in_folder(folder: Path) -> list[File]:
    found = []

    def closed(error: OSError) -> None:
        name = os.path.relpath(error.filename, folder)
        name = str(folder) if name == os.curdir else f"{name}{os.sep}"
        found.append(File(error.filename, name, _unopened(name, error)))

    # Links are not followed into folders: one that leads back up would never end.
    for where, _, names in os.walk(folder, onerror=closed):
        paths = (os.path.join(where, name) for name in names)
        # A named pipe would block for ever when opened; only regular files are read.
        found += [File(p, os.path.relpath(p, folder)) for p in paths if os.path.isfile(p)]
    return sorted(found, key=lambda file: file.name)


def _is_zip(path: Path) -> bool:
    with File(str(path), str(path)).open() as file:
        return file.read(4) in _ZIP


def _unzip(archive: Path, folder: Path) -> list[File]:
    """Unpack under names of our own, so that no member's name can lead anywhere else."""
    try:
        with zipfile.ZipFile(archive) as members:
            infos = [info for info in members.infolist() if not info.is_dir()]
            if len(infos) > MAX_ZIP_FILES:
                raise DicomError(
                    f"{archive}: holds {len(infos)} files, more than {MAX_ZIP_FILES}. "
                    "Unpack the part that you need and read that folder."
                )
            infos.sort(key=lambda info: info.filename)
            heads = [_head(members, info) for info in infos]
            images = [info for info, head in zip(infos, heads, strict=True) if _may_be(head)]
            # Before a byte is written: the archive's own directory says what would come out.
            _refuse_bomb(archive, images)
            found = []
            for number, (info, head) in enumerate(zip(infos, heads, strict=True)):
                name = f"{archive.name}:{info.filename}"
                target = folder / f"{number:06d}"
                if head[:4] in _ZIP:
                    why = f"{name}: is a zip archive inside the archive. Unpack it and read it."
                    found.append(File(str(target), name, why))
                    continue
                with open(target, "wb") as out:
                    if _may_be(head):
                        with members.open(info) as member:
                            _copy(member, out, info.file_size, archive)
                    else:  # the reader will say that this is not DICOM
                        out.write(head)
                found.append(File(str(target), name))
    except DicomError:
        raise
    # zipfile meets broken and encrypted archives with a whole family of errors.
    except Exception as error:
        raise DicomError(
            f"{archive}: the zip archive cannot be unpacked: it is broken or has a password. "
            "Download or pack it again; if it has a password, unpack it first."
        ) from error
    return found


def _head(members: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    with members.open(info) as member:
        return member.read(256)


def _may_be(head: bytes) -> bool:
    """Whether a file that begins so may be DICOM."""
    return head[128:132] == b"DICM" or head[:2] in _BARE


def _refuse_bomb(archive: Path, images: list[zipfile.ZipInfo]) -> None:
    total = sum(info.file_size for info in images)
    limit = min(MAX_ZIP_BYTES, archive.stat().st_size * MAX_ZIP_RATIO)
    for info in images:
        if info.file_size > max(MAX_SPARSE_BYTES, info.compress_size * MAX_SPARSE_RATIO):
            total, limit = info.file_size, MAX_SPARSE_BYTES
            break
    if total > limit:
        raise DicomError(
            f"{archive}: unpacks to {max(1, total >> 20)} MB, more than {max(1, limit >> 20)} MB "
            "and far more than images would. If you trust it, unpack it and read the folder."
        )


def _copy(member, out, size: int, archive: Path) -> None:
    """Unpack a member of an archive, no further than the directory has promised."""
    written = 0
    while block := member.read(_CHUNK):
        written += len(block)
        if written > size:
            raise DicomError(
                f"{archive}: a file in it is larger than its directory says. Do not trust it."
            )
        out.write(block)


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
