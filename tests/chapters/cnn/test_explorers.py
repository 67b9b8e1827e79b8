"""Explorers of the CNN notebook: their numbers, where one can know them."""

import numpy as np
import pytest

from medkit.chapters.cnn import explorers as cnn
from medkit.learning.by_hand.convolution import receptive_field


def test_kernels_are_read_as_they_are_typed():
    np.testing.assert_array_equal(
        cnn.read_kernel("1 2, 3; 4 5 6; 7 8 9 / 9")[2], np.r_[7:10] * (1 / 9)
    )
    assert cnn.read_kernel("2").shape == (1, 1)
    for wrong in ("", "1 2; 3", "1 2; 3 4", "one", "1 0 0; 0 1 0; 0 0 inf", "1 / 0"):
        with pytest.raises(ValueError, match="type 3 rows"):
            cnn.read_kernel(wrong)


def test_the_kernel_explorer_shows_the_kernel_and_leaves_a_flat_image_flat():
    picture = cnn.kernel.picture(own="0 0 0; 0 1 0; 0 0 0")
    np.testing.assert_array_equal(picture.panels[0].pixels, picture.panels[2].pixels)
    assert "flat region becomes 0" in cnn.kernel.picture().caption
    assert "type 3 rows" in cnn.kernel.picture(own="hello").caption
    assert cnn.kernel.picture(positive=True).panels[2].pixels.min() == 0


@pytest.mark.parametrize("strides", ["none", "second", "all"])
def test_the_square_that_is_seen_is_the_receptive_field(strides):
    share = cnn.weight_of_pixels(3, strides, 3, 64)
    side = receptive_field(
        [(3, s) for s in {"none": (1, 1, 1), "second": (1, 2, 1), "all": (2, 2, 2)}[strides]]
    )
    assert np.count_nonzero(share) == side**2
    assert share.sum() == pytest.approx(1, abs=1e-5)


def test_maps_move_with_the_image():
    stored = cnn.plain_cnn.load("us_breast")
    image = stored.images[0]
    still = stored.network.maps(image[None])[0][0]
    shifted = stored.network.maps(cnn.moved(image, 8, 4)[None])[0][0]
    np.testing.assert_allclose(shifted[6:-2, 4:-2], still[2:-6, 2:-4], atol=1e-4)


def test_the_heat_adds_up_to_the_logit():
    stored = cnn.plain_cnn.load("us_breast")
    network = stored.network
    adding = network.heat(stored.images).mean((1, 2)) + network.bias
    np.testing.assert_allclose(adding, network.logit(stored.images), rtol=1e-4, atol=1e-4)
    assert stored.masks.any((1, 2)).all()
    assert set(stored.labels.tolist()) == {0, 1}


def test_the_first_patient_is_the_worst_mistake_and_the_last_no_mistake():
    assert cnn.looks_at.picture(rank=1).caption.startswith("WRONG")
    assert cnn.looks_at.picture(rank=24).caption.startswith("right")


def test_maps_side_by_side_keep_their_pixels():
    maps = np.arange(2 * 2 * 3.0).reshape(2, 2, 3)
    wall = cnn.mosaic(maps, 2)
    assert wall.shape == (5, 5)
    np.testing.assert_array_equal(wall[:2, 3:], maps[..., 1])
    np.testing.assert_array_equal(wall[3:, :2], maps[..., 2])
    assert np.isnan(wall[2]).all()


def test_pictures_of_the_riddle_are_told_apart_by_what_the_hints_say():
    pictures = cnn.riddle()
    flat = np.s_[150:160, 100:110]  # brain
    grey = {letter: abs(picture[flat]).mean() for letter, picture in pictures.items()}
    assert max(grey, key=grey.get) == "D"
    across, down = (abs(pictures[letter]).sum((0, 1)) for letter in "CA")
    assert across != pytest.approx(down, rel=0.01)
