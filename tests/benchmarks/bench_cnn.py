"""The residual network on two public sets, by the official split, five seeds each.

The recipe was chosen on the 624 training and validation images of BreastMNIST alone, in
three folds: mean AUC 0.875 for this network after 30 epochs of two thirds of them. On the
first fold (0.879) a first layer without stride had 0.867, 16 filters 0.843 and 0.870 with
two seeds, and the vote of two networks that learned half as long 0.866: seeds differ by 0.03,
so nothing finer was tried. PneumoniaMNIST gets the same recipe, narrower and shorter, so
that it ends within a minute too. The network then learns from training and validation
images together, for a number of epochs fixed before, and is asked about the test images
once. The peer is the ResNet-18 published with MedMNIST v2 (Yang et al. 2023,
doi:10.1038/s41597-022-01721-8, at 28 × 28 pixels).

On 22 November 2026, one busy core: BreastMNIST 0.910 (seeds 0.902 to 0.915; seed 0 with
its interval 0.846 to 0.955), accuracy 0.860, 42 CPU seconds a training; PneumoniaMNIST 0.967
(0.964 to 0.971; 0.955 to 0.981), accuracy 0.907, 51 CPU seconds.

``MEDKIT_TEST_DATA=folder medkit bench cnn``; seconds are CPU seconds of the training.
"""

import os
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from medkit.authoring.benchmark import Row, benchmark

SEEDS = range(5)


def both_parts(name, file=None):
    """Return what may be learned from, and the test images."""
    from medkit.data.sets import catalogue

    folder = os.environ.get("MEDKIT_TEST_DATA")
    if not folder:
        raise RuntimeError("set MEDKIT_TEST_DATA to the folder of real files")
    path = Path(folder) / "medmnist"
    data = catalogue.load(name, folder=path / file if file else path)
    x, y = (
        np.concatenate(some) for some in zip(data.xy("train"), data.xy("validation"), strict=True)
    )
    return x, y, *data.xy("test")


def measure(name, model, published, file=None):
    """Yield one row: mean AUC and accuracy over the seeds, with spread and interval."""
    from sklearn.base import clone

    from medkit.learning import evaluation

    x, y, x_test, y_test = both_parts(name, file)
    areas, right, seconds = [], [], []
    for seed in SEEDS:
        start = time.process_time()
        learned = clone(model).set_params(seed=seed).fit(x, y)
        seconds.append(time.process_time() - start)
        scores = learned.decision_function(x_test)
        areas.append(evaluation.auc(y_test, scores))
        right.append(np.mean((scores > 0) == y_test))
    values = [area.value for area in areas]
    note = (
        f"AUC {np.mean(values):.3f} (seeds {min(values):.3f}–{max(values):.3f}; seed 0 with "
        f"DeLong's interval {areas[0]:.3f}), accuracy {np.mean(right):.3f}, "
        f"{learned.n_parameters_} weights; AUCs {' '.join(f'{v:.3f}' for v in values)}"
    )
    yield Row(
        f"cnn.{name}",
        float(np.mean(seconds)),
        None,
        None,
        1 - float(np.mean(values)),
        1 - published,
        "published ResNet-18, 1 − AUC",
        note,
    )


@benchmark("cnn.breastmnist")
def breastmnist():
    from medkit.learning.networks.cnn import CAREFUL, ResidualCNN

    return measure("breastmnist", ResidualCNN(24, schedule=CAREFUL), 0.901)


@benchmark("cnn.pneumoniamnist")
def pneumoniamnist():
    from medkit.learning.networks.cnn import CAREFUL, ResidualCNN

    model = ResidualCNN(16, schedule=replace(CAREFUL, epochs=6, warmup_epochs=1))
    return measure("pneumoniamnist", model, 0.944, "pneumoniamnist_merged.npz")
