"""The explorers and exercises of ``52_outlook`` tell the truth, and its quoted numbers stand."""

import re
from pathlib import Path

import nbformat
import numpy as np
import pytest
from pydicom import dcmread
from pydicom.data import get_testdata_file
from scipy.optimize import approx_fprime
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from medkit.chapters.outlook import exercises, explorers, machines

NOTEBOOKS = Path(__file__).parents[3] / "notebooks"


class TestRounds:
    def test_the_slope_is_that_of_the_loss(self):
        x, y, there = explorers._hospitals()
        w = np.array([0.4, -0.7])
        slopes = explorers.slope(np.tile(w, (5, 1)), x, y, there)
        for k, n in enumerate(explorers.SIZES):
            sign = 2 * y[k, :n] - 1

            def loss(v, k=k, n=n, sign=sign):
                return np.logaddexp(0, -sign * (x[k, :n] @ v)).mean() + 0.01 * v @ v

            np.testing.assert_allclose(slopes[k], approx_fprime(w, loss), atol=1e-5)

    def test_one_step_a_round_is_gradient_descent_on_all_patients(self):
        held, _ = explorers.walk(1, "mean by patients", None)
        _, _, x, y = explorers._pooled()
        w = np.zeros((1, 2))
        for after in held[1:]:
            w = w - explorers.RATE * explorers.slope(w, x[None], y[None], np.ones((1, len(y))))
            np.testing.assert_allclose(after, w[0], atol=1e-12)

    def test_the_lowest_place_is_where_the_library_finds_it(self):
        _, best, x, y = explorers._pooled()
        model = LogisticRegression(C=1 / (0.02 * len(y)), fit_intercept=False, tol=1e-8).fit(x, y)
        np.testing.assert_allclose(best, model.coef_[0], atol=1e-4)

    def test_many_steps_at_home_end_beside_it_but_not_on_it(self):
        _, best, *_ = explorers._pooled()
        ends = [explorers.walk(n, "mean by patients", None)[0][-1] for n in (5, 25)]
        off = [np.linalg.norm(end - best) for end in ends]
        assert max(off) < 0.1
        assert off[1] > 1e-3  # the mean of five valleys' floors is not the floor of their sum

    def test_the_mean_follows_a_large_liar_and_the_median_does_not(self):
        _, best, x, y = explorers._pooled()
        lost, held = (
            roc_auc_score(y, x @ explorers.walk(5, rule, 0)[0][12])
            for rule in ("mean by patients", "median")
        )
        assert lost < 0.6
        assert held == pytest.approx(roc_auc_score(y, x @ best), abs=0.02)


class TestLowField:
    def test_no_filter_makes_the_known_lesion_easier(self):
        _, lesion = machines._brain()
        before = machines.detected(lesion, 0.2)
        rng = np.random.default_rng(0)
        for kernel in (machines.learned(0.2), np.ones((5, 5)) / 25, rng.normal(size=(5, 5))):
            assert machines.detected(lesion, 0.2, kernel) < before
        nothing = np.zeros((5, 5))
        nothing[2, 2] = 3.0
        assert machines.detected(lesion, 0.2, nothing) == pytest.approx(before)

    def test_detected_is_what_many_noisy_scans_show(self):
        _, lesion = machines._brain()
        kernel, rng = machines.learned(0.2), np.random.default_rng(1)
        seen = machines.correlate(lesion, kernel, mode="constant")
        noise = [
            (machines.correlate(rng.normal(0, 0.2, lesion.shape), kernel) * seen).sum()
            for _ in range(600)
        ]
        shown = (seen**2).sum() / np.std(noise)
        assert machines.detected(lesion, 0.2, kernel) == pytest.approx(shown, rel=0.08)

    def test_a_second_noisy_scan_teaches_as_well_as_the_truth(self):
        slab, _ = machines._brain()
        first = slab + np.random.default_rng(3).normal(0, 0.2, slab.shape)
        best = np.linalg.lstsq(machines.patches(first), slab.ravel(), rcond=None)[0]
        errors = [
            np.sqrt(np.mean((machines.patches(first) @ f.ravel() - slab.ravel()) ** 2))
            for f in (best, machines.learned(0.2))
        ]
        assert errors[0] < errors[1] < 1.05 * errors[0] < 0.5 * 0.2

    def test_time_pays_for_field_with_its_square(self):
        caption = machines.low_field.picture(field=0.3, minutes=4).caption
        assert "as quiet as 4 min at 3 T after 400 min" in caption


