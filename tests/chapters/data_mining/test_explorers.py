"""The explorers of ``24_data_mining`` tell the truth, and so does the notebook."""

import os
from pathlib import Path

import numpy as np
import pandas
import pydicom
import pytest
from pydicom.data import get_testdata_file
from scipy.spatial.distance import pdist
from sklearn.metrics import roc_auc_score

from medkit.chapters.data_mining import exercises, explorers, maps, rules
from medkit.course.chapters import find_exercise
from medkit.data import reports
from medkit.learning.text import language


class TestShortcut:
    def test_the_better_at_home_the_worse_elsewhere(self):
        areas = np.array([explorers._areas(link, "none", 0) for link in (0.5, 0.74, 0.9, 0.98)])
        home, _, elsewhere, turned = areas.T
        assert (np.diff(home) > 0).all()
        assert (np.diff(elsewhere) < 0).all()
        assert (np.diff(turned) < 0).all()
        assert home[0] == pytest.approx(elsewhere[0], abs=1e-9)
        assert turned[-1] < 0.2 < 0.95 < home[-1]

    @pytest.mark.parametrize("repair", ["weighted", "all at 3 T"])
    def test_a_repair_gives_back_what_the_link_took(self, repair):
        seeds = range(6)
        as_found = np.mean([explorers._areas(0.9, "none", s)[2] for s in seeds])
        mended = np.mean([explorers._areas(0.9, repair, s)[2] for s in seeds])
        no_link = np.mean([explorers._areas(0.5, "none", s)[2] for s in seeds])
        assert as_found < no_link - 0.08
        assert mended == pytest.approx(no_link, abs=0.04)

    def test_weights_count_patients_as_often_as_they_occur(self):
        rng, ill = np.random.default_rng(0), np.repeat([0, 1], 40)
        scores, often = rng.normal(ill), rng.integers(1, 5, 80)
        repeated = roc_auc_score(np.repeat(ill, often), np.repeat(scores, often))
        assert explorers._area(ill, scores, often) == pytest.approx(repeated, abs=1e-12)

    def test_the_corners_pull_only_where_there_is_a_link(self):
        corners = {}
        for link in (50, 90):
            fall = explorers.shortcut.picture(link_percent=link).panels[1].pixels
            corners[link] = fall[np.ix_([0, 7], [0, 7])].mean()
        assert abs(corners[50]) < 0.2 < corners[90]


class TestSimpson:
    def test_the_rates_are_those_that_were_published(self):
        picture = explorers.simpson.picture(open_small=100 * 87 / 350, skin_small=100 * 270 / 350)
        assert "78 % and 83 %" in picture.caption
        assert "needle is ahead" in picture.caption

    @pytest.mark.parametrize("share", [0, 30, 77, 100])
    def test_with_the_same_mixture_the_better_treatment_is_ahead(self, share):
        picture = explorers.simpson.picture(open_small=share, skin_small=share)
        assert "open surgery is ahead" in picture.caption


class TestMap:
    def test_each_point_has_as_many_neighbours_as_the_perplexity_says(self):
        # Of the conditional bells only the symmetric mean is returned: on a ring all are alike.
        turn = np.linspace(0, 2 * np.pi, 60, endpoint=False)
        ring = np.column_stack([np.cos(turn), np.sin(turn)])
        for perplexity in (3, 12, 30):
            p = 60 * maps.similar(ring, perplexity)
            entropy = -(p * np.log(p + 1e-300)).sum(1)
            np.testing.assert_allclose(np.exp(entropy), perplexity, rtol=1e-3)

    def test_it_lessens_the_divergence_that_it_claims_to_minimise(self):
        p = maps.similar(maps.points("tumours")[0], 15)

        def divergence(y):
            q = 1 / (1 + ((y[:, None] - y) ** 2).sum(-1))
            np.fill_diagonal(q, 0)
            q /= q.sum()
            off = ~np.eye(len(y), dtype=bool)
            return (p[off] * np.log(p[off] / q[off])).sum()

        frames = maps.drawn("tumours", 15, 0)
        # A frame is scaled; the best scale of each is what the descent itself would find.
        best = [min(divergence(s * y) for s in np.geomspace(0.5, 60, 25)) for y in frames[[3, -1]]]
        assert best[1] < best[0] - 0.2

    def test_widths_and_distances_are_evened_out(self):
        for seed in range(3):
            tight_wide = maps.drawn("one tight, one wide", 15, seed)[-1]
            group = maps.points("one tight, one wide")[1]
            width = [tight_wide[group == k].std(0).mean() for k in (0, 1)]
            true = [maps.points("one tight, one wide")[0][group == k].std() for k in (0, 1)]
            assert true[1] / true[0] > 8
            assert width[1] / width[0] < 3
            three, group = maps.drawn("two near, one far", 15, seed)[-1], np.arange(72) // 24
            near, _, far = pdist([three[group == k].mean(0) for k in (0, 1, 2)])[[0, 1, 2]]
            assert 0.3 < far / near < 3  # truly 9


