"""Evaluation against definitions, scikit-learn, published examples and simulated truth."""

import numpy as np
import pytest
from scipy.special import expit, logit
from scipy.stats import norm
from sklearn.metrics import brier_score_loss, f1_score, roc_auc_score

from medkit.learning import evaluation as ev

# Albumin, total protein and K-G score of the ovarian cancer patients of DeLong, DeLong &
# Clarke-Pearson 1988 without those who lack a test, and who was operated in vain (1).
# Areas, errors and tests of them are in SAS/STAT's User's Guide, LOGISTIC, example 8.
OVARY = """
3.0 5.8 10 0  3.2 6.3 5 1  3.9 6.8 3 1  2.8 4.8 6 0  3.2 5.8 3 1  0.9 4.0 5 0  2.5 5.7 8 0
1.6 5.6  5 1  3.8 5.7 5 1  3.7 6.7 6 1  3.2 5.4 4 1  3.8 6.6 6 1  4.1 6.6 5 1  3.6 5.7 5 1
4.3 7.0  4 1  3.6 6.7 4 0  2.3 4.4 6 1  4.2 7.6 4 0  4.0 6.6 6 0  3.5 5.8 6 1  3.8 6.8 7 1
3.0 4.7  8 0  4.5 7.4 5 1  3.7 7.4 5 1  3.1 6.6 6 1  4.1 8.2 6 1  4.3 7.0 5 1  4.3 6.5 4 1
3.2 5.1  5 1  2.6 4.7 6 1  3.3 6.8 6 0  1.7 4.0 7 0  3.7 6.1 5 1  3.3 6.3 7 1  4.2 7.7 6 1
3.5 6.2  5 1  2.9 5.7 9 0  2.1 4.8 7 1  2.8 6.2 8 0  4.0 7.0 7 1  3.3 5.7 6 1  3.7 6.9 5 1
3.6 6.6  5 1
"""
ALBUMIN, PROTEIN, KG, OUTCOME = np.array(OVARY.split(), float).reshape(-1, 4).T
KG = 10 - KG

# Ratings 1…5 of 109 CT images (Hanley & McNeil 1982, doi:10.1148/radiology.143.1.7063747).
RATED = np.r_[np.repeat(range(1, 6), (33, 6, 6, 11, 2)), np.repeat(range(1, 6), (3, 2, 2, 11, 33))]
ABNORMAL = np.repeat((0, 1), (58, 51))


def plain(interval, level=0.95):
    """Return DeLong's standard deviation from the interval on the logit scale."""
    reach = (logit(interval.high) - logit(interval.low)) / 2 / norm.ppf((1 + level) / 2)
    return reach * interval.value * (1 - interval.value)


def binormal(rng, d, n, m=None):
    """Return labels and scores of n ill cases, d standard deviations above m healthy ones."""
    m = n if m is None else m
    return np.repeat((1, 0), (n, m)), np.r_[rng.normal(d, 1, n), rng.normal(0, 1, m)]


def delong_by_definition(labels, a, b):
    """Return both areas and the covariance, case by case as in the article of 1988."""
    ill, well = labels == 1, labels == 0
    kernels = [(s[ill][:, None] > s[well]) + 0.5 * (s[ill][:, None] == s[well]) for s in (a, b)]
    rows, columns = ([k.mean(axis) for k in kernels] for axis in (1, 0))
    return [k.mean() for k in kernels], np.cov(rows) / ill.sum() + np.cov(columns) / well.sum()


class TestInterval:
    def test_words(self):
        assert str(ev.Interval(0.9051, 0.8555, 0.9449)) == "0.91 (0.86–0.94)"
        assert f"{ev.Interval(-0.001, -0.004, 0.12)}" == "0.00 (0.00–0.12)"
        assert f"{ev.Interval(-0.5, -0.6, -0.4):.1f}" == "−0.5 (−0.6 to −0.4)"
        assert str(ev.Difference(0.1, 0.0, 0.2, 0.0004)) == "0.10 (0.00–0.20), p < 0.001"
        assert 0 in ev.Interval(0.1, -0.1, 0.3)
        assert 0 not in ev.Interval(0.1, 0.05, 0.3)


