"""Where the kit's notebooks and dataset cards lie, and the learner's copy of them."""

import hashlib
import json
import os
import shutil
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
    raise FileNotFoundError(
        "the kit's notebooks were not found; looked in "
        + ", ".join(str(c) for c in candidates)
        + ". Reinstall medkit, or set MEDKIT_HOME to a checkout."
    )


def is_checkout() -> bool:
    """Whether the kit runs from a clone, where notebooks are opened in place."""
    return (root() / "pyproject.toml").is_file()


def notebooks() -> list[Path]:
    """Return the notebooks in the order in which they are meant to be read."""
    return sorted(path for path in (root() / "notebooks").glob("[0-9][0-9]_*.ipynb"))


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _record(path: Path) -> dict[str, str]:
    """Read what was shipped; a damaged record only means that every file is compared anew."""
    try:
        record = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def _free(path: Path, digest: str) -> Path:
    """Return a name that overwrites nothing but what is the same anyway."""
    target, number = path, 2
    while target.exists() and _digest(target) != digest:
        target = path.with_name(f"{path.stem} {number}.ipynb")
        number += 1
    return target


def copy_notebooks(folder: Path) -> list[str]:
    """Bring the learner's folder up to date without touching what they changed.

    A notebook that is absent is copied; one that is still as the kit shipped it is
    replaced by a newer version; one that the learner changed stays, and the newer
    version is laid beside it.

    Parameters
    ----------
    folder : Path
        The learner's folder; made if it does not exist.

    Returns
    -------
    list of str
        One sentence for each file that was written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    record = folder / ".medkit.json"
    shipped = _record(record)
    said = []
    for source in notebooks():
        target, digest = folder / source.name, _digest(source)
        if not target.exists():
            said.append(f"{source.name}: copied")
        elif _digest(target) == digest or shipped.get(source.name) == digest:
            shipped[source.name] = digest
            continue
        elif _digest(target) == shipped.get(source.name):
            said.append(f"{source.name}: brought up to date")
        else:
            target = _free(folder / f"{source.stem} (medkit {__version__}).ipynb", digest)
            said.append(f"{source.name}: you changed yours; the newer one is {target.name}")
        draft = target.with_suffix(".new")
        shutil.copyfile(source, draft)
        os.replace(draft, target)
        shipped[source.name] = digest
    draft = record.with_suffix(".new")
    draft.write_text(json.dumps(shipped, indent=1))
    os.replace(draft, record)
    return said


def warm_up() -> None:
    """Compile the kernels once, so that the first slider is as quick as the second."""
    from medkit.physics import projection, ultrasound

    projection.warm_up()
    ultrasound.warm_up()
