"""Wrong labels: the closed form against simulation."""

import numpy as np
import pytest

from medkit.learning.evaluation import auc
from medkit.learning.evaluation.label_noise import apparent_auc, flip


@pytest.mark.parametrize(
    ("prevalence", "missed", "invented"), [(0.5, 0.2, 0.2), (0.1, 0.3, 0.02), (0.5, 0, 0)]
)
def test_apparent_auc_is_what_is_measured(prevalence, missed, invented):
    rng = np.random.default_rng(0)
    truth = (rng.random(60_000) < prevalence).astype(int)
    scores = rng.normal(size=truth.size) + 1.5 * truth
    seen = flip(truth, missed=missed, invented=invented, rng=rng)
    true = auc(truth, scores).value
    expected = apparent_auc(true, prevalence=prevalence, missed=missed, invented=invented)
    assert auc(seen, scores).value == pytest.approx(expected, abs=0.01)


def test_flips_are_as_many_as_asked_for():
    truth = np.repeat([0, 1], 20_000)
    seen = flip(truth, missed=0.3, invented=0.1, rng=1)
    assert (seen[truth == 1] == 0).mean() == pytest.approx(0.3, abs=0.02)
    assert (seen[truth == 0] == 1).mean() == pytest.approx(0.1, abs=0.02)
    assert truth.sum() == 20_000


def test_ends_of_the_closed_form():
    assert apparent_auc(0.9, prevalence=0.3) == pytest.approx(0.9)
    assert apparent_auc(0.9, prevalence=0.5, missed=0.5, invented=0.5) == pytest.approx(0.5)
    assert apparent_auc(0.9, prevalence=0.5, missed=1, invented=1) == pytest.approx(0.1)
    with pytest.raises(ValueError, match="between 0 and 1"):
        flip([0, 1], missed=2)
