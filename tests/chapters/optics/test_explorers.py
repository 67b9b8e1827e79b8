"""The numbers that the explorers of optics report are true."""

import re

import numpy as np
import pytest

from medkit.anatomy.regions.eye import LABEL
from medkit.chapters.optics import explorers as optics
from medkit.chapters.optics import oct as optics_oct
from medkit.chapters.optics import photo as optics_photo
from medkit.chapters.optics import scan as optics_scan
from medkit.physics.optics import fundus, unwrapping
from medkit.physics.optics.oct_scanner import OCTProtocol


def number(caption, before):
    """Return the number that follows some words in a caption."""
    return float(re.search(before + r"\s*(-?[\d.]+)", caption)[1])


@pytest.mark.parametrize("method", optics.METHODS)
def test_every_method_unwraps_a_gentle_hill(method):
    wrapped, found, turns = optics.unwrapped(40, 0.1, method, False)
    assert not turns.any()
    np.testing.assert_allclose(unwrapping.wrap(found - wrapped), 0, atol=1e-4)


@pytest.mark.parametrize("method", optics.METHODS)
def test_no_method_unwraps_what_was_not_sampled(method):
    caption = optics.unwrap.picture(height_rad=140, noise_rad=0.0, method=method).caption
    assert number(caption, "steepest step is") > np.pi
    assert number(caption, "^") > 5


def test_rows_suffer_most_from_noise():
    wrong = {m: np.mean(optics.unwrapped(30, 0.8, m, False)[2] != 0) for m in optics.METHODS}
    assert wrong.pop("row by row") > 0.3
    assert max(wrong.values()) < 0.02


@pytest.mark.parametrize("nm", [10, 50, 150])
def test_mirror_is_as_wide_as_the_formula_says(nm):
    formula = 2 * np.log(2) / np.pi * 0.84**2 / (nm / 1000) / 1.375
    for dispersion, compensate in ((0, False), (60, True)):
        width = optics_oct.mirror_width_um(nm, dispersion, compensate)
        assert width == pytest.approx(formula, rel=0.04)
    if nm > 10:
        assert optics_oct.mirror_width_um(nm, 60, False) > 2 * formula


def test_grain_is_that_of_a_mean_of_exponential_powers_and_the_layer():
    """A layer of own spread s: (1 + s²)(1 + 1/N) − 1 of the power; s does not depend on N."""
    layer = optics_oct.on_scan(optics_oct.retina().labels[0] == LABEL["inner plexiform"], -60)
    own = []
    for n in (1, 2, 4, 8):
        power = 10 ** (optics_oct.averaged_db(averages=n)[layer] / 10)
        own.append(((power.std() / power.mean()) ** 2 - 1 / n) / (1 + 1 / n))
    np.testing.assert_allclose(np.sqrt(own), 0.37, atol=0.03)


def test_fluid_is_dark_where_the_truth_says():
    scan = optics_oct.averaged_db(fluid=4, averages=4)
    inside = optics_oct.on_scan(optics_oct.retina(fluid=4).lesions["fluid"][0], -60)
    retina = optics_oct.on_scan(optics_oct.retina(fluid=4).labels[0] == 1, -60)
    assert inside.sum() > 500
    assert scan[retina].mean() - scan[inside].mean() > 15


def test_retina_before_zero_delay_is_folded_over():
    mask = optics_oct.retina().labels[0] == 1
    straight, folded = optics_oct.on_scan(mask, 0.0), optics_oct.on_scan(mask, -800.0)
    rows = [np.argwhere(m).mean(axis=0)[0] for m in (straight, folded)]
    depth = OCTProtocol(n_samples=1024).depths_um[1]
    assert rows[1] * depth == pytest.approx(800 - rows[0] * depth, abs=3)
    scan = optics_oct.averaged_db(delay_um=-800.0)
    assert scan[folded].mean() > scan[straight].mean() + 10


def test_lesion_is_found_and_a_large_one_alarms():
    calm = optics_photo.abcd.picture(asymmetry=0.0, border=0.0, colours=1, diameter_mm=4.0)
    wild = optics_photo.abcd.picture(asymmetry=1.0, border=1.0, colours=4, diameter_mm=9.0)
    assert calm.caption.startswith("0 of 4")
    assert number(wild.caption, "^") >= 3
    assert number(calm.caption, "truth by") > 0.85
    rows = calm.panels[1].rows
    for row, off in zip(rows, (0.05, 0.06, 1, 1.2), strict=True):
        true, found = (float(word.split()[0]) for word in row[1:3])
        assert found == pytest.approx(true, abs=off), row


def test_outlines_are_found_where_the_moles_are():
    for seed in range(4):
        patch, _, found, outline = optics_photo.lesion(0.3, 0.3, 3, 6.0, seed)
        assert fundus.dice(outline, patch.lesion) > 0.8
        assert found.diameter_mm > 5


@pytest.mark.parametrize("nm", [20.0, 50.0, 150.0])
def test_fringes_end_with_the_coherence_length(nm):
    """The detector's light is the sum over the colours of 1 + cos(2k·d), each as its lamp has."""
    k = np.linspace(4, 12, 4001)
    width = 2 * np.pi * nm / 1000 / 0.84**2
    lamp = np.exp(-4 * np.log(2) * ((k - 2 * np.pi / 0.84) / width) ** 2)
    mirror = np.linspace(-8, 8, 401)
    colours = 1 + np.cos(2 * k * mirror[:, None]) @ lamp / lamp.sum()
    assert np.abs(optics_scan.detector(mirror, nm) - colours).max() < 0.01
    caption = optics_scan.michelson.picture(mirror_um=0.4, bandwidth_nm=nm).caption
    assert number(caption, "µm:") == 20  # 8.4 µm of 0.42
