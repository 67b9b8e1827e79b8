"""A volume knows its geometry."""

import base64

import numpy as np
import pytest

from medkit.image import Volume, grey, picture_html


def test_affine_maps_voxels_to_the_patient():
    volume = Volume(np.zeros((2, 3, 4)), (5, 0.5, 0.25), origin_mm=(10, 20, 30))
    assert np.allclose(volume.affine @ [1, 2, 3, 1], [10 + 3 * 0.25, 20 + 2 * 0.5, 30 + 5, 1])


def test_an_oblique_affine_is_a_known_matrix():
    """Turned by 30° about the body's axis, then by 20° about the row: by hand, in mm."""
    row, column = (0.866025, 0.5, 0), (-0.469846, 0.813798, 0.342020)
    normal = (0.171010, -0.296198, 0.939693)
    volume = Volume(
        np.zeros((2, 3, 4)), (4, 2, 1), origin_mm=(-7, 8, 9), axes=[normal, column, row]
    )
    known = [
        [0.684040, -0.939693, 0.866025, -7],
        [-1.184793, 1.627595, 0.5, 8],
        [3.758770, 0.684040, 0, 9],
        [0, 0, 0, 1],
    ]
    np.testing.assert_allclose(volume.affine, known, atol=2e-6)


def test_letters_follow_the_axes():
    sagittal = Volume(np.zeros((1, 2, 2)), axes=[[1, 0, 0], [0, 0, -1], [0, 1, 0]])
    assert sagittal.letters(0) == ("R", "L")
    assert sagittal.letters(1) == ("H", "F")
    assert sagittal.letters(2) == ("A", "P")


def test_a_plane_becomes_a_volume_of_one():
    assert Volume(np.zeros((3, 4))).shape == (1, 3, 4)


@pytest.mark.parametrize(
    ("pixels", "spacing", "says"),
    [
        (np.zeros(3), (1, 1, 1), r"shape \(3,\)"),
        (np.zeros((2, 2, 2, 2)), (1, 1, 1), "colour"),
        (np.zeros((2, 2, 2)), (1, 0, 1), "three positive distances"),
        (np.zeros((2, 2, 2)), (1, np.nan, 1), "three positive distances"),
        (np.zeros((2, 2, 2)), (1, 1), "three positive distances"),
    ],
)
def test_wrong_shapes_are_refused(pixels, spacing, says):
    with pytest.raises(ValueError, match=says):
        Volume(pixels, spacing)


def test_default_window_is_its_own_then_its_units_then_its_values():
    pixels = np.linspace(0, 100, 1000).reshape(10, 10, 10)
    assert Volume(pixels, window=(1, 2)).default_window() == (1, 2)
    assert Volume(pixels, unit="HU").default_window() == (40, 400)
    centre, width = Volume(pixels).default_window()
    assert centre == pytest.approx(50, abs=1)
    assert width == pytest.approx(98, abs=1)


STEPS = np.arange(-4.0, 9.0)


@pytest.mark.parametrize("centre", [0.5, 1, 2])
@pytest.mark.parametrize("width", [1, 2, 5, 8])
def test_linear_is_the_pseudocode_of_the_standard(centre, width):
    """PS3.3, C.11.2.1.2.1, from 0 to 1, value by value."""
    wanted = []
    for x in STEPS:
        if x <= centre - 0.5 - (width - 1) / 2:
            wanted.append(0.0)
        elif x > centre - 0.5 + (width - 1) / 2:
            wanted.append(1.0)
        else:
            wanted.append((x - (centre - 0.5)) / (width - 1) + 0.5)
    np.testing.assert_allclose(grey(STEPS, centre, width, "LINEAR"), wanted)


def test_exact_and_sigmoid_are_those_of_the_standard():
    np.testing.assert_allclose(grey([1, 2, 3, 4, 9], 3, 4), [0, 0.25, 0.5, 0.75, 1])
    np.testing.assert_allclose(
        grey([3, 7, 1e9, -1e9], 3, 4, "SIGMOID"), [0.5, 1 / (1 + np.exp(-4)), 1, 0], atol=1e-9
    )


def test_a_mask_with_a_window_of_1_is_black_and_white():
    assert grey(np.array([0, 1], np.uint8), 1, 1, "LINEAR").tolist() == [0, 1]


def test_an_unknown_curve_is_refused():
    with pytest.raises(ValueError, match="LINEAR, LINEAR_EXACT, SIGMOID"):
        Volume(np.zeros((2, 2)), curve="linear")


def test_letters_of_a_film_are_what_it_was_given():
    film = Volume(np.zeros((2, 2)), sides=("A", "FR"))
    assert [film.letters(axis) for axis in range(3)] == [("", ""), ("HL", "FR"), ("P", "A")]
    assert Volume(np.zeros((2, 2)), sides=("", "")).letters(2) == ("", "")


def test_inputs_stay_as_they_were():
    pixels = np.zeros((2, 2, 2))
    Volume(pixels).with_pixels(pixels + 1)
    assert not pixels.any()


@pytest.mark.parametrize("shape", [(0, 4, 4), (2, 0, 4), (2, 4, 0), (0, 4), (0, 4, 4, 3)])
def test_a_volume_of_nothing_is_refused(shape):
    with pytest.raises(ValueError, match="none of them may be empty"):
        Volume(np.zeros(shape))


def test_words_stand_beside_a_picture_and_cannot_become_markup():
    shown = picture_html(b"\x89PNG", '"><script>', "<b>")
    assert base64.b64encode(b"\x89PNG").decode() in shown
    assert 'alt="&quot;&gt;&lt;script&gt;"' in shown
    assert "&lt;b&gt;" in shown
