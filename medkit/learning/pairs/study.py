"""Do pairs help? All ten trials, ten draws each: the table ``datasets/pairs.csv``.

``python -m medkit.authoring.datasets pairs`` makes it; a row is one model in one draw. Reading
it needs no Keras.
"""

from pathlib import Path

import pandas as pd
from scipy import stats

from medkit import kit

DRAWS = 10


def table() -> pd.DataFrame:
    """Return the stored table: pair, draw, model, value, seconds (of CPU)."""
    return pd.read_csv(kit.root() / "datasets" / "pairs.csv")


def values(rows: pd.DataFrame, pair: str) -> pd.DataFrame:
    """Return the values of all models of a pair: one row a draw, one column a model."""
    return rows[rows["pair"] == pair].pivot(index="draw", columns="model", values="value")


def better_parent(found: pd.DataFrame) -> str:
    """Return the parent that is best on average over all draws; `found` is of `values`."""
    return found.drop(columns="pair").mean().idxmax()


def gain(found: pd.DataFrame):
    """Return the pair's mean lead on the better parent, its 95 % t interval, and the p value.

    The draws are paired: what makes a draw hard for all cancels. The better parent is
    chosen on the same draws, which flatters it a little, never the pair.
    """
    other = found[better_parent(found)]
    test = stats.ttest_rel(found["pair"], other)
    low, high = test.confidence_interval()
    return (found["pair"] - other).mean(), low, high, test.pvalue


def make(folder) -> Path:
    """Run all trials and store the table; what is stored already is not run again."""
    from medkit.learning.pairs.trials import TRIALS

    file = Path(folder) / "pairs.csv"
    rows = pd.read_csv(file).to_dict("records") if file.exists() else []
    done = {(row["pair"], row["draw"]) for row in rows}
    for draw in range(DRAWS):
        for pair, trial in TRIALS.items():
            if (pair, draw) in done:
                continue
            for model, (value, seconds) in trial(draw).items():
                row = {"pair": pair, "draw": draw, "model": model}
                rows.append(row | {"value": round(value, 4), "seconds": round(seconds, 3)})
            pd.DataFrame(rows).to_csv(file, index=False, lineterminator="\n")
    return file
