"""The explorers of ``42_tumour`` tell the truth, and what it says of real pictures is measured."""

import re
import warnings
from pathlib import Path

import nbformat
import numpy as np
import pydicom
import pytest
from PIL import Image
from scipy import ndimage
from skimage.filters import threshold_otsu
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from medkit.chapters.tumour import exercises, explorers
from medkit.learning import evaluation
from medkit.physics.pet import suv
from medkit.physics.pet.recovery import blurred_sphere, sphere_recovery

NOTEBOOK = Path(__file__).parents[3] / "notebooks" / "42_tumour.ipynb"


def prose():
    return "\n".join(
        c.source for c in nbformat.read(NOTEBOOK, 4).cells if c.cell_type == "markdown"
    )


class TestSmall:
    def test_a_quiet_scan_keeps_what_the_closed_form_says(self):
        rng = np.random.default_rng(0)
        for diameter in (10.0, 16.0, 30.0):
            image = explorers.lesion(diameter, 8.0, 8.5, 1e5, rng)
            kept = (image[12, 12, 12] - 1) / 7
            assert kept == pytest.approx(sphere_recovery(diameter, 8.5), abs=0.03)

    def test_the_peak_is_that_of_the_kit(self):
        image = 1 + 7 * blurred_sphere(explorers._AWAY, 18.0, 8.0)
        kit = suv.measure(image, np.ones(image.shape, bool), (explorers.FINE_MM,) * 3)
        assert explorers.peak(image) == pytest.approx(kit.peak, rel=0.01)

    def test_noise_falls_with_the_root_of_the_time(self):
        def spread(seconds):
            image = explorers.lesion(10.0, 1.0, 8.5, seconds, np.random.default_rng(1))
            return image.std()

        assert spread(40.0) / spread(1000.0) == pytest.approx(5, rel=0.1)


class TestResponse:
    def test_a_tumour_that_only_shrinks_looks_cooler(self):
        said = explorers.response.picture(size_change=-40, spread=0.0, seconds=500.0).caption
        assert int(re.search(r"measured ([+-]\d+)", said)[1]) < -20

    def test_what_does_not_change_is_called_stable_in_a_quiet_scan(self):
        for seed in range(5):
            said = explorers.response.picture(size_change=0, spread=0.0, seed=seed).caption
            assert "PERCIST stable, RECIST stable" in said

    def test_five_millimetres_keep_a_small_lesion_from_progressing(self):
        small = explorers.response.picture(size_change=30, diameter_mm=12).caption
        large = explorers.response.picture(size_change=30, diameter_mm=30).caption
        assert "RECIST stable" in small
        assert "RECIST progression" in large


def test_the_machines_calipers_agree_with_the_header():
    """Two white crosses on the real picture, and the 1.06 cm written beside them."""
    dicom = pydicom.examples.palette_color
    region = dicom.SequenceOfUltrasoundRegions[0]
    mm = 10 * np.hypot(39 * region.PhysicalDeltaX, 11 * region.PhysicalDeltaY)
    assert mm == pytest.approx(exercises.CALIPERS.truth, rel=0.03)
    grey = pydicom.pixels.apply_color_lut(dicom.pixel_array, dicom).mean(-1) / 65535
    below = grey[270:320, 430:530]
    rows, columns = np.nonzero(below > 0.5)
    assert np.ptp(columns) == pytest.approx(39, abs=12)
    assert np.ptp(rows) == pytest.approx(11, abs=12)


def test_real_sarcomas_have_the_notebooks_numbers(test_data):
    """Highest SUV, contoured volume and the part of it above 41 %, of three legs."""
    nibabel = pytest.importorskip("nibabel")
    folder = test_data / "petct" / "ibsi_sts" / "nifti"
    rows = []
    for patient in ("STS_008", "STS_025", "STS_042"):
        picture, mask = (
            nibabel.load(folder / patient / f"PET_{kind}.nii.gz") for kind in ("image", "mask")
        )
        values, inside = (np.asarray(v.dataobj) for v in (picture, mask))
        inside = inside > 0
        high = values[inside].max()
        ml = inside.sum() * float(np.prod(picture.header.get_zooms())) / 1000
        rows.append((high, ml, 100 * (values[inside] >= 0.41 * high).mean()))
    high, ml, part = np.array(rows).T
    said = prose()
    assert f"between {high.min():.1f} and {high.max():.1f}" in said
    assert "{:.0f}, {:.0f} and {:.0f} mL".format(*ml) in said
    assert "{:.0f}, {:.0f} and {:.0f} %".format(*part) in said


def outlined(grey):
    """Return the dark piece of a picture (72 × 96) that lies nearest its middle, or None."""
    soft = ndimage.gaussian_filter(grey, 1.5)
    pieces, n = ndimage.label(soft < 0.8 * threshold_otsu(soft[6:60, 10:86]))
    if not n:
        return None
    y, x = np.indices(grey.shape)
    central = np.exp(-(((y - 32) / 22) ** 2) - ((x - 48) / 26) ** 2)
    score = ndimage.sum(central, pieces, np.arange(1, n + 1))
    score *= [0.2 if (pieces[0] == k).any() else 1.0 for k in range(1, n + 1)]
    mask = ndimage.binary_fill_holes(pieces == 1 + score.argmax())
    mask = ndimage.binary_opening(mask) if mask.sum() > 60 else mask
    return mask if mask.sum() >= 20 else None


def test_real_breasts_without_an_outline_are_hardly_told_apart(test_data):
    """The notebook's own six numbers, on the real masses whose outline a rule draws."""
    words = {"np": np, "ndimage": ndimage}
    for cell in nbformat.read(NOTEBOOK, 4).cells:
        if cell.id in ("tumour-outline", "tumour-echo"):
            exec(cell.source, words)  # what the learner has before them
    home = test_data / "ultrasound" / "Dataset_BUSI_with_GT"
    rows, ill = [], []
    for label, kind in enumerate(("benign", "malignant")):
        for file in sorted((home / kind).glob("*.png")):
            small = Image.open(file).convert("L").resize((96, 72), Image.Resampling.BILINEAR)
            grey = np.asarray(small, float) / 255
            mask = outlined(grey)
            if mask is None:
                continue
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", RuntimeWarning)  # nothing lies below some masses
                rows.append([*words["drawn"](mask), *words["seen"](grey, mask)])
            ill.append(label)
    x, ill = np.array(rows), np.array(ill)
    x = np.where(np.isfinite(x), x, np.nanmedian(x, axis=0))
    machine = make_pipeline(StandardScaler(), LogisticRegression())
    said = cross_val_predict(machine, x, ill, cv=10, method="decision_function")
    found = evaluation.auc(ill, said)
    assert (len(ill), ill.sum()) == (129, 32)
    assert found.value == pytest.approx(0.61, abs=0.03)
    assert "0.61 (0.49–0.71)" in prose()
