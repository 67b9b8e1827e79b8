"""Recurrent networks on real reports: normal or abnormal, from the text alone.

The reports and their split are those of `medkit.data.sets.indiana`, with the copies of a text kept
in one part. Settings are the defaults of `TextClassifier`, but for reading 60 words; the best
epoch is taken on the validation part, and the test reports are touched once. The baseline is
TF-IDF with a linear model on the same training and test reports; the difference of the two
areas has the paired interval of DeLong. Three seeds each.

``MEDKIT_TEST_DATA=folder medkit bench rnn``; seconds are CPU seconds of the training.
"""

import os
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from medkit.authoring.benchmark import Row, benchmark

SEEDS = range(3)
READ = 60


def real_reports():
    from medkit.data.sets import indiana

    folder = os.environ.get("MEDKIT_TEST_DATA")
    if not folder:
        raise RuntimeError("set MEDKIT_TEST_DATA to the folder of real files")
    return indiana.load(Path(folder) / "reports")


def baseline(data):
    """Return the baseline's scores of the test reports, and its CPU seconds."""
    from medkit.learning.text.language import text_classifier

    start = time.process_time()
    model = text_classifier().fit(*data.xy("train"))
    return model.decision_function(data.xy("test")[0]), time.process_time() - start


def measure(name, **settings):
    """Yield one row: mean AUC over the seeds with spread, and the gain over the baseline."""
    from medkit.learning import evaluation
    from medkit.learning.networks.rnn import TEXTS, TextClassifier

    data = real_reports()
    x, y = data.xy("test")
    linear, linear_seconds = baseline(data)
    seconds, scores = [], []
    for seed in SEEDS:
        model = TextClassifier(
            max_length=READ, seed=seed, schedule=replace(TEXTS, patience=2), **settings
        )
        start = time.process_time()
        model.fit(*data.xy("train"), validation=data.xy("validation"))
        seconds.append(time.process_time() - start)
        scores.append(model.decision_function(x))
    areas = [evaluation.auc(y, s) for s in scores]
    values = [area.value for area in areas]
    gain = evaluation.compare(y, scores[0], linear)
    note = (
        f"AUC {np.mean(values):.3f} (seeds {min(values):.3f}–{max(values):.3f}; seed 0 "
        f"{areas[0]:.3f}); TF-IDF {evaluation.auc(y, linear):.3f}; seed 0 minus TF-IDF "
        f"{gain.value:+.3f} ({gain.low:+.3f} to {gain.high:+.3f}); mean of the seeds' scores "
        f"{evaluation.auc(y, np.mean(scores, 0)):.3f}; {model.n_parameters_} weights; "
        f"{len(data.only('train'))} reports to learn from, {len(y)} test reports"
    )
    yield Row(
        f"rnn.reports.{name}",
        float(np.mean(seconds)),
        linear_seconds,
        None,
        1 - float(np.mean(values)),
        1 - evaluation.auc(y, linear).value,
        "TF-IDF, linear",
        note,
    )


@benchmark("rnn.reports.gru")
def gru():
    return measure("gru", cell="gru")


@benchmark("rnn.reports.lstm")
def lstm():
    return measure("lstm", cell="lstm")


@benchmark("rnn.reports.simple")
def simple():
    return measure("simple", cell="simple")


@benchmark("rnn.reports.bidirectional")
def bidirectional():
    return measure("bidirectional", cell="gru", bidirectional=True)


@benchmark("rnn.reports.attention")
def attention():
    return measure("attention", cell="gru", bidirectional=True, attention=True)