class TestRules:
    def test_shuffling_within_kinds_keeps_what_each_kind_has(self):
        rng = np.random.default_rng(1)
        found, kind = rng.random((300, 5)) < 0.3, rng.integers(0, 4, 300)
        mixed = rules.shuffled(found, kind, rng)
        assert (mixed != found).any()
        for k in range(4):
            np.testing.assert_array_equal(mixed[kind == k].sum(0), found[kind == k].sum(0))

    def test_rules_are_counted_as_by_hand(self):
        found = np.array([[1, 1, 0], [1, 1, 0], [1, 0, 0], [0, 0, 1]], bool)
        keep = rules.surviving(rules.together(found), 0.5, 0.7)
        assert keep.tolist() == [[False, False, False], [True, False, False], [False] * 3]

    def test_chance_makes_no_rules_the_kind_of_scan_most_and_misreading_the_rest(self):
        found, anyhow, within = (
            np.mean([rules.surviving(pairs, 0.01, 0.15).sum() for pairs in many])
            for many in rules._archive().values()
        )
        assert anyhow < 1
        assert 0.5 < within / found < 0.9
        corpus = reports.corpus(rules.REPORTS, rng=24, errors=0.0, consistent=True)
        said = [[s.get(n) == "present" for n in rules.FINDINGS] for s in corpus.table["said"]]
        said, kind, rng = np.array(said), corpus.table["study"], np.random.default_rng(0)

        def count(archive):
            return rules.surviving(rules.together(archive), 0.01, 0.15).sum()

        by_kind = [count(rules.shuffled(said, kind, rng)) for _ in range(10)]
        assert count(said) == pytest.approx(np.mean(by_kind), abs=3 * np.std(by_kind))


def test_the_headers_of_the_exercise_say_what_its_text_says():
    folder = Path(get_testdata_file("CT_small.dcm", download=False)).parent
    contradict = set()
    for name in find_exercise("24_data_mining.exposure").answer.why:
        (path,) = folder.rglob(name)
        header = pydicom.dcmread(path, stop_before_pixels=True)
        product = float(header.XRayTubeCurrent) * float(header.ExposureTime) / 1000
        if abs(product / float(header.Exposure) - 1) > 0.02:
            contradict.add(name)
    assert contradict == exercises.EXPOSURE.truth


INDIANA = Path(os.environ.get("MEDKIT_TEST_DATA", "nowhere")) / "reports/indiana_reports_share.csv"


@pytest.mark.skipif(not INDIANA.is_file(), reason="no MEDKIT_TEST_DATA with real reports")
def test_real_reports_name_far_more_effusions_than_there_are():
    real = pandas.read_csv(INDIANA, keep_default_na=False)
    real = real[(real.Problems != "") & ~real.Problems.str.contains("No Indexing")]
    told = ("Findings: " + real.findings + "\nImpression: " + real.impression).map(language.labels)
    told, coded = told.str.get("effusion"), real.Problems.str.contains("Effusion")
    assert told.notna().mean() > 0.5
    assert (told == "present").mean() == pytest.approx(coded.mean(), abs=0.02)
    assert 0.5 < (coded & (told == "present")).sum() / coded.sum() < 0.75


def test_weights_repair_an_archive_and_dropping_what_names_the_scanner_does_not():
    x, y, new, truth = exercises._hospitals()
    told = roc_auc_score(truth, exercises._plain(x, y, new))
    airless = roc_auc_score(truth, exercises._plain(x[:, 1:-1], y, new[:, 1:-1]))
    weighted = roc_auc_score(truth, exercises.repaired(x, y, new))
    assert max(told, airless) < 0.82 < exercises.REPAIR.goal < weighted
