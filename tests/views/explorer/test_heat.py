"""Heat over images: cold stays grey, hot glows, masks are outlined."""

import numpy as np
import pytest

from medkit.views.explorer.heat import explained, overlay


def test_cold_and_negative_heat_leave_the_image_as_it_is():
    image = np.linspace(0, 1, 12).reshape(3, 4)
    grey = np.rint(255 * image).astype(np.uint8)
    for heat in (np.zeros((3, 4)), -np.ones((3, 4))):
        np.testing.assert_array_equal(overlay(image, heat), np.repeat(grey[..., None], 3, axis=2))


def test_hot_places_glow_and_a_limit_compares():
    image, heat = np.full((2, 2, 1), 0.2), np.array([[0.0, 1.0], [2.0, 4.0]])
    shown = overlay(image, heat).astype(int)
    red = shown[..., 0]
    assert red[0, 0] < red[0, 1] < red[1, 0] < red[1, 1]
    assert overlay(image, heat, limit=40.0)[1, 1, 0] < red[1, 1]
    with pytest.raises(ValueError, match="differ"):
        overlay(image, heat[0])


def test_explained_outlines_lesions_where_there_are_any():
    images, heats, masks = np.zeros((2, 4, 4, 1)), np.ones((2, 4, 4)), np.zeros((2, 4, 4), bool)
    masks[0, 1, 1] = True
    picture = explained(images, heats, ["ill", "healthy"], masks=masks, alt="two", caption="two")
    assert list(picture.panels[0].masks) == ["lesion"]
    assert not picture.panels[1].masks
    picture.fingerprint()
