"""Projection agrees with closed forms, and with what a plain sum over pixels gives."""

import numpy as np
import pytest

from medkit.physics.linear import projection
from medkit.physics.linear.projection import ParallelBeam


def disc(n, radius, x0=0.0, y0=0.0):
    """Draw a disc with soft edges: the mean of 8 × 8 points in each pixel."""
    at = (np.arange(8 * n) + 0.5) / 8 - n / 2
    inside = (at - x0) ** 2 + (-at[:, None] - y0) ** 2 <= radius**2
    return inside.reshape(n, 8, n, 8).mean(axis=(1, 3)).astype(np.float32)


def chord(s, radius):
    return 2 * np.sqrt(np.maximum(radius**2 - s**2, 0))


def test_a_disc_projects_to_its_chords():
    mu, radius, spacing = 0.02, 45.0, 1.5
    angles = np.arange(0, 180, 3.0)
    beam = ParallelBeam((128, 128), angles, spacing_mm=spacing)
    s = (np.arange(128) - 63.5) * spacing
    exact = mu * chord(s, radius)
    got = beam.forward(mu * disc(128, radius / spacing))
    inside = np.abs(s) < radius - 4 * spacing
    # At a steep edge a pixel image cannot be exact; inside, 1 % of the longest chord.
    assert np.abs(got - exact)[:, inside].max() < 0.01 * exact.max()
    assert np.sqrt(np.mean((got - exact) ** 2)) < 0.01 * exact.max()


def test_a_spot_moves_as_a_sine():
    """s = x cos θ + y sin θ, x to the right, y up: sign, centre and direction of turning."""
    x, y = 20, 11
    image = disc(65, 4, x, y)
    angles = np.arange(0, 360, 5.0)
    profile = ParallelBeam((65, 65), angles).forward(image)
    centre = (profile * (np.arange(65) - 32)).sum(axis=1) / profile.sum(axis=1)
    expected = x * np.cos(np.deg2rad(angles)) + y * np.sin(np.deg2rad(angles))
    np.testing.assert_allclose(centre, expected, atol=0.05)


def test_every_view_sees_the_same_mass():
    """∫ p_θ ds is the image's integral whatever θ (the Fourier slice theorem at ν = 0)."""
    image = disc(96, 20, 12, -9)
    beam = ParallelBeam((96, 96), np.arange(0, 360, 1.0), 140, spacing_mm=0.5)
    mass = beam.forward(image).sum(axis=1) * 0.5
    np.testing.assert_allclose(mass, image.sum() * 0.25, rtol=0.005)


def test_a_view_along_the_rows_is_a_plain_sum():
    image = np.random.default_rng(0).random((30, 20)).astype(np.float32)
    got = ParallelBeam((30, 20), [0, 180], spacing_mm=2.0).forward(image)
    np.testing.assert_allclose(got[0], 2 * image.sum(axis=0), rtol=1e-5)
    np.testing.assert_allclose(got[1], 2 * image.sum(axis=0)[::-1], rtol=1e-5)


def test_opposite_views_are_mirror_images():
    image = np.random.default_rng(1).random((40, 40)).astype(np.float32)
    angles = np.arange(0, 180, 13.0)
    here = ParallelBeam((40, 40), angles).forward(image)
    there = ParallelBeam((40, 40), angles + 180).forward(image)
    # The rows' shifts are rounded to 1/8 pixel, from the other end in the other view.
    assert np.abs(here - there[:, ::-1]).max() < 0.03 * here.max()


def test_forward_agrees_with_scikit_image():
    from skimage.transform import radon

    angles, image = np.arange(0, 180, 4.0), disc(129, 30, 15, -20)
    theirs = radon(image, angles, circle=True).T
    ours = ParallelBeam((129, 129), angles).forward(image)
    assert np.sqrt(np.mean((ours - theirs) ** 2)) < 0.01 * theirs.max()


def test_coarse_bins_average_fine_ones():
    image = disc(64, 20, 3, 4)
    fine = ParallelBeam((64, 64), [0, 33, 71], 66, rays_per_bin=1).forward(image)
    coarse = ParallelBeam(
        (64, 64), [0, 33, 71], 22, detector_spacing_mm=3.0, rays_per_bin=3
    ).forward(image)
    np.testing.assert_allclose(coarse, fine.reshape(3, 22, 3).mean(axis=2), atol=1e-4)


def test_backprojection_reads_the_profile_between_the_bins():
    n, angles = 33, np.array([0.0, 25, 45, 80, 90, 130, 200, 301])
    data = np.random.default_rng(3).random((angles.size, n)).astype(np.float32)
    at = np.arange(n) - 16
    s = at * np.cos(np.deg2rad(angles))[:, None, None]
    s = s - at[:, None] * np.sin(np.deg2rad(angles))[:, None, None]
    smooth = np.cumsum(data, axis=1)  # smooth enough for shifts rounded to 1/8 pixel
    plain = sum(
        np.interp(view, at, row, left=0, right=0) for view, row in zip(s, smooth, strict=True)
    )
    got = ParallelBeam((n, n), angles).backproject(smooth)
    middle = np.hypot(at, at[:, None]) < 15
    assert np.abs(got - plain)[middle].max() < 0.06 * angles.size


def test_a_subset_is_part_of_the_whole():
    image = disc(40, 12, 3, 1)
    beam = ParallelBeam((40, 40), np.arange(0, 180, 10.0), axis_bin=np.linspace(18, 21, 18))
    part = beam.subset(slice(1, None, 3)).forward(image)
    np.testing.assert_allclose(part, beam.forward(image)[1::3], rtol=1e-5, atol=1e-4)


def test_a_moved_axis_moves_the_profile():
    image = disc(64, 15)
    still = ParallelBeam((64, 64), [0, 30, 90]).forward(image)
    moved = ParallelBeam((64, 64), [0, 30, 90], axis_bin=36.5).forward(image)
    np.testing.assert_allclose(moved[:, 5:], still[:, :-5], atol=1e-4)


@pytest.mark.parametrize("shape", [(4,), (0, 4), (1, 2, 3, 4)])
def test_a_wrong_image_shape_is_refused(shape):
    with pytest.raises(ValueError, match="give \\(row, column\\)"):
        ParallelBeam(shape, [0])


def test_warm_up_runs_every_kernel():
    projection.warm_up()
    assert projection._unproject.signatures
    assert projection._project.signatures
