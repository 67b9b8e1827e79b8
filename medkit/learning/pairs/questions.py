"""What the trials ask of new patients, and how an answer is marked."""

import time

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from medkit.data.tasks import hearts
from medkit.learning.evaluation import auc
from medkit.learning.pairs import networks
from medkit.learning.pairs.networks import LOGIT, learn, run, topped

LABELS, TEST = 40, 400


# ---- patients ------------------------------------------------------------------------------


def outside(values, low, high):
    """Return 1 where a value is not within its normal range."""
    return ((values < low) | (values > high)).astype(int)


#: Question → (kind of patient, what is asked of the facts).
QUESTIONS = {
    "cavity": ("frames", lambda facts: outside(facts["cavity"], 0.23, 0.33)),
    "wall": ("frames", lambda facts: (facts["wall"] > 0.2).astype(int)),
    "rate": ("traces", lambda facts: outside(facts["rr"], 0.7, 1.1)),
    "fast": ("traces", lambda facts: (facts["rr"] < 0.9).astype(int)),
}


def cases(question: str, seed: int):
    """Return 40 new patients with labels, and 400 for the exam: x, y, exam, truth."""
    kind, ask = QUESTIONS[question]
    draw = {"frames": hearts.heart_frames, "traces": hearts.ecg_traces}[kind]
    x, facts = draw(LABELS + TEST, rng=[seed, len(question)])
    y = ask(facts)
    return x[:LABELS], y[:LABELS], x[LABELS:], y[LABELS:]


def flat(x):
    """Lay samples flat, one row each."""
    return np.reshape(x, (len(x), -1))


def flipped(x, y):
    """Return frames with their mirror images; labels four times. Traces stay as they are."""
    if x.ndim < 4:
        return x, y
    return np.concatenate([x, x[:, ::-1], x[:, :, ::-1], x[:, ::-1, ::-1]]), np.tile(y, 4)


# ---- classifiers ---------------------------------------------------------------------------


def svm(C=10.0):
    """Return a support vector machine on standardised features."""
    return make_pipeline(StandardScaler(), SVC(C=C))


def line():
    """Return a logistic regression on standardised features: a new last layer."""
    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))


def layers():
    """Return two new layers on standardised features."""
    new = MLPClassifier((16,), solver="lbfgs", alpha=1.0, max_iter=500, random_state=0)
    return make_pipeline(StandardScaler(), new)


def says(model, x, y, exam):
    """Fit a classifier, and return what it says of the exam."""
    model.fit(x, y)
    if hasattr(model, "decision_function"):
        return model.decision_function(exam)
    return model.predict_proba(exam)[:, 1]


def of_frames():
    """Return a network that classifies frames."""
    return topped(networks.image_body())


def of_traces():
    """Return a network that classifies traces."""
    return topped(networks.trace_body())


def network_says(x, y, exam, *, seed, rate=3e-3, start=()):
    """Let a network learn, from its random start or from a body's weights; return its logits."""
    build, epochs = (of_frames, 15) if x.ndim == 4 else (of_traces, 25)
    settings = {"seed": seed, "epochs": epochs, "loss": LOGIT, "rate": rate, "start": start}
    return run(learn(build, *flipped(x, y), **settings), exam)[:, 0]


def marked(truth, ways, only=()):
    """Return what each way is worth: its AUC, and the CPU seconds that its scores took.

    Parameters
    ----------
    truth : numpy.ndarray
        Labels of the exam.
    ways : dict of str to callable
        Name → what returns the scores.
    only : sequence of str
        Whom to ask; all, if empty.
    """
    marks = {}
    for name in only or ways:
        start = time.process_time()
        scores = ways[name]()
        marks[name] = auc(truth, scores).value, time.process_time() - start
    return marks
