"""The explorers of ``43_bone`` tell the truth, and its readers belong to today's simulators."""

import os
import re
import zipfile
from pathlib import Path

import numpy as np
import pydicom
import pytest

from medkit.anatomy.bones import loin, wrist
from medkit.anatomy.bones.belly import RODS_MG_CM3
from medkit.chapters.bone import exercises, explorers
from medkit.data.sets import shipped
from medkit.data.tasks import radiographs
from medkit.data.tasks.radiographs import wrists
from medkit.learning import evaluation
from medkit.learning.studies import crack_reader, spine_reader
from medkit.physics import ct


class TestPosition:
    def test_detectability_grows_with_the_root_of_the_dose(self):
        one, hundred = (explorers.detectability("a crack", 60.0, mas) for mas in (0.01, 1.0))
        np.testing.assert_allclose(hundred / one, 10, rtol=1e-6)

    def test_it_is_that_of_counted_photons(self):
        """The ideal observer's statistic, counted on drawn pictures, has this d′."""
        whole, ill = (explorers.through(k, 60.0)[:, 0] for k in ("none", "a crack"))
        mas, rng = 3e-6, np.random.default_rng(0)
        n = explorers.photons(60.0, mas)
        weight = (ill - whole) / whole
        said = [
            (weight * rng.poisson(n * seen, (400, *seen.shape))).sum((1, 2))
            for seen in (whole, ill)
        ]
        counted = (said[1].mean() - said[0].mean()) / said[0].std()
        assert counted == pytest.approx(explorers.detectability("a crack", 60.0, mas)[0], rel=0.15)

    def test_what_has_slipped_is_seen_best_from_the_side(self):
        d = explorers.detectability("slipped to the back", 60.0, 1.0)
        assert explorers.TURNS[d.argmax()] == 90
        assert explorers.TURNS[d.argmin()] == 0


def test_the_angle_between_lines_laid_on_the_truth_is_cobbs():
    bent, _ = explorers.trunk(0)
    high, low = sorted((bent.tilt_deg.argmax(), bent.tilt_deg.argmin()), reverse=True)
    picture = explorers.cobb.picture(
        upper_deg=round(bent.tilt_deg[high]), lower_deg=round(bent.tilt_deg[low]), truth=True
    )
    yours, truth = map(int, re.findall(r"(\d+)°", picture.caption)[:2])
    assert abs(yours - truth) <= 1


def test_rods_undo_the_voltage_and_not_the_fat():
    def reading(tube_kv, fat):
        """Return the HU of a vertebra of 100 mg/cm³ and its mineral by the rods."""
        patient = loin(100.0, marrow_fat=fat, rng=0)
        image = ct.scan(patient, ct.CTProtocol(tube_kv, 200.0, n_views=180), rng=0).pixels[0]
        hu = {name: float(image[mask[0]].mean()) for name, mask in patient.lesions.items()}
        rods = [hu[f"rod {rod:.0f}"] for rod in RODS_MG_CM3]
        return hu["spongy"], exercises.mineral_of(hu["spongy"], rods, RODS_MG_CM3)

    (hu_80, at_80), (hu_140, at_140) = reading(80.0, 0.5), reading(140.0, 0.5)
    assert at_80 == pytest.approx(at_140, abs=4)
    assert hu_80 / hu_140 > 1.4
    assert reading(120.0, 0.0)[1] - reading(120.0, 1.0)[1] > 60


class TestReaders:
    def test_both_belong_to_todays_simulators(self):
        images, _ = radiographs.spines(2, rng=spine_reader.SEED + 1)
        held = shipped.arrays("spine_reader")["images"].astype(float)
        assert np.abs(images - held).mean() < 0.02
        known = wrists(2, rng=crack_reader.SEED).images
        held = shipped.arrays("crack_reader")["images"].astype(float)
        assert np.abs(known - held).mean() < 0.02

    @pytest.mark.thorough
    def test_the_spines_angle_is_read_to_a_degree_or_so(self):
        images, truth = radiographs.spines(16, rng=99)
        seen = spine_reader.load().predict(images)
        error = np.ptp(seen[..., 2], 1) - np.ptp(truth[..., 2], 1)
        assert np.abs(error).mean() < 1.6
        assert np.abs(seen[..., :2] - truth[..., :2]).mean() < 3  # mm

    @pytest.mark.thorough
    def test_cracks_are_found_and_nothing_is_found_in_nothing(self):
        model = crack_reader.load()
        areas = []
        for gap in ((0.1, 0.5), (0.0, 0.0)):
            new = wrists(60, gap_mm=gap, rng=98)
            said = np.asarray(model(crack_reader.prepared(new.images), training=False))[:, 0]
            areas.append(evaluation.auc(new.labels, said))
        assert areas[0].low > 0.9
        assert areas[1].low < 0.5 < areas[1].high


def test_wrists_refuse_turns_that_no_step_reaches():
    with pytest.raises(ValueError, match="whole degrees"):
        wrists(2, turns_deg=(0, 22.5))


def test_the_real_vertebra_has_the_exercises_number():
    ds = pydicom.examples.ct
    hu = ds.pixel_array * float(ds.RescaleSlope) + float(ds.RescaleIntercept)
    for top, bottom, left, right in ((18, 34, 52, 66), (20, 32, 54, 64), (14, 38, 48, 70)):
        assert hu[top:bottom, left:right].mean() == pytest.approx(
            exercises.REAL.truth, rel=exercises.REAL.relative
        )


def test_turning_the_patient_is_looking_from_another_side():
    """View 90° of a wrist is view 0° of the wrist turned by 90°."""
    patient = wrist(spacing_mm=2.0, rng=0)
    ways = patient.mixed[1].sum(axis=2)
    assert ways.shape == (patient.shape[0], patient.shape[1])
    protocol = ct.CTProtocol(n_views=2, detector_spacing_mm=2.0, energy_kev=60, n_detectors=42)
    side = -np.log(ct.project(patient, protocol)[:, 1])
    bone = side - side.min()
    part = bone[:, (42 - 26) // 2 : (42 + 26) // 2]
    assert abs(np.corrcoef(part.ravel(), ways.ravel())[0, 1]) > 0.7


@pytest.mark.skipif("MEDKIT_TEST_DATA" not in os.environ, reason="needs the real test data")
def test_real_vertebral_columns_are_told_apart_and_slips_best():
    """UCI's vertebral-column table: 310 people, six angles and distances from radiographs."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    path = Path(os.environ["MEDKIT_TEST_DATA"]) / "tabular" / "archive.zip"
    with zipfile.ZipFile(path) as archive:
        rows = [r.split() for r in archive.read("column_3C.dat").decode().splitlines() if r]
    x, kind = np.array([r[:6] for r in rows], float), np.array([r[6] for r in rows])
    assert x.shape == (310, 6)
    # By definition: incidence = tilt + slope.
    assert np.abs(x[:, 0] - x[:, 1] - x[:, 3]).max() < 0.02
    model = make_pipeline(StandardScaler(), LogisticRegression())
    ill = kind != "NO"
    said = cross_val_predict(model, x, ill, cv=10, method="decision_function")
    assert evaluation.auc(ill, said).value > 0.9
    assert evaluation.auc(kind == "SL", x[:, 5]).value > 0.95
