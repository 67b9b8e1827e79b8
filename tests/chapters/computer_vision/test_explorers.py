"""The explorers of ``20_computer_vision`` tell the truth, and so does the notebook."""

import numpy as np
import pytest
from scipy import ndimage
from skimage import feature, filters, measure

from medkit.chapters import explorers
from medkit.chapters.computer_vision import exercises
from medkit.learning.evaluation import dice

vision = explorers.computer_vision


class TestThreshold:
    def test_otsu_is_the_librarys(self):
        for name in ("mole", "breast", "cell"):
            image, *_ = vision.scene(name)
            counts, _ = np.histogram(image.clip(0, 1), vision.LEVELS)
            middle = (vision.LEVELS[1:] + vision.LEVELS[:-1]) / 2
            theirs = filters.threshold_otsu(hist=(counts, middle))
            assert middle[vision.between(counts).argmax()] == pytest.approx(theirs)

    def test_it_serves_the_mole_and_not_the_breast(self):
        best = {}
        for name in ("mole", "breast"):
            image, truth, _ = vision.scene(name)
            tried = [dice(truth, image < t) for t in vision.LEVELS[1:]]
            best[name] = max(tried), dice(truth, image < filters.threshold_otsu(image))
        assert best["mole"][1] > best["mole"][0] - 0.02
        assert best["mole"][1] > 0.9
        assert best["breast"][0] < 0.5

    def test_noise_costs_and_a_blur_brings_back(self):
        said = [
            float(vision.threshold.picture(threshold=0.6, **way).caption.split("Dice ")[1][:4])
            for way in ({}, {"noise": 0.2}, {"noise": 0.2, "blur_px": 2.0})
        ]
        assert said[1] < said[0] - 0.2
        assert said[2] > said[1] + 0.15


class TestEdges:
    @pytest.mark.parametrize(("sigma", "least", "most"), [(1.5, 0, 0.035), (0.0, 0.4, 1)])
    def test_the_true_edge_is_found_and_noise_fakes_without_smoothing(self, sigma, least, most):
        image, truth = vision.outlined()
        image = image + 0.1 * np.random.default_rng(0).normal(size=image.shape)
        found = feature.canny(image, sigma, 0.2, 0.4, mode="nearest")
        near = ndimage.distance_transform_edt(~truth) <= 2
        assert least <= 1 - (found & near).sum() / found.sum() <= most


class TestPieces:
    def test_the_truth_has_as_many_cells_as_were_asked_for(self):
        for seed in range(5):
            _, truth = vision.cells(seed, 20)
            assert truth.max() == 20
            assert all(ndimage.label(truth == k)[1] == 1 for k in range(1, 21))

    def test_a_watershed_counts_better_than_components_and_than_every_summit(self):
        errors = {"clumps": [], "count": [], "summits": []}
        for seed in range(20):
            image, truth = vision.cells(seed, 16 + seed % 13)
            n = truth.max()
            errors["clumps"].append(abs(exercises._clumps(image) - n))
            errors["count"].append(abs(exercises.count(image) - n))
            errors["summits"].append(abs(exercises._every_summit(image) - n))
        assert np.mean(errors["count"]) < 1
        assert np.mean(errors["clumps"]) > 5
        assert np.mean(errors["summits"]) > 5

    def test_markers_at_the_truth_give_the_true_number(self):
        assert (
            "24 cells found, 24 are there"
            in vision.pieces.picture(markers="one each, at the truth").caption
        )


def test_the_riddle_can_be_read():
    slice_, *made = vision.riddle()
    flat = (slice(70, 90), slice(20, 40))  # muscle, far from edges
    named = dict(zip(vision.ORDER, made, strict=True))
    for name in ("up-down", "left-right"):
        assert named[name][flat].mean() == pytest.approx(0.5, abs=0.02)
    assert named["shift"][:, :-10] == pytest.approx(slice_[:, 10:])
    rough = {name: np.abs(ndimage.laplace(p)).mean() for name, p in named.items()}
    assert rough["mean"] < np.abs(ndimage.laplace(slice_)).mean() / 2 < rough["sharpen"]


def test_the_opening_by_hand():
    from medkit.course.chapters import find_exercise

    lines = [line for line in find_exercise("20_computer_vision.opening").question.splitlines()]
    mask = np.array([[c == "#" for c in row.split()] for row in lines if row[:2] in ("# ", ". ")])
    full = np.ones((3, 3))
    assert mask.sum() == 23
    answer = find_exercise("20_computer_vision.opening").answer
    assert ndimage.binary_opening(mask, full).sum() == answer.truth
    assert ndimage.binary_erosion(mask, full).sum() == answer.slips[0].answer


def test_the_true_outline_tells_what_otsus_cannot():
    from medkit.data import tasks

    breasts = tasks.simulate("us_breast", 40, rng=0)
    found = [
        dice(truth, image < filters.threshold_otsu(image))
        for image, truth in zip(breasts.images[..., 0], breasts.masks, strict=True)
    ]
    assert np.mean(found) < 0.3
    solid = [measure.regionprops(m.astype(int))[0].solidity for m in breasts.masks]
    ill = breasts.labels == 1
    assert np.mean(np.array(solid)[ill]) < np.mean(np.array(solid)[~ill])
