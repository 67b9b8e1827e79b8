"""Small arrays that the kit made itself and ships in ``datasets/``: weights, pictures, codes."""

from pathlib import Path

import numpy as np

from medkit import kit


def arrays(name: str) -> dict[str, np.ndarray]:
    """Return the arrays of ``datasets/<name>.npz`` by name.

    Raises
    ------
    FileNotFoundError
        If the kit has no such file.
    """
    path = kit.root() / "datasets" / f"{name}.npz"
    if not path.is_file():
        there = sorted(file.stem for file in path.parent.glob("*.npz"))
        raise FileNotFoundError(f"no {path.name} in datasets; there are: {', '.join(there)}")
    with np.load(path, allow_pickle=False) as file:
        return {key: file[key] for key in file.files}


def save(folder, name: str, **contents: np.ndarray) -> Path:
    """Write arrays to ``<folder>/<name>.npz``, compressed; return the file."""
    path = Path(folder) / f"{name}.npz"
    np.savez_compressed(path, **contents)
    return path
