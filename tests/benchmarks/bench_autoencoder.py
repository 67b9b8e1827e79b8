"""What autoencoders reach on real images: strangers found, and codes that a classifier can use.

Official test splits of BreastMNIST and PneumoniaMNIST, touched once; nothing was tuned on
them. Needs ``MEDKIT_TEST_DATA``, and about four minutes.
"""

import os
import time
from pathlib import Path

import numpy as np
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from medkit.authoring.benchmark import Row, benchmark

CODE = 16
FILES = {"breastmnist": "breastmnist.npz", "pneumoniamnist": "pneumoniamnist_merged.npz"}


def _load(name):
    """Return the images and labels of the parts; label 1 is the finding."""
    folder = os.environ.get("MEDKIT_TEST_DATA")
    if not folder:
        raise RuntimeError("set MEDKIT_TEST_DATA to the folder that holds medmnist/")
    with np.load(Path(folder) / "medmnist" / FILES[name]) as file:
        parts = {}
        for part in ("train", "test"):
            labels = file[f"{part}_labels"][:, 0].astype(int)
            # In BreastMNIST's file 0 is malignant.
            labels = 1 - labels if name == "breastmnist" else labels
            parts[part] = (file[f"{part}_images"][..., None] / np.float32(255), labels)
    return parts


def _models(n):
    """Return makers of the networks by name, with their numbers of seeds, for n images."""
    from medkit.learning.networks.autoencoder import Autoencoder, ConvolutionalAutoencoder
    from medkit.learning.networks.autoencoder.vae import VariationalAutoencoder
    from medkit.learning.networks.training import Schedule

    def schedule(steps):
        epochs = max(1, round(steps * 32 / n))
        return Schedule(epochs=epochs, batch_size=32, learning_rate=2e-3, weight_decay=0.0)

    return {
        "dense": (3, lambda s: Autoencoder(CODE, schedule=schedule(500), seed=s)),
        "variational": (3, lambda s: VariationalAutoencoder(CODE, schedule=schedule(500), seed=s)),
        "convolutional": (
            3,
            lambda s: ConvolutionalAutoencoder(
                CODE, filters=(8, 16), schedule=schedule(300), seed=s
            ),
        ),
    }


def _row(work, labels, scores, seconds, parameters=None):
    """Return one line: the AUC of each seed, and the interval of their median one."""
    from medkit.learning.evaluation import auc

    areas = [auc(labels, s) for s in scores]
    middle = sorted(areas, key=lambda a: a.value)[len(areas) // 2]
    values = [a.value for a in areas]
    note = f"AUC {middle:.3f}; {len(areas)} seeds: {min(values):.3f} to {max(values):.3f}"
    if parameters:
        note += f"; {parameters} parameters"
    return Row(work, float(np.median(seconds)), None, None, 1 - middle.value, None, "", note)


def _timed(fit):
    start = time.process_time()
    model = fit()
    return model, time.process_time() - start


def strangers(name):
    """Yield the AUC of telling the ill by what a model of the healthy cannot reproduce."""
    from medkit.learning.networks.anomaly import AnomalyDetector

    (x, y), (test, truth) = _load(name).values()
    healthy = x[y == 0]
    brightness = test.mean((1, 2, 3))
    yield _row(f"{name} brightness", truth, [brightness], [0])
    distance = ((test - healthy.mean(0)) ** 2).mean((1, 2, 3))
    yield _row(f"{name} distance to mean", truth, [distance], [0])
    pca, seconds = _timed(lambda: AnomalyDetector(PCA(CODE)).fit(healthy))
    yield _row(f"{name} PCA error", truth, [pca.decision_function(test)], [seconds])
    for kind, (seeds, make) in _models(len(healthy)).items():
        fitted = [
            _timed(lambda s=s, make=make: AnomalyDetector(make(s)).fit(healthy))
            for s in range(seeds)
        ]
        scores = [model.decision_function(test) for model, _ in fitted]
        parameters = fitted[0][0].model_.n_parameters_
        yield _row(f"{name} {kind} error", truth, scores, [s for _, s in fitted], parameters)


def codes(name):
    """Yield the AUC of logistic regression on codes that were learned without labels."""
    (x, y), (test, truth) = _load(name).values()

    def classify(*steps):
        last = StandardScaler(), LogisticRegression(max_iter=2000)
        return make_pipeline(*steps, *last).fit(x, y)

    def flatten():
        return FunctionTransformer(lambda images: images.reshape(len(images), -1))

    for label, steps in (("pixels", [flatten()]), ("PCA codes", [flatten(), PCA(CODE)])):
        model, seconds = _timed(lambda steps=steps: classify(*steps))
        scores = model.decision_function(test)
        yield _row(f"{name} {label}", truth, [scores], [seconds])
    for kind, (seeds, make) in _models(len(x)).items():
        fitted = [_timed(lambda s=s, make=make: classify(make(s))) for s in range(seeds)]
        scores = [model.decision_function(test) for model, _ in fitted]
        parameters = fitted[0][0][0].n_parameters_
        yield _row(f"{name} {kind} codes", truth, scores, [s for _, s in fitted], parameters)


@benchmark("autoencoder.strangers.breastmnist")
def strangers_breast():
    yield from strangers("breastmnist")


@benchmark("autoencoder.strangers.pneumoniamnist")
def strangers_pneumonia():
    yield from strangers("pneumoniamnist")


@benchmark("autoencoder.codes.breastmnist")
def codes_breast():
    yield from codes("breastmnist")


@benchmark("autoencoder.codes.pneumoniamnist")
def codes_pneumonia():
    yield from codes("pneumoniamnist")
