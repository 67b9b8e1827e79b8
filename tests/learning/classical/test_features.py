"""Features against closed forms; `test_radiomics` holds them against IBSI's values."""

import numpy as np
import pytest

from medkit.learning.classical import features
from medkit.learning.classical.features import HOG, Radiomics, RawPixels


def test_texture_of_stripes():
    """Stripes one pixel wide: rows alike, columns as different as can be."""
    stripes = np.tile([[1, 4]], (6, 3))
    right, _, up, _ = features.cooccurrence(stripes, 4)
    assert features.texture(right)["contrast"] == 9
    assert features.texture(right)["correlation"] == pytest.approx(-1)
    assert features.texture(up)["contrast"] == 0
    assert features.texture(up)["information correlation 2"] == pytest.approx(
        np.sqrt(1 - np.exp(-2))
    )


def test_a_flat_picture_has_finite_features():
    table = Radiomics().fit_transform(np.full((2, 12, 12, 1), 0.3))
    assert np.isfinite(table).all()
    found = features.texture(features.cooccurrence(np.full((12, 12), 5), 16).sum(0))
    assert found["correlation"] == 1
    assert found["joint entropy"] == 0
    assert table[0, 1] == pytest.approx(0, abs=1e-12)  # the variance


def test_blobs_answer_to_their_size():
    row, column = np.mgrid[:64, :64] - 32
    for sigma in (1.5, 3.0):
        spot = np.exp(-(row**2 + column**2) / (2 * sigma**2))
        sizes = (sigma / 2, sigma, 2 * sigma)
        found = features.blobs(np.array([spot, spot + 5, 1 - spot]), sizes)
        # The centre's response is s²/(s²+σ²) − s²/(s²+(1.6σ)²), for a spot of width s.
        for size in sizes:
            expected = sigma**2 / (sigma**2 + size**2) - sigma**2 / (sigma**2 + (1.6 * size) ** 2)
            bright, dark = found[f"bright blob {size:g} px"], found[f"dark blob {size:g} px"]
            assert bright[0] == pytest.approx(expected, abs=2e-3)
            assert bright[1] == pytest.approx(bright[0]), "brightness around does not matter"
            assert dark[2] == pytest.approx(-bright[0])


def test_hog_sees_direction_and_not_brightness():
    wave = np.sin(np.arange(32) / 2)
    upright = np.tile(wave, (32, 1))[None, ..., None]  # its gradients point along the rows
    how = HOG(cell=8)
    table = how.transform(upright)
    np.testing.assert_allclose(how.transform(3 * upright + 1), table, atol=1e-3)
    by_angle = table.reshape(-1, 9).sum(0)
    turned = how.transform(upright.swapaxes(1, 2)).reshape(-1, 9).sum(0)
    assert by_angle.argmax() != turned.argmax()
    assert by_angle.max() > 0.9 * by_angle.sum()


@pytest.mark.parametrize("how", [RawPixels(), HOG(cell=6), Radiomics()])
def test_each_image_is_read_for_itself_and_nothing_is_changed(how):
    images = np.random.default_rng(0).random((3, 20, 24, 3)).astype(np.float32)
    before = images.copy()
    table = how.fit_transform(images)
    np.testing.assert_array_equal(images, before)
    np.testing.assert_allclose(how.transform(images[1:2]), table[1:2])


def test_wrong_shapes_say_what_to_type():
    with pytest.raises(ValueError, match=r"images\[None\]"):
        HOG().transform(np.zeros((28, 28)))
    with pytest.raises(ValueError, match="smaller cell"):
        HOG().transform(np.zeros((2, 12, 12, 1)))
