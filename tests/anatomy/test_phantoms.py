"""Phantoms: their closed forms against themselves, each other and a dense sum."""

import numpy as np
import pytest
from scipy.integrate import trapezoid

from medkit.anatomy.phantoms import Ellipse, disc, ellipse_projection, ellipses, shepp_logan
from medkit.constants import TISSUES, attenuation_per_mm

MU = {name: float(attenuation_per_mm(name, 70)) for name in TISSUES}
S = np.linspace(-130, 130, 20001)


def mass(parts):
    """Return value times area, π a b, of all: what every projection of them adds up to."""
    return sum(part.value * np.pi * np.prod(part.half_axes_mm) for part in parts)


def test_every_projection_holds_the_whole_ellipse():
    parts = shepp_logan()
    sinogram = ellipse_projection(parts, S, [0, 17, 45, 90, 133])
    # The square-root edges cost the trapezoidal rule some accuracy, 20001 points or not.
    assert trapezoid(sinogram, S) == pytest.approx(mass(parts), rel=1e-4)


def test_disc_is_the_round_ellipse():
    ours = ellipse_projection([Ellipse(0.02, (50.0, 50.0))], S, [0, 33])
    shadow = 2 * 0.02 * np.sqrt(np.clip(50.0**2 - S**2, 0, None))
    assert ours == pytest.approx(np.tile(shadow, (2, 1)), abs=1e-12)


def test_projection_follows_the_centre_counter_clockwise():
    dot = [Ellipse(1.0, (1.0, 1.0), centre_mm=(30.0, 40.0))]
    sinogram = ellipse_projection(dot, S, [0, 90, 180])
    assert S[sinogram.argmax(axis=1)] == pytest.approx([30, 40, -30], abs=0.02)


def test_turned_ellipse_casts_its_long_shadow_across_its_long_axis():
    part = [Ellipse(1.0, (60.0, 20.0), turn_deg=30.0)]
    along, across = ellipse_projection(part, [0.0], [30.0, 120.0])
    assert along == pytest.approx(40.0)  # seen along the short axis
    assert across == pytest.approx(120.0)


def test_drawn_ellipses_have_their_area_and_their_projection():
    parts = shepp_logan(240.0)
    picture = ellipses(parts, shape=(240, 240), field_mm=240.0)
    assert picture.sum() == pytest.approx(mass(parts), rel=2e-3)
    columns = ellipse_projection(parts, np.arange(240) - 119.5, [0.0])[0]
    # A pixel averages over its width; only at the steep outer edge does that matter.
    assert np.abs(picture.sum(axis=0) - columns).mean() < 0.3
    rows = ellipse_projection(parts, 119.5 - np.arange(240), [90.0])[0]
    assert np.abs(picture.sum(axis=1) - rows).mean() < 0.3


def test_shepp_logan_has_its_published_grey_values():
    original = ellipses(shepp_logan(2.0), shape=(200, 200), field_mm=2.0)
    at = {(0.0, 0.9): 1.0, (0.0, -0.4): 0.2, (-0.25, 0.0): 0.0, (0.0, 0.45): 0.3}
    for (x, y), value in at.items():
        assert original[round((1 - y) * 100), round((1 + x) * 100)] == pytest.approx(
            value, abs=1e-5
        )


def test_disc_holds_its_mass():
    phantom = disc(70.0, shape=(128, 128), field_mm=200.0)
    mu = phantom.map({"air": 0.0, "water": MU["water"]})[0]
    pixel = phantom.spacing_mm[1]
    assert mu.sum() * pixel**2 == pytest.approx(MU["water"] * np.pi * 70**2, rel=1e-3)
    shadow = mu.sum(axis=0) * pixel
    s = (np.arange(128) - 63.5) * pixel
    exact = ellipse_projection([Ellipse(MU["water"], (70.0, 70.0))], s, 0)[0]
    assert np.abs(shadow - exact).mean() < 0.01
