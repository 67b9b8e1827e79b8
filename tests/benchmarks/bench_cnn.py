"""A residual network and its committee on two public sets, by the official split, five seeds.

The committee adds three scores as they come: of the network, of a support vector machine on
radiomics, and of one on raw pixels. It was chosen on the 624 training and validation images of
BreastMNIST alone, in three folds, mean AUC: network 0.880, radiomics 0.842, pixels 0.812, HOG
0.759, all three without HOG 0.894 (weights of ½ to 1½: 0.892 to 0.894; with a second network of
16 filters 0.889). The network's own recipe was chosen there too. PneumoniaMNIST gets the same
committee, with a network that is narrower and learns for five epochs, so that all ends within a
minute. Everybody learns from training and validation images together, for a number of epochs
fixed before, and is asked about the test images once. The peer is the ResNet-18 published with
MedMNIST v2 (Yang et al. 2023, doi:10.1038/s41597-022-01721-8, at 28 × 28 pixels).

On 26 November 2026, one busy core: BreastMNIST 0.927 (seeds 0.925 to 0.930; the network alone
0.912, 0.907 to 0.914), accuracy 0.857, 20 CPU seconds a training; PneumoniaMNIST 0.973
(0.972 to 0.974; the network alone 0.965, 0.963 to 0.968), accuracy 0.900, 29 CPU seconds.

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


def committee(network):
    """Return the members, not fitted: the network, and two support vector machines."""
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    from medkit.learning.classical.features import Radiomics, RawPixels

    by_words = make_pipeline(Radiomics(), StandardScaler(), SVC(class_weight="balanced"))
    return network, by_words, make_pipeline(RawPixels(), StandardScaler(), SVC(C=3.0))


def measure(name, model, published, file=None):
    """Yield one row: mean AUC and accuracy over the seeds, with spread and interval."""
    from sklearn.base import clone

    from medkit.learning import evaluation

    x, y, x_test, y_test = both_parts(name, file)
    areas, alone, right, seconds = [], [], [], []
    for seed in SEEDS:
        start = time.process_time()
        members = [m.fit(x, y) for m in committee(clone(model).set_params(seed=seed))]
        seconds.append(time.process_time() - start)
        each = [member.decision_function(x_test) for member in members]
        areas.append(evaluation.auc(y_test, sum(each)))
        alone.append(evaluation.auc(y_test, each[0]).value)
        right.append(np.mean((sum(each) > 0) == y_test))
    values = [area.value for area in areas]
    note = (
        f"AUC {np.mean(values):.3f} (seeds {min(values):.3f}–{max(values):.3f}; seed 0 with "
        f"DeLong's interval {areas[0]:.3f}), accuracy {np.mean(right):.3f}; the network alone "
        f"{np.mean(alone):.3f} ({min(alone):.3f}–{max(alone):.3f}), {members[0].n_parameters_} "
        "weights"
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

    model = ResidualCNN(16, schedule=replace(CAREFUL, epochs=5, warmup_epochs=1))
    return measure("pneumoniamnist", model, 0.944, "pneumoniamnist_merged.npz")