class TestAuc:
    @pytest.mark.parametrize(
        ("scores", "area", "deviation"),
        [(ALBUMIN, 0.7366, 0.0927), (PROTEIN, 0.6478, 0.1000), (KG, 0.7258, 0.1028)],
    )
    def test_published_areas_and_errors(self, scores, area, deviation):
        interval = ev.auc(OUTCOME, scores)
        assert interval.value == pytest.approx(area, abs=5e-5)
        assert plain(interval) == pytest.approx(deviation, abs=5e-5)

    def test_ratings_of_hanley_and_mcneil(self):
        interval = ev.auc(ABNORMAL, RATED)
        assert interval.value == pytest.approx(0.893, abs=5e-4)
        assert ev.hanley_mcneil(interval.value, 51, 58) == pytest.approx(0.032, abs=6e-4)
        # Two ways to the same spread: exponential scores, and none assumed.
        assert plain(interval) == pytest.approx(0.032, abs=0.002)

    def test_equals_scikit_learn_also_with_ties(self):
        rng = np.random.default_rng(0)
        labels, scores = binormal(rng, 1.0, 70, 130)
        for s in (scores, np.round(scores)):
            assert ev.auc(labels, s).value == pytest.approx(roc_auc_score(labels, s), abs=1e-12)

    @pytest.mark.parametrize(("d", "n"), [(0.0, 30), (1.5, 30), (2.5, 40)])
    def test_95_percent_intervals_hold_the_truth_in_95_percent(self, d, n):
        rng = np.random.default_rng(3)
        truth = norm.cdf(d / np.sqrt(2))
        holds = [truth in ev.auc(*binormal(rng, d, n)) for _ in range(600)]
        assert np.mean(holds) == pytest.approx(0.95, abs=0.025)

    def test_perfect_scores_do_not_promise_perfection(self):
        interval = ev.auc(np.repeat((0, 1), 10), np.arange(20))
        assert interval.value == interval.high == 1
        assert 0.75 < interval.low < 0.9
        worst = ev.auc(np.repeat((0, 1), 10), -np.arange(20))
        assert (worst.low, worst.high) == (0, pytest.approx(1 - interval.low))
        larger = ev.auc(np.repeat((0, 1), 100), np.arange(200))
        assert interval.low < larger.low < 1
        # Such scores come from a model of the lower bound's strength about once in forty.
        rng = np.random.default_rng(4)
        d = norm.ppf(interval.low) * np.sqrt(2)
        ill, well = rng.normal(d, 1, (5000, 10)), rng.normal(0, 1, (5000, 10))
        perfect = ill.min(axis=1) > well.max(axis=1)
        assert np.mean(perfect) < 0.06

    def test_mistakes_are_named(self):
        with pytest.raises(ValueError, match="both 0 and 1"):
            ev.auc([1, 1, 1], [1, 2, 3])
        with pytest.raises(ValueError, match="not a finite number"):
            ev.auc([0, 1, 1], [1, np.nan, 3])
        with pytest.raises(ValueError, match="must be equal"):
            ev.auc([0, 1, 1], [1, 2])
        with pytest.raises(ValueError, match="at least two cases"):
            ev.auc([0, 1, 1], [1, 2, 3])


