"""Support vector machines on pictures: what each variant reaches.

The rows of MedMNIST need the real files (``MEDKIT_TEST_DATA``). Settings are chosen by
cross-validation on training and validation images; the official test images are touched
once, at the end. The error is 1 − AUC of the median of five seeds of the folds (one seed on
PneumoniaMNIST); the range is in the note. All rows take about five minutes.
"""

import os
import time
from pathlib import Path

import numpy as np
from sklearn.base import clone

from medkit.authoring.benchmark import Row, benchmark
from medkit.data.sets import catalogue
from medkit.learning import evaluation
from medkit.learning.classical import svm

VARIANTS = [(kind, kernel) for kind in ("raw", "hog", "radiomics") for kernel in ("linear", "rbf")]
#: Images among which C and γ are chosen; the final machine learns from all.
CHOOSE_AMONG = 1500


def learned(data, kind, kernel, seed):
    """Return a machine tuned and fitted on the training and validation part."""
    known = data[data.part != "test"]
    some = np.random.default_rng(seed).permutation(len(known))[:CHOOSE_AMONG]
    model = svm.classifier(kind, kernel=kernel)
    if kind == "hog" and data.images.shape[1] < 64:
        model.set_params(features__cell=4)
    choice = known[np.sort(some)]
    tuned = svm.tune(model, choice.images, choice.labels, choice.patients, rng=seed)
    if len(known) <= CHOOSE_AMONG:
        return tuned
    return clone(tuned).fit(known.images, known.labels)


def reached(name, seeds):
    """Return what each variant reaches on the official test part of a MedMNIST set."""
    folder = os.environ.get("MEDKIT_TEST_DATA")
    if not folder:
        raise RuntimeError("set MEDKIT_TEST_DATA to the folder that holds medmnist/")
    file = next((Path(folder) / "medmnist").glob(f"{name}*.npz"))
    data = catalogue.load(name, folder=file)
    x, y = data.xy("test")
    rows = []
    for kind, kernel in VARIANTS:
        start = time.process_time()
        models = [learned(data, kind, kernel, seed) for seed in range(seeds)]
        seconds = (time.process_time() - start) / seeds
        found = [(evaluation.auc(y, model.decision_function(x)), model) for model in models]
        found.sort(key=lambda pair: pair[0].value)
        area, model = found[len(found) // 2]  # the median seed
        spread = f"{found[0][0].value:.3f} to {found[-1][0].value:.3f}"
        rows.append(
            Row(
                f"svm.{name}.{kind}.{kernel}",
                seconds,
                None,
                None,
                1 - area.value,
                None,
                note=f"AUC {area:.3f}, seeds {spread}; "
                f"accuracy {evaluation.accuracy(y, model.predict(x))}; "
                f"C {model['svc'].C:g}, gamma {model['svc'].gamma}",
            )
        )
    return rows


@benchmark("svm.breastmnist")
def breastmnist():
    return reached("breastmnist", seeds=5)


@benchmark("svm.pneumoniamnist")
def pneumoniamnist():
    return reached("pneumoniamnist", seeds=1)
