"""The turning body: maxima along rays, and what treatment does to them."""

import numpy as np
import pytest
from scipy import ndimage

from medkit.chapters.pet_ct import body


@pytest.fixture(scope="module")
def images():
    return body.scanned(False), body.scanned(True)


def test_facing_and_from_the_side_it_is_the_maximum_of_rows_and_columns(images):
    front, side = (body.turned(False, angle) for angle in (0, 90))
    np.testing.assert_array_equal(front, images[0].max(axis=1)[::-1])
    across = images[0].max(axis=2)[::-1]
    assert np.array_equal(side, across) or np.array_equal(side, across[:, ::-1])


def test_from_behind_left_and_right_change_places():
    front, back = body.turned(False, 0), body.turned(False, 180)
    np.testing.assert_array_equal(back, front[:, ::-1])


def test_brain_and_bladder_are_the_darkest_and_the_head_is_up():
    front = body.turned(True, 0)
    assert front[10:25].max() > 7
    assert np.unravel_index(front.argmax(), front.shape)[0] > 130  # the bladder
    liver_side, spleen_side = front[95:110, :53].sum(), front[95:110, 53:].sum()
    assert liver_side > 1.2 * spleen_side


def test_all_nodes_but_one_answer(images):
    found = body.highest(*images)
    answered = {name: after < 0.4 * before for name, (before, after) in found.items()}
    assert [name for name, gone in answered.items() if not gone] == ["beside the aorta"]
    assert all(before > 4 for before, _ in found.values())


def test_the_healthy_liver_reads_its_truth(images):
    for image in images:
        liver = image[104:112, 48:54, 36:42]
        assert liver.mean() == pytest.approx(2.4, rel=0.12)
        assert 0.02 < liver.std() / liver.mean() < 0.4


@pytest.mark.parametrize("angle", [30, 75, 200])
def test_the_turn_is_a_rotation_as_scipy_makes_it(angle):
    slow = ndimage.rotate(body.scanned(False), angle, axes=(1, 2), reshape=False, order=1)
    slow, quick = slow.max(axis=1)[::-1], body.turned(False, angle)
    assert np.corrcoef(slow.ravel(), quick.ravel())[0, 1] > 0.98