class TestCompare:
    @pytest.mark.parametrize(
        ("scores", "difference", "low", "high", "p"),
        [
            (ALBUMIN, 0.0108, -0.1761, 0.1976, 0.9102),
            (PROTEIN, -0.0780, -0.2830, 0.1271, 0.4561),
        ],
    )
    def test_published_paired_test(self, scores, difference, low, high, p):
        got = ev.compare(OUTCOME, scores, KG)
        want = (difference, low, high, p)
        np.testing.assert_allclose((got.value, got.low, got.high, got.p_value), want, atol=6e-5)

    def test_equals_the_definition_also_with_ties(self):
        rng = np.random.default_rng(6)
        labels, a = binormal(rng, 1.0, 35, 50)
        a, b = np.round(a, 1), np.round(a + rng.normal(0, 1, 85), 1)
        (area_a, area_b), covariance = delong_by_definition(labels, a, b)
        deviation = np.sqrt(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])
        got = ev.compare(labels, a, b)
        assert got.value == pytest.approx(area_a - area_b, abs=1e-12)
        assert (got.high - got.low) / 2 == pytest.approx(norm.ppf(0.975) * deviation, rel=1e-12)
        assert got.p_value == pytest.approx(2 * norm.sf(abs(area_a - area_b) / deviation))

    def test_equal_models_are_called_different_once_in_twenty(self):
        rng = np.random.default_rng(7)
        called = 0
        for _ in range(400):
            labels, common = binormal(rng, 1.0, 40)
            a, b = (common + rng.normal(0, 1, 80) for _ in range(2))
            called += ev.compare(labels, a, b).p_value < 0.05
        assert called / 400 == pytest.approx(0.05, abs=0.025)

    def test_a_model_does_not_differ_from_itself(self):
        same = ev.compare(OUTCOME, ALBUMIN, 2 * ALBUMIN + 1)
        assert (same.value, same.low, same.high, same.p_value) == (0, 0, 0, 1)

    def test_pairing_sees_more_than_two_intervals(self):
        rng = np.random.default_rng(8)
        labels, scores = binormal(rng, 1.2, 100)
        worse = scores + rng.normal(0, 0.5, 200)
        difference = ev.compare(labels, scores, worse)
        assert difference.high - difference.low < 0.6 * (
            ev.auc(labels, scores).high - ev.auc(labels, scores).low
        )


class TestBootstrap:
    def test_agrees_with_delong(self):
        rng = np.random.default_rng(9)
        labels, scores = binormal(rng, 1.2, 60)
        boot = ev.bootstrap(roc_auc_score, labels, scores, draws=300, rng=0)
        exact = ev.auc(labels, scores)
        assert boot.value == pytest.approx(exact.value)
        assert boot.low == pytest.approx(exact.low, abs=0.02)
        assert boot.high == pytest.approx(exact.high, abs=0.02)

    def test_each_class_keeps_its_size_and_lengths_must_agree(self):
        boot = ev.bootstrap(lambda y: y.mean(), np.repeat((0, 1), (6, 2)), draws=50, rng=0)
        assert (boot.value, boot.low, boot.high) == (0.25, 0.25, 0.25)
        with pytest.raises(ValueError, match="12 labels, but 3"):
            ev.bootstrap(np.mean, np.zeros(12), [1, 2, 3])


class TestDecisions:
    def test_rates_and_wilson(self):
        labels = np.repeat((1, 0), (20, 50))
        decisions = np.r_[np.repeat((1, 0), (18, 2)), np.repeat((1, 0), (5, 45))]
        assert ev.confusion(labels, decisions) == (18, 5, 2, 45)
        assert ev.sensitivity(labels, decisions).value == 0.9
        assert ev.specificity(labels, decisions).value == 0.9
        assert ev.accuracy(labels, decisions).value == pytest.approx(0.9)
        # Wilson's interval in closed form.
        p, n, z = 0.9, 20, norm.ppf(0.975)
        centre = (p + z**2 / 2 / n) / (1 + z**2 / n)
        reach = z / (1 + z**2 / n) * np.sqrt(p * (1 - p) / n + z**2 / 4 / n**2)
        got = ev.sensitivity(labels, decisions)
        assert (got.low, got.high) == pytest.approx((centre - reach, centre + reach))

    def test_scores_are_no_decisions(self):
        with pytest.raises(ValueError, match="scores >= threshold"):
            ev.sensitivity([0, 1], [0.2, 0.8])
        with pytest.raises(ValueError, match="no case to count"):
            ev.sensitivity([0, 0], [0, 1])

    @pytest.mark.parametrize("digits", [3, 1])
    def test_operating_points_keep_their_promise(self, digits):
        rng = np.random.default_rng(10)
        labels, scores = binormal(rng, 1.5, 80, 120)
        scores = np.round(scores, digits)
        every = [*np.unique(scores), np.inf]
        rates = np.array(
            [((scores >= t)[labels == 1].mean(), (scores < t)[labels == 0].mean()) for t in every]
        )

        def got(**wish):
            called = scores >= ev.operating_point(labels, scores, **wish)
            return called[labels == 1].mean(), (~called)[labels == 0].mean()

        caught, spared = got(sensitivity=0.9)
        assert caught >= 0.9
        assert spared == rates[rates[:, 0] >= 0.9, 1].max()
        assert sum(got()) == pytest.approx(rates.sum(1).max())

    def test_predictive_values_of_the_mammography_puzzle(self):
        # Eddy's question: 1 % prevalence, 80 % sensitivity, 9.6 % false alarms: 7.8 %
        # (Gigerenzer & Hoffrage 1995, doi:10.1037/0033-295X.102.4.684).
        ppv, npv = ev.predictive_values(0.8, 1 - 0.096, 0.01)
        assert ppv == pytest.approx(0.0776, abs=5e-5)
        ppv, npv = ev.predictive_values(0.9, 0.9, np.array([0.0, 0.5, 1.0]))
        np.testing.assert_allclose(ppv, [0, 0.9, 1])
        np.testing.assert_allclose(npv, [1, 0.9, 0])


