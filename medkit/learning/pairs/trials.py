"""Ten questions, one for each pair, asked of the pair and of both its parents.

A parent gets whatever it can use: the archive's reports, the patients without labels, the
network of the archive moved as it is. Each is tried in several ways; `study` takes the best
of them, on average over all draws, as the parent that a pair has to beat.

A trial takes a seed (and names, if not all models are wanted) and returns
``{name: (value, CPU seconds)}``. Names begin with the parent's, as in ``"CNN: tuned"``; the
pair is ``"pair"``. Values are AUCs on 400 new patients, or, where something is drawn, the
`likeness` of what is drawn to real ones: 1 is best. Settings were chosen on draws 100 and
later; the study's are 0 to 9.
"""

from functools import lru_cache

import numpy as np
from sklearn.covariance import EmpiricalCovariance
from sklearn.decomposition import PCA
from sklearn.kernel_ridge import KernelRidge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from medkit.learning.backend import keras
from medkit.learning.pairs import archive, cines, drawing, networks
from medkit.learning.pairs.networks import FEATURES, learn, run
from medkit.learning.pairs.questions import (
    QUESTIONS,
    cases,
    flat,
    flipped,
    layers,
    line,
    marked,
    network_says,
    says,
    svm,
)

STARTS = {"autoencoder": ("CNN", "AE"), "judge": ("CNN", "GAN"), "sequences": ("RNN", "AE")}


@lru_cache(maxsize=2)
def _kernels(kind):
    """Return a kernel machine that learned the archive's measurements."""
    x, reports = archive.patients(kind)
    machine = KernelRidge(kernel="rbf", gamma=0.5 / flat(x).shape[1], alpha=0.1)
    return make_pipeline(StandardScaler(), machine).fit(flat(x), reports)


@lru_cache(maxsize=8)
def _axes(kind):
    """Return the archive's principal components."""
    x, _ = archive.patients(kind)
    return PCA(FEATURES, random_state=0).fit(flat(x))


def _spectrum(x):
    swings = flat(x) - flat(x).mean(1, keepdims=True)
    return np.log(np.abs(np.fft.rfft(swings, axis=1))[:, 1:] + 0.1)


def _unusual(name, kind, exam):
    """Return how far features lie from those of the archive: no label is needed."""
    known, seen = run(archive.body(name), archive.patients(kind)[0]), run(archive.body(name), exam)
    return EmpiricalCovariance().fit(known).mahalanobis(seen)


def _svm_on(name, question, seed, only):
    """SVM + CNN, SVM + RNN, SVM + AE: a body of the archive, and a machine on its features."""
    x, y, exam, truth = cases(question, seed)
    kind, parent = QUESTIONS[question][0], {"cnn": "CNN", "rnn": "RNN"}.get(name, "AE")
    body, (many, labels) = archive.body(name), flipped(x, y)
    seen = run(body, many), labels, run(body, exam)

    def archived(teacher):
        """Let the SVM see what a teacher, who knows the archive, makes of the frames."""
        return says(svm(), teacher(flat(many)), labels, teacher(flat(exam)))

    ways = {
        "pair": lambda: says(svm(), *seen),
        "SVM: alone": lambda: says(svm(), flat(many), labels, flat(exam)),
        "SVM: archive's components": lambda: archived(_axes(kind).transform),
        f"{parent}: new last layer": lambda: says(line(), *seen),
        f"{parent}: two new layers": lambda: says(layers(), *seen),
    }
    if kind == "traces":
        ways["SVM: spectrum"] = lambda: says(svm(), _spectrum(x), y, _spectrum(exam))
    if parent != "AE":
        start = {"rate": 1e-3, "start": body.get_weights()}
        ways["SVM: archive's reports"] = lambda: archived(_kernels(kind).predict)
        ways[f"{parent}: alone"] = lambda: network_says(x, y, exam, seed=seed)
        ways[f"{parent}: tuned"] = lambda: network_says(x, y, exam, seed=seed, **start)
        ways[f"{parent}: moved"] = lambda: _unusual(name, kind, exam)
    return marked(truth, ways, only)


def svm_cnn(seed, only=()):
    """Is the cavity out of its normal range? The CNN has learned to measure (archive)."""
    return _svm_on("cnn", "cavity", seed, only)


def svm_rnn(seed, only=()):
    """Is the heart too slow or too fast? The RNN has learned to measure (archive)."""
    return _svm_on("rnn", "rate", seed, only)


def svm_ae(seed, only=()):
    """Is the cavity out of its normal range? The autoencoder saw frames without reports."""
    return _svm_on("autoencoder", "cavity", seed, only)


def _started(name, question, seed, only):
    """CNN + AE, CNN + GAN: a body that saw the archive without reports learns on."""
    x, y, exam, truth = cases(question, seed)
    body, (many, labels) = archive.body(name), flipped(x, y)
    student, teacher = STARTS[name]
    seen, start = (run(body, many), labels, run(body, exam)), body.get_weights()
    ways = {
        "pair": lambda: network_says(x, y, exam, seed=seed, start=start),
        f"{student}: alone": lambda: network_says(x, y, exam, seed=seed),
        f"{teacher}: new last layer": lambda: says(line(), *seen),
        f"{teacher}: two new layers": lambda: says(layers(), *seen),
    }
    return marked(truth, ways, only)


def cnn_ae(seed, only=()):
    """Is the wall thick? The CNN starts from an encoder that saw frames without reports."""
    return _started("autoencoder", "wall", seed, only)


def cnn_gan(seed, only=()):
    """Is the wall thick? The CNN starts from a GAN's judge that saw frames without reports."""
    return _started("judge", "wall", seed, only)


def flat_coder():
    """Return an autoencoder of traces that is blind to their order."""
    shape = networks.TRACE
    return networks.coder(networks.dense_body(shape), networks.dense_writer(shape))


@lru_cache(maxsize=1)
def _flat_reader():
    """Return the encoder of a `flat_coder` that saw the archive."""
    x, _ = archive.patients("traces")
    model = learn(flat_coder, x, x, seed=archive.SEED, epochs=20, batch=64)
    return keras.Model(model.input, model.layers[-2].output)


def rnn_ae(seed, only=()):
    """Is the heart fast? A recurrent autoencoder saw traces without reports."""
    x, y, exam, truth = cases("fast", seed)

    def coded(machine, reader):
        return says(machine, run(reader, x), y, run(reader, exam))

    ways = {
        "pair": lambda: coded(line(), archive.body("sequences")),
        "RNN: alone": lambda: network_says(x, y, exam, seed=seed),
        "AE: dense, new last layer": lambda: coded(line(), _flat_reader()),
        "AE: dense, two new layers": lambda: coded(layers(), _flat_reader()),
    }
    return marked(truth, ways, only)


#: Pair → its question; the docstring says it in words.
TRIALS = {
    "SVM+CNN": svm_cnn,
    "SVM+RNN": svm_rnn,
    "SVM+AE": svm_ae,
    "SVM+GAN": drawing.svm_gan,
    "CNN+RNN": cines.cnn_rnn,
    "CNN+AE": cnn_ae,
    "CNN+GAN": cnn_gan,
    "RNN+AE": rnn_ae,
    "RNN+GAN": drawing.rnn_gan,
    "AE+GAN": drawing.ae_gan,
}
