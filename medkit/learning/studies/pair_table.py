"""What the ten pairs achieved: the table ``datasets/pairs.csv``, one row a trial.

`medkit.learning.studies.pair_study` makes it. Reading it needs no Keras.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

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
    pd.DataFrame(list(rows)).to_csv(path, index=False, lineterminator="\n")


def load(path: Path | None = None) -> list[Row]:
    """Read the table that was stored with the kit."""
    path = kit.root() / "datasets" / "pairs.csv" if path is None else path
    table = pd.read_csv(path)
    return [Row(**row) for row in table.to_dict("records")]
