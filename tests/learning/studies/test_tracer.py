"""The stored network of ``40_heart``: small, and still that of today's simulator."""

import numpy as np

from medkit import kit
from medkit.data.sets import shipped
from medkit.data.tasks import ventricles
from medkit.learning.evaluation.overlap import dice
from medkit.learning.studies import tracer


def test_it_traces_todays_hearts():
    images, masks = ventricles.lessons(30, rng=tracer.SEED + 1)
    found = tracer.load().predict_proba(images) > 0.5
    overlap = [dice(truth, mask) for truth, mask in zip(masks, found, strict=True)]
    assert np.median(overlap) > 0.96
    assert np.mean(overlap) > 0.94


def test_the_file_is_small_and_in_half_precision():
    assert (kit.root() / "datasets" / "tracer.npz").stat().st_size < 200_000
    assert {a.dtype for a in shipped.arrays("tracer").values()} == {np.dtype("float16")}
