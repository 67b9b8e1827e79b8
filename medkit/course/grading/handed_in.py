"""What was handed in: every file below a folder, whose it is, and which notebook it answers.

The learner is the first sub-folder. Where a file lies in no sub-folder it is the file's
name without the notebook's, as in ``alice_11_ct.ipynb``. What Moodle and Canvas add to
names is cut off; nbgrader's folder ``submitted`` is entered by itself.
"""

import os
import re
import stat
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

MAX_BYTES = 100_000_000
#: What systems and platforms lay beside what people hand in.
_NOT_HANDED_IN = {"timestamp.txt", "thumbs.db", "desktop.ini", "__macosx"}
#: ``Surname Given_12345_assignsubmission_file_`` and ``lastfirst_LATE_123_456_11_ct.ipynb``.
_MOODLE = re.compile(r"(?P<name>.+?)_\d+_assignsubmission_[^_]*_?")
_CANVAS = re.compile(r"(?P<name>[^_]+?)(?:_LATE)?_\d+_\d+_.+", re.IGNORECASE)
#: Second downloads, copies and the like: not names.
_NO_NAME = re.compile(r"\(medkit [^)]*\)|\b(?:copy ?\d*|solved|solution|final|\d{1,3})\b", re.I)


@dataclass(frozen=True)
class Submission:
    """One handed-in file.

    Parameters
    ----------
    path : Path
        Where it lies.
    file : str
        The same, relative to the graded folder, as it can be written in a table.
    learner : str
        Whose it is.
    stem : str
        The course notebook it was made from; ``""`` if none.
    problem : str
        Why it is no notebook; ``""`` if it is one.
    """

    path: Path
    file: str
    learner: str
    stem: str = ""
    problem: str = ""


def submissions(root: Path, stems: Sequence[str]) -> list[Submission]:
    """List every file that was handed in, in the order of their paths.

    Parameters
    ----------
    root : Path
        A notebook, or the folder of a class.
    stems : sequence of str
        The notebooks of the course.

    Raises
    ------
    FileNotFoundError
        If there is no such file or folder, or nothing in it.
    """
    if root.is_dir():
        root = root / "submitted" if (root / "submitted").is_dir() else root
        paths = list(_walk(root))
    elif root.exists():
        root, paths = root.parent, [root]
    else:
        raise FileNotFoundError(f"there is no file or folder {root}: give a notebook or a folder")
    if not paths:
        raise FileNotFoundError(f"there is nothing in {root} or its sub-folders")
    found = []
    for path in paths:
        relative = path.relative_to(root)
        problem = _problem(path)
        stem = _named(path, stems) or ("" if problem else _asked_for(path, stems))
        learner, file = learner_of(relative, stem), writable(relative.as_posix())
        found.append(Submission(path, file, learner, stem, problem))
    return found


def _walk(root):
    """Yield files, links and empty folders, but nothing hidden and nothing behind a link."""
    for entry in sorted(os.scandir(root), key=lambda entry: entry.name):
        if entry.name.startswith(".") or entry.name.lower() in _NOT_HANDED_IN:
            continue
        path = Path(entry.path)
        if not entry.is_dir(follow_symlinks=False):
            yield path
            continue
        try:
            below = list(_walk(path))
        except OSError:
            below = []
        yield from below or [path]


def _problem(path):
    """Say why a file is no notebook that could be graded; nothing if it is one."""
    try:
        mode = path.lstat().st_mode
        if stat.S_ISDIR(mode):
            return "an empty folder, or one that cannot be read"
        if not stat.S_ISREG(mode):
            return "a link, a pipe or a device, which is not followed"
    except OSError as error:
        return f"cannot be read: {error.strerror or error}"
    if path.suffix.lower() == ".ipynb":
        return ""
    return f"a {path.suffix or 'nameless kind of'} file: hand in notebooks that end in .ipynb"


def contents(path: Path) -> bytes:
    """Return what is in a regular file of at most 100 MB; never wait for a pipe or a device.

    Raises
    ------
    OSError
        If it is something else, larger, or cannot be read.
    """
    # Between listing and opening it may have been replaced by a pipe or a link.
    flags = (getattr(os, name, 0) for name in ("O_NONBLOCK", "O_NOFOLLOW", "O_BINARY"))
    with open(os.open(path, os.O_RDONLY | sum(flags)), "rb") as stream:
        facts = os.fstat(stream.fileno())
        if not stat.S_ISREG(facts.st_mode):
            raise OSError("not a regular file")
        if facts.st_size > MAX_BYTES:
            raise OSError("larger than 100 MB")
        return stream.read(MAX_BYTES)


def _named(path, stems):
    """Return the course notebook that a file is named after, or ``""``."""
    return max((stem for stem in stems if stem in path.stem.casefold()), key=len, default="")


def _asked_for(path, stems):
    """Return the course notebook most of whose exercises a file asks for, or ``""``."""
    try:
        text = contents(path).decode("utf-8", "replace")
    except OSError:
        return ""
    found = Counter(re.findall(r"exercise\(\s*(?:\\?[\"'])(\d\d_\w+)\.", text))
    return next((stem for stem, _ in found.most_common() if stem in stems), "")


def learner_of(file: PurePath, stem: str) -> str:
    """Return whose a file is, by the rule above.

    Parameters
    ----------
    file : PurePath
        Relative to the graded folder.
    stem : str
        The course notebook it was made from.

    Examples
    --------
    >>> learner_of(PurePath("bob/homework.ipynb"), "11_ct")
    'bob'
    >>> learner_of(PurePath("alice_11_ct-Copy1.ipynb"), "11_ct")
    'alice'
    >>> learner_of(PurePath("Li Ming_123_assignsubmission_file_/a.ipynb"), "11_ct")
    'Li Ming'
    """
    first = unicodedata.normalize("NFC", writable(file.parts[0]))
    alone = len(file.parts) == 1
    if match := _MOODLE.match(first) or (alone and _CANVAS.fullmatch(first)):
        return _trimmed(match["name"])
    if not alone:
        return _trimmed(first) or first
    own = PurePath(first).stem.removesuffix(".ipynb")  # browsers save "11_ct.ipynb.json"
    name = re.sub(re.escape(stem), " ", own, flags=re.I) if stem else own
    name = _NO_NAME.sub(" ", name.replace("_", " "))
    return _trimmed(name) or own


def _trimmed(name):
    """Take separators, and only these, from both ends: vowel signs belong to a name."""
    keep = [i for i, letter in enumerate(name) if unicodedata.category(letter)[0] in "LMN"]
    return re.sub(r"\s+", " ", name[keep[0] : keep[-1] + 1]) if keep else ""


def writable(text: str) -> str:
    r"""Escape what UTF-8 cannot hold, such as bytes of a file name in another encoding.

    >>> writable("Jos\udce9")
    'Jos\\udce9'
    """
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