class TestCalibration:
    def test_a_model_that_means_what_it_says(self):
        rng = np.random.default_rng(11)
        promised = rng.uniform(0, 1, 20_000)
        labels = rng.uniform(size=20_000) < promised
        got = ev.calibration(labels, promised)
        assert got.error < 0.015
        assert got.slope == pytest.approx(1, abs=0.05)
        assert got.intercept == pytest.approx(0, abs=0.05)
        assert got.brier == pytest.approx(1 / 6, abs=0.005)  # ∫ p (1 − p) dp
        held = [p in share for p, share in zip(got.predicted, got.observed, strict=True)]
        assert sum(held) >= 8
        assert got.counts.sum() == 20_000

    def test_a_model_that_is_too_sure_is_found_and_mended(self):
        rng = np.random.default_rng(12)
        truth = rng.normal(0, 1.5, 20_000)
        labels = rng.uniform(size=20_000) < expit(truth)
        logits = 2.5 * truth + 1
        got = ev.calibration(labels, expit(logits))
        assert got.slope == pytest.approx(1 / 2.5, abs=0.02)
        assert got.intercept == pytest.approx(-1 / 2.5, abs=0.06)
        slope, intercept = ev.platt(labels, logits)
        mended = ev.calibration(labels, expit(slope * logits + intercept))
        assert mended.error < 0.2 * got.error
        assert mended.brier < got.brier
        temperature = ev.temperature(labels, 3 * truth)
        assert temperature == pytest.approx(3, abs=0.1)

    def test_brier_equals_scikit_learn_and_bins_hold_all(self):
        labels, promised = np.array([0, 1, 1, 0]), np.array([0.0, 1.0, 0.3, 0.3])
        assert ev.brier(labels, promised) == pytest.approx(brier_score_loss(labels, promised))
        predicted, observed, counts = ev.reliability(labels, promised, bins=5)
        np.testing.assert_allclose(predicted, [0, 0.3, 1])
        assert [share.value for share in observed] == [0, 0.5, 1]
        assert counts.tolist() == [1, 2, 1]
        assert ev.calibration_error(labels, promised, bins=5) == pytest.approx(0.1)
        with pytest.raises(ValueError, match="expit"):
            ev.brier(labels, promised + 1)


class TestOverlap:
    def test_equals_scikit_learn(self):
        rng = np.random.default_rng(13)
        a, b = rng.uniform(size=(2, 30, 40)) < 0.4
        assert ev.dice(a, b) == pytest.approx(f1_score(a.ravel(), b.ravel()))

    def test_empty_masks_agree_and_one_pixel_does_not(self):
        empty, dot = np.zeros((3, 3), bool), np.eye(3, dtype=bool)
        assert ev.dice(empty, empty) == 1
        assert ev.dice(empty, dot) == 0
        with pytest.raises(ValueError, match="threshold it first"):
            ev.dice(dot, dot * 0.3)
        with pytest.raises(ValueError, match="cannot be compared"):
            ev.dice(dot, dot[:2])


def test_roc_equals_the_definition():
    curve = ev.roc([0, 0, 1, 1], [0.1, 0.4, 0.4, 0.8])
    np.testing.assert_allclose(curve.thresholds, [np.inf, 0.8, 0.4, 0.1])
    np.testing.assert_allclose(curve.sensitivity, [0, 0.5, 1, 1])
    np.testing.assert_allclose(curve.false_positive_rate, [0, 0, 0.5, 1])
    # Points on a straight line stay: an operating point may be any of them.
    assert len(ev.roc([0, 0, 0, 1, 1, 1], range(6)).thresholds) == 7