class TestExercises:
    def test_a_real_network_leaks_through_its_first_layer(self):
        rng = np.random.default_rng(0)
        x, w, b, out = (
            rng.random(40),
            rng.normal(size=(9, 40)),
            rng.normal(size=9),
            rng.normal(size=9),
        )

        def loss(flat):
            hidden = np.maximum(0, flat[:360].reshape(9, 40) @ x + flat[360:])
            return np.logaddexp(0, -(out @ hidden))

        slope = approx_fprime(np.r_[w.ravel(), b], loss, 1e-7)
        found = exercises.leaked(slope[:360].reshape(9, 40), slope[360:])
        np.testing.assert_allclose(found, x, atol=1e-3)

    def test_masks_cancel_in_the_sum_and_hide_each_message(self):
        shared = exercises._shared(5, 6, 30)
        updates = np.random.default_rng(6).normal(0, 0.1, (6, 30))
        messages = np.array([exercises.sent(u, k, shared) for k, u in enumerate(updates)])
        np.testing.assert_allclose(messages.sum(0), updates.sum(0), atol=1e-12)
        assert np.abs(messages - updates).mean() > 10 * np.abs(updates).mean()

    def test_the_slice_names_a_frequency_and_no_field(self):
        scan = dcmread(get_testdata_file("MR_small.dcm", download=False))
        assert "MagneticFieldStrength" not in scan
        answer = 2 * (float(scan.ImagingFrequency) / 42.577 / 0.064) ** 2
        assert exercises.FIELD.truth == pytest.approx(answer)

    def test_two_liars_cost_more_than_the_goal_allows(self):
        x, y, new, truth = exercises._houses()
        ways = exercises._trusting, exercises.liars
        reached = [roc_auc_score(truth, f(x, y, new)) for f in ways]
        assert reached[0] < 0.70
        assert reached[1] > exercises.LIARS.goal + 0.02


def test_the_four_cases_say_what_their_notebooks_print():
    printed = {
        stem[:2]: "\n".join(
            output.get("text", "")
            for cell in nbformat.read(NOTEBOOKS / f"{stem}.ipynb", 4).cells
            for output in cell.get("outputs", [])
        )
        for stem in ("40_heart", "41_stroke", "42_tumour", "43_bone")
    }
    cells = nbformat.read(NOTEBOOKS / "52_outlook.ipynb", 4).cells
    code = next(cell.source for cell in cells if "heart (40)" in cell.source)
    given = {
        n: (float(a), float(b))
        for n, a, b in re.findall(r"\((4\d)\)\": \(([\d.]+), ([\d.]+),", code)
    }
    heart = re.findall(
        r"(?:everybody is average|shipped, good window) +mean error +([\d.]+)", printed["40"]
    )
    assert given["40"] == tuple(map(float, heart[:2]))
    waits = dict(
        re.findall(r"^(as they come|machine) +: a bleed waits +(\d+) min", printed["41"], re.M)
    )
    assert given["41"] == (float(waits["as they come"]), float(waits["machine"]))
    assert re.search(r"^machine +:.*saved +27 ± 4;", printed["41"], re.M)
    tumour = dict(re.findall(r"^(all six|picture) +AUC ([\d.]+)", printed["42"], re.M))
    assert given["42"] == (
        pytest.approx(1 - float(tumour["picture"])),
        pytest.approx(1 - float(tumour["all six"])),
    )
    bone = re.search(
        r"the SVM has ([\d.]+).*?network, 1,500 wrists: AUC ([\d.]+)", printed["43"], re.S
    )
    assert given["43"] == tuple(pytest.approx(1 - float(v)) for v in bone.groups())
