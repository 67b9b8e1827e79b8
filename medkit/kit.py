"""Where the kit's notebooks and dataset cards lie, and the learner's copy of them."""

import hashlib
import importlib
import json
import os
import sys
from contextlib import suppress
from itertools import count
from pathlib import Path

from medkit import __version__

_PACKAGE = Path(__file__).resolve().parent


def root() -> Path:
    """Return the folder that holds ``notebooks`` and ``datasets``.

    The environment variable ``MEDKIT_HOME`` wins; then the checkout this package lies
    in; then the copy inside an installed wheel. The copy comes last because an editable
    install may leave a stale one behind.

    Raises
    ------
    FileNotFoundError
        If none of the three holds a ``notebooks`` folder.
    """
    candidates = [_PACKAGE.parent, _PACKAGE / "_kit"]
    if os.environ.get("MEDKIT_HOME"):
        candidates.insert(0, Path(os.environ["MEDKIT_HOME"]).expanduser())
    for folder in candidates:
        if (folder / "notebooks").is_dir():
            return folder
    places = ", ".join(map(str, candidates))
    raise FileNotFoundError(
        f"no notebooks in {places}. Reinstall medkit, or set MEDKIT_HOME to a checkout."
    )


def is_checkout() -> bool:
    """Whether the kit runs from a clone, which has tests and benchmarks beside the package."""
    return (root() / "pyproject.toml").is_file()


def notebooks() -> list[Path]:
    """Return the notebooks in the order in which they are meant to be read."""
    return sorted((root() / "notebooks").glob("[0-9][0-9]_*.ipynb"))


def learners_folder() -> Path:
    """Return where a learner's copies go by default: ``~/medkit``, unless a clone lies there."""
    folder = Path.home() / "medkit"
    return Path.home() / "medkit-notebooks" if _is_the_kits(folder) else folder


def _is_the_kits(folder):
    """Whether a folder is part of a clone or of the package: copies must not mix with it."""
    folder, own = folder.resolve(), root().resolve()
    is_clone = (folder / "medkit" / "kit.py").is_file()
    return is_clone or folder in (own, _PACKAGE) or folder.is_relative_to(own / "notebooks")


def _digest(path: Path) -> str:
    """Hash what a person writes in a notebook: running it alone is no change."""
    content = path.read_bytes()
    with suppress(ValueError, KeyError, TypeError, RecursionError):  # else every byte counts
        cells = json.loads(content)["cells"]
        written = [[cell["cell_type"], "".join(cell["source"])] for cell in cells]
        # JupyterLab adds an empty cell when the last one is run.
        content = json.dumps([cell for cell in written if cell[1].strip()]).encode()
    return hashlib.sha256(content).hexdigest()


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all, even if two do it at once."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_bytes(content)
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _companions() -> list[Path]:
    """Return the files below ``notebooks`` that a notebook refers to, such as pictures."""
    folder = root() / "notebooks"
    text = "".join(path.read_text(encoding="utf-8", errors="replace") for path in notebooks())
    found = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".ipynb"]
    return sorted(path for path in found if path.relative_to(folder).as_posix() in text)


def _beside(target, shipped, digest):
    """Return a name for the newer version that overwrites nothing a learner wrote."""
    for number in count(1):
        more = f" {number}" if number > 1 else ""
        path = target.with_name(f"{target.stem} (medkit {__version__}){more}{target.suffix}")
        if not path.exists() or _digest(path) in (digest, shipped.get(path.name)):
            return path


def copy_notebooks(folder: Path) -> list[str]:
    """Bring the learner's folder up to date without touching what they changed.

    A notebook that is absent is copied, with the pictures it refers to. One in which the
    learner wrote nothing (running it is no writing) is replaced by a newer version; one
    that they changed stays, and the newer version is laid beside it.

    Parameters
    ----------
    folder : Path
        The learner's folder; made if it does not exist.

    Returns
    -------
    list of str
        One sentence for each file that was written.

    Raises
    ------
    OSError
        If the folder is the kit's own, or cannot be written.
    """
    if _is_the_kits(folder):
        raise OSError(
            f"{folder} belongs to the kit itself: name another folder, or open the originals "
            "with 'medkit lab --originals'"
        )
    try:
        return _copy_notebooks(folder)
    except OSError as problem:
        raise OSError(
            f"your copies of the notebooks cannot be written to {folder} "
            f"({problem.strerror or problem}: {problem.filename2 or problem.filename or folder}). "
            "Name a folder of yours: medkit lab --folder FOLDER"
        ) from problem


def _copy_notebooks(folder):
    folder.mkdir(parents=True, exist_ok=True)
    record = folder / ".medkit.json"
    shipped: dict[str, str] = {}  # without a record every file is compared anew
    with suppress(OSError, ValueError, TypeError):
        shipped |= json.loads(record.read_text(encoding="utf-8"))
    before, lines = dict(shipped), []
    try:
        for source in [*notebooks(), *_companions()]:
            name = source.relative_to(root() / "notebooks").as_posix()
            target, digest = folder / name, _digest(source)
            if not target.exists():
                lines.append(f"{name}: copied")
            elif _digest(target) == digest or shipped.get(name) == digest:
                shipped[name] = digest
                continue
            elif _digest(target) == shipped.get(name):
                lines.append(f"{name}: brought up to date")
            else:
                target = _beside(target, shipped, digest)
                lines.append(f"{name}: you changed yours; the newer one is {target.name}")
            target.parent.mkdir(parents=True, exist_ok=True)
            write_whole(target, source.read_bytes())
            shipped[name] = shipped[target.name] = digest
    finally:  # who is interrupted finds later what was copied until then
        if shipped != before:
            write_whole(record, json.dumps(shipped, indent=1).encode())
    return lines


def get_ready() -> None:
    """Let explorers show on Colab; elsewhere do nothing. The first cell of a notebook calls it.

    Written after Colab's documentation of ``google.colab.output``, and not tried there.
    """
    if "google.colab" in sys.modules:
        importlib.import_module("google.colab.output").enable_custom_widget_manager()


def warm_up() -> None:
    """Compile the kernels once, so that the first slider is as quick as the second."""
    from medkit.physics import ultrasound
    from medkit.physics.linear import projection

    projection.warm_up()
    ultrasound.warm_up()


def child_environment() -> dict[str, str]:
    """Return this environment, with the kit importable and Keras's backend chosen."""
    environment = dict(os.environ)
    root = str(Path(__file__).resolve().parent.parent)
    paths = environment.get("PYTHONPATH", "").split(os.pathsep)
    # Before a learner's own "import keras" a keras.json would choose.
    environment.setdefault("KERAS_BACKEND", "tensorflow")
    environment["PYTHONPATH"] = os.pathsep.join([root, *[p for p in paths if p and p != root]])
    return environment
