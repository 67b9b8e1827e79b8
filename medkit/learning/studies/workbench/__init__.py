"""The workbench: any task × any algorithm × any setting of the scanner, one file a cell.

    Cell ─▶ run: patients ─▶ scanner ─▶ algorithm ─▶ AUC ─▶ row ─▶ <folder>/<cell>.json

A cell says all that its result depends on; its file's name is a hash of that and of the code of
the simulators. `sweep` runs the cells that have no file yet, on all cores or on a cluster: what
is finished stays finished, whatever dies.
"""

import hashlib
import json
import os
import time
import uuid
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
from joblib import Parallel, delayed

from medkit import kit
from medkit.data import tasks
from medkit.data.sets import shipped
from medkit.learning.evaluation import auc
from medkit.learning.studies.workbench.algorithms import ALGORITHMS

#: One task a modality. The pictures are small, so the lesions are clear ones.
LESIONS = {
    "ct_bleed": {"radius_mm": (9.0, 22.0), "contrast_hu": (24.0, 40.0)},
    "mri_stroke": {"radius_mm": (12.0, 22.0), "share": (0.4, 0.8)},
    "us_breast": {"size_mm": (9.0, 15.0)},
    "oct_fluid": {},
    "pet_hotspot": {"radius_mm": (9.0, 13.0), "suv": (3.0, 6.0)},
}
#: Rows and columns; patients to learn from, and held out; the seed of the first of each.
SIZE, PATIENTS, HELD_OUT, SEEDS = 32, 160, 160, (90_000, 95_000)
#: What is shipped of each task.
_PARTS = ("images", "labels", "masks")
#: Whose code and tables decide what a patient looks like and what is made of the picture.
_CODE = ("constants", "anatomy", "physics", "data/tasks", "learning")


@dataclass(frozen=True)
class Cell:
    """One experiment.

    Parameters
    ----------
    task : str
        A key of `medkit.data.tasks.TASKS`.
    algorithm : str
        A key of `ALGORITHMS`.
    value : float, optional
        Of the task's knob; its usual setting if not given.
    n : int
        Patients to learn from. The held-out ones are the same for every n, algorithm and value.
    seed : int
        Of the patients, both parts, and of the algorithm.
    epochs : int
        Of the networks.
    shuffled : bool
        Learn from labels dealt by lot, half and half: on average over seeds the AUC is one half.

    Examples
    --------
    >>> Cell("ct_bleed", "SVM", value=1.0) == Cell("ct_bleed", "SVM", value=1.0)
    True
    """

    task: str
    algorithm: str
    value: float | None = None
    n: int = PATIENTS
    seed: int = 0
    epochs: int = 8
    shuffled: bool = False

    def __post_init__(self):
        for name, known in ((self.task, tasks.TASKS), (self.algorithm, ALGORITHMS)):
            if name not in known:
                raise ValueError(f"no {name!r}; there are: {', '.join(known)}")

    @property
    def file(self) -> str:
        """The name of its file: equal for equal cells and equal code, and for no others."""
        key = json.dumps([asdict(self), LESIONS.get(self.task), code_version()], sort_keys=True)
        return f"{self.task}-{self.algorithm}-{hashlib.sha256(key.encode()).hexdigest()[:16]}.json"


@lru_cache(maxsize=1)
def code_version() -> str:
    """Return a hash of the source and the tables of anatomy, scanners, tasks and algorithms."""
    root, found = Path(kit.__file__).parent, hashlib.sha256()
    for folder in _CODE:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in (".py", ".toml", ".csv"):
                found.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return found.hexdigest()


@lru_cache(maxsize=12)
def pictures(task: str, value: float | None, n: int, seed: int):
    """Return images (n, 32, 32, channels) of 256 greys, labels and masks of simulated patients.

    Those of the 25 cells are shipped; others are drawn and scanned.
    """
    shipped_ones = zip((PATIENTS, HELD_OUT), SEEDS, strict=True)
    if value is None and task in LESIONS and (n, seed) in shipped_ones:
        held = shipped.arrays("workbench_pictures")
        part = slice(0, n) if seed == SEEDS[0] else slice(PATIENTS, PATIENTS + n)
        images, labels, masks = (held[f"{task}_{what}"][part] for what in _PARTS)
        masks = np.unpackbits(masks, axis=-1).astype(bool)
        return images[..., None] / np.float32(255), labels.astype(int), masks
    return scanned(task, value, n, seed)


def scanned(task: str, value: float | None, n: int, seed: int):
    """Draw patients and scan them; return as `pictures` does."""
    protocol = None if value is None else tasks.with_knob(task, value)
    cases = tasks.patients(task, n, rng=seed, size=SIZE, **LESIONS.get(task, {}))
    data = tasks.scan(task, cases, protocol)
    images = np.round(255 * data.images.clip(0, 1)) / np.float32(255)
    return images.astype(np.float32), data.labels, data.masks


