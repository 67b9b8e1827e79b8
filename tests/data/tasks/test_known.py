"""The ideal observer of raw data: its closed forms, the scanner's counts, no reader above it."""

from dataclasses import replace

import numpy as np
import pytest

from medkit.data import tasks
from medkit.data.tasks import known
from medkit.learning.evaluation import auc
from medkit.physics import ct


def test_twins_differ_in_their_disease_alone():
    for name in tasks.TASKS:
        ((ill, well),) = known.twins(name, 1, rng=5)
        assert (ill.label, well.label, ill.noise == well.noise) == (1, 0, True)


def test_the_area_over_patients_is_what_is_counted():
    rng, d = np.random.default_rng(0), np.array([0.5, 2.0, 4.0])
    own = rng.choice(d, (2, 20_000))
    scores = np.array([[-0.5], [0.5]]) * own**2 + own * rng.standard_normal(own.shape)
    counted = auc(np.repeat([0, 1], 20_000), scores.ravel())
    assert known.area(d) == pytest.approx(counted.value, abs=0.01)


@pytest.mark.parametrize(
    ("name", "setting", "times", "gain"),
    [
        ("ct_bleed", "tube_current_mas", 4, 2.0),
        ("mri_tumour", "averages", 4, 2.0),
        ("pet_hotspot", "scan_time_s", 4, 2.0),
    ],
)
def test_detectability_grows_with_the_root_of_what_is_measured(name, setting, times, gain):
    ((ill, well),) = known.twins(name, 1, rng=3)
    usual = tasks.TASKS[name].protocol
    more = replace(usual, **{setting: times * getattr(usual, setting)})
    low, high = (known.detectability(name, ill, well, protocol) for protocol in (usual, more))
    assert high / low == pytest.approx(gain, rel=0.02)


def test_photons_that_are_counted_tell_the_twins_apart_as_often_as_computed():
    ((ill, well),) = known.twins("ct_bleed", 1, rng=8)
    protocol = replace(tasks.with_knob("ct_bleed", 0.1), detector_spacing_mm=3.75)
    a, b = (protocol.photons_per_bin * ct.project(case.body, protocol) for case in (ill, well))
    rng, weights = np.random.default_rng(0), (a - b) / (b + protocol.electronic_noise**2)
    drawn = [
        [(rng.poisson(m) + 10 * rng.standard_normal(m.shape)).ravel() @ weights.ravel()
         for _ in range(400)]
        for m in (b, a)
    ]  # fmt: skip
    counted = auc(np.repeat([0, 1], 400), np.ravel(drawn))
    d = known.detectability("ct_bleed", ill, well, tasks.with_knob("ct_bleed", 0.1))
    assert 0.3 < d < 5
    assert counted.low - 0.02 < known.area([d]) < counted.high + 0.02


def test_speckle_has_no_closed_form():
    ((ill, well),) = known.twins("us_breast", 1)
    with pytest.raises(ValueError, match="no closed form"):
        known.detectability("us_breast", ill, well)
