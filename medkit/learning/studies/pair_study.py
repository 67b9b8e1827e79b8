"""Do pairs help? Each of the ten against both parents, where it should help and where not.

`make` runs it all and writes ``datasets/pairs.csv``, which notebook 36 shows; the notebook runs
some of it again.

Every seed draws new patients, for training and for the test, and all three models see
the same. What is reported is the mean over seeds, with an interval of the difference to
the better parent that counts both the test cases (DeLong) and the seeds.
"""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC

from medkit.learning.classical import svm
from medkit.learning.evaluation import auc, compare
from medkit.learning.networks.anomaly import AnomalyDetector
from medkit.learning.networks.gan import GAN
from medkit.learning.networks.training import count_weights
from medkit.learning.studies.pair_table import Row, save
from medkit.learning.studies.pair_trials import TRIALS, Trial


def ask(trial: Trial, seeds: Sequence[int] = (0, 1, 2)) -> Row:
    """Run one trial: fit the pair and its parents for each seed, and compare.

    Returns
    -------
    Row
    """
    areas, costs, seconds, scored = [], [], [], []
    for seed in seeds:
        cases = trial.cases(seed)
        start = time.process_time()
        made = trial.models(cases)
        # What was learned beforehand (frozen features) is the pair's time, not its parents'.
        spent, told = [time.process_time() - start, 0.0, 0.0], []
        for k, model in enumerate(made.values()):
            start = time.process_time()
            model.fit(cases.x, cases.y)
            spent[k] += time.process_time() - start
            told.append(model.decision_function(cases.test_x))
        areas.append([auc(cases.test_y, scores).value for scores in told])
        costs.append([n_parameters(model) for model in made.values()])
        seconds.append(spent)
        scored.append((cases.test_y, told))
    mean = np.mean(areas, axis=0)
    better = 1 + int(np.argmax(mean[1:]))
    gain, low, high = _lead(scored, better)
    return Row(
        trial.pair,
        trial.reason,
        trial.task,
        *mean.round(4).tolist(),
        gain,
        low,
        high,
        *np.median(costs, axis=0).astype(int).tolist(),
        *np.mean(seconds, axis=0).round(1).tolist(),
        len(seeds),
    )


def _lead(scored, better):
    """Return the pair's mean lead over a parent and its 95 % interval.

    The variance of the mean is the larger of what DeLong says of the test cases alone
    and what the spread over seeds says of everything.
    """
    found = [compare(labels, told[0], told[better]) for labels, told in scored]
    leads = np.array([difference.value for difference in found])
    by_cases = np.array([(d.high - d.low) / (2 * 1.96) for d in found])
    error = np.sqrt((by_cases**2).sum()) / len(found)
    if len(found) > 1:
        error = max(error, leads.std(ddof=1) / np.sqrt(len(found)))
    lead = leads.mean()
    return tuple(round(float(v), 4) for v in (lead, lead - 1.96 * error, lead + 1.96 * error))


def n_parameters(model) -> int:
    """Count the numbers a fitted model needs to decide: weights, or support vectors."""
    if isinstance(model, FrozenEstimator):
        return n_parameters(model.estimator)
    if hasattr(model, "steps"):
        return sum(n_parameters(step) for _, step in model.steps)
    for inner in ("network_", "estimator_", "gan_"):
        if hasattr(model, inner):
            return n_parameters(getattr(model, inner))
    if isinstance(model, AnomalyDetector):
        return n_parameters(model.model_)
    if isinstance(model, GAN):
        return count_weights(model.discriminator_)
    if isinstance(model, SVC):
        return svm.n_parameters(model)
    if isinstance(model, LogisticRegression):
        return int(model.coef_.size + model.intercept_.size)
    return int(getattr(model, "n_parameters_", 0))


def run(trials: Sequence[Trial] = TRIALS, seeds: Sequence[int] = (0, 1, 2)) -> Iterator[Row]:
    """Run trials one after the other."""
    for trial in trials:
        yield ask(trial, seeds)


def make(folder) -> Path:
    """Run all trials and store the table; each row is printed as it comes."""
    rows, file = [], Path(folder) / "pairs.csv"
    for row in run():
        rows.append(row)
        print(
            f"{row.pair:8} {'reason' if row.reason else '      '} {row.auc:.3f} against "
            f"{row.auc_a:.3f}, {row.auc_b:.3f}: {row.gain:+.3f} ({row.low:+.3f} to {row.high:+.3f})"
            f"  {row.seconds:.0f} s  {row.task}",
            flush=True,
        )
        save(rows, file)
    return file