def parts(cell: Cell):
    """Return what a cell learns from and what it is judged by, each images, labels, masks."""
    learn = pictures(cell.task, cell.value, cell.n, SEEDS[0] + cell.seed)
    return learn, pictures(cell.task, cell.value, HELD_OUT, SEEDS[1] + cell.seed)


def fitted(cell: Cell, progress=None):
    """Return the algorithm of a cell, fitted, and the CPU seconds that it took."""
    (x, y, _), _ = parts(cell)
    if cell.shuffled:
        # Half and half: else what is unlike all training patients falls to the rarer label.
        y = np.random.default_rng(cell.seed).permutation(np.arange(len(y)) % 2)
    model = ALGORITHMS[cell.algorithm](epochs=cell.epochs, seed=cell.seed)
    start = time.process_time()
    model.fit(x, y, progress=progress)
    return model, time.process_time() - start


def judged(cell: Cell, model, seconds: float) -> dict:
    """Return the row of a cell whose algorithm is fitted; see `run`."""
    _, (x, y, _) = parts(cell)
    scores = np.round(model.decision_function(x).astype(float), 5)
    area = auc(y, scores)
    row = asdict(cell) | {"auc": round(area.value, 4)}
    row |= {"low": round(area.low, 4), "high": round(area.high, 4)}
    row |= {"seconds": round(seconds, 2), "weights": model.n_weights_}
    return row | {"scores": scores.tolist(), "truth": y.tolist()}


def run(cell: Cell, folder=None) -> dict:
    """Run a cell, or read what it gave before; return its row.

    Parameters
    ----------
    cell : Cell
    folder : path, optional
        Where its file is, or will be: written beside and then renamed, so that a file is whole
        or not there, whatever dies meanwhile.

    Returns
    -------
    dict
        The cell's fields, ``auc``, ``low``, ``high`` (95 %, DeLong), ``seconds`` (CPU, of the
        fit), ``weights``; and the ``scores`` and the ``truth`` of the held-out patients.
    """
    file = Path(folder or ".") / cell.file
    if folder is not None and file.exists():
        return json.loads(file.read_text())
    row = judged(cell, *fitted(cell))
    if folder is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        beside = file.with_suffix(f".{uuid.uuid4().hex}")
        beside.write_text(json.dumps(row))
        os.replace(beside, file)
    return row


def sweep(cells: Iterable[Cell], folder, *, n_jobs: int | None = -1) -> list[dict]:
    """Run cells that have no file yet, in parallel; return the rows of all, in order.

    It goes through joblib: on all cores of this machine, or, within
    ``joblib.parallel_config(backend="dask")``, on the cluster of the Dask client at hand. There
    `folder` must be one that all its machines see.
    """
    cells = list(cells)
    left = [cell for cell in dict.fromkeys(cells) if not (Path(folder) / cell.file).exists()]
    Parallel(n_jobs=n_jobs, batch_size=1)(delayed(run)(cell, folder) for cell in left)
    return [run(cell, folder) for cell in cells]


def all_cells(**options) -> list[Cell]:
    """Return the cells of every modality × every algorithm."""
    return [Cell(task, name, **options) for task in LESIONS for name in ALGORITHMS]


def stored() -> pd.DataFrame:
    """Return the shipped table: 25 cells, three seeds; the first also with shuffled labels."""
    return pd.read_csv(kit.root() / "datasets" / "workbench.csv")


def make_pictures(folder) -> Path:
    """Draw and scan the patients of the 25 cells and write them; return the file."""
    arrays = {}
    for task in LESIONS:
        both = [scanned(task, None, *of) for of in zip((PATIENTS, HELD_OUT), SEEDS, strict=True)]
        images, labels, masks = (np.concatenate(part) for part in zip(*both, strict=True))
        packed = np.packbits(masks, axis=-1)
        parts = (np.round(255 * images[..., 0]).astype(np.uint8), labels.astype(np.uint8), packed)
        arrays |= {f"{task}_{what}": array for what, array in zip(_PARTS, parts, strict=True)}
    return shipped.save(folder, "workbench_pictures", **arrays)


def make(what: str, folder) -> Path:
    """Write the shipped "pictures", or run the cells of the shipped "table"; return the file."""
    if what == "pictures":
        return make_pictures(folder)
    cells = [cell for seed in range(3) for cell in all_cells(seed=seed)]
    cells += all_cells(shuffled=True)
    table = pd.DataFrame([run(cell) for cell in cells])
    file = Path(folder) / "workbench.csv"
    table.drop(columns=["scores", "truth"]).to_csv(file, index=False, lineterminator="\n")
    return file
