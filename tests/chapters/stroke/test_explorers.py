"""The explorers of ``41_stroke`` tell the truth: its clocks, its queue."""

import os
import re
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.data import get_testdata_file

from medkit.chapters.mri.diffusion import infarcted, stroke_protocols
from medkit.chapters.stroke import exercises, explorers, queue
from medkit.physics import mri


class TestOnset:
    def test_the_picture_changes_as_the_signal_does(self):
        """Inside the lesion grey matter brightens by what the physics says."""
        for name, protocol in stroke_protocols().items():
            _, dead, _ = explorers._mr_parts(name)
            grey = mri.tissue_signal("grey_matter", protocol)
            pure = dead["grey_matter"] > 0.95
            assert pure.sum() > 20
            change = (explorers.aged(name, 6.0) - explorers.aged(name, 0.0))[pure].mean()
            now = infarcted("grey_matter", 6.0, protocol)
            assert change == pytest.approx(now - grey, rel=0.1)

    def test_ct_loses_the_share_of_water(self):
        clean, dead, noise = explorers._ct_parts()
        whole = dead > 0.99 * clean
        whole &= clean > 25
        assert whole.sum() > 100
        at = [explorers.onset.picture(age_h=h, current_mas=400.0).panels[0] for h in (0.0, 4.5)]
        before, after = (np.asarray(panel.pixels) for panel in at)
        assert 1 - after[whole].mean() / before[whole].mean() == pytest.approx(0.115, abs=0.005)
        assert np.std(noise[clean > 25]) > 0


class TestTriage:
    def test_cobhams_waits_are_those_of_a_simulated_queue(self):
        import heapq

        rng = np.random.default_rng(0)
        n, load, first = 120_000, 0.8, 0.25
        arrive = np.cumsum(rng.exponential(8.0 / load, n))
        minutes, flagged = rng.exponential(8.0, n), rng.random(n) < first
        wait, heap, now, k = np.zeros(n), [], 0.0, 0
        while k < n or heap:
            if not heap:
                now = max(now, arrive[k])
            while k < n and arrive[k] <= now:
                heapq.heappush(heap, (not flagged[k], arrive[k], k))
                k += 1
            who = heapq.heappop(heap)[2]
            wait[who], now = now - arrive[who], now + minutes[who]
        _, early, late = queue.waits(load, first)
        assert wait[flagged].mean() == pytest.approx(early, rel=0.05)
        assert wait[~flagged].mean() == pytest.approx(late, rel=0.1)

    def test_waiting_is_conserved(self):
        """Whoever goes first, the mean over all stays."""
        for first in (0.0, 0.3, 0.9):
            usual, early, late = queue.waits(0.9, first)
            assert first * early + (1 - first) * late == pytest.approx(usual)

    def test_a_coin_saves_nothing(self):
        rows = queue.triage.picture(auc=0.6, sensitivity=0.5).panels[1].rows
        gain = float(re.search(r"[+-]\d+", rows[1][1])[0])
        assert gain < float(queue.triage.picture(auc=0.95).panels[1].rows[1][1].split()[0])
        usual, early, late = queue.waits(0.85, 0.4)
        assert usual - (0.4 * early + 0.6 * late) == pytest.approx(0, abs=1e-9)


def test_the_real_cerebellum_has_the_exercises_number():
    ds = pydicom.dcmread(get_testdata_file("J2K_pixelrep_mismatch.dcm", download=False))
    hu = ds.pixel_array * float(ds.RescaleSlope) + float(ds.RescaleIntercept)
    for top, bottom, left, right in (
        (340, 370, 190, 220),
        (340, 370, 290, 320),
        (345, 365, 195, 215),
    ):
        assert hu[top:bottom, left:right].std() == pytest.approx(
            exercises.REAL.truth, rel=exercises.REAL.relative
        )


@pytest.mark.skipif("MEDKIT_TEST_DATA" not in os.environ, reason="needs the real test data")
def test_a_real_head_has_the_brain_that_the_windows_are_for():
    """A real CT of a head: the middle of its brain's CT numbers lies in the stroke window."""
    folder = Path(os.environ["MEDKIT_TEST_DATA"]) / "dicom_series" / "dcm_qa_ct" / "In" / "Philips"
    planes = [pydicom.dcmread(path) for path in sorted(folder.rglob("I2*0"))]
    assert len(planes) > 5
    assert {plane.BodyPartExamined for plane in planes} == {"BRAIN"}
    hu = np.stack([p.pixel_array * p.RescaleSlope + p.RescaleIntercept for p in planes])
    low, high = explorers.WINDOWS["stroke, 15 to 45 HU"]
    assert low < np.median(hu[(hu > 10) & (hu < 60)]) < high
