"""The explorers and exercises of ``50_challenges`` tell the truth."""

import os
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.data import get_testdata_file
from scipy.optimize import nnls
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from medkit.chapters.challenges import exercises, explorers, price
from medkit.data.sets.catalogue import load
from medkit.learning.studies import sweep


class TestCurve:
    def test_a_law_is_found_again(self):
        n = np.array([20, 40, 80, 160])
        for law in ((0.1, 0.9, 0.5), (0.0, 2.0, 1.0), (0.2, 0.5, 0.3)):
            found = explorers.power_laws(n, law[0] + law[1] * n ** -law[2])
            np.testing.assert_allclose(found[:, 0], law, atol=1e-9)

    def test_it_fits_as_well_as_non_negative_least_squares_does(self):
        rng, n = np.random.default_rng(0), np.array([10.0, 20.0, 40.0, 80.0])
        curves = np.abs(0.2 + 0.6 / np.sqrt(n) + rng.normal(0, 0.05, (40, 4)))
        floor, size, pace = explorers.power_laws(n, curves)
        fitted = floor[:, None] + size[:, None] * n ** -pace[:, None]
        assert (floor >= 0).all()
        assert (size >= 0).all()
        for y, ours in zip(curves, fitted, strict=True):
            columns = (np.column_stack([n**0, n**-c]) for c in np.linspace(0.2, 2, 37))
            least = min(nnls(x, y)[1] for x in columns)
            assert np.linalg.norm(y - ours) == pytest.approx(least, abs=1e-9)

    def test_patients_are_where_the_law_meets_the_goal(self):
        laws = explorers.power_laws([10, 20, 40], [[0.3, 0.2, 0.15], [0.3, 0.3, 0.3]])
        patients = explorers.patients_for(laws, 0.9)
        floor, size, pace = laws[:, 0]
        assert floor + size * patients[0] ** -pace == pytest.approx(0.1)
        assert patients[1] == np.inf

    def test_later_points_are_kept_from_the_fit_and_the_promise_is_nearly_kept(self):
        picture = explorers.curve.picture(so_far=80, draws=16)
        x, y = picture.panels[0].y["later"]
        assert x.tolist() == [160, 240]
        law = np.interp(x, *picture.panels[0].y["power law"])
        np.testing.assert_allclose(law, y, atol=0.006)

    def test_there_are_enough_of_each_kind_for_the_largest_draw(self):
        benign = load_breast_cancer(return_X_y=True)[1]
        known = benign[np.random.default_rng(0).permutation(569)[:369]]
        assert min(known.sum(), 369 - known.sum()) >= explorers.SIZES[-1] // 2

    def test_two_numbers_have_a_floor_that_no_patient_removes(self):
        picture = explorers.curve.picture(numbers="smoothness and symmetry", goal=0.9)
        assert "no number for an AUC of 0.900" in picture.caption


class TestPrice:
    def test_two_bells_have_the_area_they_were_given(self):
        caught = np.linspace(1e-6, 1 - 1e-6, 20001)
        for area in (0.6, 0.8, 0.95):
            found = 1 - np.trapezoid(price.bells(area, caught), caught)
            assert found == pytest.approx(area, abs=1e-3)

    def test_the_next_one_costs_as_much_as_the_mean_where_the_mean_is_least(self):
        for setting in ({}, {"per_msv": 0}, {"ill_percent": 20.0}, {"dose": 2, "call": 900}):
            curves = price.price.picture(**setting).panels[0].y
            mean = curves["mean"][1]
            more = curves["next one"][1]
            least = mean.argmin()
            assert more[least - 2] < mean[least] < more[least + 2]

    def test_the_bill_adds_up_to_the_mean_price(self):
        picture = price.price.picture(caught_percent=70)
        s, mean = picture.panels[0].y["mean"]
        bill = picture.panels[2].values["$ a diagnosis"].sum()
        assert bill == pytest.approx(np.interp(70, s, mean), rel=1e-3)

    def test_without_a_price_the_highest_dose_wins_and_with_one_a_lower(self):
        doses = price.HEAD_MSV / 100 * np.array([p.value for p in sweep.stored("ct_bleed")])
        best = []
        for per_msv in (0, 60, 520, 1000):
            curve = price.price.picture(per_msv=per_msv).panels[1].y["at the best threshold"]
            best.append(curve[0][curve[1].argmin()])
        assert best[0] == doses[-1]
        assert best[-1] < best[0]
        assert (np.diff(best) <= 0).all()


class TestExercises:
    def test_the_film_has_the_pixels_that_the_answer_names(self):
        film = dcmread(get_testdata_file("examples_ybr_color.dcm", download=False))
        region = film.SequenceOfUltrasoundRegions[0]
        assert region.PhysicalUnitsXDirection == 3  # centimetres
        assert 10 * region.PhysicalDeltaX / 1.2 == pytest.approx(exercises.PIXELS.truth, rel=1e-3)

    @pytest.mark.thorough
    def test_pixels_alone_do_not_reach_the_goal_of_twenty_labels(self):
        x, y, new, truth = exercises._twenty()
        assert y.mean() == truth.mean() == 0.5
        reached = [
            roc_auc_score(truth, f(x, y, new)) for f in (exercises._pixels_only, exercises.twenty)
        ]
        assert reached[0] < exercises.TWENTY.goal - 0.03 < exercises.TWENTY.goal + 0.01 < reached[1]


REAL = Path(os.environ.get("MEDKIT_TEST_DATA", "nowhere")) / "medmnist"


@pytest.mark.skipif(not (REAL / "breastmnist.npz").is_file(), reason="no real breasts")
def test_real_breasts_follow_a_power_law_as_well():
    """BreastMNIST: what 40 to 160 masses promise for 480 is kept within a few hundredths."""
    data = load("breastmnist", folder=REAL)
    x = data.images[..., 0].reshape(len(data.labels), -1)
    train, test = (np.flatnonzero(data.part == part) for part in ("train", "test"))
    sizes, areas = (40, 80, 160, 480), []
    for n in sizes:
        found = []
        for seed in range(12):
            some = np.random.default_rng(seed).permutation(train)[:n]
            model = LogisticRegression(C=1e-2, max_iter=500).fit(x[some], data.labels[some])
            found.append(roc_auc_score(data.labels[test], model.decision_function(x[test])))
        areas.append(np.mean(found))
    floor, size, pace = explorers.power_laws(sizes[:3], 1 - np.array(areas[:3]))[:, 0]
    assert areas[0] < areas[2] < areas[3] + 0.01
    assert 1 - floor - size * 480.0**-pace == pytest.approx(areas[3], abs=0.04)
