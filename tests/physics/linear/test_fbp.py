"""Filtered back-projection is as exact as scikit-image's, and finds a real tooth."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from medkit.anatomy import phantoms
from medkit.physics.linear import fbp
from medkit.physics.linear.fbp import (
    filtered_backprojection,
    ramp_filter,
    view_weights,
)
from medkit.physics.linear.projection import ParallelBeam


def head(n):
    """Shepp–Logan's head on n pixels of 1 mm, without its faintest details."""
    return phantoms.shepp_logan(n)[:8]


def picture(n):
    """Draw the head about pixel n // 2, where scikit-image has its axis, with soft edges."""
    off = n // 2 - (n - 1) / 2
    moved = [
        replace(part, centre_mm=(part.centre_mm[0] + off, part.centre_mm[1] - off))
        for part in head(n)
    ]
    return phantoms.ellipses(moved, shape=(n, n), field_mm=n, oversample=8)


def exact_sinogram(n, angles_deg):
    return phantoms.ellipse_projection(head(n), np.arange(n) - n // 2, angles_deg)


def beam_like_skimage(n, angles_deg):
    """Turn about pixel n // 2, as scikit-image does, not about the picture's middle."""
    angle, off = np.deg2rad(angles_deg), n // 2 - (n - 1) / 2
    axis = n // 2 + off * (np.sin(angle) - np.cos(angle))
    return ParallelBeam((n, n), angles_deg, axis_bin=axis)


def rms(values):
    return float(np.sqrt(np.mean(np.square(values, dtype=float))))


@pytest.mark.parametrize(("n", "views"), [(128, 180), (128, 720), (256, 180)])
def test_error_is_no_worse_than_scikit_image(n, views):
    from skimage.transform import iradon

    angles = np.arange(views) * 180 / views
    truth, sinogram = picture(n), exact_sinogram(n, angles)
    ours = filtered_backprojection(sinogram, beam_like_skimage(n, angles)) - truth
    theirs = iradon(sinogram.T, angles, circle=True) - truth
    change = ndimage.maximum_filter(truth, 3) - ndimage.minimum_filter(truth, 3) > 1e-3
    at = np.arange(n) - n // 2
    disc = np.hypot(at, at[:, None]) < n / 2 - 2
    edge = ndimage.binary_dilation(change, iterations=2) & disc
    flat = ~ndimage.binary_dilation(change, iterations=3) & disc
    assert rms(ours[edge]) <= 1.05 * rms(theirs[edge])
    assert rms(ours[flat]) <= 1.05 * rms(theirs[flat])


@pytest.mark.parametrize("window", fbp.WINDOWS)
def test_agrees_with_scikit_image_for_each_window(window):
    from skimage.transform import iradon

    n, angles = 65, np.arange(0, 180, 2.0)
    sinogram = ndimage.gaussian_filter(exact_sinogram(n, angles), (0, 2))
    ours = filtered_backprojection(sinogram, beam_like_skimage(n, angles), window=window)
    theirs = iradon(sinogram.T, angles, circle=True, filter_name=window)
    at = np.arange(n) - n // 2
    disc = np.hypot(at, at[:, None]) < n / 2 - 2
    assert np.abs(ours - theirs)[disc].max() < 0.02


def test_the_ramp_is_a_ramp():
    """|ν| up to the Nyquist frequency 1/2Δ, and its small exact value at 0."""
    response = ramp_filter(512, spacing_mm=2.0)
    nu = np.linspace(0, 0.25, response.size)
    np.testing.assert_allclose(response, nu, atol=3e-4)
    assert 0 < response[0] < 1e-3


def test_windows_are_ordered_from_sharp_to_smooth():
    energy = [float((ramp_filter(256, 1.0, w) ** 2).sum()) for w in fbp.WINDOWS]
    assert energy == sorted(energy, reverse=True)


def test_a_cutoff_takes_the_high_frequencies():
    response = ramp_filter(256, cutoff=0.5)
    assert np.all(response[response.size // 2 + 1 :] == 0)
    assert response[response.size // 4] > 0


@pytest.mark.parametrize(
    ("options", "match"), [({"window": "brick"}, "choose one of"), ({"cutoff": 0}, "Nyquist")]
)
def test_wrong_filters_are_refused(options, match):
    with pytest.raises(ValueError, match=match):
        filtered_backprojection(np.zeros((3, 8)), ParallelBeam((8, 8), [0, 60, 120]), **options)


def test_views_share_half_a_turn():
    for n, turn in ((180, 180), (7, 180), (90, 360), (91, 360)):
        weights = view_weights(np.arange(n) * turn / n)
        np.testing.assert_allclose(weights, np.pi / n, rtol=1e-9)
    assert view_weights([0, 60, 120, 180]).sum() == pytest.approx(np.pi)


def test_a_limited_angle_is_not_stretched():
    np.testing.assert_allclose(view_weights(np.arange(90)), np.deg2rad(1), rtol=1e-9)


def test_a_full_turn_gives_the_image_of_half_a_turn():
    image = ndimage.gaussian_filter(picture(64), 1)
    found = []
    for turn in (180, 360):
        beam = ParallelBeam((64, 64), np.arange(turn))
        found.append(filtered_backprojection(beam.forward(image), beam))
    assert np.abs(found[0] - found[1]).max() < 0.02


def test_spacing_keeps_the_unit():
    """A sinogram in 1 of an image in 1/mm gives the image back in 1/mm."""
    image = 0.02 * ndimage.gaussian_filter(picture(64), 3)
    beam = ParallelBeam((64, 64), np.arange(180), 100, spacing_mm=3.0, detector_spacing_mm=2.0)
    found = filtered_backprojection(beam.forward(image), beam)
    at = np.arange(64) - 31.5
    disc = np.hypot(at, at[:, None]) < 31
    assert rms((found - image)[disc]) < 0.02 * rms(image)


def test_fewer_views_are_worse():
    truth, error = picture(64), []
    for views in (180, 60, 20, 8):
        angles = np.arange(views) * 180 / views
        found = filtered_backprojection(exact_sinogram(64, angles), beam_like_skimage(64, angles))
        error.append(rms(found - truth))
    assert error == sorted(error)


def test_a_measured_tooth(test_data):
    """A tooth at a synchrotron (TomoPy's test file): same image as scikit-image's, and sharp."""
    h5py = pytest.importorskip("h5py")
    from skimage.transform import iradon

    with h5py.File(test_data / "ct_raw/tomopy/tooth.h5") as file:
        raw = {name: file["exchange"][name][()] for name in ("data", "data_white", "data_dark")}
        angles = file["exchange/theta"][()]
    flat, dark = raw["data_white"].mean(axis=0), raw["data_dark"].mean(axis=0)
    sinogram = -np.log((raw["data"] - dark) / (flat - dark))[:, 0].astype(np.float32)
    axis = 296  # what TomoPy's documentation finds
    middle = 2 * axis + 1  # cut so that the axis is the middle bin, as iradon wants it
    cut = np.ascontiguousarray(sinogram[:, :middle])
    ours = filtered_backprojection(cut, ParallelBeam((middle, middle), angles))
    theirs = iradon(cut.T.astype(float), angles, circle=True)
    at = np.arange(middle) - middle // 2
    disc = np.hypot(at, at[:, None]) < middle / 2 - 2
    assert np.corrcoef(ours[disc], theirs[disc])[0, 1] > 0.995

    # The right axis gives no double edges: air is nearest to nothing there.
    def negative(at_bin):
        beam = ParallelBeam((middle, middle), angles, middle, axis_bin=at_bin)
        return -np.minimum(filtered_backprojection(cut, beam), 0).sum()

    assert negative(axis) < min(negative(axis - 4), negative(axis + 4))
