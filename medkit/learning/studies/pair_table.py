"""What the ten pairs achieved: the table ``datasets/pairs.csv``, one row a trial.

`medkit.learning.studies.pair_study` makes it. Reading it needs no Keras.
"""

import csv
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from medkit import kit


@dataclass(frozen=True)
class Row:
    """What came out of one trial.

    Parameters
    ----------
    pair, task : str
        ``"SVM+CNN"``; what was learned from what, in words.
    reason : bool
        Whether there was a reason for the pair to help.
    auc, auc_a, auc_b : float
        Of the pair, its first and its second parent: means over seeds.
    gain, low, high : float
        The pair's lead over the better parent, and its 95 % interval.
    parameters, parameters_a, parameters_b : int
        Numbers that a fitted model needs to decide.
    seconds, seconds_a, seconds_b : float
        CPU time of one training, what was learned beforehand included.
    seeds : int
        How many draws of patients, each with its own training.
    """

    pair: str
    reason: bool
    task: str
    auc: float
    auc_a: float
    auc_b: float
    gain: float
    low: float
    high: float
    parameters: int
    parameters_a: int
    parameters_b: int
    seconds: float
    seconds_a: float
    seconds_b: float
    seeds: int


def save(rows: Sequence[Row], path: Path) -> None:
    """Write the table as CSV."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(Row)])
        writer.writeheader()
        writer.writerows(asdict(row) for row in rows)


def load(path: Path | None = None) -> list[Row]:
    """Read the table that was stored with the kit."""
    path = kit.root() / "datasets" / "pairs.csv" if path is None else path
    kinds = {"str": str, "float": float, "int": int, "bool": "True".__eq__}
    names = {f.name: kinds[getattr(f.type, "__name__", f.type)] for f in fields(Row)}
    with path.open(newline="", encoding="utf-8") as file:
        return [Row(**{k: names[k](v) for k, v in row.items()}) for row in csv.DictReader(file)]
