"""A mole with structure has the properties it was asked for, a net, and hairs that taper."""

import numpy as np
import pytest
from scipy import ndimage
from skimage.morphology import skeletonize

from medkit.anatomy.lifelike.mole import _hairs, mole
from medkit.anatomy.regions.skin import NETWORK_MM
from medkit.physics.optics import abcd


@pytest.mark.parametrize("diameter_mm", [3.0, 6.0, 9.0])
def test_the_area_is_that_of_the_diameter(diameter_mm):
    for seed in range(3):
        patch = mole(diameter_mm=diameter_mm, field_mm=14.0, rng=seed)
        found = 2 * np.sqrt(patch.lesion.sum() / np.pi) * patch.spacing_mm
        assert found == pytest.approx(diameter_mm, rel=0.15)


def test_asymmetry_and_border_grow_with_what_was_put_in():
    def mean(measure, **facts):
        return np.mean([measure(mole(**facts, rng=s).lesion) for s in range(8)])

    assert mean(abcd.asymmetry, asymmetry=1.0) > 2 * mean(abcd.asymmetry, asymmetry=0.0)
    assert mean(abcd.border, border=1.0) > mean(abcd.border, border=0.0) + 0.1


def test_blue_comes_with_the_fourth_colour():
    assert not mole(colours=3, rng=0).deep_melanin.any()
    assert mole(colours=4, diameter_mm=8.0, rng=0).deep_melanin.max() > 1


def test_the_pigment_is_a_net_with_the_mesh_of_the_skin():
    """Along all directions melanin repeats: its spectrum has a ring at 1/mesh."""
    patch = mole(colours=1, diameter_mm=9.0, hairs=0, rng=1)
    middle = np.s_[64:192, 64:192]
    power = np.abs(np.fft.fft2(patch.melanin[middle] - patch.melanin[middle].mean())) ** 2
    cycles = np.hypot(*np.meshgrid(*[np.fft.fftfreq(128, patch.spacing_mm)] * 2))
    rings = np.array(
        [power[(cycles >= f) & (cycles < f + 0.5)].mean() for f in np.arange(1, 8, 0.5)]
    )
    ring = np.arange(1, 8, 0.5)[3:][rings[3:].argmax()] + 0.25  # slow changes are not the net
    assert 1 / ring == pytest.approx(NETWORK_MM, rel=0.2)


def test_hairs_taper():
    """The cover per length of a hair, blurred along it, falls to about half on its way."""
    ratios = []
    for seed in range(20):
        cover = _hairs(1, (256, 256), 0.05, seed)
        line = skeletonize(cover > 0.1)
        if line.sum() > 60:
            thick = ndimage.gaussian_filter(cover, 2)[line]
            ratios.append(np.quantile(thick, 0.9) / np.quantile(thick, 0.1))
    assert len(ratios) > 5
    assert np.median(ratios) > 1.5, ratios


def test_the_same_seed_gives_the_same_skin():
    a, b, c = (mole(rng=s) for s in (5, 5, 6))
    np.testing.assert_array_equal(a.melanin, b.melanin)
    assert (a.melanin != c.melanin).any()
