"""The explorers of ``40_heart`` tell the truth: discs, tilt, calliper, cine MRI."""

import numpy as np
import pytest

from medkit.anatomy.ventricle import VIEWS, Ventricle
from medkit.chapters.heart import cine, exercises, explorers, strip
from medkit.data import dicom
from medkit.data.tasks import ventricles
from medkit.physics.mri import kspace


def ellipse(long_mm, wide_mm, pixel_mm=0.5, lean_deg=0.0):
    side = np.arange(-60, 60, pixel_mm) + pixel_mm / 2
    lean = np.deg2rad(lean_deg)
    x, z = side[None], side[:, None]
    u, v = z * np.cos(lean) + x * np.sin(lean), x * np.cos(lean) - z * np.sin(lean)
    return np.hypot(2 * u / long_mm, 2 * v / wide_mm) < 1


class TestDiscs:
    @pytest.mark.parametrize("lean", [0, 17, -30])
    def test_an_ellipsoid_has_its_volume_wherever_it_leans(self, lean):
        masks = ellipse(90, 50, lean_deg=lean), ellipse(90, 40, lean_deg=lean)
        volume = explorers.biplane_ml(*masks, 0.5)
        assert volume == pytest.approx(np.pi / 6 * 90 * 50 * 40 / 1000, rel=0.015)

    def test_widths_begin_at_the_apex(self):
        mask = explorers.traced(Ventricle(), 0.0, "4 chambers")
        widths, length = explorers.diameters(mask, 1.125)
        assert widths[0] < widths[-1]
        assert length == pytest.approx(88, abs=1.5)

    @pytest.mark.parametrize("turn_deg", [0, 45])
    def test_two_views_find_what_lies_in_them(self, turn_deg):
        heart = Ventricle(width_mm=52, roundness=0.72, turn_deg=turn_deg)
        masks = [explorers.traced(heart, 0.0, view) for view in VIEWS]
        error = explorers.biplane_ml(*masks, explorers.PIXEL_MM) / float(heart.volume_ml(0)) - 1
        assert abs(error) < 0.03 if turn_deg == 0 else -0.08 < error < -0.02


class TestBeat:
    def test_a_tilt_makes_the_heart_smaller_and_stronger(self):
        heart = Ventricle(ejection=0.45, shortening=0.11)
        seen = [explorers.seen_ml(heart, tilt) for tilt in (0, 10, 20)]
        full = [s[0] for s in seen]
        ejection = [1 - s[-1] / s[0] for s in seen]
        assert full[0] > full[1] > full[2]
        assert ejection[0] < ejection[1] < ejection[2]
        assert ejection[0] == pytest.approx(0.45, abs=0.015)

    def test_higher_frequency_makes_finer_speckle(self):
        grains = []
        for frequency in (1.5, 4.5):
            image = explorers.beat.picture(frequency_mhz=frequency, tilt_deg=0).panels[0].pixels
            part = image[20:40, 20:110]
            grains.append((np.diff(part, axis=0) ** 2).mean() / part.var())
        assert grains[1] > 1.1 * grains[0]


class TestStrip:
    def test_the_calliper_shows_the_real_beat(self):
        beat, rr = strip.mean_beat()
        assert 60 / rr == pytest.approx(61, abs=1)
        assert int(np.argmax(beat[:, 1])) == strip.BEFORE_MS
        # Einthoven's law holds for a median of beats but for its noise.
        assert np.abs(beat[:, 0] + beat[:, 2] - beat[:, 1]).max() < 0.05

    def test_the_caption_corrects_as_bazett_and_fridericia_do(self):
        _, rr = strip.mean_beat()
        caption = strip.calliper.picture(left_ms=-40, right_ms=320).caption
        assert f"{360 / rr**0.5:.0f} ms (Bazett)" in caption
        assert f"{360 / rr ** (1 / 3):.0f} ms (Fridericia)" in caption


class TestCine:
    def test_a_moment_of_k_space_is_that_moment_of_the_heart(self):
        image = np.abs(kspace.to_image(cine.beats()[7]))
        labels, _ = cine.HEART.labels(*cine.plane(45.0), 7 / cine.FRAMES)
        truth = np.maximum(np.array(cine.signals())[labels], cine.around())
        assert image == pytest.approx(truth, abs=1e-3)


class TestExercises:
    def test_what_the_riddle_hides_is_deeper(self):
        wall = {k: grey[12:30, 58:74].mean() for k, grey in explorers.riddle().items()}
        missed = {letter for letter, tilt in explorers.RIDDLE_DEG.items() if tilt}
        assert missed == set(sorted(wall, key=wall.get)[-3:]) == exercises.FORESHORTENED.truth

    def test_the_header_of_the_real_loop_belongs_to_a_larger_picture(self):
        from pydicom import dcmread

        file = dcmread(dicom.example("ultrasound_cine"))
        region = file.SequenceOfUltrasoundRegions[0]
        assert region.RegionLocationMaxX1 > file.Columns
        assert 20 * region.PhysicalDeltaX == pytest.approx(exercises.PIXEL.truth, rel=0.01)

    def test_a_scar_is_not_told_by_the_ejection_fraction(self):
        x, y, *_ = exercises._scars()
        assert x.shape == (200, 2, 2, 20)
        assert 0.3 < y.mean() < 0.7
        assert ventricles.PIXEL_MM * 64 == 144


def test_the_picture_is_that_of_the_task():
    assert explorers.SIZE * explorers.PIXEL_MM == ventricles.SIZE * ventricles.PIXEL_MM
