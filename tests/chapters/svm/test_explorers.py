"""What the explorers of the support vector machine show is true."""

import numpy as np
import pytest
from sklearn.svm import SVC

from medkit.chapters.svm import explorers as svm
from medkit.chapters.svm import hog
from medkit.chapters.svm import images as svm_images


def test_no_direction_is_wider_than_the_machines():
    x, y = svm.tumours()
    w = SVC(kernel="linear", C=1e4, tol=1e-6).fit(x, y).coef_[0]
    picture = svm.street.picture(widest=True)
    room = picture.panels[1].y["widest possible"][1]
    assert np.nanmax(room) <= 2 / np.linalg.norm(w) + 1e-6
    assert np.nanmax(room) == pytest.approx(2 / np.linalg.norm(w), abs=0.002)
    assert f"{2 / np.linalg.norm(w):.2f} wide" in picture.caption
    assert "wrong side" in svm.street.picture(angle_deg=120).caption


def test_a_local_kernel_learns_by_heart():
    wild = svm.boundary.picture(gamma=100.0, C=100.0)
    assert "right: 100% of these" in wild.caption
    train, test = (wild.panels[1].y[k][1] for k in ("these samples", "400 new ones"))
    assert test[-1] < 0.7 < train[-1]
    assert test.max() > 0.9


def test_patches_of_both_parts_share_no_pixel():
    parts = svm_images.patches()
    for images, labels in parts.values():
        assert images.shape == (240, svm_images.SIDE, svm_images.SIDE, 1)
        assert labels.mean() == 0.5
        centre = images[:, 6:11, 6:11].mean((1, 2, 3))
        assert centre[labels == 1].mean() < centre[labels == 0].mean(), "vessels are dark"
    assert 0.8 < svm_images.machine().score(*parts["test"]) < 1


def test_the_street_stands_on_its_support_vectors():
    model = svm_images.machine()
    captions = [svm_images.support.picture(rank=k).caption for k in (1, 40)]
    assert captions[0] != captions[1]
    assert f"of {len(model['svc'].support_)}, of 240" in captions[0]


@pytest.mark.parametrize("turned", [20, 40, 60, 100, 140])
def test_the_bins_follow_a_turned_edge(turned):
    # Two patches of one ramp: brightness grows along a direction, and along one turned from it.
    down, right = np.mgrid[-12:12, -12:12]

    def ramp(angle_deg):
        return right * np.cos(np.radians(angle_deg)) + down * np.sin(np.radians(angle_deg))

    flat, moved = hog.bins(ramp(10)), hog.bins(ramp(10 + turned))
    np.testing.assert_allclose(moved, np.roll(flat, turned // 20), atol=1e-9)
    assert np.linalg.norm(moved) == pytest.approx(1)


def test_turning_a_real_vessel_turns_its_highest_bin_and_contrast_does_not():
    highest = [hog.bins(hog.patch(*hog.PLACES["one vessel"], a)).argmax() for a in (0, 40, 80)]
    assert [(k - highest[0]) % 9 for k in highest] == [0, 2, 4]
    faint = hog.turn.picture(contrast=0.3).panels[2].values["now"]
    np.testing.assert_allclose(faint, hog.turn.picture().panels[2].values["now"], atol=1e-6)


def test_the_riddle_has_one_answer():
    squares, histograms, partners = hog.riddle()
    assert sorted(partners) == [1, 2, 3, 4]
    for square, partner in zip(squares, partners, strict=True):
        np.testing.assert_array_equal(hog.bins(square), histograms[partner - 1])
    peaks = [h.max() for h in histograms]
    assert np.argmin(peaks) == partners[3] - 1, "the patch without a vessel has no favourite"
