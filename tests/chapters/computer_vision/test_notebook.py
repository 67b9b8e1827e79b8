"""What ``20_computer_vision`` writes by hand and claims, on pictures that it does not show."""

import ast
from pathlib import Path

import nbformat
import numpy as np
import pytest
from pydicom import examples
from scipy import ndimage
from skimage import data, exposure, feature, filters, segmentation

NOTEBOOK = Path(__file__).parents[3] / "notebooks" / "20_computer_vision.ipynb"


@pytest.fixture(scope="module")
def hand():
    """What the notebook's cells define that draw nothing: its functions, and what they need."""
    space = {"true_pose": np.array([8.0, 6.0, -9.0])}  # a default of a function
    for cell in nbformat.read(NOTEBOOK, as_version=4).cells:
        if cell.cell_type != "code":
            continue
        nodes = ast.parse(cell.source).body
        kept = [n for n in nodes if isinstance(n, ast.Import | ast.ImportFrom | ast.FunctionDef)]
        kept = [n for n in kept if not getattr(n, "decorator_list", None)]
        exec(compile(ast.Module(kept, []), str(NOTEBOOK), "exec"), space)
    return space


@pytest.fixture(scope="module")
def spine():
    file = examples.ct
    return file.pixel_array * file.RescaleSlope + file.RescaleIntercept


@pytest.fixture(scope="module")
def heads(hand):
    """The cells that make MR and CT, and what is compared."""
    wanted = ('mr, gray, white = plane("")', "hounsfield = np.select", "true_pose = np.array([8.0")
    wanted += ("points = (np.argwhere(brain)", "same = (moved(mr, *true_pose)")
    for cell in nbformat.read(NOTEBOOK, as_version=4).cells:
        if cell.cell_type == "code" and any(word in cell.source for word in wanted):
            source = cell.source.split("\nfor name, rule in")[0]
            exec(source, hand)  # functions look names up where they were defined
    return hand


def test_points_and_neighbours_are_the_librarys(hand, spine):
    cell = data.cell() / 255
    for image in (spine, cell):
        np.testing.assert_allclose(
            hand["equalise"](image), exposure.equalize_hist(image), atol=1e-12
        )
        assert hand["otsu"](image) == pytest.approx(filters.threshold_otsu(image))
        kernel = np.random.default_rng(0).random((5, 3))
        theirs = ndimage.convolve(image, kernel, mode="nearest")
        np.testing.assert_allclose(hand["convolve"](image, kernel), theirs, atol=1e-9)


@pytest.mark.parametrize("sigma", [1.0, 2.5])
def test_canny_is_the_librarys_in_every_pixel(hand, spine, sigma):
    retina = data.retina()[600:900, 300:700, 1] / 255
    for image, low, high in (
        (spine, 200, 500),
        (retina, 0.05, 0.12),
        (data.cell() / 255, 0.1, 0.3),
    ):
        down, right = hand["gradient"](image, sigma)
        strength, ridge = np.hypot(down, right), hand["thin"](down, right)
        mine = hand["hysteresis"](strength, ridge, low, high)
        theirs = feature.canny(image, sigma, low_threshold=low, high_threshold=high, mode="nearest")
        assert theirs.sum() > 100
        assert (mine != theirs).mean() < 1e-4


def test_masks_and_components_are_the_librarys(hand):
    rng = np.random.default_rng(3)
    mask = ndimage.gaussian_filter(rng.random((60, 70)), 1) > 0.5
    full = np.ones((3, 3))
    theirs = ndimage.binary_erosion(mask, full, border_value=1)
    np.testing.assert_array_equal(hand["erode"](mask), theirs)
    np.testing.assert_array_equal(hand["dilate"](mask), ndimage.binary_dilation(mask, full))
    mine, number = hand["label"](mask)
    names, count = ndimage.label(mask)
    assert number == count
    np.testing.assert_array_equal(mine, names)


def test_the_flood_is_a_watershed(hand):
    from medkit.chapters import explorers

    for seed in (1, 2):
        image, truth = explorers.computer_vision.cells(seed)
        mask = ndimage.gaussian_filter(image, 1) > 0.5
        mask &= ndimage.binary_erosion(np.ones_like(mask))
        height = -ndimage.distance_transform_edt(mask)
        peaks = feature.peak_local_max(-ndimage.gaussian_filter(height, 1), min_distance=6)
        markers = np.zeros(mask.shape, int)
        markers[tuple(peaks.T)] = np.arange(1, len(peaks) + 1)
        markers *= mask
        mine = hand["flood"](height, markers, mask)
        theirs = segmentation.watershed(height, markers, mask=mask)
        assert (mine == theirs)[mask].mean() > 0.97
        # A flood that knew nothing of height would part cells anywhere.
        whose = [np.bincount(truth[mine == k]).argmax() for k in range(1, mine.max() + 1)]
        assert len(set(whose)) == len(whose)


class TestRegistration:
    def test_information_finds_the_ct_and_the_other_measures_prefer_elsewhere(self, heads):
        mr, ct, truth = heads["mr"], heads["ct"], heads["true_pose"]
        for start in ((0, 0, 0), (15, -5, 10), (-8, 14, -20)):
            pose = heads["register"](ct, mr, heads["mutual"], start)
            assert heads["error_mm"](pose) < 1
        for rule in ("correlation", "likeness"):
            pose = heads["register"](ct, mr, heads[rule], (0, 0, 0))
            assert heads["error_mm"](pose) > 10
            at_pose, at_truth = (heads[rule](ct, heads["moved"](mr, *p)) for p in (pose, truth))
            assert at_pose > at_truth

    def test_with_equal_contrast_all_three_find_it(self, heads):
        for rule in ("mutual", "correlation", "likeness"):
            pose = heads["register"](heads["same"], heads["mr"], heads[rule], (0, 0, 0))
            assert heads["error_mm"](pose) < 0.3

    @pytest.mark.thorough
    def test_the_capture_range(self, heads):
        fixed, caught = heads["ct"], heads["caught"]
        assert caught(fixed, heads["mutual"], 20, n=5, seed=7) >= 4
        assert caught(fixed, heads["mutual"], 90, n=5, seed=7) <= 4
        assert caught(fixed, heads["correlation"], 20, n=5, seed=7) == 0
        assert caught(heads["same"], heads["correlation"], 20, n=5, seed=7) >= 4

    @pytest.mark.thorough
    @pytest.mark.data
    def test_a_real_ct_and_a_real_mr(self, hand, test_data):
        """Three thighs: from the truth information stays nearer than correlation."""
        hand["folder"] = test_data / "petct" / "ibsi_sts" / "nifti"
        kept = [
            [hand["lay"](leg, hand[rule], np.zeros(6))[1] for rule in ("mutual", "correlation")]
            for leg in ("STS_008", "STS_025", "STS_042")
        ]
        for mutual, correlation in kept:
            assert mutual > 0.65
            assert correlation < mutual - 0.2


def test_less_dose_costs_dice_and_a_wider_blur_buys_it_back(hand):
    from medkit import anatomy

    scores = {}
    for k in range(200, 206):  # other patients than the notebook's
        patient = anatomy.head(20, lesion="bleed", rng=k, shape=(128, 128))
        truth = patient.lesions["bleed"][0]
        for mas, blur in ((200, 0.5), (1, 0.5), (1, 2)):
            found = hand["bleed_of"](hand["scan"](patient, mas), 44, blur)
            scores.setdefault((mas, blur), []).append(hand["dice"](truth, found))
    high, moved, anew = (np.mean(v) for v in scores.values())
    assert high > 0.9
    assert moved < high - 0.15
    assert anew > moved + 0.1
