"""The explorers of ``21_machine_learning`` tell the truth, and so does the notebook."""

import os
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas
import pytest
from scipy.stats import norm
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_score

from medkit.chapters.machine_learning import exercises, explorers
from medkit.learning import evaluation


class TestFreedom:
    def test_one_neighbour_knows_its_own_and_nothing_of_coins(self):
        areas = explorers._areas("neighbours", True, 0)
        assert areas[-1, 0] == 1
        assert areas[:, 1] == pytest.approx(0.5, abs=0.08)

    @pytest.mark.parametrize("model", ["neighbours", "tree", "forest"])
    def test_the_freest_knows_its_own_better_than_others(self, model):
        areas = explorers._areas(model, False, 0)
        assert areas[-1, 0] > areas[-1, 1] + 0.15
        assert areas[-1, 1] < areas[:, 1].max() - 0.01


def test_only_the_twins_share_pixels():
    patches = explorers.riddle()
    for a, b in combinations(range(8), 2):
        (r, c), (row, column) = explorers.CORNERS[a], explorers.CORNERS[b]
        shared = max(0, 96 - abs(r - row)) * max(0, 96 - abs(c - column)) / 96**2
        assert shared == 0 or ({a, b} == {1, 6} and shared > 0.5), "ABCDEFGH"[a] + "ABCDEFGH"[b]
    down, right = np.subtract(explorers.CORNERS[6], explorers.CORNERS[1])
    np.testing.assert_array_equal(patches[1][down:, right:], patches[6][:-down, :-right])
    assert exercises.TWINS.truth == {"B", "G"}


def test_choosing_features_before_the_folds_fakes_and_scaling_does_not():
    chosen, scaled = [], []
    chosen_before = next(s.answer for s in exercises.HONEST.slips if s.key == "chosen before")
    for seed in range(8):
        rng = np.random.default_rng(100 + seed)
        y = np.arange(60) % 2
        chosen.append(chosen_before(rng.normal(size=(60, 1000)), y))
        x = rng.normal(size=(60, 20))
        whole = (x - x.mean(0)) / x.std(0)
        folds = StratifiedKFold(5)
        clean = []
        for learn, judge in folds.split(x, y):
            z = (x - x[learn].mean(0)) / x[learn].std(0)
            model = LogisticRegression().fit(z[learn], y[learn])
            clean.append(evaluation.auc(y[judge], model.decision_function(z[judge])).value)
        leaky = cross_val_score(LogisticRegression(), whole, y, cv=folds, scoring="roc_auc").mean()
        scaled.append(leaky - np.mean(clean))
    assert np.mean(chosen) > 0.85
    assert abs(np.mean(scaled)) < 0.01


def test_the_kits_interval_keeps_its_promise_where_the_textbooks_does_not():
    rng, labels = np.random.default_rng(5), np.repeat([1, 0], [12, 30])
    apart, kept = 2**0.5 * norm.ppf(0.95), []
    for _ in range(600):
        scores = rng.normal(apart * labels)
        wins = scores[labels == 1][:, None] > scores[labels == 0]
        deviation = (wins.mean(1).var(ddof=1) / 12 + wins.mean(0).var(ddof=1) / 30) ** 0.5
        kit = evaluation.auc(labels, scores)
        kept.append((abs(wins.mean() - 0.95) <= 1.96 * deviation, 0.95 in kit))
    textbook, kit = np.mean(kept, axis=0)
    assert textbook < 0.88 < 0.91 < kit < 0.98


HEARTS = Path(os.environ.get("MEDKIT_TEST_DATA", "nowhere")) / "tabular/processed.cleveland.data"


@pytest.mark.skipif(not HEARTS.is_file(), reason="no MEDKIT_TEST_DATA with a heart table")
def test_thirteen_features_of_real_hearts_beat_age():
    hearts = pandas.read_csv(HEARTS, header=None, skiprows=1, na_values="?").dropna()
    x, y = hearts.iloc[:, :13].to_numpy(), (hearts[13] > 0).to_numpy().astype(int)
    z = (x - x.mean(0)) / x.std(0)
    areas = [
        cross_val_score(LogisticRegression(), part, y, cv=5, scoring="roc_auc").mean()
        for part in (z[:, :1], z)
    ]
    assert areas[0] < 0.75 < 0.85 < areas[1]
